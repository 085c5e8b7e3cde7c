import { fromPromise, type PromiseActorLogic } from 'xstate';
import { EFFECTS, type EffectInput, type EffectKind, type Outcome } from '../effects/catalog.js';

type EffectActors = { readonly [K in EffectKind]: PromiseActorLogic<Outcome<K>, EffectInput<K>> };

/** For `setup({ actors })`: the types of all effects. The engine performs them; live actors that are unbound throw. */
export const effectActors: EffectActors = {
  'bootDevice.ensure': unbound('bootDevice.ensure'),
  'bmc.verify': unbound('bmc.verify'),
  'power.ensure': unbound('power.ensure'),
  'boot.await': unbound('boot.await'),
  'time.await': unbound('time.await'),
  'image.validate': unbound('image.validate'),
  'image.store': unbound('image.store'),
  'lun.stage': unbound('lun.stage'),
  'lun.activate': unbound('lun.activate'),
  'lun.rollBack': unbound('lun.rollBack'),
  'lun.wipe': unbound('lun.wipe'),
  'bootScript.ensure': unbound('bootScript.ensure'),
  'slot.write': unbound('slot.write'),
  'slot.default': unbound('slot.default'),
  'slot.wipe': unbound('slot.wipe'),
  'nodes.hold': unbound('nodes.hold'),
  'nodes.release': unbound('nodes.release'),
};

function unbound<K extends EffectKind>(effect: K): PromiseActorLogic<Outcome<K>, EffectInput<K>> {
  return fromPromise(() => Promise.reject(new Error(`bug: ${effect} (${EFFECTS[effect]}) has no performer`)));
}
