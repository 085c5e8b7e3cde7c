/** ipmitool's own line before anything that the node says. */
const BANNER_START = '[SOL Session operational.';
/** It names the escape character, which is NUL, and how to get help. */
const LONGEST_BANNER = 64;

/**
 * Takes ipmitool's banner off the front of what `sol activate` prints, in whatever portions that comes.
 * @returns what the node said, one character a byte
 */
export function withoutBanner(): (text: string) => string {
  let front: string | null = '';
  return (text) => {
    if (front === null) return text;
    front += text;
    const end = front.indexOf('\n');
    const isBanner = front.startsWith(BANNER_START.slice(0, front.length));
    if (isBanner && end < 0 && front.length < LONGEST_BANNER) return '';
    const rest = isBanner && end >= 0 ? front.slice(end + 1) : front;
    front = null;
    return rest;
  };
}

/** Where there is no terminal ipmitool says so, and that comes after the BMC has agreed: nothing else tells. */
export function isOperational(errorText: string): boolean {
  return errorText.includes('tcgetattr');
}

/** Another client has the line, or had it and did not give it back. */
export function isTaken(text: string): boolean {
  return text.includes('SOL payload already active on another session');
}

/** Why it ended, in ipmitool's words, without those that it says each time. */
export function endingOf(text: string): string {
  const words = text.split('\n').filter((line) => /^(?:Error|Info|> RAKP|RAKP)/.test(line));
  return words[0]?.replace(/^(?:Error|Info|>):? ?/, '').trim() ?? 'ipmitool ended';
}
