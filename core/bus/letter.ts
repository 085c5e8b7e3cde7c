import * as z from 'zod';
import type { Fault } from '../faults/fault.js';
import { mayAct, type Role } from './role.js';
import { rowOf, type Said } from './topics.js';

/** What a sender hands over: not parsed yet. */
export interface Letter {
  readonly topic: string;
  readonly payload: unknown;
}

/**
 * What the receiver writes down of a letter before it acknowledges it. `fault` is why it was refused: a refused letter
 * is used up as well, so that those behind it come through.
 */
export interface Receipt {
  readonly stream: string;
  /** Counts from 1 in its stream, without a gap. */
  readonly seq: number;
  readonly fault: Fault | null;
}

/** A letter in its place. `said` is null exactly where it was refused on the way in. */
export interface Arrival extends Receipt {
  readonly said: Said | null;
}

const letter = z.looseObject({ topic: z.string().max(64), payload: z.unknown() });

/** @returns what is said, or the fault to answer; never throws, whatever `value` is */
export function parseLetter(value: unknown, role: Role): Said | Fault {
  const read = letter.safeParse(value);
  if (!read.success) return { code: 'BUS-001', kind: 'message.bad', what: problemOf(read.error) };
  const { topic, payload } = read.data;
  const row = rowOf(topic);
  if (row === null) return { code: 'BUS-003', kind: 'topic.unknown', topic };
  if (!mayAct(role, row.needs)) return { code: 'BUS-004', kind: 'role.tooLow', topic, role, needs: row.needs };
  const parsed = row.payload.safeParse(payload);
  if (!parsed.success) return { code: 'BUS-002', kind: 'payload.bad', topic, what: problemOf(parsed.error) };
  // The row's own schema made the payload of its topic.
  return { topic, payload: parsed.data } as Said;
}

/** The first thing that is wrong, and where. */
export function problemOf({ issues }: z.core.$ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return 'it is not of that form';
  const place = issue.path.map(String).join('.');
  return place === '' ? issue.message : `${place}: ${issue.message}`;
}
