import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsolePart } from '../../core/bus/bus.js';

/** In one answer: a watcher that lacks more asks again. */
const MOST_BYTES = 64 * 1024;
const NOTHING: ConsolePart = { from: 0, size: 0, text: '' };

/** What consoles have said, out of the files that keep it; `from` null: the last of it. */
export function consolePart(folder: string, node: string, from: number | null): ConsolePart {
  const descriptor = openIf(join(folder, `${node}.log`));
  if (descriptor === null) return NOTHING;
  try {
    const { size } = fstatSync(descriptor);
    const begin = Math.min(from ?? Math.max(0, size - MOST_BYTES), size);
    const bytes = Buffer.alloc(Math.min(size - begin, MOST_BYTES));
    const length = readSync(descriptor, bytes, 0, bytes.length, begin);
    return { from: begin, size, text: bytes.toString('latin1', 0, length) };
  } finally {
    closeSync(descriptor);
  }
}

function openIf(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch {
    // It has said nothing yet.
    return null;
  }
}
