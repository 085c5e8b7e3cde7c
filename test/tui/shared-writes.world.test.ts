import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Observation } from '../../core/evidence.js';
import type { NodeId } from '../../core/ids.js';
import { seededRandom } from '../../core/random.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { buildMeshPayload } from '../../drivers/payload/mesh-payload.js';
import { buildPayload } from '../../drivers/payload/payload.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { acceleratorProbe } from '../../tui/compose/emulated.js';
import { openEmulatedRack } from '../../tui/compose/emulated-rack.js';
import { MeshNodes } from '../../tui/compose/mesh.js';
import { makeScratch } from '../../tui/compose/scratch.js';
import { siteImage, type SlotImage } from '../../tui/compose/slot-image.js';
import { ROOT, scratchOf } from '../run-metalrig.js';

const LIMIT_MS = 600_000;
t.setTimeout(LIMIT_MS);
const { signal } = new AbortController();
const payload = await buildPayload();
const meshPayload = await buildMeshPayload();

const PLAN = planOf(
  `version: 1
name: two mesh nodes
description: Two mesh nodes that are sent images at once.
site: two.site.yaml
expect:
  all: { outcome: up }
`,
  'two.scenario.yaml',
  parseSite(
    readFileSync(join(ROOT, 'scenarios/sites/fleet.site.yaml'), 'utf8')
      .replace(/^ {2}root\d:.*\n/gm, '')
      .replaceAll('world: sim', 'world: emulated'),
    'two.site.yaml',
  ),
);

interface Pair {
  readonly mesh: MeshNodes;
  readonly nodes: readonly NodeId[];
  /** Both nodes take the image into the slot at once. */
  readonly writeBoth: (slot: number, image: string) => Promise<PromiseSettledResult<void>[]>;
  readonly powerOff: (node: NodeId) => Promise<void>;
}

/** Two nodes that wait in their ramdisks. */
async function openPair(t: Test, find: (image: string) => SlotImage): Promise<Pair> {
  const directory = scratchOf(t);
  const scratch = makeScratch();
  t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
  mkdirSync(join(directory, 'consoles'));
  const clock = systemClock();
  const nodes = PLAN.nodes.map(({ id }) => id);
  const mesh = new MeshNodes({
    clock,
    random: seededRandom(5),
    site: PLAN.site,
    nodes: PLAN.nodes,
    payload: meshPayload,
    directory: scratch,
    find: (image) => Promise.resolve(find(image)),
  });
  const inRamdisk = new Set<NodeId>();
  let tell: () => void = () => {};
  const observe = (seen: Observation): void => {
    if (seen.kind === 'reached' && seen.stage === 'ramdisk') inRamdisk.add(seen.node);
    if (inRamdisk.size === nodes.length) tell();
  };
  const opened = await openEmulatedRack({
    plan: PLAN,
    seed: 5,
    payload,
    mesh,
    clock,
    observe,
    noted: ({ code }) => t.fail(code),
    accelerator: (await acceleratorProbe()).accelerator,
    scratch,
    home: scratch,
    capturePath: join(directory, 'wire.pcapng'),
    consoleDirectory: join(directory, 'consoles'),
  });
  t.teardown(() => opened[Symbol.asyncDispose]());
  const areThere = new Promise<void>((resolve) => (tell = resolve));
  for (const node of nodes) mesh.ensureScript(node, 'deploy');
  await Promise.all(nodes.map((node) => opened.rack.power.ensure(node, 'on', signal)));
  await areThere;
  return {
    mesh,
    nodes,
    writeBoth: (slot, image) =>
      Promise.allSettled(nodes.map((node) => mesh.slots.write({ node, slot, image, among: nodes }, signal))),
    powerOff: (node) => opened.rack.power.ensure(node, 'off', signal),
  };
}

/** The first reading is damaged in its middle, the others are whole. */
function damagedOnce(image: SlotImage): SlotImage {
  let readings = 0;
  return {
    ...image,
    async *open() {
      readings += 1;
      const isDamaged = readings === 1;
      for await (const chunk of image.open()) {
        const copy = Buffer.from(chunk);
        if (isDamaged) copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
        yield copy;
      }
    },
  };
}

void t.test(
  'two mesh nodes: sent images at once -> one copy goes out; who fails has another, who is gone holds nobody up',
  { timeout: LIMIT_MS },
  async (t) => {
    const [spring, summer] = ['spring', 'summer'].map((name) => siteImage(meshPayload, { name, kind: 'root' }));
    if (spring === undefined || summer === undefined) throw new Error('there are two images');
    const images = new Map([
      ['spring', spring],
      ['summer', damagedOnce(summer)],
    ]);
    const { mesh, nodes, writeBoth, powerOff } = await openPair(t, (image) => images.get(image) ?? spring);
    const fulfilled = { status: 'fulfilled' };
    t.match(await writeBoth(1, 'spring'), [fulfilled, fulfilled]);
    const [first, ...more] = mesh.slots.sendings;
    t.strictSame(more, [], 'nobody had a stream of its own');
    t.match(first, { image: 'spring', by: 'multicast', nodes, size_bytes: spring.size_bytes });
    const copies = (first?.sent_bytes ?? Infinity) / spring.size_bytes;
    t.ok(copies <= 1.3, `${copies.toFixed(3)} copies`);
    t.comment(`${copies.toFixed(3)} copies to two nodes`);

    t.match(await writeBoth(2, 'summer'), [fulfilled, fulfilled]);
    const ways = mesh.slots.sendings.slice(1).map(({ by }) => by);
    t.strictSame(ways.sort(), ['http', 'http', 'multicast'], 'both saw that the checksum was another');

    const [stays, goes] = nodes;
    if (stays === undefined || goes === undefined) throw new Error('there are two nodes');
    mesh.atWritten(goes, 30, () => void powerOff(goes));
    const one = mesh.slots.write({ node: stays, slot: 3, image: 'spring', among: nodes }, signal);
    void mesh.slots.write({ node: goes, slot: 3, image: 'spring', among: nodes }, signal).catch(() => {});
    await one;
    t.match(mesh.slots.sendings.at(-1), { by: 'multicast', nodes });
  },
);
