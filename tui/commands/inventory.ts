import { faultOf, FaultError, remedy, says, type Fault } from '../../core/faults/fault.js';
import type { Identity } from '../../core/ports/identity.js';
import type { SiteNode } from '../../core/site/site.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { EXIT, type Command } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import type { Hands } from '../compose/hands/hands.js';
import { SITE_OPTION, withHands } from './hands/with-hands.js';

/** A tool at a time for each BMC: more than these would only wait for each other on this host. */
const AT_ONCE = 32;
/** A BMC that answers everything, but late, takes this long at most. */
const LIMIT_MS = 60_000;

export const inventoryCommand: Command = {
  name: 'inventory',
  usage: 'inventory',
  says: 'What each BMC of a site says it is, all asked at once; of one that cannot be asked, why.',
  takes: [0, 0],
  options: { site: SITE_OPTION },
  run: (given, io) =>
    withHands(inventoryCommand, { given, io }, async ({ site, hands }) => {
      const isJson = given.flag('json');
      const nodes = site.nodes.filter(({ bmc }) => bmc !== null);
      const rows = await inventory(nodes, hands, io.signal);
      if (isJson) for (const row of rows) io.out(`${JSON.stringify({ type: 'bmc', ...told(row) })}\n`);
      else for (const row of rows) for (const line of linesOf(row)) io.out(`${line.slice(0, io.columns)}\n`);
      const failed = rows.filter(({ found }) => 'code' in found).length;
      if (isJson) io.out(`${JSON.stringify({ type: 'inventory', bmcs: rows.length, failed })}\n`);
      else tellCount(rows.length, failed, io);
      return failed === 0 ? EXIT.ok : EXIT.failed;
    }),
};

interface Row {
  readonly node: string;
  readonly found: Identity | Fault;
}

async function inventory(nodes: readonly SiteNode[], hands: Hands, signal: AbortSignal): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const waiting = nodes.entries();
  const ask = async (): Promise<void> => {
    for (const [index, node] of waiting) rows[index] = { node: node.id, found: await identityOf(node, hands, signal) };
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, nodes.length) }, ask));
  return rows;
}

async function identityOf(node: SiteNode, hands: Hands, signal: AbortSignal): Promise<Identity | Fault> {
  const late = new AbortController();
  const timer = systemClock().setTimer(LIMIT_MS, () => late.abort());
  try {
    return await hands.bmc(node).identity(AbortSignal.any([signal, late.signal]));
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault !== null) return fault;
    if (signal.aborted) throw new FaultError({ code: 'CLI-002', kind: 'interrupted' });
    if (!late.signal.aborted) throw thrown;
    return { code: 'BMC-001', kind: 'bmc.silent', node: node.id, because: `not within ${LIMIT_MS / 1000} s` };
  } finally {
    timer.cancel();
  }
}

function told({ node, found }: Row): object {
  if (!('code' in found)) return { node, ...found };
  return { node, fault: { ...found, says: says(found), remedy: remedy(found) } };
}

function linesOf({ node, found }: Row): readonly string[] {
  if ('code' in found) return [`${node.padEnd(12)}  ${found.code} ${says(found)}`, `${''.padEnd(14)}${remedy(found)}`];
  const { protocol, protocolVersion, manufacturer, product, serial, firmware } = found;
  const spoken = `${protocol} ${protocolVersion ?? ''}`.trim();
  const machine = [manufacturer, product].filter((part) => part !== null).join(' ') || 'says no maker';
  const rest = [serial === null ? null : `serial ${serial}`, firmware === null ? null : `firmware ${firmware}`];
  return [[node.padEnd(12), spoken.padEnd(14), machine, ...rest.filter((part) => part !== null)].join('  ')];
}

function tellCount(count: number, failed: number, io: Io): void {
  if (count === 0) io.out('no node of this site has a BMC\n');
  else io.err(`${count - failed} of ${count} BMCs answered\n`);
}
