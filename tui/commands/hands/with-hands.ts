import { dirname } from 'node:path';
import { says, type Fault } from '../../../core/faults/fault.js';
import type { NodeId } from '../../../core/ids.js';
import type { OperatorPort } from '../../../core/ports/operator.js';
import { meant } from '../../../core/site/checks.js';
import type { Site, SiteNode } from '../../../core/site/site.js';
import { secretReader } from '../../../drivers/secrets/read-secret.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { usage, type Command, type Given, type Option } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { terminalOperator } from '../../cli/operator.js';
import { Hands } from '../../compose/hands/hands.js';
import { readRackState } from '../../compose/rack-state.js';
import { loadSite } from '../../load-plan.js';

export const SITE_OPTION: Option = {
  type: 'string',
  value: 'FILE',
  says: 'the site file; nodes of an emulated rack are found where metalrig rack up has them',
};

export interface Held {
  readonly site: Site;
  readonly hands: Hands;
  /** @throws FaultError CLI-001 with the nearest name where the site has none of this name */
  readonly node: (name: string) => SiteNode;
}

/** Opens what the site of `--site` has in its hands, and closes it again. @throws FaultError CLI-001, CFG-003 */
export async function withHands<T>(
  command: Pick<Command, 'name'>,
  { given, io }: { readonly given: Given; readonly io: Io },
  act: (held: Held) => Promise<T>,
): Promise<T> {
  const file = given.text('site');
  if (file === undefined) throw usage(command, 'it takes --site FILE, which says what the nodes are switched by');
  const { site } = loadSite(file);
  const clock = systemClock();
  const isJson = given.flag('json');
  await using hands = new Hands({
    site,
    places: readRackState(file),
    clock,
    readSecret: secretReader({ folder: dirname(file), environment: process.env, clock }),
    operator: isJson ? NOBODY : terminalOperator(),
    notice: (node, fault) => notice(node, fault, { io, isJson }),
    signal: io.signal,
  });
  return await act({ site, hands, node: (name) => nodeOf(command, site, name) });
}

/** What reads JSON answers no questions. */
const NOBODY: OperatorPort = { isThere: () => false, ask: () => Promise.resolve(null) };

function nodeOf(command: Pick<Command, 'name'>, site: Site, name: string): SiteNode {
  const node = site.nodes.find(({ id }) => id === name);
  if (node !== undefined) return node;
  const near = meant(
    name,
    site.nodes.map(({ id }) => id),
  );
  throw usage(command, `there is no node ${JSON.stringify(name.slice(0, 60))} in ${site.file}. ${near}`);
}

function notice(node: NodeId, fault: Fault, { io, isJson }: { readonly io: Io; readonly isJson: boolean }): void {
  if (isJson) io.out(`${JSON.stringify({ type: 'notice', node, ...fault, says: says(fault) })}\n`);
  else io.err(`${fault.code} ${says(fault)}\n`);
}
