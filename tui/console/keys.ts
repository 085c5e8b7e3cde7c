/** What of the keyboard goes to the node, and what is meant for us. */
export interface Keys {
  /** A line has just begun: only there `~` is ours. */
  readonly isLineStart: boolean;
  /** A `~` waits for what comes after it. */
  readonly isEscaping: boolean;
}

export const KEYS_AT_START: Keys = { isLineStart: true, isEscaping: false };

export type KeyAct =
  | { readonly kind: 'type'; readonly text: string }
  /** `~.` */
  | { readonly kind: 'leave' }
  /** `~!`: what could stop a boot is sent too, from there on. */
  | { readonly kind: 'force' }
  /** `~?` */
  | { readonly kind: 'help' };

export const KEY_HELP = ['~.  leaves', '~!  sends also what could stop a boot', '~~  sends ~', '~?  this help'];

const OURS: Readonly<Record<string, KeyAct>> = {
  '.': { kind: 'leave' },
  '!': { kind: 'force' },
  '?': { kind: 'help' },
  '~': { kind: 'type', text: '~' },
};

/** After Ctrl-C, Ctrl-D and Ctrl-U too nothing stands on the line any more. */
const LINE_ENDS = '\r\n\u0003\u0004\u0015';

/** Takes a piece of what was typed. As ssh(1) has it, `~` at the start of a line is ours, and `~~` sends it. */
export function pressed(keys: Keys, text: string): { readonly keys: Keys; readonly acts: readonly KeyAct[] } {
  const acts: KeyAct[] = [];
  let now = keys;
  const type = (typed: string): void => {
    const last = acts.at(-1);
    if (last?.kind === 'type') acts[acts.length - 1] = { kind: 'type', text: last.text + typed };
    else acts.push({ kind: 'type', text: typed });
  };
  for (const character of text) {
    const ours = now.isEscaping ? OURS[character] : undefined;
    if (now.isLineStart && !now.isEscaping && character === '~') {
      now = { isLineStart: true, isEscaping: true };
    } else if (ours !== undefined) {
      if (ours.kind === 'type') type(ours.text);
      else acts.push(ours);
      now = { isLineStart: ours.kind !== 'type', isEscaping: false };
    } else {
      type(now.isEscaping ? `~${character}` : character);
      now = { isLineStart: LINE_ENDS.includes(character), isEscaping: false };
    }
  }
  return { keys: now, acts };
}
