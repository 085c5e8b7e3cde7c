import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chain } from '../../core/journal/codec.js';
import type { Entry } from '../../core/journal/entry.js';
import { sha256 } from '../../drivers/journal-file/driver.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { MachineBook } from '../../tui/dashboard/model/machine-book.js';
import { Model } from '../../tui/dashboard/model/model.js';
import { ROOT } from '../run-metalrig.js';
import { openPty, type Pty } from '../tui/dashboard/pty.js';
import type { Readings } from './figure.js';
import { pause } from './pause.js';
import { fleetHappenings } from './sim-boots.js';
import { startStopwatch } from './stopwatch.js';

const NODES = 10_000;
/** A change of a node is three entries: what was seen, the state entered, what is asked next. */
const ENTRIES_A_BEAT = 300;
const BEAT_MS = 100;
const BEATS = 60;
/** When every node of the fleet is on its way. */
const UNDER_WAY_MS = 5_000;
/** Of /proc/PID/stat: USER_HZ, the same on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;
const MAIN = join(ROOT, 'dist', 'bundle', 'main.js');

/**
 * `metalrig top --follow` on a pseudo-terminal of 200x50, over a journal of 10,000 nodes that grows by 100 changes ten
 * times a second: how much of a core it takes, and how long a key takes to the screen meanwhile.
 */
export async function measureDashboard(folder: string): Promise<Readings> {
  const { lines, underWay } = journalLines();
  const journal = join(folder, BUNDLE.journal);
  writeFileSync(journal, textOf(lines.slice(0, underWay)));
  const argv = [process.execPath, MAIN, 'top', '--bundle', folder, '--follow'] as const;
  const pty = openPty(argv, { size: { columns: 200, rows: 50 } });
  await pty.until(/10000 nodes/);
  const before = cpuSecondsOf(pty.pid);
  const stop = startStopwatch();
  const keys_ms: number[] = [];
  for (let beat = 0; beat < BEATS; beat += 1) {
    const begin = underWay + beat * ENTRIES_A_BEAT;
    const wait = pause(BEAT_MS);
    appendFileSync(journal, textOf(lines.slice(begin, begin + ENTRIES_A_BEAT)));
    keys_ms.push(await keyToScreen(pty, beat));
    await wait;
  }
  const { wall_s } = stop();
  const core_percent = ((cpuSecondsOf(pty.pid) - before) / wall_s) * 100;
  pty.keys('q');
  await pty.ended;
  const sorted = keys_ms.toSorted((a, b) => a - b);
  return {
    core_percent,
    key_ms: sorted[sorted.length >> 1] ?? 0,
    key_p95_ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
  };
}

/** Down and up in turn: until the mark stands at the other row. */
async function keyToScreen(pty: Pty, beat: number): Promise<number> {
  const stop = startStopwatch();
  pty.keys(beat % 2 === 0 ? 'j' : 'k');
  await pty.until(beat % 2 === 0 ? /▶ \S*0002 / : /▶ \S*0001 /);
  return stop().wall_s * 1_000;
}

/** Entries a second that the dashboard's model takes. */
export function measureModel(): Readings {
  const entries = fleetHappenings(1_000).map(([happening, at], index): Entry => ({ ...happening, seq: index + 1, at }));
  const book = new MachineBook();
  const take = (): void => {
    const model = new Model(book);
    for (const entry of entries) model.take(entry);
  };
  take();
  const stop = startStopwatch();
  for (let again = 0; again < 4; again += 1) take();
  return { entries_per_s: (4 * entries.length) / stop().wall_s };
}

function journalLines(): { readonly lines: readonly string[]; readonly underWay: number } {
  const chain = new Chain(sha256);
  const opening = { entry: 'opened', version: 1, scenario: 'fleet', world: 'sim', seed: 1 } as const;
  const happenings = fleetHappenings(NODES);
  const all = happenings[0]?.[0].entry === 'opened' ? happenings : [[opening, 0] as const, ...happenings];
  const lines = all.map(([happening, at]) => chain.append(happening, at));
  return { lines, underWay: all.findIndex(([, at]) => at > UNDER_WAY_MS) };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** @see proc(5): fields 14 and 15, behind the name in brackets */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
