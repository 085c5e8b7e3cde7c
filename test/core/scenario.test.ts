import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { STAGES } from '../../core/evidence.js';
import { faultOf } from '../../core/faults/fault.js';
import { fleetNames, fleetNodes, freeAddresses } from '../../core/scenario/fleet.js';
import { parseScenario, scenarioProblems } from '../../core/scenario/parse.js';
import { planOf, planProblems } from '../../core/scenario/plan.js';
import { isBmcMishap } from '../../core/scenario/bmc-mishaps.js';
import { MISHAP_KINDS, type When } from '../../core/scenario/scenario.js';
import { scenarioSchema } from '../../core/scenario/schema.js';
import { parseSite } from '../../core/site/parse.js';

const SCENARIOS = fileURLToPath(new URL('../../../scenarios', import.meta.url));
const FILES = readdirSync(SCENARIOS).filter((file) => file.endsWith('.scenario.yaml'));
const BENCH = readFileSync(join(SCENARIOS, 'sites/bench.site.yaml'), 'utf8');
const ROOT_NODE = readFileSync(join(SCENARIOS, 'root-node.scenario.yaml'), 'utf8');
const SITE = parseSite(BENCH, 'bench.site.yaml');

function told(text: string): readonly string[] {
  return planProblems(text, 'a.scenario.yaml', SITE).map(({ line, column, what }) => `${line}:${column}: ${what}`);
}

function answersWell(text: string): boolean {
  const problems = planProblems(text, 'a', SITE);
  const lines = text.split('\n');
  const placed = problems.every(({ line, column }) => column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1);
  try {
    const plan = planOf(text, 'a', SITE);
    return problems.length === 0 && plan.nodes.every(({ id }) => plan.expected.has(id));
  } catch (thrown) {
    const fault = faultOf(thrown);
    return placed && fault?.code === 'CFG-002' && JSON.stringify(fault) === JSON.stringify(problems[0]);
  }
}

/** Site paths in a scenario are relative to the folder of its file. */
void t.test('scenarios: every file of ours -> a plan, its site beside it, its name in the file name', async (t) => {
  const ends = FILES.map((file) => {
    const text = readFileSync(join(SCENARIOS, file), 'utf8');
    const scenario = parseScenario(text, file);
    const site = parseSite(readFileSync(join(SCENARIOS, scenario.site), 'utf8'), scenario.site);
    t.equal(basename(file, '.scenario.yaml').replaceAll('-', ' '), scenario.name.replaceAll('-', ' ').toLowerCase());
    const ways = [...planOf(text, file, site).expected.values()].map((end) =>
      end.outcome === 'failed' ? `${end.stage} ${end.fault}` : end.outcome,
    );
    return `${file}: ${[...new Set(ways)].join(', ')}`;
  });
  t.same(ends, [
    'bad-image-refused.scenario.yaml: off',
    'bmc-gone-and-back.scenario.yaml: up',
    'cable-pulled.scenario.yaml: up',
    'disk-without-boot-code.scenario.yaml: ipxe.script disk.noBootCode',
    'first-offer-lost.scenario.yaml: up',
    'fleet-day.scenario.yaml: off',
    'fleet-of-eight.scenario.yaml: up',
    'kernel-panics.scenario.yaml: kernel kernel.panic',
    'lun-refused.scenario.yaml: iscsi.login lun.refused',
    'lun-switch-and-roll-back.scenario.yaml: up',
    'lun-without-boot-loader.scenario.yaml: iscsi.boot lun.noBootLoader',
    'lying-bmc-any-password.scenario.yaml: up',
    'lying-bmc-boot-device-lost.scenario.yaml: up',
    'lying-bmc-cycle-stays-off.scenario.yaml: up',
    'lying-bmc-mute-after-burst.scenario.yaml: up',
    'lying-bmc-needs-reset.scenario.yaml: up',
    'lying-bmc-power-on-ignored.scenario.yaml: off bmc.powerUnmoved',
    'lying-bmc-redfish-any-password.scenario.yaml: up',
    'lying-bmc-redfish-mute.scenario.yaml: up',
    'lying-bmc-redfish-stale-power.scenario.yaml: up',
    'lying-bmc-slow.scenario.yaml: up',
    'lying-bmc-stale-power.scenario.yaml: up',
    'mesh-node.scenario.yaml: up',
    'no-dhcp-answer.scenario.yaml: pxe.dhcp dhcp.unanswered',
    'one-node-never-comes.scenario.yaml: up, off',
    'power-cut-while-writing.scenario.yaml: up',
    'power-matrix.scenario.yaml: off, up',
    'powered-off-half-way.scenario.yaml: bootloader power.lost',
    'root-node-by-ipmi.scenario.yaml: up',
    'root-node-by-redfish.scenario.yaml: up',
    'root-node.scenario.yaml: up',
    'script-missing.scenario.yaml: up',
    'slot-switch.scenario.yaml: up',
    'slot-without-boot-loader.scenario.yaml: bootloader.mbr slot.noBootLoader',
    'sol-over-32-reboots.scenario.yaml: off',
    'twenty-second-image.scenario.yaml: up',
    'two-feeds.scenario.yaml: up',
    'wrong-boot-file.scenario.yaml: pxe.tftp bootFile.missing',
    'wrong-password.scenario.yaml: maintenance',
  ]);
});

