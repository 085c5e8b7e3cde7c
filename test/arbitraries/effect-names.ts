import { EFFECTS, type EffectKind } from '../../core/effects/catalog.js';

export const LIFECYCLE_KINDS = ['image', 'lunBranch', 'deployment'] as const;
export type LifecycleKind = (typeof LIFECYCLE_KINDS)[number];

export function isEffect(text: string): text is EffectKind {
  return Object.hasOwn(EFFECTS, text);
}
