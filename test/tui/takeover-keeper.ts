// A process that keeps one root node on real firmware, which outlives it: started and killed by takeover.world.test.ts.
//
//   node takeover-keeper.js DIRECTORY TOLD    TOLD: what is known of its boot, as JSON, or `nothing`
//
// Does what is written to it, a line each, and tells as lines of JSON what it observes and what its console says.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Stage } from '../../core/evidence.js';
import { nodeId } from '../../core/ids.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { buildPayload } from '../../drivers/payload/payload.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { acceleratorProbe } from '../../tui/compose/emulated.js';
import { offerSiteImages, openEmulatedRack } from '../../tui/compose/emulated-rack.js';
import { ROOT } from '../run-metalrig.js';

const SCENARIO = `version: 1
name: boot
description: One node boots.
site: bench.site.yaml
expect:
  all: { outcome: up }
`;

const [directory = '', known = 'nothing'] = process.argv.slice(2);
const text = readFileSync(join(ROOT, 'scenarios/sites/bench.site.yaml'), 'utf8');
const plan = planOf(SCENARIO, 'boot.scenario.yaml', parseSite(text, 'bench.site.yaml'));
const node = nodeId('root1');
const { signal } = new AbortController();
const tell = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const told =
  known === 'nothing' ? null : (JSON.parse(known) as { readonly shown: number; readonly stages: readonly Stage[] });

const consoleDirectory = join(directory, 'console');
mkdirSync(consoleDirectory, { recursive: true });
const payload = await buildPayload({ signal, uses: ['bootFile', 'root'] });
const opened = await openEmulatedRack({
  plan,
  seed: 7,
  payload,
  mesh: null,
  clock: systemClock(),
  observe: (observed) => tell({ observed }),
  noted: (fault) => tell({ noted: fault }),
  accelerator: (await acceleratorProbe()).accelerator,
  scratch: directory,
  home: directory,
  capturePath: join(directory, `wire-${process.pid}.pcapng`),
  consoleDirectory,
  lasts: {
    told: () => ({
      powerOn: told !== null,
      shown: told?.shown ?? 0,
      isResetting: false,
      stages: new Set(told?.stages),
    }),
  },
});
const { rack } = opened;
rack.line(node).onOutput((bytes) => tell({ says: Buffer.from(bytes).toString('latin1') }));
offerSiteImages(opened, plan, payload);
tell({ found: opened.found.get(node) });

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.startsWith('type ')) rack.line(node).write(Buffer.from(`${line.slice('type '.length)}\n`));
  if (line === 'on') void rack.power.ensure(node, 'on', signal).then(() => tell({ did: 'on' }));
  if (line === 'end') void opened[Symbol.asyncDispose]().then(() => process.stdin.destroy());
});
