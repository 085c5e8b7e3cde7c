import { slotPartitionNumber } from '../../../../core/disk/layout.js';
import { MOST_SLOTS } from '../../../../core/site/site.js';

/** What the deploy ramdisk says of itself. `guest_ms` is the time since its kernel started; slots count from 1. */
export type DeployReport = { readonly guest_ms: number } & DeployNews;

export type DeployNews =
  /** Table, first filesystem and first GRUB are as they should be; `isNew`: they were made just now. */
  | { readonly kind: 'laidOut'; readonly isNew: boolean }
  /** Bytes of the packed stream that have come in. */
  | { readonly kind: 'progress'; readonly slot: number; readonly done_bytes: number }
  /** The whole stream is on the disk, and its checksum was this. */
  | { readonly kind: 'written'; readonly slot: number; readonly sha256: string }
  /** The slot has a boot loader of its own. */
  | { readonly kind: 'bootable'; readonly slot: number }
  | { readonly kind: 'wiped'; readonly slot: number; readonly proof: WipeProof }
  | { readonly kind: 'defaulted'; readonly slot: number }
  /** Nothing more is done. `what` is one of the ramdisk's own words, `text` what a tool said. */
  | { readonly kind: 'failed'; readonly what: string; readonly slot: number | null; readonly text: string }
  | { readonly kind: 'done' };

/** What was read back from a wiped slot, past all caches. */
export interface WipeProof {
  readonly read_bytes: number;
  /** Of all that was read, lower-case hex. */
  readonly sha256: string;
}

const LINE = /^(\d{1,7})\.(\d\d) ([a-z]+)(?: ([ -~]{1,400}))?\n?$/i;
const PARTITION = /^\d{1,2}$/;
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
  ['bootable', (rest) => inSlot(rest, 0, (slot) => ({ kind: 'bootable', slot }))],
  ['wiped', readWiped],
  ['defaulted', (rest) => inSlot(rest, 0, (slot) => ({ kind: 'defaulted', slot }))],
  ['failed', readFailed],
  ['done', (rest) => (rest === '' ? { kind: 'done' } : null)],
]);

function readLaidOut(rest: string): DeployNews | null {
  return rest === 'new' || rest === 'kept' ? { kind: 'laidOut', isNew: rest === 'new' } : null;
}

function readProgress(rest: string): DeployNews | null {
  return inSlot(rest, 1, (slot, [bytes = '']) => {
    return BYTES.test(bytes) ? { kind: 'progress', slot, done_bytes: Number(bytes) } : null;
  });
}

function readWritten(rest: string): DeployNews | null {
  return inSlot(rest, 1, (slot, [sha256 = '']) => (SHA256.test(sha256) ? { kind: 'written', slot, sha256 } : null));
}

function readWiped(rest: string): DeployNews | null {
  return inSlot(rest, 2, (slot, [bytes = '', sha256 = '']) => {
    const isProof = BYTES.test(bytes) && SHA256.test(sha256);
    return isProof ? { kind: 'wiped', slot, proof: { read_bytes: Number(bytes), sha256 } } : null;
  });
}

function inSlot(
  rest: string,
  count: number,
  read: (slot: number, words: readonly string[]) => DeployNews | null,
): DeployNews | null {
  const [first = '', ...words] = rest.split(' ');
  const slot = slotOf(first);
  return slot === null || words.length !== count ? null : read(slot, words);
}

/** `failed <word> <slot or -> <text>`. */
function readFailed(rest: string): DeployNews | null {
  const [what = '', where = '', ...words] = rest.split(' ');
  const slot = where === '-' ? null : slotOf(where);
  if (!WORD.test(what) || (slot === null && where !== '-')) return null;
  return { kind: 'failed', what, slot, text: words.join(' ') };
}

/** The ramdisk names a slot by its partition. */
function slotOf(text: string): number | null {
  const slot = PARTITION.test(text) ? Number(text) - slotPartitionNumber(0) : 0;
  return slot >= 1 && slot <= MOST_SLOTS ? slot : null;
}
