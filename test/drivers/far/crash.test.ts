import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { fold } from '../../../core/journal/fold.js';
import { readJournalFile } from '../../../drivers/journal-file/driver.js';
import { scratchOf } from '../../run-metalrig.js';
import { numberOf, STEPPERS } from '../../core/far/worker.js';
import { NODES, POINTS, WORK } from './rig.js';

interface Program {
  readonly child: ChildProcess;
  readonly lines: Interface;
}

function started(t: Test, name: string, words: readonly string[]): Program {
  const main = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return { child, lines: createInterface({ input: child.stdout }) };
}

/** The hands die at each point, early and late in a life; the engine is killed at some of those deaths. */
const DEATHS = POINTS.flatMap((point, index) => [
  { point, times: 1, isEngineKilled: index % 3 === 0 },
  { point, times: 9, isEngineKilled: index % 3 === 1 },
]);

void t.test(
  'far hands: killed with kill -9 wherever they can be, and the engine now and then -> each effect has one outcome',
  { timeout: 120_000 },
  async (t) => {
    const scratch = scratchOf(t);
    const [folder, file, inbox, done] = ['bus', 'journal.jsonl', 'hands.jsonl', 'done'].map((name) =>
      join(scratch, name),
    ) as [string, string, string, string];
    let engine = started(t, 'engine-main', [folder, file]);
    for (const { point, times, isEngineKilled } of DEATHS) {
      const hands = started(t, 'hands-main', [folder, file, inbox, done, point, String(times)]);
      const [, signal] = (await once(hands.child, 'exit')) as [number | null, string | null];
      t.equal(signal, 'SIGKILL', `they die when they have come to ${point} ${times} times`);
      if (!isEngineKilled) continue;
      engine.child.kill('SIGKILL');
      await once(engine.child, 'exit');
      engine = started(t, 'engine-main', [folder, file]);
    }
    const over = once(engine.lines, 'line');
    const last = started(t, 'hands-main', [folder, file, inbox, done]);
    await over;
    for (const { child } of [last, engine]) child.kill('SIGKILL');
    judge(t, file, done);
  },
);

function judge(t: Test, file: string, done: string): void {
  const { entries } = readJournalFile(file);
  t.strictSame(fold(entries, STEPPERS).divergences, []);
  const asked = entries.filter((entry) => entry.entry === 'effect.asked');
  const outcomes = entries.filter((entry) => entry.entry === 'effect.done').map(({ ask }) => ask);
  t.equal(asked.length, NODES.length * WORK);
  t.strictSame(
    [...outcomes].sort((a, b) => a - b),
    asked.map(({ ask }) => ask),
    'each effect that was asked has one outcome',
  );
  const names = asked.map(({ input }) => `${'node' in input ? input.node : ''} ${numberOf(input)}`);
  const counts = new Map<string, { begun: number; done: number }>(names.map((name) => [name, { begun: 0, done: 0 }]));
  for (const line of readFileSync(done, 'utf8').split('\n').slice(0, -1)) {
    const [node = '', number = '', what] = line.split(' ');
    const count = counts.get(`${node} ${number}`);
    if (what === 'begun' && count !== undefined) count.begun += 1;
    else if (what === 'done' && count !== undefined) count.done += 1;
    else t.fail(`${line} was never asked`);
  }
  t.ok(
    [...counts.values()].every((count) => count.done >= 1),
    'each was really done',
  );
  // A death between the deed and the note of it has it done again, as a level: that many times, and no more.
  const again = [...counts.values()].reduce((sum, count) => sum + count.begun - 1, 0);
  t.ok(again <= DEATHS.length * NODES.length, `${again} were begun again, by ${DEATHS.length} deaths`);
}
