import fc from 'fast-check';
import { STAGES } from '../../core/evidence.js';
import { POLICIES } from '../../core/machines/image-context.js';
import type { ImageState } from '../../core/scenario/lifecycle.js';
import { planOf, type Plan } from '../../core/scenario/plan.js';
import { isBmcMishap } from '../../core/scenario/bmc-mishaps.js';
import { MISHAP_KINDS } from '../../core/scenario/scenario.js';
import { parseSite } from '../../core/site/parse.js';
import { IMAGE_KINDS } from '../../core/site/site.js';

/** A scenario as its file has it: what a counterexample shows can be saved and run. */
export interface FleetDay {
  readonly seed: number;
  readonly nodes: readonly string[];
  readonly images: Images;
  readonly steps: readonly object[];
  readonly mishaps: readonly object[];
}

type Images = Readonly<Record<string, { readonly for: readonly string[] }>>;

const ROOTS = ['root1', 'root2', 'root3'];
const MESHES = ['mesh1', 'mesh2', 'mesh3'];
/** Two projects have one of the same name. */
const IMAGES = ['sensors', 'garage/robots', 'roof-lab/robots'];
const PROJECTS = ['roof-lab', 'garage'];

const IPMI = 'power: ipmi, bmc: { protocol: ipmi, user: admin, password: { env: BMC } }, ';
const REDFISH = 'power: redfish, bmc: { protocol: redfish, user: admin, password: { env: BMC } }, ';
const OUTLETS = 'power: pdu, outlets: [{ pdu: left, outlet: 3 }, { pdu: right, outlet: 3 }], ';
/** How each node is switched; those that are not named, directly. */
const HANDS: Readonly<Record<string, string>> = { root2: OUTLETS, root3: IPMI, mesh1: IPMI, mesh2: REDFISH };
const hasBmc = (name: string): boolean => HANDS[name]?.includes('bmc:') === true;

const node = (name: string, index: number, facts: string): string =>
  [
    `  ${name}: { ${facts}${HANDS[name] ?? ''}world: sim, image: lucid,`,
    `    mac: 52:54:00:99:00:${10 + index}, address: 10.99.0.${10 + index} }`,
  ].join('\n');
const SITE = parseSite(
  [
    'version: 1',
    'name: fleet',
    'network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }',
    'boot_file: undionly.kpxe',
    'iqn: iqn.2026-11.example.metalrig',
    'images:',
    '  lucid: { kind: root }',
    'nodes:',
    ...ROOTS.map((name, index) => node(name, 1 + index, '')),
    ...MESHES.map((name, index) => node(name, 11 + index, 'kind: mesh, slot: 1, ')),
    'pdus:',
    '  left: { model: apc-rpdu, version: 2c, community: { env: PDU } }',
    '  right: { model: apc-rpdu, version: 2c, community: { env: PDU } }',
    'disk: { boot: 64MiB, swap: 16MiB, reserved: 16MiB, slot: 64MiB, slots: 3 }',
    '',
  ].join('\n'),
  'fleet.site.yaml',
);

const seconds = (most: number) => fc.integer({ min: 1, max: most }).map((count) => `${count}s`);
const often = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 1 });
const mostly = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 4 });
const rarely = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });

function given<T extends object>(facts: T): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}

const whens = fc.oneof(
  { weight: 3, arbitrary: fc.record({ at: seconds(600) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      image: fc.constantFrom(...IMAGES),
      is: fc.constantFrom<ImageState>('starting', 'running', 'ready.all', 'takingOff', 'stored'),
    }),
  },
);

interface Step {
  readonly do: string;
  readonly image: string;
  readonly nodes?: readonly string[] | undefined;
  readonly when?: object | undefined;
}

interface Party {
  readonly nodes: readonly string[];
  readonly images: readonly string[];
}

const handIns = ({ images }: Party): readonly object[] => images.map((image) => ({ do: 'hand-in', image }));

/** What is asked for one image: brought to nodes, switched to, rolled back, taken off, and again. */
function livesOf(image: string, { nodes }: Party): fc.Arbitrary<readonly Step[]> {
  const facts = { image: fc.constant(image), when: rarely(whens) };
  const deploy = fc.record({
    do: fc.constant('deploy'),
    ...facts,
    nodes: often(fc.subarray([...nodes], { minLength: 1 })),
    slot: rarely(fc.integer({ min: 1, max: 3 })),
    failing: fc.constantFrom(...POLICIES),
    run: fc.boolean(),
  });
  const other = rarely(fc.record({ do: fc.constantFrom('switch-default', 'roll-back'), ...facts }));
  const takeOff = fc.record({ do: fc.constant('take-off'), ...facts });
  const round = fc
    .tuple(deploy, other, mostly(takeOff))
    .map((steps): readonly Step[] => steps.filter((step) => step !== undefined));
  return fc.array(round, { maxLength: 3 }).map((rounds) => rounds.flat());
}

