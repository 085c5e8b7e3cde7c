import { compiledSteppers } from '../../core/machines/steppers.js';
import { planOf, type Plan } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import type { Append, Happening } from '../../core/journal/entry.js';
import { JournalFile } from '../../drivers/journal-file/driver.js';
import { runSim } from '../../sim/run.js';
import type { Readings } from './figure.js';
import { startStopwatch } from './stopwatch.js';

const RUNS = 10_000;
/** Enough boots for the compiler to have seen every path. */
const WARM_UP_RUNS = 3_000;
const FLEET_NODES = 10_000;
const WARM_UP_NODES = 1_000;

const SITE = `version: 1
name: bench
network: { subnet: 10.0.0.0/8, server: 10.0.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes: { root1: { world: emulated, mac: 52:54:00:99:00:11, address: 10.0.0.11, image: lucid } }
`;

const steppers = compiledSteppers();

/** Root-node boots a second, the scenario again and again with another seed each time, as campaigns do. */
export function measureBoots(journal: string | null): Readings {
  const plan = fleetPlan(1);
  for (let seed = 0; seed < WARM_UP_RUNS; seed += 1) boot(plan, forget, seed);
  const file = journal === null ? null : JournalFile.create(journal, 'batch');
  const append = file?.append ?? forget;
  const stop = startStopwatch();
  for (let seed = 0; seed < RUNS; seed += 1) boot(plan, append, seed);
  file?.close();
  return ratesOf(RUNS, stop);
}

/** The same of so many nodes at once in one run, their journal written to `file`. */
export function measureFleet(file: string): Readings {
  boot(fleetPlan(WARM_UP_NODES), forget, 1);
  const plan = fleetPlan(FLEET_NODES);
  const journal = JournalFile.create(file, 'batch');
  const stop = startStopwatch();
  boot(plan, journal.append, 1);
  journal.close();
  return ratesOf(FLEET_NODES, stop);
}

/** What a run of so many nodes writes into its journal, and when. */
export function fleetHappenings(nodes: number): readonly (readonly [Happening, number])[] {
  const happenings: [Happening, number][] = [];
  const append: Append = (happening, at) => {
    happenings.push([happening, at]);
    return true;
  };
  boot(fleetPlan(nodes), append, 1);
  return happenings;
}

const forget: Append = () => true;

/** The root-node scenario with so many nodes at once. */
function fleetPlan(nodes: number): Plan {
  const scenario = `version: 1
name: fleet
description: Many nodes boot at once.
site: bench.site.yaml
fleet: { count: ${nodes}, like: root1 }
expect: { all: { outcome: up } }
`;
  return planOf(scenario, 'fleet.scenario.yaml', parseSite(SITE, 'bench.site.yaml'));
}

/** @throws when not every node came up */
function boot(plan: Plan, append: Append, seed: number): void {
  let arrived = 0;
  const onEntered = (_machine: unknown, { state }: { readonly state: string }): void => {
    if (state === 'up') arrived += 1;
  };
  const { how } = runSim({ plan, seed, append, steppers, onEntered });
  if (how !== 'settled' || arrived !== plan.nodes.length) throw new Error(`${arrived} nodes arrived, the run ${how}`);
}

function ratesOf(boots: number, stop: ReturnType<typeof startStopwatch>): Readings {
  const { wall_s, cpu_s } = stop();
  return { boots_per_s: boots / wall_s, boots_per_cpu_s: boots / cpu_s };
}
