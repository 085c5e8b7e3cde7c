import { compiledSteppers } from '../../core/machines/steppers.js';
import { planOf, type Plan } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import type { Append, Happening } from '../../core/journal/entry.js';
import { JournalFile } from '../../drivers/journal-file/driver.js';
import { runSim } from '../../sim/run.js';
import type { Readings } from './figure.js';
import { startStopwatch } from './stopwatch.js';

const NODES = 10_000;
/** Enough boots for the compiler to have seen every path. */
const WARM_UP_NODES = 1_000;

const SITE = `version: 1
name: bench
network: { subnet: 10.0.0.0/8, server: 10.0.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes: { root1: { world: emulated, mac: 52:54:00:99:00:11, address: 10.0.0.11, image: lucid } }
`;

/** The root-node scenario with so many nodes at once. */
export function fleetPlan(nodes: number): Plan {
  const scenario = `version: 1
name: fleet
description: Many nodes boot at once.
site: bench.site.yaml
fleet: { count: ${nodes}, like: root1 }
expect: { all: { outcome: up } }
`;
  return planOf(scenario, 'fleet.scenario.yaml', parseSite(SITE, 'bench.site.yaml'));
}

/** Root-node boots a second, 10,000 nodes in one run, after a warm-up. @param journal file to write, null for none */
export function measureFleet(journal: string | null): Readings {
  bootFleet(WARM_UP_NODES, journal === null ? () => true : openJournal(`${journal}.warm-up`).append);
  const plan = fleetPlan(NODES);
  const file = journal === null ? null : openJournal(journal);
  const stop = startStopwatch();
  const arrived = boot(plan, file?.append ?? (() => true));
  file?.close();
  const { wall_s, cpu_s } = stop();
  return { boots_per_s: arrived / wall_s, boots_per_cpu_s: arrived / cpu_s };
}

/** What a run of so many nodes writes into its journal, and when. */
export function fleetHappenings(nodes: number): readonly (readonly [Happening, number])[] {
  const happenings: [Happening, number][] = [];
  bootFleet(nodes, (happening, at) => {
    happenings.push([happening, at]);
    return true;
  });
  return happenings;
}

function openJournal(file: string): JournalFile {
  return JournalFile.create(file, 'batch');
}

function bootFleet(nodes: number, append: Append): void {
  boot(fleetPlan(nodes), append);
}

/** @returns how many nodes came up: all, or this throws */
function boot(plan: Plan, append: Append): number {
  let arrived = 0;
  const { how } = runSim({
    plan,
    seed: 1,
    append,
    steppers: compiledSteppers(),
    onEntered: (_machine, { state }) => {
      if (state === 'up') arrived += 1;
    },
  });
  if (how !== 'settled' || arrived !== plan.nodes.length) throw new Error(`${arrived} nodes arrived, the run ${how}`);
  return arrived;
}