/** The lives of all images, mingled. */
function stepsFor(party: Party): fc.Arbitrary<readonly Step[]> {
  const lives = fc.tuple(...party.images.map((image) => livesOf(image, party)));
  return fc.tuple(lives, fc.array(fc.nat(), { minLength: 40, maxLength: 40 })).map(([all, turns]) => {
    const left = all.map((steps) => [...steps]);
    const mingled = turns.flatMap((turn) => {
      const waiting = left.filter((steps) => steps.length > 0);
      const step = waiting[turn % Math.max(1, waiting.length)]?.shift();
      return step === undefined ? [] : [step];
    });
    return mingled.map(given).filter((step) => namesOf(step).every((name) => party.images.includes(name)));
  });
}

/** Images that a step names. */
function namesOf(step: Step): readonly string[] {
  const { when } = step;
  return when !== undefined && 'image' in when ? [step.image, String(when.image)] : [step.image];
}

function mishapsFor({ nodes }: Party): fc.Arbitrary<readonly object[]> {
  const facts = {
    node: fc.constantFrom(...nodes),
    heals: often(fc.record({ after: seconds(400) })),
  };
  const moments = fc.oneof(
    fc.record({ reaches: fc.constantFrom(...STAGES) }),
    fc.record({ at: seconds(200) }),
    fc.record({ writes: fc.nat(100) }),
  );
  const cuts = fc.record({ mishap: fc.constant('power.cut'), when: moments, ...facts });
  const other = fc.constantFrom(...MISHAP_KINDS.filter((kind) => kind !== 'power.cut' && !isBmcMishap(kind)));
  const more = fc.record({ mishap: other, when: often(moments), ...facts });
  const lying = nodes.filter(hasBmc);
  const lies = fc.constantFrom(...MISHAP_KINDS.filter(isBmcMishap));
  const lie = () => fc.record({ mishap: lies, when: often(moments), ...facts, node: fc.constantFrom(...lying) });
  return fc
    .array(fc.oneof(cuts, more, ...(lying.length === 0 ? [] : [lie()])), { maxLength: 4 })
    .map((mishaps) => mishaps.map(given));
}

const parties = fc
  .tuple(
    fc.subarray(ROOTS, { minLength: 1 }),
    fc.subarray(MESHES, { minLength: 1 }),
    fc.integer({ min: 1, max: IMAGES.length }),
  )
  .map(([roots, meshes, count]): Party => ({ nodes: [...roots, ...meshes], images: IMAGES.slice(0, count) }));

function daysOf(mishaps: (party: Party) => fc.Arbitrary<readonly object[]>): fc.Arbitrary<FleetDay> {
  const image = fc.record({
    project: fc.constantFrom(...PROJECTS),
    kind: fc.oneof(
      { weight: 9, arbitrary: fc.constant('root' as const) },
      { weight: 1, arbitrary: fc.constantFrom(...IMAGE_KINDS) },
    ),
    for: fc.subarray(['root', 'mesh'], { minLength: 1 }),
    size_mb: fc.constantFrom(1, 25, 400),
  });
  return parties.chain((party) =>
    fc
      .record({
        seed: fc.nat(),
        nodes: fc.constant(party.nodes),
        images: fc.tuple(...party.images.map(() => image)),
        steps: stepsFor(party),
        mishaps: mishaps(party),
      })
      .map(({ images, steps, ...day }) => {
        const named = Object.fromEntries(
          images.map((facts, index) => {
            const name = party.images[index] ?? '';
            return [name, ownedBy(name, facts)];
          }),
        );
        return { ...day, images: named, steps: [...handIns(party), ...steps.map((step) => fitted(step, named))] };
      }),
  );
}

/** An image that is named after its project is of that one. */
function ownedBy<T extends { readonly project: string }>(name: string, facts: T): T {
  const [project, own] = name.split('/');
  return own === undefined ? facts : { ...facts, project };
}

/** Of the nodes that a step names, those that its image is for; all of these where there is none. */
function fitted(step: Step, images: Images) {
  const { nodes = [], ...rest } = step;
  const kinds = images[step.image]?.for ?? [];
  const fitting = nodes.filter((name) => kinds.some((kind) => name.startsWith(kind)));
  return fitting.length === 0 ? rest : { ...rest, nodes: fitting };
}

/** Images come and go on root and mesh nodes, and anything goes wrong at any time. */
export const fleetDays: fc.Arbitrary<FleetDay> = daysOf(mishapsFor);

/** Hours between any two steps, so that no two of them are under way at once; nothing is broken but images. */
export const orderlyDays: fc.Arbitrary<FleetDay> = daysOf(() => fc.constant([])).map((day) => ({
  ...day,
  steps: day.steps.map((step, index) => ({ ...step, when: { at: `${3 * index}h` } })),
}));

export function dayPlan({ images, ...day }: FleetDay): Plan {
  const expected = Object.fromEntries(Object.keys(images).map((name) => [name, { state: 'stored' }]));
  const facts = { version: 1, name: 'fleet day', description: 'A day of a property.', site: 'fleet.site.yaml' };
  const expect = { all: { outcome: 'up' }, images: expected };
  return planOf(JSON.stringify({ ...facts, ...day, images, expect }), 'fleet-day.scenario.yaml', SITE);
}
