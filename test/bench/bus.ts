import { fileURLToPath } from 'node:url';
import { printing } from './alone.js';
import type { Contender, Figure, Topic } from './figure.js';

const MAIN = fileURLToPath(new URL('./bus-main.js', import.meta.url));
const WAYS = [
  ['plain', 'ipc'],
  ['curve', 'tcp, CURVE'],
] as const;

function contender(what: string, way: string): Contender {
  return printing(`${what}, ${way}`, [process.execPath, MAIN, what, way]);
}

function ratio(what: 'letters' | 'events', [way, says]: (typeof WAYS)[number]): Figure {
  const measures = {
    letters: `requests of 218 bytes to the engine, each parsed, ${says}`,
    events: `entries of 218 bytes to a watcher, each parsed, ${says}`,
  };
  return {
    name: `bus-${what}-${way}`,
    measures: measures[what],
    unit: 'messages/s',
    reading: 'rate',
    ours: `${what}, ${way}`,
    peer: `raw ${what}, ${way}`,
    target: { kind: 'ratio at least', value: 0.8 },
  };
}

export const bus: Topic = {
  name: 'bus',
  figures: [
    ...WAYS.flatMap((way) => [ratio('letters', way), ratio('events', way)]),
    {
      name: 'bus-ack',
      measures: 'request to acknowledgement, p99, 10,000 entries/s beside it, ipc',
      unit: 'ms',
      reading: 'p99_ms',
      ours: 'acks, plain',
      // What of it the disk takes by itself.
      peer: 'disk, plain',
      target: { kind: 'at most', value: 5 },
    },
  ],
  open: async () => ({
    contenders: [
      ...WAYS.flatMap(([way]) =>
        ['letters', 'raw letters', 'events', 'raw events'].map((what) => contender(what, way)),
      ),
      contender('acks', 'plain'),
      contender('disk', 'plain'),
    ],
    [Symbol.asyncDispose]: async () => {},
  }),
};
