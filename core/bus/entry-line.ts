import * as z from 'zod';
import type { Entry } from '../journal/entry.js';
import { jsonOf } from './frame.js';

/** What every entry has; the rest is its own, and a later release may know more kinds. */
const entry = z.looseObject({ seq: z.int().min(1), at: z.number(), entry: z.string().min(1) });

/** @returns the entry of this number, or null where the line holds none */
export function entryIn(line: string, seq: number): Entry | null {
  const read = entry.safeParse(jsonOf(line));
  // Who wrote the journal vouches for what an entry holds beside these.
  return read.success && read.data.seq === seq ? (read.data as unknown as Entry) : null;
}
