import type { Entry } from '../../../core/journal/entry.js';
import type { RackState } from '../../../core/site/rack-state.js';
import { EXIT, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { racksUp, type RackPlace } from '../../rack/place.js';
import { entriesOf, rackNamed, reached, reachOf, type Reach } from '../../rack/reach.js';

/** A rack as its journal leaves it. */
interface Stand {
  readonly rack: string;
  readonly address: string;
  readonly entries: number;
  /** Its own time. */
  readonly at_ms: number;
  readonly world: string;
  /** Node -> state of its machine. */
  readonly nodes: Readonly<Record<string, string>>;
  /** Node -> stage of its boot. */
  readonly boots: Readonly<Record<string, string>>;
  /** Where its BMCs and PDUs are, of an emulated rack on this host; null else. */
  readonly places: Pick<RackState, 'ipmi' | 'redfish' | 'pdus'> | null;
}

/** What fits on a screen; of a larger rack `--json` tells each node. */
const MOST_ROWS = 32;

/** One rack, or all that are up on this host. */
export async function rackStatus([name]: readonly string[], given: Given, io: Io): Promise<number> {
  const to = given.text('to');
  const here = name === undefined ? racksUp() : [rackNamed(name)];
  const reaches: readonly Placed[] =
    to === undefined
      ? here.map((place) => ({ ...reachOf(place), places: placesOf(place) }))
      : [{ name: name ?? to, address: to, key: given.text('key') ?? null, places: null }];
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

type Placed = Reach & { readonly places: Stand['places'] };

function placesOf(place: RackPlace): Stand['places'] {
  const places = place.places();
  return places === null ? null : { ipmi: places.ipmi, redfish: places.redfish, pdus: places.pdus };
}

async function standOf(reach: Placed): Promise<Stand> {
  const there = await reached(reach, 'watch');
  try {
    const entries = await entriesOf(there);
    const { name, address } = reach;
    const [first] = entries;
    return {
      rack: name,
      address,
      entries: entries.length,
      at_ms: entries.at(-1)?.at ?? 0,
      world: first?.entry === 'opened' ? first.world : '',
      nodes: statesIn(entries, 'node:'),
      boots: statesIn(entries, 'boot:'),
      places: reach.places,
    };
  } finally {
    await there.bus.close();
  }
}

function statesIn(entries: readonly Entry[], kind: string): Readonly<Record<string, string>> {
  const states: Record<string, string> = {};
  for (const entry of entries) {
    if (entry.entry === 'entered' && entry.machine.startsWith(kind)) {
      states[entry.machine.slice(kind.length)] = entry.state;
    }
  }
  return states;
}

/** Nodes by what they are doing: a rack of thousands has few states. */
function linesOf({ rack, address, entries, at_ms, world, nodes, boots, places }: Stand): string {
  const counts = new Map<string, number>();
  for (const state of Object.values(nodes)) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([state, count]) => `${count} ${state}`);
  const seconds = (at_ms / 1000).toFixed(1);
  const own =
    world === 'sim' ? `up for ${seconds} s of its own time` : `${world}, up for ${seconds} s as it last moved`;
  const lines = [`${rack}  ${own}, ${entries} entries, ${address}`, `  ${states.join(', ')}`];
  const ids = Object.keys(nodes);
  if (ids.length <= MOST_ROWS) {
    for (const id of ids) {
      const row = [id.padEnd(12), (nodes[id] ?? '').padEnd(17), (boots[id] ?? '').padEnd(15), bmcOf(id, places)];
      lines.push(`  ${row.join(' ').trimEnd()}`);
    }
  }
  for (const [name, { address: host, port }] of Object.entries(places?.pdus ?? {})) {
    lines.push(`  ${name.padEnd(12)} snmp     ${host} port ${port}`);
  }
  return `${lines.join('\n')}\n`;
}

function bmcOf(node: string, places: Stand['places']): string {
  const ipmi = places?.ipmi[node];
  if (ipmi !== undefined) return `ipmi ${ipmi.address} port ${ipmi.port}`;
  const redfish = places?.redfish[node];
  return redfish === undefined ? '' : `redfish ${redfish.url}`;
}
