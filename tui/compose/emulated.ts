import { mkdirSync, rmSync } from 'node:fs';
import type { Clock } from '../../core/clock.js';
import { withDeadlines } from '../../core/effects/deadline.js';
import { promised } from '../../core/effects/promised.js';
import { withoutLifecycle } from '../../core/effects/unoffered.js';
import { route } from '../../core/effects/route.js';
import { Engine } from '../../core/engine/engine.js';
import type { Observe } from '../../core/evidence.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { machineId } from '../../core/ids.js';
import { EvidenceLog } from '../../core/observe/evidence-log.js';
import { seededRandom } from '../../core/random.js';
import { Director } from '../../core/run/director.js';
import { Bookings } from '../../core/schedule/bookings.js';
import { scheduleHandlers } from '../../core/schedule/handlers.js';
import type { Plan } from '../../core/scenario/plan.js';
import { buildMeshPayload } from '../../drivers/payload/mesh-payload.js';
import { buildPayload, type Payload } from '../../drivers/payload/payload.js';
import { openAcceleratorProbe } from '../../drivers/qemu/accelerator.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import type { PlayWorld, WorldOutcome, WorldParts } from '../world.js';
import { imagesOf, type EmulatedMishaps } from './emulated-mishaps.js';
import { offerSiteImages, openEmulatedRack } from './emulated-rack.js';
import { MeshNodes } from './mesh.js';
import { makeScratch } from './scratch.js';

/** States of a boot from which nothing goes on by itself. */
const ENDS: ReadonlySet<string> = new Set(['up', 'ramdisk', 'failed']);

/** Asked once a process: what runs guests does not change meanwhile. */
export const acceleratorProbe = openAcceleratorProbe({ clock: systemClock() });

/** Plays a scenario on QEMU nodes with real firmware, on a wire of our own. */
export const playEmulated: PlayWorld = (parts) => playOnLuns(parts, offerSiteImages);

