import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { PromiseEdge } from '../../core/effects/promised.js';
import { withoutLifecycle } from '../../core/effects/unoffered.js';
import type { Observe } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { Holding } from '../../core/machines/deployment-context.js';
import type { Entry } from '../../core/journal/entry.js';
import { EvidenceLog } from '../../core/observe/evidence-log.js';
import { seededRandom } from '../../core/random.js';
import { buildMeshPayload, type MeshPayload } from '../../drivers/payload/mesh-payload.js';
import { buildPayload, type Payload } from '../../drivers/payload/payload.js';
import { openAcceleratorProbe } from '../../drivers/qemu/accelerator.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import type { WorldOutcome, WorldParts } from '../world.js';
import { direct } from './emulated-engine.js';
import { imagesOf } from './emulated-mishaps.js';
import { openEmulatedRack, type EmulatedRack, type offerSiteImages } from './emulated-rack.js';
import { refuseUnoffered } from './emulated-refusals.js';
import { lifecycleHandlers } from './lifecycle-handlers.js';
import { lunSetsPort } from './lun-sets.js';
import { MeshNodes } from './mesh.js';
import { openRackHands } from './rack-hands.js';
import { putBack } from './put-back.js';
import type { RunImages } from './run-images.js';
import { makeScratch } from './scratch.js';
import { noImages, type FindSlotImage } from './slot-image.js';

/** Asked once a process: what runs guests does not change meanwhile. */
export const acceleratorProbe = openAcceleratorProbe({ clock: systemClock() });

/** What the nodes of a run have when it begins, and where the images come from that it brings to them. */
export interface RackSource {
  /** Gives the nodes their LUNs, in a rack that is ready and switched off. */
  readonly offer: typeof offerSiteImages;
  /** What mesh nodes have in their slots at the start; unless told, what the payload has of the kind of their image. */
  readonly slotImage?: FindSlotImage;
  /** The images that the scenario hands in; unless told, there are none. */
  readonly images?: (payload: MeshPayload, home: string) => RunImages;
  /** Where disks and LUNs are kept; unless told, they go with the run. */
  readonly home?: string;
  /** What the slots of mesh nodes hold, by node, of a rack that is not new. */
  readonly holds?: ReadonlyMap<NodeId, readonly Holding[]>;
}

/** Plays a scenario on QEMU nodes with real firmware, on a wire of our own; `source` says what the nodes boot. */
export async function playFrom(parts: WorldParts, source: RackSource): Promise<WorldOutcome> {
  const { bundle, progress, signal, plan } = parts;
  refuseUnoffered(plan);
  const payload = await buildPayload({ progress, signal, uses: ['bootFile', ...imagesOf(plan)] });
  const isMesh = source.images !== undefined || plan.nodes.some(({ kind }) => kind === 'mesh');
  const meshPayload = isMesh ? await buildMeshPayload({ progress, signal }) : null;
  progress('');
  const scratch = makeScratch();
  // LUNs remember what they are clones of by its whole path: the next command may be given from elsewhere.
  const home = resolve(source.home ?? bundle.path(BUNDLE.rack));
  mkdirSync(bundle.path(lifeName(BUNDLE.consoles, parts.earlier)), { recursive: true });
  mkdirSync(home, { recursive: true });
  const images = meshPayload === null ? undefined : source.images?.(meshPayload, home);
  try {
    return await playOn({ ...parts, payload, meshPayload, scratch, home, source, images });
  } finally {
    // What was cut off in a validation still has a rack of its own to put away.
    await images?.settled();
    rmSync(scratch, { recursive: true, force: true });
    if (source.home === undefined) rmSync(home, { recursive: true, force: true });
  }
}

interface RackPlay extends WorldParts {
  readonly payload: Payload;
  readonly meshPayload: MeshPayload | null;
  readonly scratch: string;
  readonly home: string;
  readonly source: RackSource;
  readonly images: RunImages | undefined;
}

async function playOn(parts: RackPlay): Promise<WorldOutcome> {
  const { plan, seed, bundle, append, payload, source, meshPayload } = parts;
  const { accelerator } = await acceleratorProbe();
  const earlier = parts.earlier ?? [];
  const clock = systemClock(earlier.at(-1)?.at);
  const faults: Fault[] = [];
  const noted = (fault: Fault): void => {
    faults.push(fault);
    append({ entry: 'fault', fault }, clock.now());
  };
  if (earlier.length > 0) append({ entry: 'resumed', entries: earlier.length }, clock.now());
  else append({ entry: 'opened', version: 1, scenario: plan.scenario.name, world: 'emulated', seed }, 0);
  const log = new EvidenceLog(clock);
  const mesh = openMesh(parts, clock);
  const { observe, ...gate } = openGate(log.observe);
  const consoleDirectory = bundle.path(lifeName(BUNDLE.consoles, earlier));
  const capturePath = bundle.path(lifeName(BUNDLE.capture, earlier));
  const common = { ...parts, clock, observe, noted, consoleDirectory };
  await using opened = await openEmulatedRack({ ...common, mesh, accelerator, capturePath });
  const { rack, mishaps } = opened;
  source.offer(opened, plan, payload);
  await mesh?.prepare(rack, parts.signal);
  parts.progress('');
  await using hands = await openRackHands({ ...common, rack, mishaps, isResumed: earlier.length > 0 });
  gate.open();
  await putBack({ plan, entries: earlier, hands, mesh, noted });
  const lifecycle = lifecycleOf(parts, opened, mesh);
  const { holds } = source;
  const { fault, ...played } = await direct({ parts, clock, log, rack, hands, mishaps, lifecycle, holds });
  if (fault !== null) faults.push(fault);
  parts.images?.removeUnused(opened.luns.sets.sources);
  const sendings = mesh?.slots.sendings ?? [];
  const versions = { ...payload.versions, ...meshPayload?.versions };
  return { ...played, sendings, faults, versions: { qemu: rack.version() ?? 'not started', accelerator, ...versions } };
}

function lifecycleOf({ images }: RackPlay, { luns }: EmulatedRack, mesh: MeshNodes | null) {
  if (images === undefined) return (edge: PromiseEdge) => withoutLifecycle(edge.clock);
  const port = lunSetsPort(luns, images.lunImage);
  return (edge: PromiseEdge) => lifecycleHandlers(edge, { images, luns: port, mesh });
}

/** What a run that goes on after its rig was killed writes beside what it wrote before. */
export function lifeName(name: string, earlier: readonly Entry[] = []): string {
  return earlier.length === 0 ? name : `${earlier.length}-${name}`;
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
function openMesh({ progress, onSlotProgress, seed, plan, meshPayload, home, source, images }: RackPlay, clock: Clock) {
  const nodes = plan.nodes.filter(({ kind }) => kind === 'mesh');
  if (nodes.length === 0 || meshPayload === null) return null;
  progress('deploying images into the slots of mesh nodes');
  return new MeshNodes({
    clock,
    random: seededRandom(seed),
    site: plan.site,
    nodes,
    payload: meshPayload,
    directory: home,
    onSlotProgress,
    siteImage: source.slotImage,
    find: images?.slotImage ?? noImages,
  });
}
