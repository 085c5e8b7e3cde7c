/** What tells one swap partition from another. */
export interface SwapHeader {
  /** Lower case, with dashes. */
  readonly uuid: string;
  /** At most 16 characters; empty where there is none. */
  readonly label: string;
}

/** The header fills the first page of the partition. */
export const SWAP_PAGE_BYTES = 4096;
const MAGIC = 'SWAPSPACE2';
const MAGIC_AT = SWAP_PAGE_BYTES - MAGIC.length;
const VERSION_AT = 1024;
const UUID_AT = VERSION_AT + 12;
const LABEL_AT = UUID_AT + 16;

/**
 * @param page the first page of the partition
 * @returns null where it is no swap
 * @see Linux, include/linux/swap.h: union swap_header
 */
export function readSwapHeader(page: Uint8Array): SwapHeader | null {
  if (page.length < SWAP_PAGE_BYTES || latin1(page, MAGIC_AT, MAGIC.length) !== MAGIC) return null;
  const digits = [...page.subarray(UUID_AT, LABEL_AT)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const [label = ''] = latin1(page, LABEL_AT, 16).split('\0');
  return { uuid, label: label.replace(/[^ -~]|"/g, '?') };
}

/** The first page of a swap partition of `size_bytes`, as mkswap writes it. */
export function swapPage({ uuid, label }: SwapHeader, size_bytes: number): Uint8Array {
  const page = new Uint8Array(SWAP_PAGE_BYTES);
  const view = new DataView(page.buffer);
  view.setUint32(VERSION_AT, 1, true);
  view.setUint32(VERSION_AT + 4, Math.floor(size_bytes / SWAP_PAGE_BYTES) - 1, true);
  const digits = uuid.replaceAll('-', '');
  for (let at = 0; at < 16; at += 1) page[UUID_AT + at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  page.set(bytesOf(label.slice(0, 16)), LABEL_AT);
  page.set(bytesOf(MAGIC), MAGIC_AT);
  return page;
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
