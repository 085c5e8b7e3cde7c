import type { Clock } from '../clock.js';
import type { Answer, EffectInput, EffectKind } from './catalog.js';
import type { Cancel } from './perform.js';

/** A handler for a world that has no driver for an effect: says so, and nothing else. */
export function unoffered<K extends EffectKind>(
  clock: Clock,
  effect: K,
): (input: EffectInput<K>, answer: (answer: Answer<K>) => void) => Cancel {
  return (input, answer) => {
    const node = 'node' in input ? input.node : 'this world';
    const fault = { code: 'EFF-002', kind: 'effect.unoffered', effect, node } as const;
    answer({ ok: false, failure: { fault, at: clock.now() } });
    return () => {};
  };
}

/** The effects of images, slots and LUN sets, for a world that has none of them. */
export function withoutLifecycle(clock: Clock) {
  return {
    'image.validate': unoffered(clock, 'image.validate'),
    'image.store': unoffered(clock, 'image.store'),
    'lun.stage': unoffered(clock, 'lun.stage'),
    'lun.activate': unoffered(clock, 'lun.activate'),
    'lun.rollBack': unoffered(clock, 'lun.rollBack'),
    'lun.wipe': unoffered(clock, 'lun.wipe'),
    'bootScript.ensure': unoffered(clock, 'bootScript.ensure'),
    'slot.write': unoffered(clock, 'slot.write'),
    'slot.default': unoffered(clock, 'slot.default'),
    'slot.wipe': unoffered(clock, 'slot.wipe'),
  };
}
