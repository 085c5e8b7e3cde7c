import * as z from 'zod';
import { REST_STAGES, STAGES } from '../evidence.js';
import { DURATION, durationOf, LONGEST_DURATION_MS } from './duration.js';

// The `error` of a format is a noun phrase: problems.ts makes "X is not ..." and "Write ..." of it.

export const nodeName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'a node name: a lower-case letter, then up to 62 lower-case letters, digits, hyphens',
  );

/** What a component of the bus may be called, too. */
export const handsName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a name of hands: a lower-case letter, then up to 31 letters, digits, hyphens');

export const title = z.string().min(1).max(200);

const ABOVE_ZERO = 'a duration above zero and below 24 days, such as 30s, 1500ms, 2m or 1h';

export const duration = z
  .string({ error: ABOVE_ZERO })
  .regex(DURATION, ABOVE_ZERO)
  .refine((text) => within(text, 1), ABOVE_ZERO);

export const instant = z
  .string({ error: 'a time since the start of the run, such as 0s or 30s' })
  .regex(DURATION, 'a time since the start of the run, such as 0s or 30s')
  .refine((text) => within(text, 0), 'a time since the start of the run, such as 0s or 30s');

export const stage = z.enum(STAGES);

/** The rest stages have none: a node may be off, or up, for ever. */
export const deadlines = z.partialRecord(stage.exclude(REST_STAGES), duration);

export const imageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'an image name: lower-case letters, digits, dots, hyphens, underscores');

function within(text: string, least_ms: number): boolean {
  const span_ms = durationOf(text);
  return span_ms !== null && span_ms >= least_ms && span_ms <= LONGEST_DURATION_MS;
}
