import { createHash } from 'node:crypto';
import type { Clock } from '../../../../core/clock.js';

const PIECE = Buffer.alloc(1024 * 1024);

/** SHA-256 of so many zeros, in lower-case hex. The event loop has a turn after each MiB: a slot has 20 GiB of them. */
export async function sha256OfZeros(size_bytes: number, clock: Clock): Promise<string> {
  const hash = createHash('sha256');
  for (let left = size_bytes; left > 0; left -= PIECE.length) {
    hash.update(left < PIECE.length ? PIECE.subarray(0, left) : PIECE);
    await new Promise<void>((resolve) => void clock.setTimer(0, resolve));
  }
  return hash.digest('hex');
}
