import { mishapsOf } from '../../../core/scenario/mishap-words.js';
import { MISHAP_KINDS } from '../../../core/scenario/scenario.js';
import type { Known } from '../keys/commands.js';
import type { Scene } from './scene.js';

/** What words of commands can be of, at this moment. */
export function knownOf({ moment: { model }, board, canOperate }: Scene): Known {
  const broken = (node: string): readonly string[] =>
    model.broken.filter((one) => one.node === node && one.healedAt === null).map(({ mishap }) => mishap);
  return {
    nodes: model.names('node'),
    broken,
    mishaps: (node) => {
      const planned = board.plannedOf(node);
      const already = broken(node);
      // Of a rack elsewhere there is no site file here: it judges by itself.
      return (planned === null ? MISHAP_KINDS : mishapsOf(planned)).filter((kind) => !already.includes(kind));
    },
    canOperate,
  };
}
