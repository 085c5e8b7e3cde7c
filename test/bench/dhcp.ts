import { alone } from './alone.js';
import type { Topic } from './figure.js';

const OURS = 'our DHCP, in process';

export const dhcp: Topic = {
  name: 'dhcp',
  figures: [
    {
      name: 'dhcp-exchanges',
      measures: 'four-way exchanges, frames in and frames out, through switch and host',
      unit: 'exchanges/s',
      reading: 'exchanges_per_s',
      ours: OURS,
      peer: null,
      target: { kind: 'at least', value: 2_000 },
    },
  ],
  open: async () => ({ contenders: [alone(OURS)], [Symbol.asyncDispose]: async () => {} }),
};