const FULL = `version: 1
name: full
description: Every key there is.
site: bench.site.yaml
seed: 7
nodes: [root1]
deadlines: { pxe.dhcp: 1500ms, kernel: 2m }
limit: 1h
mishaps:
  - { mishap: power.cut, node: root1, when: { reaches: bootloader }, heals: { after: 30s } }
  - { mishap: dhcp.mute, node: root1, when: { at: 0s } }
  - { mishap: lun.refuse, node: root1 }
expect:
  nodes:
    root1: { outcome: failed, stage: bootloader, fault: power.lost }
`;

void t.test('scenario: a file with every key -> every value typed, durations in ms', async (t) => {
  const scenario = parseScenario(FULL, 'full.scenario.yaml');
  t.same(
    { ...scenario, expect: { ...scenario.expect, nodes: Object.fromEntries(scenario.expect.nodes) } },
    {
      file: 'full.scenario.yaml',
      name: 'full',
      description: 'Every key there is.',
      site: 'bench.site.yaml',
      seed: 7,
      selection: { kind: 'named', nodes: ['root1'] },
      deadlines: { 'pxe.dhcp': 1_500, kernel: 120_000 },
      limit_ms: 3_600_000,
      mishaps: [
        { mishap: 'power.cut', node: 'root1', when: { kind: 'reaches', stage: 'bootloader' }, healsAfter_ms: 30_000 },
        { mishap: 'dhcp.mute', node: 'root1', when: { kind: 'at', at_ms: 0 }, healsAfter_ms: null },
        { mishap: 'lun.refuse', node: 'root1', when: null, healsAfter_ms: null },
      ],
      images: new Map(),
      steps: [],
      nodeSteps: [],
      expect: {
        all: null,
        nodes: { root1: { outcome: 'failed', stage: 'bootloader', fault: 'power.lost' } },
        images: new Map(),
        slots: new Map(),
      },
    },
  );
});

const CROWDED = `version: 1
name: crowded
description: y
site: z
nodes: [rot1, root1, root1]
fleet: {count: 0, like: root1}
seed: -1
mishaps:
  - {mishap: power.cutt}
  - {mishap: power.cut, node: root1}
  - {mishap: dhcp.mute, node: root1, when: {reaches: kernal}}
  - {mishap: dhcp.mute, node: root1, when: {reaches: kernel, at: 5s}}
  - {mishap: dhcp.mute, node: root1, when: {}}
  - {mishap: dhcp.mute, node: root1, when: 5, heals: {after: 0s}}
  - {mishap: dhcp.mute, node: root1, when: {arrives: kernel}}
  - 5
expect: {nodes: {root1: {outcome: failed, fault: dhcp.unaswered}}}
`;

void t.test('scenario: many faults in one file -> each told once, with its place, in order', async (t) => {
  t.same(told(CROWDED), [
    '5:22: "root1" stands in the list already',
    '6:1: nodes and fleet exclude each other',
    '6:16: 0 is too little',
    '7:7: -1 is too little',
    '9:14: "power.cutt" is not a known mishap',
    '10:5: item 2 lacks the key "when"',
    '11:54: "kernal" is not a known stage',
    '12:44: reaches and at exclude each other',
    '13:44: the key reaches or writes or at is missing',
    '14:44: 5 is not a mapping with the key reaches or writes or at',
    '14:62: "0s" is not a duration above zero and below 24 days, such as 30s, 1500ms, 2m or 1h',
    '15:45: unknown key "arrives"',
    '16:5: 5 is not a mapping',
    '17:18: root1 lacks the key "stage"',
    '17:50: "dhcp.unaswered" is not a known fault',
  ]);
});

void t.test('plan: names that the site does not have -> each told at its place, with the likely one', async (t) => {
  const text = `version: 1
name: x
description: y
site: z
nodes: [rot1, root1]
mishaps:
  - {mishap: power.cut, node: root2, when: {at: 3s}}
expect: {nodes: {root3: {outcome: up}}}
`;
  t.same(told(text), [
    '5:9: there is no node "rot1" in this run',
    '7:31: there is no node "root2" in this run',
    '8:1: nothing is expected of rot1 and 1 more',
    '8:18: there is no node "root3" in this run',
  ]);
  t.equal(planProblems(text, 'a', SITE)[0]?.mend, 'Did you mean root1?');
  t.same(scenarioProblems(text, 'a'), [], 'without a site the names cannot be held against anything');
});

