import type { TftpOptions } from './packet.js';

/** How one transfer is done. */
export interface Terms {
  readonly blockSize_bytes: number;
  /** Blocks that may be on their way unacknowledged (RFC 7440). */
  readonly window_blocks: number;
  /** The client's own interval between retransmissions (RFC 2349), null: ours, with back-off. */
  readonly timeout_ms: number | null;
  /** What is told the client; empty: it asked for nothing we know, and the transfer starts with DATA (RFC 2347). */
  readonly granted: TftpOptions;
}

/** What an Ethernet frame of 1500 bytes holds after IP, UDP and TFTP headers; our wire carries no fragments. */
const LARGEST_BLOCK_BYTES = 1468;
/** 64 blocks of 1468 bytes are 94 KB: enough for a full wire at 1 ms, and no burst that a guest's ring must drop. */
const LARGEST_WINDOW_BLOCKS = 64;

/** Grants what can be granted; an option with a bad value is left unacknowledged, as RFC 2347 wants. */
export function negotiate(asked: TftpOptions, size_bytes: number): Terms {
  const granted = new Map<string, string>();
  const blksize = option(asked, 'blksize', { least: 8, most: 65464 });
  const blockSize_bytes = Math.min(blksize ?? 512, LARGEST_BLOCK_BYTES);
  if (blksize !== null) granted.set('blksize', String(blockSize_bytes));
  if (asked.has('tsize')) granted.set('tsize', String(size_bytes));
  const timeout_s = option(asked, 'timeout', { least: 1, most: 255 });
  if (timeout_s !== null) granted.set('timeout', String(timeout_s));
  const windowsize = option(asked, 'windowsize', { least: 1, most: 65535 });
  const window_blocks = Math.min(windowsize ?? 1, LARGEST_WINDOW_BLOCKS);
  if (windowsize !== null) granted.set('windowsize', String(window_blocks));
  return { blockSize_bytes, window_blocks, timeout_ms: timeout_s === null ? null : timeout_s * 1000, granted };
}

function option(
  asked: TftpOptions,
  name: string,
  bounds: { readonly least: number; readonly most: number },
): number | null {
  const text = asked.get(name);
  if (text === undefined || !/^\d{1,5}$/.test(text)) return null;
  const value = Number(text);
  return value >= bounds.least && value <= bounds.most ? value : null;
}
