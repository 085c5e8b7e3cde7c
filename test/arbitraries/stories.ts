import fc from 'fast-check';
import { CHAINS, STAGES, type Stage } from '../../core/evidence.js';
import { nodeId } from '../../core/ids.js';
import type { Plan } from '../../core/scenario/plan.js';
import { isBmcMishap } from '../../core/scenario/bmc-mishaps.js';
import { MISHAP_KINDS, type Mishap, type When } from '../../core/scenario/scenario.js';
import {
  DEFAULT_DISK,
  ipv4Address,
  macAddress,
  type Deadlines,
  type Site,
  type SiteNode,
} from '../../core/site/site.js';

/** A run in the words of its counterexample: how many nodes, what goes wrong with which, how patient the rig is. */
export interface Story {
  readonly nodes: number;
  readonly seed: number;
  readonly mishaps: readonly Mishap[];
  readonly deadlines: Deadlines;
  readonly limit_ms: number | null;
}

const MOST_NODES = 12;

/** Root node number `index`, counted from 0. */
export const name = (index: number) => nodeId(`root${index + 1}`);

/** A boot takes some 7 s and its longest deadline is 120 s: instants and spans about those. */
const instants = fc.oneof(fc.nat(200), fc.nat(15_000), fc.nat(150_000));

const whens: fc.Arbitrary<When> = fc.oneof(
  fc.record({ kind: fc.constant('at' as const), at_ms: instants }),
  fc.record({ kind: fc.constant('reaches' as const), stage: fc.constantFrom(...STAGES) }),
);

function mishapsOf(nodes: number): fc.Arbitrary<Mishap> {
  const facts = {
    node: fc.nat(nodes - 1).map(name),
    healsAfter_ms: fc.option(instants),
  };
  const others = MISHAP_KINDS.filter((kind) => kind !== 'power.cut' && !isBmcMishap(kind));
  return fc.oneof(
    { weight: 2, arbitrary: fc.record({ mishap: fc.constant('power.cut' as const), when: whens, ...facts }) },
    { weight: 5, arbitrary: fc.record({ mishap: fc.constantFrom(...others), when: fc.option(whens), ...facts }) },
  );
}

const TIMED = CHAINS.lun.filter((stage) => stage !== 'off' && stage !== 'up');
const deadlines: fc.Arbitrary<Deadlines> = fc.dictionary(
  fc.constantFrom<Stage>(...TIMED),
  fc.integer({ min: 1, max: 200_000 }),
  { maxKeys: 4, noNullPrototype: true },
);

/** Runs with anything going wrong at any time. */
export const stories: fc.Arbitrary<Story> = fc.integer({ min: 1, max: MOST_NODES }).chain((nodes) =>
  fc.record({
    nodes: fc.constant(nodes),
    seed: fc.nat(),
    mishaps: fc.array(mishapsOf(nodes), { maxLength: 8 }),
    deadlines,
    limit_ms: fc.constant(null),
  }),
);

/** Runs in which nothing is broken on purpose, and nobody is too impatient. */
export const calmStories: fc.Arbitrary<Story> = fc.record({
  nodes: fc.integer({ min: 1, max: MOST_NODES }),
  seed: fc.nat(),
  mishaps: fc.constant([]),
  deadlines: fc.constant({}),
  limit_ms: fc.constant(null),
});

const LUCID = { name: 'lucid', kind: 'root' } as const;

function siteNode(index: number): SiteNode {
  const low = index % 200;
  return {
    id: name(index),
    kind: 'root',
    slot: null,
    world: 'sim',
    mac: macAddress(`52:54:00:99:00:${low.toString(16).padStart(2, '0')}`),
    address: ipv4Address(`10.99.0.${11 + low}`),
    image: LUCID,
    memory_mb: 256,
    nic: 'virtio',
    initiators: [],
    chap: null,
    power: 'direct',
    console: 'direct',
    bmc: null,
    outlets: [],
  };
}

/** The story as the plan that a scenario file would make. */
export function planOf(story: Story): Plan {
  const nodes = Array.from({ length: story.nodes }, (_, index) => siteNode(index));
  const site: Site = {
    file: 'story.site.yaml',
    name: 'story',
    network: {
      subnet: ipv4Address('10.99.0.0'),
      prefix: 24,
      server: ipv4Address('10.99.0.1'),
      serverMac: macAddress('52:54:00:00:00:01'),
    },
    bootFile: 'undionly.kpxe',
    iqn: 'iqn.2026-11.example.metalrig',
    images: [LUCID],
    nodes,
    pdus: [],
    deadlines: {},
    disk: DEFAULT_DISK,
  };
  const { seed, mishaps, limit_ms } = story;
  return {
    scenario: {
      file: 'story.scenario.yaml',
      name: 'story',
      description: 'A story of a property.',
      site: site.file,
      seed,
      selection: { kind: 'all' },
      deadlines: story.deadlines,
      mishaps,
      limit_ms,
      images: new Map(),
      steps: [],
      nodeSteps: [],
      expect: { all: { outcome: 'up' }, nodes: new Map(), images: new Map(), slots: new Map() },
    },
    site,
    nodes,
    deadlines: story.deadlines,
    expected: new Map(nodes.map(({ id }) => [id, { outcome: 'up' }])),
  };
}
