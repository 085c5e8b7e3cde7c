import { alone } from './alone.js';
import type { Topic } from './figure.js';

const APPEND = 'journal append';
const FOLD = 'journal fold';

export const journal: Topic = {
  name: 'journal',
  figures: [
    {
      name: 'journal-append',
      measures: 'hash-chained, into a file, synced at its end',
      unit: 'entries/s',
      reading: 'entries_per_s',
      ours: APPEND,
      peer: null,
      target: { kind: 'at least', value: 300_000 },
    },
    {
      name: 'journal-fold',
      measures: 'the journal of a fleet folded through the machines and compared',
      unit: 'transitions/s',
      reading: 'transitions_per_s',
      ours: FOLD,
      peer: null,
      target: { kind: 'at least', value: 100_000 },
    },
  ],
  open: async () => ({ contenders: [alone(APPEND), alone(FOLD)], [Symbol.asyncDispose]: async () => {} }),
};
