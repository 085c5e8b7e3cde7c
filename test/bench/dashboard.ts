import { alone } from './alone.js';
import type { Topic } from './figure.js';

const LIVE = 'dashboard, live';
const MODEL = 'dashboard, model';

export const dashboard: Topic = {
  name: 'dashboard',
  figures: [
    {
      name: 'dashboard-cpu',
      measures: 'of a core: 10,000 nodes, 100 change ten times a second, 200x50',
      unit: '%',
      reading: 'core_percent',
      ours: LIVE,
      peer: null,
      target: { kind: 'at most', value: 20 },
    },
    {
      name: 'dashboard-key',
      measures: 'from a key to the screen meanwhile, in a pseudo-terminal, median',
      unit: 'ms',
      reading: 'key_ms',
      ours: LIVE,
      peer: null,
      target: { kind: 'at most', value: 50 },
    },
    {
      name: 'dashboard-model',
      measures: 'a journal folded into what the dashboard shows',
      unit: 'entries/s',
      reading: 'entries_per_s',
      ours: MODEL,
      peer: null,
      target: { kind: 'shown' },
    },
  ],
  open: async () => ({ contenders: [alone(LIVE), alone(MODEL)], [Symbol.asyncDispose]: async () => {} }),
};
