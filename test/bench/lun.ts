import { alone } from './alone.js';
import type { Topic } from './figure.js';

const CLONE = 'LUN clone';

export const lun: Topic = {
  name: 'lun',
  figures: [
    {
      name: 'lun-clone',
      measures: 'a writable clone of a 10 GiB base',
      unit: 'ms',
      reading: 'clone_ms',
      ours: CLONE,
      peer: null,
      target: { kind: 'at most', value: 20 },
    },
  ],
  open: async () => ({ contenders: [alone(CLONE)], [Symbol.asyncDispose]: async () => {} }),
};
