import { readSync } from 'node:fs';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { joinBus } from '../../../drivers/zmq-bus/join.js';

/** Watches; stands still from the first entry on until it is given a byte; prints all numbers up to the last one. */
const [folder = '', last = ''] = process.argv.slice(2);
const bus = await joinBus({
  address: parseAddress(`ipc://${folder}`),
  clock: systemClock(),
  component: 'slow',
  role: 'watch',
});
const seen: number[] = [];
let isStuck = false;
bus.watch({
  from: 1,
  onEntries: ({ entries }) => {
    for (const { seq } of entries) seen.push(seq);
    if (!isStuck) {
      isStuck = true;
      process.stdout.write('stuck\n');
      readSync(0, Buffer.alloc(1));
    }
    if (seen.at(-1) === Number(last)) void bus.close().then(() => process.stdout.write(`${JSON.stringify(seen)}\n`));
  },
});
