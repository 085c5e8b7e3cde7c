import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { Observe, Stage } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import { seededRandom } from '../../core/random.js';
import type { Plan } from '../../core/scenario/plan.js';
import { targetName, type SiteNode } from '../../core/site/site.js';
import type { Payload } from '../../drivers/payload/payload.js';
import { openQemuRack, type LastingRack, type QemuRack } from '../../drivers/qemu/driver.js';
import type { Accelerator, QemuNode } from '../../drivers/qemu/node.js';
import type { Found } from '../../drivers/qemu/take-over.js';
import type { ToldBefore } from '../../drivers/qemu/witness.js';
import { fileOf } from '../../drivers/wire/services/tftp/file.js';
import { EmulatedMishaps } from './emulated-mishaps.js';
import { builtImage } from './lun-sets.js';
import { NodeLuns } from './luns.js';
import type { MeshNodes } from './mesh.js';
import { openWire, type OpenWire } from './wire.js';

export interface EmulatedRackParts {
  readonly plan: Plan;
  readonly seed: number;
  readonly payload: Pick<Payload, 'bootFile' | 'images' | 'labels'>;
  /** The mesh nodes among them, with their disks; null where there are none. */
  readonly mesh: MeshNodes | null;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly noted: (fault: Fault) => void;
  readonly accelerator: Accelerator;
  /** For sockets and LUNs; its path is short, since a socket's whole path has at most 107 bytes. */
  readonly scratch: string;
  /** For LUNs. */
  readonly home: string;
  readonly capturePath: string;
  readonly consoleDirectory: string;
  /** The rack is there for software that is not ours: nothing waits for a core, and resets boot again. */
  readonly forOthers?: { readonly kcsPorts: ReadonlyMap<NodeId, number> };
  /** Nodes outlive us, however we end but in order; `scratch` stays then, and what runs is taken over when it opens. */
  readonly lasts?: { readonly told: (node: NodeId) => ToldOfBoot };
}

/** What is known, from a journal, of a node's present power-on. */
export interface ToldOfBoot extends ToldBefore {
  readonly stages: ReadonlySet<Stage>;
}

/** QEMU nodes on a wire of their own with all services, switched off. */
export interface EmulatedRack extends AsyncDisposable {
  readonly rack: QemuRack;
  readonly luns: NodeLuns;
  readonly mishaps: EmulatedMishaps;
  /** Of a rack that lasts: what became of each node meanwhile. */
  readonly found: ReadonlyMap<NodeId, Found>;
}

/** No node has a LUN yet, but in a rack that lasts. */
export async function openEmulatedRack(parts: EmulatedRackParts): Promise<EmulatedRack> {
  const { plan, clock, observe, payload, scratch, noted } = parts;
  const { site, nodes } = plan;
  const luns = new NodeLuns({ site, nodes, directory: join(parts.home, 'luns'), noted });
  const bootFile = fileOf(readFileSync(payload.bootFile));
  const socketPath = (node: NodeId): string => join(scratch, `${node}.sock`);
  const mishaps: EmulatedMishaps = new EmulatedMishaps({
    plan,
    luns,
    builtImage: (kind) => builtImage(payload, kind),
    mesh: parts.mesh,
    cutPower: (node) => cutPower(rack, node),
    wireFaults: () => wire.faults,
  });
  const wire = await openWire({
    clock,
    random: seededRandom(parts.seed),
    site,
    nodes,
    observe,
    targets: luns.targets,
    files: (name) => (name === site.bootFile ? bootFile : null),
    bootFile: (node) => mishaps.bootFile(node),
    isWithoutScript: (node) => mishaps.isWithoutScript(node),
    isMuted: (node) => mishaps.isMuted(node),
    targetName: (node) => targetName(site, node),
    mesh: parts.mesh,
    capturePath: parts.capturePath,
    socketPath,
    plugged: (node) => luns.newBoot(node),
    noted,
    calls: parts.lasts !== undefined,
  }).catch((thrown: unknown) => {
    luns[Symbol.dispose]();
    throw thrown;
  });
  const rack = openRack(parts, socketPath, wire);
  const close = async (): Promise<void> => {
    await rack[Symbol.asyncDispose]();
    await wire[Symbol.asyncDispose]();
    luns[Symbol.dispose]();
  };
  return { rack, luns, mishaps, found: await foundBy(parts, rack, close), [Symbol.asyncDispose]: close };
}

/** Takes over what runs of a rack that lasts; where that fails, all is closed. */
async function foundBy(
  { lasts }: EmulatedRackParts,
  rack: QemuRack,
  close: () => Promise<void>,
): Promise<EmulatedRack['found']> {
  if (lasts === undefined) return new Map();
  try {
    return await rack.takeOver(lasts.told);
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function openRack(parts: EmulatedRackParts, socketPath: (node: NodeId) => string, wire: OpenWire): QemuRack {
  const { plan, mesh, clock, observe, accelerator, consoleDirectory, scratch, forOthers, lasts } = parts;
  const plug: LastingRack['plug'] = (node, isNew) => wire.plug(node, isNew ? null : (lasts?.told(node).stages ?? null));
  return openQemuRack({
    nodes: plan.nodes.map((node) => ({
      ...qemuNode(node, socketPath(node.id), mesh?.diskOf(node.id) ?? null),
      // The one session that a BMC has for its console is theirs, where others drive the rack.
      ...(forOthers === undefined
        ? { isHeardElsewhere: node.console === 'sol' }
        : openNode(forOthers.kcsPorts.get(node.id))),
    })),
    ...(forOthers === undefined ? {} : { slots: plan.nodes.length }),
    clock,
    observe,
    accelerator,
    consoleDirectory,
    socketDirectory: scratch,
    ...(lasts === undefined ? {} : { lasting: { directory: scratch, plug } }),
  });
}

/** Every root node that has no LUN yet has one of the image that the site gives it. */
export function offerSiteImages({ luns }: EmulatedRack, plan: Plan, payload: EmulatedRackParts['payload']): void {
  const known = new Set(luns.sets.read().map(({ node }) => node));
  const nodes = plan.nodes.filter(({ id, kind }) => kind === 'root' && !known.has(id));
  const names = [...new Set(nodes.map(({ image }) => image.name))];
  for (const name of names) {
    const [first, ...others] = nodes.filter(({ image }) => image.name === name);
    if (first === undefined) continue;
    const order = { image: name, nodes: [first, ...others].map(({ id }) => id) };
    luns.offer(order, builtImage(payload, first.image.kind));
  }
}

function qemuNode({ id, memory_mb, nic, mac }: SiteNode, wirePath: string, disk: string | null): QemuNode {
  const model = nic === 'e1000' ? 'e1000' : 'virtio-net-pci';
  const disks = disk === null ? [] : [{ file: disk, format: 'raw', model: 'scsi-hd' } as const];
  return { node: id, memory_mib: memory_mb, nics: [{ model, mac, wirePath }], disks };
}

function openNode(kcsPort: number | undefined): Partial<QemuNode> {
  return { onReset: 'again', hasDrives: true, ...(kcsPort === undefined ? {} : { kcsPort }) };
}

function cutPower(rack: QemuRack, node: NodeId): void {
  void rack.power.ensure(node, 'off', new AbortController().signal);
}
