import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Handlers } from '../../core/effects/route.js';
import { holdsOf } from '../../core/luns/sets.js';
import type { LunSetsPort } from '../../core/ports/lun-sets.js';
import { sumOf } from '../../core/ports/wipe-proof.js';

type LunEffect = 'lun.stage' | 'lun.activate' | 'lun.rollBack' | 'lun.wipe';

/** What images ask of the LUN sets. Each is a level in the port as well, so that it may be asked again. */
export function lunHandlers(edge: PromiseEdge, luns: LunSetsPort): Pick<Handlers, LunEffect> {
  return {
    'lun.stage': promised<'lun.stage'>(edge, async ({ image, nodes }, signal) => {
      await luns.stage({ image, nodes }, signal);
      return { image };
    }),
    'lun.activate': promised<'lun.activate'>(edge, async ({ image, nodes }, signal) => {
      await luns.activate({ image, nodes }, signal);
      return { holds: holdsOf(await luns.read(signal), nodes) };
    }),
    'lun.rollBack': promised<'lun.rollBack'>(edge, async ({ image, nodes }, signal) => {
      await luns.rollBack({ image, nodes }, signal);
      return { holds: holdsOf(await luns.read(signal), nodes) };
    }),
    'lun.wipe': promised<'lun.wipe'>(edge, async ({ node, image }, signal) => {
      return { proof: sumOf(await luns.wipe({ image, nodes: [node] }, signal)) };
    }),
  };
}
