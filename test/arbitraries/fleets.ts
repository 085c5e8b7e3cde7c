import fc from 'fast-check';
import { STAGES } from '../../core/evidence.js';
import { nodeId, type NodeId } from '../../core/ids.js';
import { POLICIES } from '../../core/machines/image-context.js';
import type { ScenarioImage, Step } from '../../core/scenario/lifecycle.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { Mishap, When } from '../../core/scenario/scenario.js';
import { ipv4Address, macAddress, type NodeKind, type SiteNode } from '../../core/site/site.js';
import { planOf } from './stories.js';

/** A day of a fleet in the words of its counterexample. */
export interface FleetStory {
  readonly roots: number;
  readonly meshes: number;
  readonly seed: number;
  readonly images: readonly ScenarioImage[];
  readonly steps: readonly Step[];
  readonly mishaps: readonly Mishap[];
}

/** Far above what any of these takes; a policy that waits may have to be ended. */
const LIMIT_MS = 20_000_000;

const rootName = (index: number): NodeId => nodeId(`root${index + 1}`);
const meshName = (index: number): NodeId => nodeId(`mesh${index + 1}`);

function names({ roots, meshes }: Pick<FleetStory, 'roots' | 'meshes'>): readonly NodeId[] {
  return [...Array.from({ length: roots }, (_, n) => rootName(n)), ...Array.from({ length: meshes }, (_, n) => meshName(n))];
}

interface Shape {
  readonly roots: number;
  readonly meshes: number;
  readonly images: number;
  readonly isCalm: boolean;
}

function imagesOf({ roots, meshes, images, isCalm }: Shape): fc.Arbitrary<readonly ScenarioImage[]> {
  const kinds = [...(roots > 0 ? (['lun'] as const) : []), ...(meshes > 0 ? (['slot'] as const) : [])];
  const one = fc.record({
    project: fc.constantFrom('roof-lab', 'harbour'),
    kind: isCalm ? fc.constant('root' as const) : fc.constantFrom('root', 'root', 'root', 'panic', 'no-boot-loader'),
    media: fc.subarray(kinds, { minLength: 1 }),
    size_bytes: fc.integer({ min: 1_000_000, max: 2_000_000_000 }),
  });
  return fc
    .tuple(...Array.from({ length: images }, () => one))
    .map((made) => made.map((image, index) => ({ ...image, name: `image${index + 1}` })));
}

/** Each image's own way: handed in and deployed; then anything. The steps of all of them mixed. */
function stepsOf(images: readonly ScenarioImage[], isCalm: boolean): fc.Arbitrary<readonly Step[]> {
  const name = fc.constantFrom(...images.map((image) => image.name));
  const word = fc.constantFrom('switch-default' as const, 'roll-back' as const, 'take-off' as const);
  const deploy = (image: string) =>
    fc.record({
      do: fc.constant('deploy' as const),
      image: fc.constant(image),
      when: fc.constant(null),
      nodes: fc.constant(null),
      slot: isCalm ? fc.constant(null) : fc.option(fc.integer({ min: 1, max: 4 })),
      policy: fc.constantFrom(...POLICIES),
      isWanted: fc.boolean(),
      startsAt_ms: fc.constantFrom(0, 0, 30_000),
    });
  const more = fc.oneof(
    fc.record({ do: word, image: name, when: fc.constant(null) }),
    name.chain((image) => deploy(image)),
  );
  const first = images.map(({ name: image }): Step => ({ do: 'hand-in', image, when: null }));
  return fc
    .tuple(fc.tuple(...images.map((image) => deploy(image.name))), fc.array(more, { maxLength: 4 }))
    .map(([deploys, others]) => [...first, ...deploys, ...others]);
}

const whens: fc.Arbitrary<When> = fc.oneof(
  fc.record({ kind: fc.constant('writes' as const), percent: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ kind: fc.constant('at' as const), at_ms: fc.nat(120_000) }),
  fc.record({ kind: fc.constant('reaches' as const), stage: fc.constantFrom(...STAGES) }),
);

function mishapsOf(nodes: readonly NodeId[]): fc.Arbitrary<Mishap> {
  const facts = { node: fc.constantFrom(...nodes), when: whens };
  const healsAfter_ms = fc.nat(60_000);
  const kinds = fc.constantFrom('dhcp.mute' as const, 'wire.cut' as const, 'script.missing' as const);
  return fc.oneof(
    fc.record({ mishap: fc.constant('power.cut' as const), healsAfter_ms: fc.constant(null), ...facts }),
    fc.record({ mishap: kinds, healsAfter_ms, ...facts }),
  );
}

function fleets(isCalm: boolean): fc.Arbitrary<FleetStory> {
  const shape = fc
    .record({ roots: fc.nat(2), meshes: fc.nat(3), images: fc.integer({ min: 1, max: 3 }), isCalm: fc.constant(isCalm) })
    .filter(({ roots, meshes }) => roots + meshes > 0);
  return shape.chain((one) =>
    imagesOf(one).chain((images) =>
      fc.record({
        roots: fc.constant(one.roots),
        meshes: fc.constant(one.meshes),
        seed: fc.nat(),
        images: fc.constant(images),
        steps: stepsOf(images, isCalm),
        mishaps: isCalm ? fc.constant([]) : fc.array(mishapsOf(names(one)), { maxLength: 6 }),
      }),
    ),
  );
}

/** Days on which anything goes wrong at any time, and ones on which nothing does. */
export const fleetStories = fleets(false);
export const calmFleetStories = fleets(true);

function siteNode(kind: NodeKind, index: number): SiteNode {
  const number = (kind === 'root' ? 0x10 : 0x20) + index;
  return {
    id: kind === 'root' ? rootName(index) : meshName(index),
    kind,
    slot: kind === 'root' ? null : 1,
    world: 'sim',
    mac: macAddress(`52:54:00:99:00:${number.toString(16)}`),
    address: ipv4Address(`10.99.0.${number}`),
    image: { name: 'lucid', kind: 'root' },
    memory_mb: 256,
    nic: 'virtio',
    initiators: [],
    chap: null,
  };
}

/** The story as the plan that a scenario file would make. Disks have four slots, so that there is something to evict. */
export function fleetPlan(story: FleetStory): Plan {
  const plain = planOf({ nodes: 1, seed: story.seed, mishaps: story.mishaps, deadlines: {}, limit_ms: LIMIT_MS });
  const nodes = [
    ...Array.from({ length: story.roots }, (_, index) => siteNode('root', index)),
    ...Array.from({ length: story.meshes }, (_, index) => siteNode('mesh', index)),
  ];
  const disk = { ...plain.site.disk, slots: 4, slot_bytes: 2_000_000_000 };
  return {
    ...plain,
    nodes,
    site: { ...plain.site, nodes, disk },
    scenario: { ...plain.scenario, images: new Map(story.images.map((image) => [image.name, image])), steps: story.steps },
    expected: new Map(nodes.map(({ id }) => [id, { outcome: 'up' }])),
  };
}
