import { faultOf, remedy, says, type Fault } from '../../core/faults/fault.js';
import type { Identity } from '../../core/ports/identity.js';
import type { SiteNode } from '../../core/site/site.js';
import { EXIT, type Command } from '../cli/command.js';
import { paint, type Io } from '../cli/io.js';
import type { Hands } from '../compose/hands.js';
import { openSite, SITE_OPTION } from '../hands/open.js';
import { table } from '../views/text-table.js';

export const inventoryCommand: Command = {
  name: 'inventory',
  usage: 'inventory',
  says: 'Asks all BMCs of a site at once what they are. Exit code 1 when one of them does not say.',
  takes: [0, 0],
  options: { site: SITE_OPTION },
  run: async (given, io) => {
    const { site, hands: opened } = openSite(inventoryCommand, given, io);
    await using hands = opened;
    const nodes = site.nodes.filter(({ bmc }) => bmc !== null);
    const found = await Promise.all(nodes.map((node) => ask(hands, node, io.signal)));
    const silent = found.filter(({ fault }) => fault !== null).length;
    if (given.flag('json')) {
      for (const { node, identity, fault } of found)
        io.out(`${JSON.stringify({ type: 'bmc', node, identity, fault })}\n`);
      io.out(`${JSON.stringify({ type: 'inventory', site: site.file, told: found.length - silent, silent })}\n`);
    } else tell(found, io);
    return silent === 0 ? EXIT.ok : EXIT.failed;
  },
};

/** One of the two is null. */
interface Found {
  readonly node: string;
  readonly identity: Identity | null;
  readonly fault: Fault | null;
}

/** One that does not answer holds nobody up: each call has its own bound. */
async function ask(hands: Hands, node: SiteNode, signal: AbortSignal): Promise<Found> {
  try {
    return { node: node.id, identity: await hands.bmc(node).identity(signal), fault: null };
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return { node: node.id, identity: null, fault };
  }
}

function tell(found: readonly Found[], io: Io): void {
  if (found.length === 0) io.out('no node of this site has a BMC\n');
  const told = found.flatMap(({ node, identity }) => (identity === null ? [] : [rowOf(node, identity)]));
  for (const line of table(told, io.columns)) io.out(`${line}\n`);
  for (const { node, fault } of found) {
    if (fault === null) continue;
    io.out(`${paint(io, 'bad', `${node}  ${fault.code} ${says(fault)}`)}\n  ${remedy(fault)}\n`);
  }
}

function rowOf(node: string, identity: Identity): readonly string[] {
  const { protocol, protocolVersion, manufacturer, product, serial, firmware } = identity;
  const made = [manufacturer, product].filter((text) => text !== null).join(' ');
  return [
    node,
    `${protocol} ${protocolVersion ?? ''}`.trimEnd(),
    made,
    serial === null ? '' : `serial ${serial}`,
    firmware === null ? '' : `firmware ${firmware}`,
  ];
}
