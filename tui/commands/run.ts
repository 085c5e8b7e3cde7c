import { join } from 'node:path';
import type { Fault } from '../../core/faults/fault.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { World } from '../../core/site/site.js';
import { BUNDLE, createBundle } from '../../drivers/run-bundle/bundle.js';
import { wallNow } from '../../drivers/system-clock/wall.js';
import { EXIT, usage, type Command, type Given } from '../cli/command.js';
import { playSim } from '../compose.js';
import { ownVersions } from '../package.js';
import { loadPlan } from '../load-plan.js';
import { runView } from '../run-view.js';
import { scenarioSlug } from '../token.js';
import { playScenario } from '../play.js';

export const runCommand: Command = {
  name: 'run',
  usage: 'run SCENARIO',
  says: 'Plays a scenario, prints each stage as it happens, and writes a run bundle.',
  takes: [1, 1],
  options: {
    on: { type: 'string', value: 'WORLD', says: 'sim, emulated or real; default: what the site says of its nodes' },
    seed: { type: 'string', value: 'N', says: "seed of all chance; default: the scenario's, else 1" },
    out: { type: 'string', value: 'DIR', says: 'directory of the bundle; default: a new one in runs/' },
  },
  run: async (given, io) => {
    const [file = ''] = given.positionals;
    const { plan, scenarioText, siteText } = loadPlan(file);
    const world = worldOf(plan, given);
    const seed = given.number('seed') ?? plan.scenario.seed ?? 1;
    const bundle = createBundle(given.text('out') ?? join('runs', runName(plan, world)));
    bundle.write(BUNDLE.scenario, scenarioText);
    bundle.write(BUNDLE.site, siteText);
    const view = runView({ isJson: given.flag('json'), io, plan, hasClock: world !== 'sim' });
    const play = world === 'sim' ? playSim : (await import('../compose/emulated.js')).playEmulated;
    const common = { plan, world, play, seed, bundle, versions: ownVersions(), signal: io.signal };
    const report = await playScenario({
      ...common,
      onNews: view.news,
      onImageNews: view.imageNews,
      progress: view.progress,
    });
    view.end(report, bundle);
    if (io.signal.aborted) return EXIT.interrupted;
    if (report.verdict === 'pass') return EXIT.ok;
    return report.faults.some(isOfTheHost) ? EXIT.host : EXIT.failed;
  },
};

/** A node that failed because this host lacks a program says nothing about the scenario. */
function isOfTheHost({ code }: Fault): boolean {
  return code === 'HOST-001' || code === 'HOST-002';
}

function worldOf(plan: Plan, given: Given): 'sim' | 'emulated' {
  const asked = given.text('on');
  const worlds = new Set<string>(asked === undefined ? plan.nodes.map(({ world }) => world) : [asked]);
  const [world] = worlds;
  if (worlds.size > 1) throw usage(runCommand, 'the nodes of this site are of several worlds: name one by --on');
  if (world === 'sim' || world === 'emulated') return world;
  const known: readonly World[] = ['sim', 'emulated'];
  if (world === 'real') throw usage(runCommand, 'the drivers of the real world are not in this release');
  throw usage(runCommand, `--on takes ${known.join(' or ')}, not ${JSON.stringify(world)}`);
}

/** `20261120-144501-root-node-sim`, so that runs sort by their time. */
function runName(plan: Plan, world: string): string {
  const stamp = wallNow().iso.replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${scenarioSlug(plan.scenario.file)}-${world}-${process.pid}`;
}
