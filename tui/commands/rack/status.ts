import type { Entry } from '../../../core/journal/entry.js';
import { EXIT, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { racksUp } from '../../rack/place.js';
import { entriesOf, rackNamed, reached, reachOf, type Reach } from '../../rack/reach.js';

/** A rack as its journal leaves it. */
interface Stand {
  readonly rack: string;
  readonly address: string;
  readonly entries: number;
  /** Its own time. */
  readonly at_ms: number;
  /** Node -> state of its machine. */
  readonly nodes: Readonly<Record<string, string>>;
}

/** One rack, or all that are up on this host. */
export async function rackStatus([name]: readonly string[], given: Given, io: Io): Promise<number> {
  const to = given.text('to');
  const places = name === undefined ? racksUp() : [rackNamed(name)];
  const reaches: readonly Reach[] =
    to === undefined ? places.map(reachOf) : [{ name: name ?? to, address: to, key: given.text('key') ?? null }];
  const stands: Stand[] = [];
  for (const reach of reaches) stands.push(await standOf(reach));
  if (given.flag('json')) {
    for (const stand of stands) io.out(`${JSON.stringify({ type: 'rack', ...stand })}\n`);
    io.out(`${JSON.stringify({ type: 'racks', up: stands.map(({ rack }) => rack) })}\n`);
  } else {
    io.out(stands.length === 0 ? 'no rack is up\n' : stands.map(linesOf).join(''));
  }
  return EXIT.ok;
}

async function standOf(reach: Reach): Promise<Stand> {
  const there = await reached(reach, 'watch');
  try {
    const entries = await entriesOf(there);
    const { name, address } = reach;
    return { rack: name, address, entries: entries.length, at_ms: entries.at(-1)?.at ?? 0, nodes: nodesIn(entries) };
  } finally {
    await there.bus.close();
  }
}

function nodesIn(entries: readonly Entry[]): Readonly<Record<string, string>> {
  const nodes: Record<string, string> = {};
  for (const entry of entries) {
    if (entry.entry === 'entered' && entry.machine.startsWith('node:')) {
      nodes[entry.machine.slice('node:'.length)] = entry.state;
    }
  }
  return nodes;
}

/** Nodes by what they are doing: a rack of thousands has few states. */
function linesOf({ rack, address, entries, at_ms, nodes }: Stand): string {
  const counts = new Map<string, number>();
  for (const state of Object.values(nodes)) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([state, count]) => `${count} ${state}`);
  const seconds = (at_ms / 1000).toFixed(1);
  return `${rack}  up for ${seconds} s of its own time, ${entries} entries, ${address}\n  ${states.join(', ')}\n`;
}
