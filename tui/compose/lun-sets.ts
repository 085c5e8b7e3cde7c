import type { ImageKind } from '../../core/site/site.js';
import type { LunSetsPort } from '../../core/ports/lun-sets.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { Payload } from '../../drivers/payload/payload.js';
import type { LunImage, NodeLuns } from './luns.js';

/** Finds, or makes, the disk that LUNs of an image are cloned from. */
export type FindLunImage = (image: string, signal: AbortSignalLike) => Promise<LunImage>;

/** The emulated rack's two sets as a port. A LUN is withdrawn before it is wiped: nobody writes to it meanwhile. */
export function lunSetsPort(luns: NodeLuns, find: FindLunImage): LunSetsPort {
  const { sets } = luns;
  return {
    async stage(order, signal) {
      const image = await find(order.image, signal);
      requireWanted(signal);
      luns.stage(order, image);
      await sets.sweep(signal);
    },
    activate: (order, signal) => decided(signal, () => sets.activate(order)),
    rollBack: (order, signal) => decided(signal, () => sets.rollBack(order)),
    read: (signal) => decided(signal, () => sets.read()),
    wipe(order, signal) {
      return decided(signal, () => {
        const booted = sets.read().filter((has) => has.booted?.image === order.image);
        luns.withdraw(booted.map(({ node }) => node).filter((node) => order.nodes.includes(node)));
        return sets.wipe(order, signal);
      });
    },
  };
}

/** The disk of one of the kinds that the payload builder builds. */
export function builtImage({ images, labels }: Pick<Payload, 'images' | 'labels'>, kind: ImageKind): LunImage {
  return { file: images[kind], label_at: labels[kind] };
}

async function decided<T>(signal: AbortSignalLike, act: () => T | Promise<T>): Promise<T> {
  requireWanted(signal);
  return act();
}

function requireWanted(signal: AbortSignalLike): void {
  if (signal.aborted) throw new Error('aborted before anything was done');
}
