import { existsSync } from 'node:fs';
import { Engine } from '../../../core/engine/engine.js';
import { recover } from '../../../core/engine/recover.js';
import { FarHands } from '../../../core/far/far-hands.js';
import { machineId } from '../../../core/ids.js';
import { fold } from '../../../core/journal/fold.js';
import { JournalFile } from '../../../drivers/journal-file/driver.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { openHost } from '../../../drivers/zmq-bus/host.js';
import { JournalService } from '../../../tui/compose/journal-service.js';
import { STEPPERS } from '../../core/far/worker.js';

export const HANDS = 'east';
export const NODES = ['n0', 'n1', 'n2', 'n3'];
/** Effects of each node. */
export const WORK = 60;

/** An engine whose effects are all performed by hands elsewhere; it goes on where its journal ends. */
async function main(folder: string, file: string): Promise<void> {
  const isNew = !existsSync(file);
  const reopened = isNew ? null : JournalFile.reopen(file);
  const journal = reopened?.journal ?? JournalFile.create(file, 'each');
  const earlier = reopened?.read.entries ?? [];
  const clock = systemClock(earlier.at(-1)?.at ?? 0);
  const { append } = journal;
  if (isNew) append({ entry: 'opened', version: 1, scenario: 'far', world: 'sim', seed: 1 }, 0);
  else append({ entry: 'resumed', entries: earlier.length }, clock.now());
  const far: FarHands = new FarHands({
    clock,
    life: `engine-${process.pid}`,
    epoch: () => journal.length,
    names: new Set([HANDS]),
    handsOf: () => HANDS,
    settled: () => journal.sync(),
  });
  far.recall(earlier);
  const service = new JournalService({
    name: file,
    file,
    journal,
    clock,
    earlier,
    judge: (said) => far.judge(said),
    act: (said) => far.act(said),
  });
  const over = new Set<string>();
  const parts = {
    clock,
    append,
    far: far.perform,
    perform: () => () => {},
    onEntered: (machine: string, { state }: { readonly state: string }) => {
      if (state === 'over') over.add(machine);
      if (over.size === NODES.length) process.stdout.write('over\n');
    },
  };
  const recovered = isNew ? { engine: new Engine(parts), begin: () => {} } : recover(parts, fold(earlier, STEPPERS));
  service.catchUp();
  recovered.begin();
  for (const node of NODES) {
    const machine = machineId('worker', node);
    const state = recovered.engine.standing(machine)?.state;
    if (state === 'over') over.add(machine);
    if (state === undefined) recovered.engine.start(machine, STEPPERS.worker, { node, work: WORK });
  }
  const listen = [{ address: parseAddress(`ipc://${folder}`), keys: null }];
  const { host } = await openHost({ service, clock, listen });
  service.publishTo(host);
  far.begin(host);
  if (over.size === NODES.length) process.stdout.write('over\n');
}

const [folder, file] = process.argv.slice(2);
if (folder !== undefined && file !== undefined) await main(folder, file);
