import * as z from 'zod';
import { toldFault } from '../bus/told-fault.js';
import type { EffectCatalog } from '../effects/catalog.js';
import { nodeId } from '../ids.js';
import { BOOT_DEVICES } from '../ports/boot-device.js';
import { nodeName } from '../site/formats.js';

/** What hands in another process perform: that which goes through one node's own hardware, and through nothing else. */
export const FAR_EFFECTS = ['bootDevice.ensure', 'bmc.verify', 'power.ensure'] as const;
export type FarEffect = (typeof FAR_EFFECTS)[number];

const node = nodeName.transform(nodeId);
const device = z.enum(BOOT_DEVICES);
const power = z.enum(['on', 'off']);

/** What `core/effects/catalog.ts` says of them, as it is read from others. */
const SHAPES: {
  readonly [K in FarEffect]: {
    readonly in: z.ZodType<EffectCatalog[K]['in']>;
    readonly out: z.ZodType<EffectCatalog[K]['out']>;
  };
} = {
  'bootDevice.ensure': {
    in: z.strictObject({ node, device, lasts: z.enum(['once', 'always']).default('always') }),
    out: z.strictObject({ device }),
  },
  'bmc.verify': { in: z.strictObject({ node }), out: z.strictObject({ notes: z.array(toldFault), power }) },
  'power.ensure': { in: z.strictObject({ node, want: power }), out: z.strictObject({ power }) },
};

/** An effect that hands are asked for. `deadlineAt` is by the engine's clock, as all instants that it tells. */
export type FarAsk = {
  readonly [K in FarEffect]: {
    readonly ask: number;
    readonly effect: K;
    readonly input: EffectCatalog[K]['in'];
    readonly deadlineAt: number | null;
  };
}[FarEffect];

/** That it is so. The engine stamps the time, by its own clock. */
export type FarDone = {
  readonly [K in FarEffect]: { readonly ask: number; readonly effect: K; readonly output: EffectCatalog[K]['out'] };
}[FarEffect];

export function isFar(effect: string): effect is FarEffect {
  return FAR_EFFECTS.some((one) => one === effect);
}

const ask = z.int().min(1).describe("the effect's number in the journal: the same after a crash of either side");
const effect = z.enum(FAR_EFFECTS).describe('see docs/generated/effects.md');
const facts = z.record(z.string(), z.unknown());

export const farAsk = z
  .strictObject({
    ask,
    effect,
    input: facts.describe('of that effect, without `deadlineAt`'),
    deadlineAt: z.number().min(0).nullable().describe("ms by the engine's clock"),
  })
  .transform((value, context): FarAsk => {
    const read = SHAPES[value.effect].in.safeParse(value.input);
    if (!read.success) return refused(read.error, { context, place: 'input' });
    // The effect chose the schema that made the input.
    return { ...value, input: read.data } as FarAsk;
  });

export const farDone = z
  .strictObject({ ask, effect, output: facts.describe('of that effect, without `at`') })
  .transform((value, context): FarDone => {
    const read = SHAPES[value.effect].out.safeParse(value.output);
    if (!read.success) return refused(read.error, { context, place: 'output' });
    return { ...value, output: read.data } as FarDone;
  });

export const farFailed = z.strictObject({ ask, effect, fault: toldFault });
export const farCancel = z.strictObject({ ask });

function refused(
  error: z.core.$ZodError,
  { context, place }: { readonly context: z.RefinementCtx; readonly place: string },
): never {
  const [issue] = error.issues;
  context.addIssue({ code: 'custom', path: [place, ...(issue?.path ?? [])], message: issue?.message ?? 'bad' });
  return z.NEVER;
}
