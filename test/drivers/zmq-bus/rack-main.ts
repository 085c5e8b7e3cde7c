import { existsSync } from 'node:fs';
import { setup } from 'xstate';
import { compiledStepper } from '../../../core/engine/compile.js';
import { Engine } from '../../../core/engine/engine.js';
import { recover } from '../../../core/engine/recover.js';
import { machineId } from '../../../core/ids.js';
import { fold } from '../../../core/journal/fold.js';
import { JournalFile } from '../../../drivers/journal-file/driver.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { openHost } from '../../../drivers/zmq-bus/host.js';
import { JournalService } from '../../../tui/compose/journal-service.js';

/** A lamp for each node: every request switches it, so that one too many or one too few shows. */
const lamp = setup({ types: { events: {} as { readonly type: 'asked'; readonly at: number } } }).createMachine({
  id: 'lamp',
  context: () => ({}),
  initial: 'dark',
  states: { dark: { on: { asked: '#lamp.lit' } }, lit: { on: { asked: '#lamp.dark' } } },
});
export const STEPPERS = { lamp: compiledStepper('lamp', lamp) };
export const NODES = ['n0', 'n1', 'n2'];

/** A rack that goes on where its journal ends. */
async function main(folder: string, file: string): Promise<void> {
  const isNew = !existsSync(file);
  const reopened = isNew ? null : JournalFile.reopen(file);
  const journal = reopened?.journal ?? JournalFile.create(file, 'each');
  const earlier = reopened?.read.entries ?? [];
  const clock = systemClock(earlier.at(-1)?.at ?? 0);
  const { append } = journal;
  if (isNew) append({ entry: 'opened', version: 1, scenario: 'lamps', world: 'sim', seed: 1 }, 0);
  else append({ entry: 'resumed', entries: earlier.length }, clock.now());
  const parts = { clock, append, perform: () => () => {}, onEntered: () => {} };
  const recovered = isNew ? { engine: new Engine(parts), begin: () => {} } : recover(parts, fold(earlier, STEPPERS));
  const { engine } = recovered;
  for (const node of NODES) {
    const machine = machineId('lamp', node);
    if (engine.standing(machine) === undefined) engine.start(machine, STEPPERS.lamp, {});
  }
  const service = new JournalService({
    name: file,
    file,
    journal,
    clock,
    consoles: 'none',
    earlier,
    judge: (said) => {
      if (said.topic === 'node.power' && NODES.includes(said.payload.node)) return null;
      return { code: 'BUS-003', kind: 'topic.unknown', topic: said.topic };
    },
    act: (said) => {
      if (said.topic !== 'node.power') return;
      engine.tell(machineId('lamp', said.payload.node), 'bus', { type: 'asked', at: clock.now() });
    },
  });
  service.catchUp();
  recovered.begin();
  const listen = [{ address: parseAddress(`ipc://${folder}`), keys: null }];
  const { host } = await openHost({ service, clock, listen });
  service.publishTo(host);
  process.stdout.write('ready\n');
}

const [folder, file] = process.argv.slice(2);
if (folder !== undefined && file !== undefined) await main(folder, file);
