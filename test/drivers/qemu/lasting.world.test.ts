import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { Observation } from '../../../core/evidence.js';
import { isRunning, killProcess, NO_PROCESS, processStart } from '../../../drivers/process/alive.js';
import { readUnitRecord, type UnitRecord } from '../../../drivers/qemu/unit-record.js';
import { keptProcess, type KeptProcess, type Told } from '../../kept-process.js';

const KEEPER = fileURLToPath(new URL('lasting-keeper.js', import.meta.url));

const has =
  (member: string) =>
  (told: Told): boolean =>
    member in told;
const did =
  (word: string) =>
  (told: Told): boolean =>
    told['did'] === word;

interface Place {
  readonly directory: string;
  readonly record: () => UnitRecord;
}

function place(t: Test): Place {
  const directory = mkdtempSync(join(tmpdir(), 'last-'));
  const record = (): UnitRecord => readUnitRecord(join(directory, 'root1', 'node.json'));
  t.teardown(() => {
    const { running } = record();
    if (running !== null) killProcess(running);
    rmSync(directory, { recursive: true });
  });
  return { directory, record };
}

function keeper(directory: string, before: KeptProcess | null): KeptProcess {
  const known = before === null ? 'off' : String(observed(before).length - 1);
  return keptProcess(KEEPER, [directory, known]);
}

async function switchOn(kept: KeptProcess): Promise<void> {
  kept.say('on');
  await kept.next(did('on'));
  await kept.next(has('wire'));
}

async function end(kept: KeptProcess): Promise<void> {
  kept.say('end');
  await kept.gone;
}

/** `kind stage-or-fault (source)` */
function observed({ told }: KeptProcess): readonly string[] {
  return told.filter(has('observed')).map(({ observed }) => {
    const seen = observed as Observation;
    const what = seen.kind === 'reached' ? seen.stage : (seen.fault?.code ?? 'no fault');
    return `${seen.kind} ${what} (${seen.source})`;
  });
}

void t.test(
  'qemu: its holder is killed and begun anew -> the same process, all told once, ended in order',
  async (t) => {
    const { directory, record } = place(t);
    const first = keeper(directory, null);
    t.match(await first.next(has('found')), { found: { state: 'off' } });
    await switchOn(first);
    await first.kill();
    const { running } = record();
    const second = keeper(directory, first);
    t.match(await second.next(has('found')), { found: { state: 'running', pid: running?.pid, powerOn: 1 } });
    t.match(await second.next(has('plugged')), { plugged: 'again' });
    second.say('read');
    t.match(await second.next(did('read')), { answer: 'on' });
    const whole = ['reached firmware (power)', 'trouble BOOT-002 (console)', 'ended no fault (console)'];
    const told = (): readonly string[] => [...observed(first), ...observed(second)];
    while (told().length < whole.length) await second.next(has('observed'));
    t.same(told(), whole);
    t.match(record(), { powerOns: 1, running });
    await end(second);
    t.equal(processStart(running?.pid ?? 0), NO_PROCESS);
    t.match(record(), { powerOns: 1, running: null });
    t.notOk(existsSync(join(directory, 'root1', 'monitor')));
  },
);

void t.test('qemu: it ends while nobody holds it -> told, off, and may be switched on again', async (t) => {
  const { directory, record } = place(t);
  const first = keeper(directory, null);
  await switchOn(first);
  await first.kill();
  const { running } = record();
  if (running !== null) killProcess(running);
  const second = keeper(directory, first);
  t.match(await second.next(has('found')), { found: { state: 'ended', fault: { code: 'QMU-016' } } });
  t.match(observed(second).at(-1), /^ended/);
  second.say('read');
  t.match(await second.next(did('read')), { answer: 'off' });
  await switchOn(second);
  t.match(record(), { powerOns: 2 });
  await end(second);
  t.notOk(running !== null && isRunning(running));
});
