import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureDashboard, measureModel } from './dashboard-lab.js';
import { measureDhcpExchanges } from './dhcp-exchanges.js';
import type { Readings } from './figure.js';
import { measureAppend, measureFold } from './journal-rates.js';
import { measureClone } from './lun-clone.js';
import { measureBoots, measureFleet } from './sim-boots.js';

/** Things measured inside one process; each is given an empty folder. */
const MEASURES: Readonly<Record<string, (folder: string) => Readings | Promise<Readings>>> = {
  'sim, no journal': () => measureBoots(null),
  'sim, journaled': (folder) => measureBoots(join(folder, 'journal.jsonl')),
  'sim, fleet': (folder) => measureFleet(join(folder, 'journal.jsonl')),
  'journal append': measureAppend,
  'journal fold': measureFold,
  'dashboard, live': measureDashboard,
  'dashboard, model': () => measureModel(),
  'our DHCP, in process': () => measureDhcpExchanges(),
  'LUN clone': measureClone,
};

const [name = ''] = process.argv.slice(2);
const measure = MEASURES[name];
if (measure === undefined)
  throw new Error(`there is no measure ${name}; there are ${Object.keys(MEASURES).join(', ')}`);
const folder = mkdtempSync(join(tmpdir(), 'metalrig-alone-'));
try {
  const readings = await measure(folder);
  // maxRSS is in KiB (Node, process.resourceUsage).
  const rss_mb = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ rss_mb, ...readings })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
