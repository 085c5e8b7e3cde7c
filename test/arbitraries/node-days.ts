import fc from 'fast-check';
import { STAGES } from '../../core/evidence.js';
import { BMC_MISHAP_KINDS, isBmcMishap } from '../../core/scenario/bmc-mishaps.js';
import { planOf, type Plan } from '../../core/scenario/plan.js';
import { MISHAP_KINDS, type MishapKind } from '../../core/scenario/scenario.js';
import { parseSite } from '../../core/site/parse.js';

/** What is asked of nodes and goes wrong with them, as a scenario file has it. */
export interface NodeDay {
  readonly seed: number;
  readonly nodes: readonly string[];
  readonly steps: readonly object[];
  readonly mishaps: readonly { readonly mishap: MishapKind; readonly node: string }[];
}

const IPMI = 'power: ipmi, bmc: { protocol: ipmi, user: admin, password: { env: BMC } },';
const REDFISH = 'power: redfish, bmc: { protocol: redfish, user: admin, password: { env: BMC } },';
const MESH = 'kind: mesh, slot: 1,';
/** Both kinds of node, each way to switch one. */
const NODES: Readonly<Record<string, string>> = {
  root1: 'power: pdu, outlets: [{ pdu: left, outlet: 3 }, { pdu: right, outlet: 3 }],',
  root2: '',
  root3: IPMI,
  mesh1: `${MESH} ${IPMI}`,
  mesh2: `${MESH} ${REDFISH}`,
  mesh3: MESH,
};
const SITE = parseSite(
  [
    'version: 1',
    'name: nodes',
    'network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }',
    'boot_file: undionly.kpxe',
    'iqn: iqn.2026-11.example.metalrig',
    'images: { lucid: { kind: root } }',
    'nodes:',
    ...Object.entries(NODES).map(([name, facts], index) => {
      const address = `mac: 52:54:00:99:00:${10 + index}, address: 10.99.0.${10 + index}`;
      return `  ${name}: { ${facts} world: sim, image: lucid, ${address} }`;
    }),
    'pdus:',
    '  left: { model: apc-rpdu, version: 2c, community: { env: PDU } }',
    '  right: { model: apc-rpdu, version: 2c, community: { env: PDU } }',
    'disk: { boot: 64MiB, swap: 16MiB, reserved: 16MiB, slot: 64MiB }',
    '',
  ].join('\n'),
  'nodes.site.yaml',
);

const seconds = (least: number, most: number) => fc.integer({ min: least, max: most }).map((count) => `${count}s`);
const at = fc.record({ at: seconds(0, 200) });

function stepsFor(nodes: readonly string[]): fc.Arbitrary<readonly object[]> {
  const some = { nodes: fc.subarray([...nodes], { minLength: 1 }) };
  const boot = fc.record(
    {
      do: fc.constant('boot'),
      device: fc.constantFrom('network', 'disk', 'usb'),
      lasts: fc.constantFrom('once', 'always'),
      ...some,
    },
    { requiredKeys: ['do'] },
  );
  const hands = { do: fc.constantFrom('power-cycle', 'power-off', 'verify'), when: at, ...some };
  const rest = { do: fc.constant('maintain'), reason: fc.constant('a broken fan'), ...some };
  const step = fc.oneof(
    boot,
    fc.record(hands, { requiredKeys: ['do'] }),
    fc.record(rest, { requiredKeys: ['do', 'reason'] }),
  );
  return fc.array(step, { maxLength: 8 });
}

function mishapsFor(nodes: readonly string[]): fc.Arbitrary<NodeDay['mishaps']> {
  const when = fc.oneof(at, fc.record({ reaches: fc.constantFrom(...STAGES) }));
  const heals = fc.record({ after: seconds(1, 120) });
  const of = (kinds: readonly MishapKind[], among: readonly string[]) => {
    const facts = { mishap: fc.constantFrom(...kinds), node: fc.constantFrom(...among), when, heals };
    return fc.record(facts, {
      requiredKeys: ['mishap', 'node', ...(kinds.includes('power.cut') ? ['when' as const] : [])],
    });
  };
  const lying = nodes.filter((name) => NODES[name]?.includes('bmc:'));
  const plain = MISHAP_KINDS.filter((kind) => kind !== 'power.cut' && !isBmcMishap(kind));
  const lies = lying.length === 0 ? [] : [of(BMC_MISHAP_KINDS, lying)];
  return fc.array(fc.oneof(of(plain, nodes), of(['power.cut'], nodes), ...lies), { maxLength: 4 });
}

/** Nodes are booted, cycled, switched off, verified and put aside, and anything goes wrong with them at any time. */
export const nodeDays: fc.Arbitrary<NodeDay> = fc.subarray(Object.keys(NODES), { minLength: 1 }).chain((nodes) =>
  fc.record({
    seed: fc.nat(),
    nodes: fc.constant(nodes),
    steps: stepsFor(nodes),
    mishaps: mishapsFor(nodes),
  }),
);

export function nodeDayPlan(day: NodeDay): Plan {
  const facts = { version: 1, name: 'node day', description: 'A day of a property.', site: 'nodes.site.yaml' };
  const expect = { all: { outcome: 'up' } };
  return planOf(JSON.stringify({ ...facts, ...day, expect }), 'node-day.scenario.yaml', SITE);
}
