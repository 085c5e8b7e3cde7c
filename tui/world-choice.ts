import type { Plan } from '../core/scenario/plan.js';
import type { World } from '../core/site/site.js';
import { usage, type Command, type Given, type Option } from './cli/command.js';

export const ON_OPTION: Option = {
  type: 'string',
  value: 'WORLD',
  says: 'sim, emulated or real; default: what the site says of its nodes',
};

/** The world that a run is for. @throws FaultError CLI-001 */
export function worldOf(command: Pick<Command, 'name'>, { nodes }: Pick<Plan, 'nodes'>, given: Given) {
  const asked = given.text('on');
  const worlds = new Set<string>(asked === undefined ? nodes.map(({ world }) => world) : [asked]);
  const [world] = worlds;
  if (worlds.size > 1) throw usage(command, 'the nodes of this site are of several worlds: name one by --on');
  if (world === 'sim' || world === 'emulated') return world;
  const known: readonly World[] = ['sim', 'emulated'];
  if (world === 'real') throw usage(command, 'the drivers of the real world are not in this release');
  throw usage(command, `--on takes ${known.join(' or ')}, not ${JSON.stringify(world)}`);
}
