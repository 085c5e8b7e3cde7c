import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join as path } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { fold } from '../../../core/journal/fold.js';
import { readJournalFile } from '../../../drivers/journal-file/driver.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../../drivers/zmq-bus/address.js';
import { openHost } from '../../../drivers/zmq-bus/host.js';
import { joinBus } from '../../../drivers/zmq-bus/join.js';
import { MemoryService } from '../../core/bus/memory-service.js';
import { scratchOf } from '../../run-metalrig.js';
import { NODES, STEPPERS } from './rack-main.js';

const clock = systemClock();

interface Program {
  readonly child: ChildProcess;
  readonly lines: Interface;
}

function started(t: Test, name: string, words: readonly string[]): Program {
  const main = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [main, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return { child, lines: createInterface({ input: child.stdout }) };
}

async function lineOf({ lines }: Program): Promise<string> {
  const [line] = (await once(lines, 'line')) as [string];
  return line;
}

const REQUESTS = 3_000;
/** The rack is killed when so many are acknowledged. */
const KILLS = [200, 900, 1_700, 2_500];

void t.test(
  'crash: kill -9 of the rack under a stream of requests -> no transition lost, none doubled, watchers see them all',
  { timeout: 120_000 },
  async (t) => {
    const folder = path(scratchOf(t), 'bus');
    const file = path(scratchOf(t), 'journal.jsonl');
    const address = parseAddress(`ipc://${folder}`);
    let rack = started(t, 'rack-main', [folder, file]);
    const seen: number[] = [];
    const watcher = await joinBus({ address, clock, component: 'w', role: 'watch' });
    watcher.watch({ from: 1, onEntries: ({ entries }) => void seen.push(...entries.map(({ seq }) => seq)) });
    const sides = await Promise.all(
      ['a', 'b'].map((component) => joinBus({ address, clock, component, role: 'operate' })),
    );
    let acked = 0;
    const kills = [...KILLS];
    const again = async (): Promise<void> => {
      rack.child.kill('SIGKILL');
      await once(rack.child, 'exit');
      rack = started(t, 'rack-main', [folder, file]);
      await lineOf(rack);
    };
    // One after the other: many acknowledgements come at once.
    let restarts = lineOf(rack).then(() => {});
    const done = sides.flatMap((side) =>
      Array.from({ length: REQUESTS / 2 }, async (_, index) => {
        await side.send('node.power', { node: NODES[index % NODES.length] ?? '', want: 'on' });
        acked += 1;
        if (acked < (kills[0] ?? Infinity)) return;
        kills.shift();
        restarts = restarts.then(again);
      }),
    );
    await Promise.all(done);
    await restarts;
    const { entries } = readJournalFile(file);
    while ((seen.at(-1) ?? 0) < entries.length) await new Promise((resolve) => setImmediate(resolve));
    t.strictSame(
      seen,
      entries.map(({ seq }) => seq),
      'every entry once, in order',
    );
    await Promise.all([watcher, ...sides].map((side) => side.close()));
    t.equal(kills.length, 0);

    const requested = entries.filter((entry) => entry.entry === 'requested');
    const streams = [...new Set(requested.map(({ stream }) => stream))];
    t.equal(streams.length, 2);
    for (const stream of streams) {
      const numbers = requested.filter((one) => one.stream === stream).map(({ request }) => request);
      t.strictSame(
        numbers,
        Array.from({ length: REQUESTS / 2 }, (_, index) => index + 1),
      );
    }
    const { divergences, machines } = fold(entries, STEPPERS);
    t.strictSame(divergences, []);
    const entered = entries.filter((entry) => entry.entry === 'entered' && entry.state !== '').length;
    t.equal(entered, REQUESTS + NODES.length, 'a transition for each request, and the first state of each');
    t.ok(
      [...machines.values()].every(({ standing }) => standing.state === 'dark'),
      'each was switched 1,000 times',
    );
  },
);

void t.test(
  'slow watcher: it stands still while much happens -> others see it all meanwhile, and it does afterwards',
  { timeout: 120_000 },
  async (t) => {
    const folder = path(scratchOf(t), 'bus');
    const address = parseAddress(`ipc://${folder}`);
    const service = new MemoryService();
    const { host, close } = await openHost({ service, clock, listen: [{ address, keys: null }] });
    t.teardown(() => close());
    service.host = host;
    // More messages than both ends' queues and the kernel's buffers have room for.
    const last = 6_000;
    service.append({ entry: 'opened' });
    const slow = started(t, 'slow-watcher-main', [folder, String(last)]);
    t.equal(await lineOf(slow), 'stuck');
    const quick = await joinBus({ address, clock, component: 'quick', role: 'watch' });
    let seen = 0;
    quick.watch({ from: 1, onEntries: ({ entries }) => (seen = entries.at(-1)?.seq ?? seen) });
    while (service.last() < last) {
      service.append({ entry: 'closed', padding: 'x'.repeat(1_000) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (seen < last) await new Promise((resolve) => setImmediate(resolve));
    await quick.close();
    slow.child.stdin?.write('\n');
    t.strictSame(
      JSON.parse(await lineOf(slow)),
      Array.from({ length: last }, (_, index) => index + 1),
    );
  },
);
