import fc from 'fast-check';
import { EFFECTS, type EffectKind } from '../../core/effects/catalog.js';
import type { MachineEvent } from '../../core/engine/step.js';
import type { Fault } from '../../core/faults/fault.js';
import { nodeId } from '../../core/ids.js';
import { isEffect, type LifecycleKind } from './effect-names.js';

const NODES = ['mesh1', 'mesh2', 'root1'].map(nodeId);
const IMAGES = ['robots', 'sensors'];
export const FAULT: Fault = { code: 'BOOT-007', kind: 'power.lost', stage: 'ramdisk' };

const instant = fc.nat(1_000_000);
const node = fc.constantFrom(...NODES);
const image = fc.constantFrom(...IMAGES);
const slot = fc.option(fc.integer({ min: 1, max: 3 }));
const proof = fc.record({
  size_bytes: fc.constant(64),
  read_bytes: fc.constantFrom(64, 64, 64, 32),
  isZero: fc.constantFrom(true, true, true, false),
});

function word(type: string, facts: Readonly<Record<string, fc.Arbitrary<unknown>>> = {}): fc.Arbitrary<MachineEvent> {
  const event = fc.record({ type: fc.constant(type), at: instant, ...facts });
  return event.map((made) => ({ type: 'told', event: made }));
}

const asked = fc.record({
  node,
  medium: fc.constantFrom('lun' as const, 'slot' as const),
  slot: fc.integer({ min: 1, max: 3 }),
});

/** What each machine of the lifecycle is told, whether it waits for it or not. */
const WORDS: Readonly<Record<LifecycleKind, fc.Arbitrary<MachineEvent>>> = {
  image: fc.oneof(
    word('handIn.requested'),
    word('start.requested'),
    word('takeOff.requested'),
    word('rollBack.requested'),
    word('deploy.requested', {
      nodes: fc.uniqueArray(asked, { selector: (one) => one.node, minLength: 1, maxLength: 3 }),
      policy: fc.constantFrom('wait', 'go-on', 'give-up'),
      startsAt: instant,
      isWanted: fc.boolean(),
    }),
    word('lun.staged'),
    word('lun.failed', { fault: fc.constant(FAULT) }),
    ...['deployment.ready', 'deployment.running', 'deployment.left'].map((type) => word(type, { node })),
    word('deployment.failed', { node, fault: fc.constant(FAULT) }),
    word('deployment.wiped', { node, slot, proof, isGone: fc.boolean() }),
    word('strange'),
  ),
  lunBranch: fc.oneof(
    word('stage.requested', { nodes: fc.subarray(NODES) }),
    word('switch.requested'),
    word('rollBack.requested'),
    word('clear.requested'),
    word('strange'),
  ),
  deployment: fc.oneof(
    word('write.requested', { image, slot: fc.integer({ min: 1, max: 3 }), among: fc.subarray(NODES) }),
    word('start.requested', { image, slot }),
    word('takeOff.requested', { image, slot }),
    word('retry.requested'),
    word('drop.requested', { image }),
    word('keep.requested', { image }),
    ...['node.up', 'node.off', 'node.ramdisk'].map((type) => word(type)),
    ...['node.failed', 'node.down'].map((type) => word(type, { fault: fc.constant(FAULT) })),
    word('strange'),
  ),
};

const holds = fc.array(fc.record({ node, image: fc.option(image) }), { maxLength: 3 });
const stopped = fc.option(fc.constant({ stage: 'kernel' as const, cause: FAULT }), { freq: 1 });
const slotNumber = fc.integer({ min: 1, max: 3 });

/** What effects come out with; `at` is added. */
const OUTPUTS: Readonly<Partial<Record<EffectKind, fc.Arbitrary<object>>>> = {
  'time.await': fc.record({ until: instant }),
  'image.validate': fc.record({ stopped }),
  'image.store': fc.record({ image }),
  'lun.stage': fc.record({ image }),
  'lun.activate': fc.record({ holds }),
  'lun.rollBack': fc.record({ holds }),
  'lun.wipe': fc.record({ proof }),
  'bootScript.ensure': fc.record({ script: fc.constantFrom('deploy', 'local') }),
  'slot.write': fc.record({ slot: slotNumber, image }),
  'slot.default': fc.record({ slot: slotNumber }),
  'slot.wipe': fc.record({ proof }),
};

const answers: fc.Arbitrary<MachineEvent> = fc.oneof(
  ...Object.keys(EFFECTS)
    .filter(isEffect)
    .flatMap((effect) => {
      const output = OUTPUTS[effect];
      if (output === undefined) return [];
      const done = fc.tuple(output, instant).map(([made, at]): MachineEvent => {
        return { type: 'effect.done', effect, output: { ...made, at } as never };
      });
      const failed = instant.map(
        (at): MachineEvent => ({ type: 'effect.failed', effect, failure: { fault: FAULT, at } }),
      );
      return [
        { weight: 4, arbitrary: done },
        { weight: 1, arbitrary: failed },
      ];
    }),
);

/** Anything that can happen to a machine of the lifecycle, in any order. */
export function lifecycleEvents(kind: LifecycleKind): fc.Arbitrary<MachineEvent> {
  return fc.oneof({ weight: 3, arbitrary: WORDS[kind] }, { weight: 2, arbitrary: answers });
}