void t.test('plan: a fleet beyond the subnet -> told how many fit', async (t) => {
  const head = 'version: 1\nname: x\ndescription: y\nsite: z\n';
  const text = `${head}fleet: {count: 253, like: root1}\nexpect: {all: {outcome: up}}\n`;
  t.same(told(text), ['5:16: the subnet of bench.site.yaml has addresses left for 252 nodes, not for 253']);
  t.equal(planOf(text.replace('253', '252'), 'a', SITE).nodes.length, 252);
});

void t.test('plan: deadlines of both files -> the scenario wins, the rest of the site stays', async (t) => {
  const site = parseSite(`${BENCH}deadlines: { kernel: 10s, firmware: 20s }\n`, 'a');
  t.same(planOf(FULL, 'a', site).deadlines, { firmware: 20_000, kernel: 120_000, 'pxe.dhcp': 1_500 });
});

void t.test('fleet: for every size, names, MACs and addresses are its own and fit the subnet', async () => {
  const [like] = SITE.nodes;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
      const nodes = like === undefined ? [] : fleetNodes(SITE, like, count);
      const all = [...SITE.nodes, ...nodes];
      const distinct = (['id', 'mac', 'address'] as const).every(
        (key) => new Set(all.map((node) => node[key])).size === all.length,
      );
      const names = fleetNames(count);
      const sorted = names.join() === [...names].sort().join();
      const fits = nodes.every(({ address }) => address.startsWith('10.99.0.') && address !== SITE.network.server);
      return distinct && sorted && fits && nodes.length === Math.min(count, 252);
    }),
  );
  t.same([freeAddresses(SITE, 10)[0], freeAddresses(SITE, 10)[9]], ['10.99.0.2', '10.99.0.12'], 'root1 has .11');
});

const whens = fc.oneof(
  fc.record({ reaches: fc.constantFrom(...STAGES) }),
  fc.record({ at: fc.nat(9_999).map((seconds) => `${seconds}s`) }),
);
const mishaps = fc.record(
  {
    mishap: fc.constantFrom(...MISHAP_KINDS.filter((kind) => !isBmcMishap(kind))),
    node: fc.constant('root1'),
    when: whens,
    heals: fc.record({ after: fc.integer({ min: 1, max: 9_999 }).map((minutes) => `${minutes}m`) }),
  },
  { requiredKeys: ['mishap', 'node', 'when'] },
);

function writtenWhen(when: When | null): object {
  if (when?.kind === 'reaches') return { reaches: when.stage };
  return when?.kind === 'writes' ? { writes: when.percent } : { at: `${(when?.at_ms ?? -1) / 1_000}s` };
}

void t.test('scenario: for every list of mishaps, what is written is what is read', async () => {
  fc.assert(
    fc.property(fc.array(mishaps, { maxLength: 8 }), fc.integer({ min: 0, max: 0xffffffff }), (written, seed) => {
      const facts = { version: 1, name: 'made', description: 'd', site: 's', expect: { all: { outcome: 'up' } } };
      const plan = planOf(JSON.stringify({ ...facts, seed, mishaps: written }, null, 2), 'a', SITE);
      const read = plan.scenario.mishaps.map(({ mishap, node, when, healsAfter_ms }) => ({
        mishap,
        node,
        when: writtenWhen(when),
        ...(healsAfter_ms === null ? {} : { heals: { after: `${healsAfter_ms / 60_000}m` } }),
      }));
      return plan.scenario.seed === seed && JSON.stringify(read) === JSON.stringify(written);
    }),
  );
});

const edits = fc.array(
  fc.tuple(
    fc.nat(FULL.length),
    fc.nat(30),
    fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('\n', ': ', '  ', '{', '"', '- ')),
  ),
  { minLength: 1, maxLength: 4 },
);

void t.test('plan: for every mutation of a good file, a plan or a fault with a place inside of it', async () => {
  fc.assert(
    fc.property(fc.constantFrom(FULL, ROOT_NODE), edits, (good, list) =>
      answersWell(list.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), good)),
    ),
    { numRuns: 1_000 },
  );
});

void t.test('schema: the scenario file -> closed objects, and every key of a full file in it', async (t) => {
  const { properties, additionalProperties } = scenarioSchema();
  const keys = Object.keys({ ...(typeof properties === 'object' ? properties : {}) });
  const written = [...FULL.matchAll(/^([a-z]+):/gm)].map(([, key]) => key);
  t.same(
    written.filter((key) => key !== undefined && !keys.includes(key)),
    [],
  );
  t.equal(additionalProperties, false);
});