/** The same; `offer` gives the nodes their LUNs, in a rack that is ready and switched off. */
export async function playOnLuns(parts: WorldParts, offer: typeof offerSiteImages): Promise<WorldOutcome> {
  const { bundle, progress, signal, plan } = parts;
  refuseChap(plan);
  refuseSimulated(plan);
  const payload = await buildPayload({ progress, signal, uses: ['bootFile', ...imagesOf(plan)] });
  progress('');
  const scratch = makeScratch();
  mkdirSync(bundle.path(BUNDLE.consoles), { recursive: true });
  try {
    return await playOn({ ...parts, payload, scratch, offer });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * iPXE would take the secret by DHCP, where the capture in the bundle would keep it, and the guest's own initiator does
 * not do CHAP yet: better refused than half done.
 */
function refuseChap({ site, nodes }: Plan): void {
  const node = nodes.find(({ chap }) => chap !== null);
  if (node === undefined) return;
  const facts = { file: site.file, node: node.id, key: 'chap', world: 'emulated' };
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', ...facts });
}

/**
 * What breaks a mesh node's script or disk is not emulated yet: a mishap that never strikes would pass for harmless.
 * Nor are images on their way to a fleet.
 */
function refuseSimulated({ scenario: { file, mishaps, images, steps } }: Plan): void {
  if (images.size > 0 || steps.length > 0) {
    const facts = { file, node: 'the scenario', key: images.size > 0 ? 'images' : 'steps', world: 'emulated' };
    throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', ...facts });
  }
  const simulated: readonly string[] = ['script.missing', 'disk.no-boot-code', 'slot.no-boot-loader'];
  const found = mishaps.find(({ mishap }) => simulated.includes(mishap));
  if (found === undefined) return;
  const facts = { file, node: found.node, key: `mishap: ${found.mishap}`, world: 'emulated' };
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', ...facts });
}

interface RackPlay extends WorldParts {
  readonly payload: Payload;
  readonly scratch: string;
  readonly offer: typeof offerSiteImages;
}

async function playOn(parts: RackPlay): Promise<WorldOutcome> {
  const { plan, seed, bundle, append, payload, scratch } = parts;
  const { accelerator } = await acceleratorProbe();
  const clock = systemClock();
  const faults: Fault[] = [];
  const noted = (fault: Fault): void => {
    faults.push(fault);
    append({ entry: 'fault', fault }, clock.now());
  };
  append({ entry: 'opened', version: 1, scenario: plan.scenario.name, world: 'emulated', seed }, 0);
  const log = new EvidenceLog(clock);
  const mesh = await openMesh(parts, clock, scratch);
  const gate = openGate(log.observe);
  await using opened = await openEmulatedRack({
    plan,
    seed,
    payload,
    mesh,
    clock,
    observe: gate.observe,
    noted,
    accelerator,
    scratch,
    capturePath: bundle.path(BUNDLE.capture),
    consoleDirectory: bundle.path(BUNDLE.consoles),
  });
  parts.offer(opened, plan, payload);
  const { rack, mishaps } = opened;
  await mesh?.prepare(rack, parts.signal);
  parts.progress('');
  gate.open();
  const played = await direct({ parts, clock, log, rack, mishaps });
  return { ...played, faults, versions: { qemu: rack.version() ?? 'not started', accelerator, ...payload.versions } };
}

/** The boots in which disks are made ready are no part of the scenario: what is seen of them is not told. */
function openGate(observe: Observe): { readonly observe: Observe; open(): void } {
  let isOpen = false;
  return {
    observe(seen) {
      if (isOpen) observe(seen);
    },
    open: () => void (isOpen = true),
  };
}

/** The mesh nodes' disks, still empty, and their service; null where none takes part. */
async function openMesh(parts: WorldParts, clock: Clock, directory: string): Promise<MeshNodes | null> {
  const { progress, signal, seed, plan } = parts;
  const nodes = plan.nodes.filter(({ kind }) => kind === 'mesh');
  if (nodes.length === 0) return null;
  const payload = await buildMeshPayload({ progress, signal });
  progress('deploying images into the slots of mesh nodes');
  return new MeshNodes({ clock, random: seededRandom(seed), site: plan.site, nodes, payload, directory });
}

interface Stage {
  readonly parts: WorldParts;
  readonly clock: ReturnType<typeof systemClock>;
  readonly log: EvidenceLog;
  readonly rack: QemuRack;
  readonly mishaps: EmulatedMishaps;
}

type Played = Omit<WorldOutcome, 'faults' | 'versions'>;

/** Runs engine and director until all is over, interrupted, or something of ours breaks. */
function direct({ parts, clock, log, rack, mishaps }: Stage): Promise<Played> {
  const { plan, append, steppers, onEntered, signal } = parts;
  return new Promise<Played>((resolve, reject) => {
    const edge = { clock, newAbort: () => new AbortController(), onBug: reject };
    const perform = route({
      'bootDevice.ensure': promised(edge, async ({ node, device }, abort) => {
        await rack.bootDevice.ensure(node, device, abort);
        return { device };
      }),
      'power.ensure': promised(edge, async ({ node, want }, abort) => {
        await rack.power.ensure(node, want, abort);
        return { power: want };
      }),
      'boot.await': ({ node, after }, answer) =>
        log.next(node, after, (evidence) => answer({ ok: true, output: { evidence, at: clock.now() } })),
      ...scheduleHandlers(clock, new Bookings()),
      ...withoutLifecycle(clock),
    });
    const end = (how: Played['how']): void => {
      const virtual_ms = clock.now();
      const standings = new Map(
        plan.nodes.flatMap(({ id }) =>
          (['node', 'boot'] as const).map((kind) => {
            const machine = machineId(kind, id);
            return [machine, engine.standing(machine)] as const;
          }),
        ),
      );
      engine.stop();
      resolve({ how, virtual_ms, standing: (machine) => standings.get(machine) });
    };
    const director = new Director({ plan, clock, append, steppers, mishaps, onOver: end });
    const engine = new Engine({
      clock,
      perform: withDeadlines(clock, perform),
      append,
      onEntered: (machine, standing) => {
        const boot = plan.nodes.find(({ id }) => machine === machineId('boot', id));
        if (boot !== undefined && ENDS.has(standing.state)) rack.release(boot.id);
        onEntered(machine, standing);
        director.entered(machine, standing);
      },
    });
    signal.addEventListener('abort', () => end('interrupted'), { once: true });
    if (signal.aborted) end('interrupted');
    else director.begin(engine);
  });
}
