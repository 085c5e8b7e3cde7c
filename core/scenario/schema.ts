import * as z from 'zod';
import { deadlines, duration, instant, nodeName, stage, title } from '../site/schema.js';
import { EXPECTED_FAULT_KINDS } from './fault-kinds.js';
import { MISHAP_KINDS } from './scenario.js';

const when = z.union([z.strictObject({ reaches: stage }), z.strictObject({ at: instant })]);
const heals = z.strictObject({ after: duration });

const mishap = z.discriminatedUnion('mishap', [
  z.strictObject({ mishap: z.literal('power.cut'), node: nodeName, when, heals: heals.optional() }),
  z.strictObject({
    mishap: z.enum(MISHAP_KINDS).exclude(['power.cut']),
    node: nodeName,
    when: when.optional(),
    heals: heals.optional(),
  }),
]);

const expectation = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('up') }),
  z.strictObject({ outcome: z.literal('failed'), stage, fault: z.enum(EXPECTED_FAULT_KINDS) }),
]);

export const scenarioShape = z.strictObject({
  version: z.literal(1),
  name: title,
  description: z.string().min(1).max(2_000),
  site: z
    .string()
    .max(4_096)
    .regex(/^[^/\0]/, "the path of a site file, relative to this file's folder"),
  // core/random.ts takes 32 bits of it.
  seed: z.int().min(0).max(0xffffffff).optional(),
  nodes: z.array(nodeName).min(1).optional(),
  fleet: z.strictObject({ count: z.int().min(1).max(100_000), like: nodeName }).optional(),
  deadlines: deadlines.optional(),
  mishaps: z.array(mishap).optional(),
  limit: duration.optional(),
  expect: z.strictObject({ all: expectation.optional(), nodes: z.record(nodeName, expectation).optional() }),
});
export type ScenarioFile = z.infer<typeof scenarioShape>;

/** The scenario file's shape as a JSON Schema, for editors. What needs the site file it cannot say. */
export function scenarioSchema(): Readonly<Record<string, unknown>> {
  return { title: 'metalrig scenario, version 1', ...z.toJSONSchema(scenarioShape, { io: 'input' }) };
}
