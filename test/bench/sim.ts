import { alone } from './alone.js';
import type { Topic } from './figure.js';

const PLAIN = 'sim, no journal';
const JOURNALED = 'sim, journaled';
const FLEET = 'sim, fleet';
const common = { peer: null, unit: 'boots/s', reading: 'boots_per_s' } as const;

export const sim: Topic = {
  name: 'sim',
  figures: [
    {
      ...common,
      name: 'sim-boots',
      measures: 'full root-node boots on one core, one after the other, no journal',
      ours: PLAIN,
      target: { kind: 'at least', value: 8_000 },
    },
    {
      ...common,
      name: 'sim-journaled',
      measures: 'the same with the hash-chained journal written to a file',
      ours: JOURNALED,
      target: { kind: 'at least', value: 4_000 },
    },
    {
      ...common,
      name: 'sim-fleet',
      measures: 'the same, 10,000 nodes at once in one run, journaled',
      ours: FLEET,
      target: { kind: 'shown' },
    },
    {
      ...common,
      name: 'sim-memory',
      measures: 'peak RSS of the process that simulates those 10,000 nodes',
      unit: 'MB',
      reading: 'rss_mb',
      ours: FLEET,
      target: { kind: 'at most', value: 500 },
    },
  ],
  open: async () => ({
    contenders: [alone(PLAIN), alone(JOURNALED), alone(FLEET)],
    [Symbol.asyncDispose]: async () => {},
  }),
};
