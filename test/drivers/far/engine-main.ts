import { existsSync } from 'node:fs';
import type { Said } from '../../../core/bus/topics.js';
import { Engine, type EngineParts } from '../../../core/engine/engine.js';
import { recover } from '../../../core/engine/recover.js';
import type { Standing } from '../../../core/engine/step.js';
import { FarHands } from '../../../core/far/far-hands.js';
import type { Fault } from '../../../core/faults/fault.js';
import { machineId } from '../../../core/ids.js';
import type { Entry } from '../../../core/journal/entry.js';
import { fold } from '../../../core/journal/fold.js';
import { JournalFile } from '../../../drivers/journal-file/driver.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { openHost } from '../../../drivers/zmq-bus/host.js';
import { JournalService } from '../../../tui/compose/journal-service.js';
import { STEPPERS } from '../../core/far/worker.js';
import { HANDS, NODES, WORK } from './rig.js';

/** An engine whose effects are all performed by hands elsewhere; it goes on where its journal ends. */
async function main(folder: string, file: string): Promise<void> {
  const { journal, earlier } = opened(file);
  const clock = systemClock(earlier.at(-1)?.at ?? 0);
  const { append } = journal;
  if (earlier.length > 0) append({ entry: 'resumed', entries: earlier.length }, clock.now());
  else append({ entry: 'opened', version: 1, scenario: 'far', world: 'sim', seed: 1 }, 0);
  const far: FarHands = new FarHands({
    clock,
    life: `engine-${process.pid}`,
    epoch: () => journal.length,
    names: new Set([HANDS]),
    handsOf: () => HANDS,
    settled: () => journal.sync(),
  });
  far.recall(earlier);
  const judge = (said: Said): Fault | null => far.judge(said);
  const act = (said: Said): void => far.act(said);
  const service = new JournalService({ name: file, file, journal, clock, earlier, judge, act, consoles: 'none' });
  work({ clock, append, far: far.perform, perform: () => () => {} }, { earlier, service });
  const listen = [{ address: parseAddress(`ipc://${folder}`), keys: null }];
  const { host } = await openHost({ service, clock, listen });
  service.publishTo(host);
  far.begin(host);
}

function opened(file: string): { readonly journal: JournalFile; readonly earlier: readonly Entry[] } {
  if (!existsSync(file)) return { journal: JournalFile.create(file, 'each'), earlier: [] };
  const { journal, read } = JournalFile.reopen(file);
  return { journal, earlier: read.entries };
}

/** Starts the machines, or lets them go on; says when all of them are over. */
function work(
  parts: Omit<EngineParts, 'onEntered'>,
  { earlier, service }: { readonly earlier: readonly Entry[]; readonly service: JournalService },
): void {
  const over = new Set<string>();
  const enter = (machine: string, state: string | undefined): void => {
    if (state === 'over') over.add(machine);
    if (state === 'over' && over.size === NODES.length) process.stdout.write('over\n');
  };
  const whole = { ...parts, onEntered: (machine: string, { state }: Standing) => enter(machine, state) };
  const recovered =
    earlier.length === 0 ? { engine: new Engine(whole), begin: () => {} } : recover(whole, fold(earlier, STEPPERS));
  const { engine } = recovered;
  service.catchUp();
  for (const node of NODES) enter(machineId('worker', node), engine.standing(machineId('worker', node))?.state);
  recovered.begin();
  for (const node of NODES) {
    const machine = machineId('worker', node);
    if (engine.standing(machine) === undefined) engine.start(machine, STEPPERS.worker, { node, work: WORK });
  }
}

const [folder, file] = process.argv.slice(2);
if (folder !== undefined && file !== undefined) await main(folder, file);
