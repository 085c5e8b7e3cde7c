import type { Clock } from '../../core/clock.js';
import { says, type Fault } from '../../core/faults/fault.js';
import { nearest } from '../../core/site/nearest.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { usage, type Command, type Given, type Option } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { terminalOperator } from '../cli/operator.js';
import { Hands } from '../compose/hands.js';
import { readRackState } from '../compose/rack-state.js';
import { loadSite } from '../load-plan.js';

/** What every verb takes that reaches for nodes. */
export const SITE_OPTION: Option = {
  type: 'string',
  value: 'FILE',
  says: 'site file that says how nodes are reached; default: the variable METALRIG_SITE',
};

export interface OpenedSite {
  readonly site: Site;
  readonly hands: Hands;
  /** By which its hands go. */
  readonly clock: Clock;
}

/** @throws InputError, FaultError CFG-003, CLI-001 where no site is named */
export function openSite(command: Pick<Command, 'name'>, given: Given, io: Io): OpenedSite {
  const file = given.text('site') ?? process.env['METALRIG_SITE'] ?? '';
  if (file === '') throw usage(command, 'it takes --site FILE, which says how nodes are reached');
  const { site } = loadSite(file);
  const notice = (fault: Fault): void => io.err(`${fault.code} ${says(fault)}\n`);
  const clock = systemClock();
  const hands = new Hands({ site, clock, rack: readRackState(file), operator: terminalOperator(), notice });
  return { site, hands, clock };
}

/** @throws FaultError CLI-001 */
export function nodeOf(command: Pick<Command, 'name'>, { file, nodes }: Site, name: string): SiteNode {
  const node = nodes.find(({ id }) => id === name);
  if (node !== undefined) return node;
  const known = nodes.map(({ id }) => id);
  const meant = nearest(name, known);
  const others = meant === null ? `there are ${listed(known)}` : `did you mean ${meant}?`;
  throw usage(command, `there is no node ${JSON.stringify(name)} in ${file}; ${others}`);
}

const MOST_LISTED = 8;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return more <= 0 ? names.join(', ') : `${names.slice(0, MOST_LISTED).join(', ')} and ${more} more`;
}
