/** What the deploy ramdisk says of itself. `guest_ms` is the time since its kernel started. */
export type DeployReport = { readonly guest_ms: number } & DeployNews;

/** `step` is a step's number among all that the ramdisk was given since it started, from 0 on. */
export type DeployNews =
  /** Table, first filesystem and first GRUB are as they should be; `isNew`: they were made just now. */
  | { readonly kind: 'laidOut'; readonly isNew: boolean }
  /** Bytes of the packed stream that have come in. */
  | { readonly kind: 'progress'; readonly step: number; readonly done_bytes: number }
  /** The whole stream is on the disk, and its checksum was this. */
  | { readonly kind: 'written'; readonly step: number; readonly sha256: string }
  /** The slot is done, with a boot loader of its own. */
  | { readonly kind: 'bootable'; readonly step: number }
  /** The slot is done; its image has no configuration for a boot loader, so it got none. */
  | { readonly kind: 'unbootable'; readonly step: number }
  | { readonly kind: 'wiped'; readonly step: number; readonly readBack: ReadBack }
  | { readonly kind: 'defaulted'; readonly step: number }
  /** Nothing more is done. `what` is one of the ramdisk's own words, `text` what a tool said. */
  | { readonly kind: 'failed'; readonly what: string; readonly step: number | null; readonly text: string }
  | { readonly kind: 'done' };

/** What was read from a wiped slot, past all caches. */
export interface ReadBack {
  readonly read_bytes: number;
  /** Of all that was read, lower-case hex. */
  readonly sha256: string;
}

const LINE = /^(\d{1,7})\.(\d\d) ([a-z]+)(?: ([ -~]{1,400}))?\n?$/i;
const STEP = /^\d{1,4}$/;
const BYTES = /^\d{1,15}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const WORD = /^[a-zA-Z]{1,32}$/;

/**
 * Reads one report: `<seconds since the kernel's start> <word> <arguments>`.
 * @returns null for anything else, whoever sent it
 */
export function parseReport(body: Buffer): DeployReport | null {
  const [, seconds = '', hundredths = '', word = '', rest = ''] = LINE.exec(body.toString('latin1')) ?? [];
  const news = READERS.get(word)?.(rest) ?? null;
  return news === null ? null : { guest_ms: Number(seconds) * 1000 + Number(hundredths) * 10, ...news };
}

const READERS: ReadonlyMap<string, (rest: string) => DeployNews | null> = new Map([
  ['laidOut', readLaidOut],
  ['progress', readProgress],
  ['written', readWritten],
  ['bootable', (rest) => ofStep(rest, 0, (step) => ({ kind: 'bootable', step }))],
  ['unbootable', (rest) => ofStep(rest, 0, (step) => ({ kind: 'unbootable', step }))],
  ['wiped', readWiped],
  ['defaulted', (rest) => ofStep(rest, 0, (step) => ({ kind: 'defaulted', step }))],
  ['failed', readFailed],
  ['done', (rest) => (rest === '' ? { kind: 'done' } : null)],
]);

function readLaidOut(rest: string): DeployNews | null {
  return rest === 'new' || rest === 'kept' ? { kind: 'laidOut', isNew: rest === 'new' } : null;
}

function readProgress(rest: string): DeployNews | null {
  return ofStep(rest, 1, (step, [bytes = '']) => {
    return BYTES.test(bytes) ? { kind: 'progress', step, done_bytes: Number(bytes) } : null;
  });
}

function readWritten(rest: string): DeployNews | null {
  return ofStep(rest, 1, (step, [sha256 = '']) => (SHA256.test(sha256) ? { kind: 'written', step, sha256 } : null));
}

function readWiped(rest: string): DeployNews | null {
  return ofStep(rest, 2, (step, [bytes = '', sha256 = '']) => {
    const isSound = BYTES.test(bytes) && SHA256.test(sha256);
    return isSound ? { kind: 'wiped', step, readBack: { read_bytes: Number(bytes), sha256 } } : null;
  });
}

function ofStep(
  rest: string,
  count: number,
  read: (step: number, words: readonly string[]) => DeployNews | null,
): DeployNews | null {
  const [first = '', ...words] = rest.split(' ');
  return STEP.test(first) && words.length === count ? read(Number(first), words) : null;
}

/** `failed <word> <step or -> <text>`. */
function readFailed(rest: string): DeployNews | null {
  const [what = '', where = '', ...words] = rest.split(' ');
  const step = STEP.test(where) ? Number(where) : null;
  if (!WORD.test(what) || (step === null && where !== '-')) return null;
  return { kind: 'failed', what, step, text: words.join(' ') };
}
