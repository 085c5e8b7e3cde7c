import t, { type Test } from 'tap';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processStart, NO_PROCESS } from '../../../drivers/process/alive.js';

const KEEPER = fileURLToPath(new URL('lasting-keeper.js', import.meta.url));

type Told = Readonly<Record<string, unknown>>;

interface Keeper {
  /** The next thing told, also one that came already, that has the member. */
  next(member: string): Promise<Told>;
  /** Everything observed so far, as `source stage-or-fault`. */
  observed(): readonly string[];
  say(word: string): Promise<Told>;
  /** SIGKILL. Comes when it is gone. */
  kill(): Promise<void>;
  readonly gone: Promise<void>;
}

/** A process that holds the node; `told` is how much of its console an earlier one has told. */
function keeper(directory: string, told: string): Keeper {
  const child = spawn(process.execPath, [KEEPER, directory, told], { stdio: ['pipe', 'pipe', 'inherit'] });
  const untaken: Told[] = [];
  const seen: string[] = [];
  const waiting: { readonly member: string; readonly resolve: (told: Told) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const one = JSON.parse(line) as Told;
    if ('observed' in one) seen.push(short(one['observed'] as Told));
    const index = waiting.findIndex(({ member }) => member in one);
    if (index === -1) untaken.push(one);
    else waiting.splice(index, 1)[0]?.resolve(one);
  });
  const gone = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const next = (member: string): Promise<Told> => {
    const index = untaken.findIndex((one) => member in one);
    const [one] = index === -1 ? [] : untaken.splice(index, 1);
    return one === undefined ? new Promise((resolve) => waiting.push({ member, resolve })) : Promise.resolve(one);
  };
  return {
    next,
    gone,
    observed: () => seen,
    say(word) {
      child.stdin.write(`${word}\n`);
      return next('did');
    },
    kill() {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

function short({ kind, stage, source, fault }: Told): string {
  const what = kind === 'reached' ? stage : ((fault as Told | null)?.['code'] ?? 'no fault');
  return `${String(kind)} ${String(what)} (${String(source)})`;
}

interface Place {
  readonly directory: string;
  /** The record's process; null where it says that none runs. */
  running(): { readonly pid: number; readonly start: string } | null;
  powerOns(): number;
}

function place(t: Test): Place {
  const directory = mkdtempSync(join(tmpdir(), 'last-'));
  const record = (): { powerOns: number; running: { pid: number; start: string } | null } =>
    JSON.parse(readFileSync(join(directory, 'root1', 'node.json'), 'utf8')) as ReturnType<typeof record>;
  t.teardown(() => {
    const { running } = record();
    if (running !== null && processStart(running.pid) === running.start) process.kill(running.pid, 'SIGKILL');
    rmSync(directory, { recursive: true });
  });
  return { directory, running: () => record().running, powerOns: () => record().powerOns };
}

void t.test(
  'qemu: its holder is killed and begun anew -> the same process, all told once, ended in order',
  async (t) => {
    const { directory, running, powerOns } = place(t);
    const first = keeper(directory, 'off');
    t.match(await first.next('found'), { found: { state: 'off' } });
    await first.say('on');
    await first.next('wire');
    await first.kill();
    const before = running();
    const second = keeper(directory, String(first.observed().length - 1));
    t.match(await second.next('found'), { found: { state: 'running', pid: before?.pid, powerOn: 1 } });
    t.match(await second.next('plugged'), { plugged: 'again' });
    t.match(await second.say('read'), { answer: 'on' });
    const whole = ['reached firmware (power)', 'trouble BOOT-002 (console)', 'ended no fault (console)'];
    const told = (): readonly string[] => [...first.observed(), ...second.observed()];
    while (told().length < whole.length) await second.next('observed');
    t.same(told(), whole);
    t.same(running(), before);
    t.equal(powerOns(), 1);
    await second.say('end');
    await second.gone;
    t.equal(processStart(before?.pid ?? 0), NO_PROCESS);
    t.equal(running(), null);
    t.notOk(existsSync(join(directory, 'root1', 'monitor')));
  },
);

void t.test('qemu: it ends while nobody holds it -> told once, off, and may be switched on again', async (t) => {
  const { directory, running, powerOns } = place(t);
  const first = keeper(directory, 'off');
  await first.say('on');
  await first.next('wire');
  await first.kill();
  process.kill(running()?.pid ?? 0, 'SIGKILL');
  const second = keeper(directory, String(first.observed().length - 1));
  t.match(await second.next('found'), { found: { state: 'ended', fault: { code: 'QMU-016' } } });
  t.match(second.observed().at(-1), /^ended/);
  t.match(await second.say('read'), { answer: 'off' });
  await second.say('on');
  t.equal(powerOns(), 2);
  await second.say('end');
  await second.gone;
});
