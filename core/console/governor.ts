import { promptOf, sideOfLine, type Side } from './sides.js';

/** What has been heard of a console so far. */
export interface Heard {
  /** By the lines that have ended, and by prompts. */
  readonly side: Side;
  /** A prompt stands there, and no line has ended since. */
  readonly isAsked: boolean;
  /** The line that has not ended, as plain text. */
  readonly line: string;
  /** An escape sequence that has not ended, without its first byte; null: none. */
  readonly escape: string | null;
  /** A carriage return came, and not yet what comes after it. */
  readonly hasReturned: boolean;
}

export const NOTHING_HEARD: Heard = { side: 'silent', isAsked: false, line: '', escape: null, hasReturned: false };

/** Who listens, and whether they wait for somebody to type. */
export interface OtherSide {
  readonly side: Side;
  readonly isAsked: boolean;
}

/** No line that tells anything is longer. */
const LONGEST_LINE = 512;
const LONGEST_ESCAPE = 32;
/** Firmware and kernels go on talking; who has been quiet for so long has stopped, or is no longer who it was. */
const QUIET_MS = 60_000;

/**
 * The console governor: who is on the other side, told from what it says, in whatever portions that comes.
 *
 * @param text one character a byte
 */
export function hear(heard: Heard, text: string): Heard {
  let now = heard;
  for (const character of text) now = taken(now, character);
  return now;
}

/** @param quiet_ms since the last byte came */
export function otherSide(heard: Heard, quiet_ms: number): OtherSide {
  if (heard.isAsked) return { side: heard.side, isAsked: true };
  const side = sideOfLine(heard.line, heard.side);
  const isBooting = side === 'firmware' || side === 'ipxe' || side === 'grub' || side === 'kernel';
  return { side: isBooting && quiet_ms >= QUIET_MS ? 'silent' : side, isAsked: false };
}

/** Control characters but for tab, line feed and carriage return: Ctrl-C, Ctrl-B, escape, and their kin. */
// oxlint-disable-next-line no-control-regex -- that is what is looked for
const INTERRUPTS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/**
 * Whether this may be typed without stopping a boot that would have gone on by itself: in firmware, iPXE and GRUB any
 * key may, in a kernel that comes up Ctrl-C ends its scripts. Who asks for input gets it.
 */
export function mayType({ side, isAsked }: OtherSide, text: string): boolean {
  if (isAsked || side === 'login' || side === 'shell') return true;
  return (side === 'silent' || side === 'kernel') && !INTERRUPTS.test(text);
}

function taken(heard: Heard, character: string): Heard {
  if (heard.escape !== null) return escaped(heard, heard.escape + character);
  if (character === '\u001b') return { ...heard, escape: '' };
  if (character === '\n') return lineEnded(heard);
  if (character === '\r') return { ...heard, hasReturned: true };
  // iPXE wipes its banner and its percentages with backspaces.
  if (character === '\b') return lineEnded(heard);
  if (character < ' ') return heard;
  return put(heard.hasReturned ? lineEnded(heard) : heard, character);
}

function put(heard: Heard, character: string): Heard {
  const line = heard.line + character;
  // Every prompt that we know ends in a blank.
  const asking = character === ' ' || line.length === 1 ? promptOf(line) : null;
  const now = asking === null ? { ...heard, line } : { ...heard, line, side: asking, isAsked: true };
  return line.length < LONGEST_LINE ? now : lineEnded(now);
}

function lineEnded(heard: Heard): Heard {
  const isEmpty = heard.line.trim() === '';
  const side = isEmpty || heard.isAsked ? heard.side : sideOfLine(heard.line, heard.side);
  return { ...heard, side, line: '', isAsked: false, hasReturned: false };
}

/** @see ECMA-48, section 5.4: a control sequence ends with a byte from 4/0 to 7/14; `ESC (` takes one more. */
function escaped(heard: Heard, escape: string): Heard {
  const isControl = escape.startsWith('[');
  const takesMore = isControl ? !/^\[.*[@-~]$/s.test(escape) || escape.length < 2 : /^[()#%]$/.test(escape);
  if (takesMore && escape.length < LONGEST_ESCAPE) return { ...heard, escape };
  // Those that move the cursor elsewhere, and the reset: CUP, HVP, ED, RIS.
  const isMove = escape === 'c' || (isControl && /[HfJ]$/.test(escape));
  return { ...(isMove ? lineEnded(heard) : heard), escape: null };
}
