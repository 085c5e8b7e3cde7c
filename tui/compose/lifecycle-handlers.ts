import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Handlers } from '../../core/effects/route.js';
import { withoutLifecycle } from '../../core/effects/unoffered.js';
import type { ImagePort } from '../../core/ports/image.js';
import type { LunSetsPort } from '../../core/ports/lun-sets.js';
import { lunHandlers } from './lun-effects.js';
import type { MeshNodes } from './mesh.js';

export type LifecycleHandlers = Pick<Handlers, keyof ReturnType<typeof withoutLifecycle>>;

export interface LifecycleParts {
  readonly images: ImagePort;
  readonly luns: LunSetsPort;
  /** Null where no mesh node takes part. */
  readonly mesh: MeshNodes | null;
}

/** What becomes of images on a rack of drivers. */
export function lifecycleHandlers(edge: PromiseEdge, { images, luns, mesh }: LifecycleParts): LifecycleHandlers {
  return {
    ...withoutLifecycle(edge.clock),
    'image.validate': promised(edge, async ({ image, from }, signal) => {
      return { stopped: await images.validate(image, from, signal) };
    }),
    'image.store': promised(edge, async ({ image }, signal) => {
      await images.store(image, signal);
      return { image };
    }),
    ...lunHandlers(edge, luns),
    ...(mesh === null ? {} : slotHandlers(edge, mesh)),
  };
}

function slotHandlers(edge: PromiseEdge, mesh: MeshNodes) {
  const { slots } = mesh;
  return {
    'bootScript.ensure': promised<'bootScript.ensure'>(edge, ({ node, script }) => {
      mesh.ensureScript(node, script);
      return Promise.resolve({ script });
    }),
    'slot.write': promised<'slot.write'>(edge, async ({ node, slot, image, among }, signal) => {
      await slots.write({ node, slot, image, among }, signal);
      return { slot, image };
    }),
    'slot.default': promised<'slot.default'>(edge, async ({ node, slot }, signal) => {
      await slots.setDefault(node, slot, signal);
      return { slot };
    }),
    'slot.wipe': promised<'slot.wipe'>(edge, async ({ node, slot }, signal) => {
      return { proof: await slots.wipe(node, slot, signal) };
    }),
  } satisfies Partial<Handlers>;
}
