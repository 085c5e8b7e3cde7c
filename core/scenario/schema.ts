import * as z from 'zod';
import { deadlines, duration, instant, nodeName, stage, title } from '../site/formats.js';
import { EXPECTED_FAULT_KINDS } from './fault-kinds.js';
import { BOOT_DEVICES } from '../ports/boot-device.js';
import { POLICIES } from '../machines/image-context.js';
import { IMAGE_KINDS } from '../site/site.js';
import { IMAGE_FAULT_KINDS, IMAGE_STATES } from './lifecycle.js';
import { MISHAP_KINDS } from './scenario.js';

/** A name of the run, or one of the shelf: two projects may each have an image of the same name. */
const imageName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}(\/[a-z0-9][a-z0-9._-]{0,62})?$/,
    'an image name: lower-case letters, digits, dots, hyphens, underscores; or PROJECT/NAME of the shelf',
  );

const when = z.union([
  z.strictObject({ reaches: stage }),
  z.strictObject({ writes: z.int().min(0).max(100) }),
  z.strictObject({ at: instant }),
]);
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

const faultKind = z.enum(EXPECTED_FAULT_KINDS);
const notes = z.array(faultKind).max(20).optional();
const boots = z.int().min(1).max(10_000).optional();

const expectation = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('up'),
    image: imageName.optional(),
    from: z.enum(['network', 'disk']).optional(),
    boots,
    notes,
  }),
  z.strictObject({ outcome: z.literal('off'), boots, notes }),
  z.strictObject({ outcome: z.literal('maintenance'), fault: faultKind.optional(), notes }),
  z.strictObject({ outcome: z.literal('failed'), stage, fault: faultKind, notes }),
]);

const project = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a project name: lower-case letters, digits, dots, hyphens, underscores');

const image = z.strictObject({
  project,
  kind: z.enum(IMAGE_KINDS).default('root'),
  for: z.array(z.enum(['root', 'mesh'])).min(1),
  // 25 MB is what the images of the emulated rack have in use.
  size_mb: z.int().min(1).max(1_000_000).default(25),
});

const stepWhen = z.union([
  z.strictObject({ at: instant }),
  z.strictObject({ image: imageName, is: z.enum(IMAGE_STATES) }),
]);

// The slots of a disk: core/site says how many there are at most.
const slot = z.int().min(1).max(21);

const nodeStep = { nodes: z.array(nodeName).min(1).optional(), when: z.strictObject({ at: instant }).optional() };

const step = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.enum(['hand-in', 'switch-default', 'roll-back', 'take-off']),
    image: imageName,
    when: stepWhen.optional(),
  }),
  z.strictObject({
    do: z.literal('deploy'),
    image: imageName,
    nodes: z.array(nodeName).min(1).optional(),
    slot: slot.optional(),
    failing: z.enum(POLICIES).default('give-up'),
    run: z.boolean().default(true),
    starts: instant.optional(),
    when: stepWhen.optional(),
  }),
  z.strictObject({
    do: z.literal('boot'),
    ...nodeStep,
    device: z.enum(BOOT_DEVICES).default('network'),
    lasts: z.enum(['once', 'always']).default('once'),
  }),
  z.strictObject({ do: z.literal('power-cycle'), ...nodeStep, times: z.int().min(1).max(1_000).default(1) }),
  z.strictObject({ do: z.enum(['power-off', 'verify']), ...nodeStep }),
  z.strictObject({ do: z.literal('maintain'), ...nodeStep, reason: title }),
]);

const imageExpectation = z.strictObject({
  state: z.enum(IMAGE_STATES),
  fault: z.enum(IMAGE_FAULT_KINDS).optional(),
  stage: stage.optional(),
  left_out: z.array(nodeName).optional(),
  wiped: z.array(nodeName).optional(),
});

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
  images: z.record(imageName, image).optional(),
  steps: z.array(step).max(10_000).optional(),
  mishaps: z.array(mishap).optional(),
  limit: duration.optional(),
  expect: z.strictObject({
    all: expectation.optional(),
    nodes: z.record(nodeName, expectation).optional(),
    images: z.record(imageName, imageExpectation).optional(),
    slots: z
      .record(nodeName, z.record(z.string().regex(/^[1-9][0-9]?$/, 'the number of a slot'), imageName))
      .optional(),
  }),
});
export type ScenarioFile = z.infer<typeof scenarioShape>;

/** The scenario file's shape as a JSON Schema, for editors. What needs the site file it cannot say. */
export function scenarioSchema(): Readonly<Record<string, unknown>> {
  return { title: 'metalrig scenario, version 1', ...z.toJSONSchema(scenarioShape, { io: 'input' }) };
}
