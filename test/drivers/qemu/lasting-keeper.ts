// A process that holds one emulated node which outlives it: started and killed by lasting.world.test.ts.
//
//   node lasting-keeper.js DIRECTORY TOLD    TOLD: how much of the console is known already, or `off`
//
// Does what is written to it, a word a line, and tells as lines of JSON what it observes and what it has done.
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { nodeId } from '../../../core/ids.js';
import { openQemuRack } from '../../../drivers/qemu/driver.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { openCallingPort } from '../../../drivers/wire/calling-port.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';

const [directory = '', told = 'off'] = process.argv.slice(2);
const clock = systemClock();
const node = nodeId('root1');
const { signal } = new AbortController();
const tell = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

const wire = makeSwitch(clock);
let frames = 0;
wire.onFrame(() => {
  frames += 1;
  if (frames === 1) tell({ wire: 'a first frame' });
});
const wirePath = join(directory, 'w');
const port = openCallingPort({
  path: wirePath,
  attach: (deliver) => wire.attach(node, deliver),
  events: { connected: () => {}, disconnected: () => {}, noted: (fault) => tell({ fault }) },
});
const rack = openQemuRack({
  nodes: [
    {
      node,
      memory_mib: 128,
      onReset: 'again',
      nics: [{ model: 'virtio-net-pci', mac: '52:54:00:99:00:01', wirePath }],
    },
  ],
  clock,
  observe: (observed) => tell({ observed }),
  accelerator: 'tcg',
  guestTime: 'instructions',
  consoleDirectory: directory,
  socketDirectory: directory,
  lasting: {
    directory,
    async plug(_, isNew) {
      await port.plug();
      tell({ plugged: isNew ? 'new' : 'again' });
    },
  },
});
const found = await rack.takeOver(() => ({
  powerOn: told !== 'off',
  shown: told === 'off' ? 0 : Number(told),
  isResetting: false,
}));
tell({ found: found.get(node) });

const deeds: Readonly<Record<string, () => Promise<unknown>>> = {
  on: () => rack.power.ensure(node, 'on', signal),
  read: () => rack.power.read(node, signal),
  end: async () => {
    await rack[Symbol.asyncDispose]();
    await port.close();
    process.stdin.destroy();
  },
};
createInterface({ input: process.stdin }).on('line', (word) => {
  void deeds[word]?.().then((answer) => tell({ did: word, ...(answer === undefined ? {} : { answer }) }));
});
