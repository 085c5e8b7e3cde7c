import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Clock } from '../../core/clock.js';
import { withDeadlines } from '../../core/effects/deadline.js';
import { promised } from '../../core/effects/promised.js';
import { withoutLifecycle } from '../../core/effects/unoffered.js';
import { route } from '../../core/effects/route.js';
import { Engine } from '../../core/engine/engine.js';
import type { Observe } from '../../core/evidence.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { machineId, type NodeId } from '../../core/ids.js';
import { EvidenceLog } from '../../core/observe/evidence-log.js';
import { seededRandom } from '../../core/random.js';
import { Director } from '../../core/run/director.js';
import { Bookings } from '../../core/schedule/bookings.js';
import { scheduleHandlers } from '../../core/schedule/handlers.js';
import type { Plan } from '../../core/scenario/plan.js';
import { targetName, type SiteNode } from '../../core/site/site.js';
import { buildMeshPayload } from '../../drivers/payload/mesh-payload.js';
import { buildPayload, type Payload } from '../../drivers/payload/payload.js';
import { openAcceleratorProbe } from '../../drivers/qemu/accelerator.js';
import { emulationChecks } from '../../drivers/qemu/doctor.js';
import { openQemuRack, type QemuRack } from '../../drivers/qemu/driver.js';
import type { QemuNode } from '../../drivers/qemu/node.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { fileOf } from '../../drivers/wire/services/tftp/file.js';
import type { PlayWorld, WorldOutcome, WorldParts } from '../world.js';
import { EmulatedMishaps, imagesOf } from './emulated-mishaps.js';
import { NodeLuns } from './luns.js';
import { MeshNodes } from './mesh.js';
import { makeScratch } from './scratch.js';
import { openWire } from './wire.js';

/** States of a boot from which nothing goes on by itself. */
const ENDS: ReadonlySet<string> = new Set(['up', 'ramdisk', 'failed']);

/** Asked once a process: what runs guests does not change meanwhile. */
export const acceleratorProbe = openAcceleratorProbe({ clock: systemClock() });

/**
 * The guests want the cores more than V8 does: a boot is over before its optimising compiler has paid for itself, and
 * scavenging a few megabytes on several threads takes longer in all than on one. Measured: 0.25 s of CPU a boot.
 */
function leaveCoresToGuests(): void {
  setFlagsFromString('--interrupt-budget=1000000');
  setFlagsFromString('--no-parallel-scavenge');
}

/** Plays a scenario on QEMU nodes with real firmware, on a wire of our own. */
export const playEmulated: PlayWorld = async (parts) => {
  leaveCoresToGuests();
  const { bundle, progress, signal, plan } = parts;
  refuseChap(plan);
  refuseSimulatedMishaps(plan);
  const payload = await buildPayload({ progress, signal, uses: ['bootFile', ...imagesOf(plan)] });
  progress('');
  const scratch = makeScratch();
  mkdirSync(bundle.path(BUNDLE.consoles), { recursive: true });
  try {
    return await playOn(parts, payload, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

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

/** What breaks a mesh node's script or disk is not emulated yet; one that never strikes would pass for harmless. */
function refuseSimulatedMishaps({ scenario: { file, mishaps } }: Plan): void {
  const simulated: readonly string[] = ['script.missing', 'disk.no-boot-code', 'slot.no-boot-loader'];
  const found = mishaps.find(({ mishap }) => simulated.includes(mishap));
  if (found === undefined) return;
  const facts = { file, node: found.node, key: `mishap: ${found.mishap}`, world: 'emulated' };
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', ...facts });
}

async function playOn(parts: WorldParts, payload: Payload, scratch: string): Promise<WorldOutcome> {
  const { plan, seed, bundle, append } = parts;
  const { site, nodes } = plan;
  const { accelerator } = await acceleratorProbe();
  const clock = systemClock();
  const faults: Fault[] = [];
  const noted = (fault: Fault): void => {
    faults.push(fault);
    append({ entry: 'fault', fault }, clock.now());
  };
  append({ entry: 'opened', version: 1, scenario: plan.scenario.name, world: 'emulated', seed }, 0);
  const log = new EvidenceLog(clock);
  using luns = new NodeLuns({ site, nodes, images: payload.images, labels: payload.labels, directory: scratch });
  const bootFile = fileOf(readFileSync(payload.bootFile));
  const mesh = await openMesh(parts, clock, scratch);
  const gate = openGate(log.observe);
  const socketPath = (node: NodeId): string => join(scratch, `${node}.sock`);
  const mishapParts = { plan, luns, cutPower: (node: NodeId) => cutPower(rack, node), wireFaults: () => wire.faults };
  const mishaps = new EmulatedMishaps(mishapParts);
  await using wire = await openWire({
    clock,
    random: seededRandom(seed),
    site,
    nodes,
    observe: gate.observe,
    targets: luns.targets,
    files: (name) => (name === site.bootFile ? bootFile : null),
    bootFile: (node) => mishaps.bootFile(node),
    isMuted: (node) => mishaps.isMuted(node),
    targetName: (node) => targetName(site, node),
    mesh,
    capturePath: bundle.path(BUNDLE.capture),
    socketPath,
    noted,
  });
  await using rack = openQemuRack({
    nodes: nodes.map((node) => qemuNode(node, socketPath(node.id), mesh?.diskOf(node.id) ?? null)),
    clock,
    observe: gate.observe,
    accelerator,
    consoleDirectory: bundle.path(BUNDLE.consoles),
    socketDirectory: scratch,
  });
  await mesh?.prepare(rack, parts.signal);
  parts.progress('');
  gate.open();
  const played = await direct({ parts, clock, log, rack, mishaps });
  return { ...played, faults, versions: { qemu: await qemuVersion(), accelerator, ...payload.versions } };
}

async function qemuVersion(): Promise<string> {
  return (await emulationChecks(acceleratorProbe)).find(({ name }) => name === 'qemu')?.found ?? 'unknown';
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

function qemuNode({ id, memory_mb, nic, mac }: SiteNode, wirePath: string, disk: string | null): QemuNode {
  const model = nic === 'e1000' ? 'e1000' : 'virtio-net-pci';
  const disks = disk === null ? [] : [{ file: disk, format: 'raw', model: 'scsi-hd' } as const];
  return { node: id, memory_mib: memory_mb, nics: [{ model, mac, wirePath }], disks };
}

function cutPower(rack: QemuRack, node: NodeId): void {
  void rack.power.ensure(node, 'off', new AbortController().signal);
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
