import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptPath } from '../../core/boot-script.js';
import type { Clock } from '../../core/clock.js';
import { SECTOR_BYTES, diskLayout, type DiskLayout } from '../../core/disk/layout.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { BootScript } from '../../core/ports/boot-script.js';
import type { Random } from '../../core/random.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import type { MeshPayload } from '../../drivers/payload/mesh-payload.js';
import { KERNEL_ARGUMENTS } from '../../drivers/payload/recipe.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import type { DeployEvent } from '../../drivers/wire/services/deploy/events.js';
import type { DeployPlan } from '../../drivers/wire/services/deploy/plan.js';
import { openDeploy, type BootOrder, type DeployService } from '../../drivers/wire/services/deploy/service.js';
import { contentOf } from '../../drivers/wire/services/http/service.js';
import type { WorldParts } from '../world.js';
import { MeshSlots } from './mesh-slots.js';
import { siteImage, type FindSlotImage, type SlotImage } from './slot-image.js';

/** Twice what a deployment took on a machine with a load of 8 on two cores. */
const PREPARATION_LIMIT_MS = 240_000;

export interface MeshParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly site: Site;
  readonly nodes: readonly SiteNode[];
  readonly payload: MeshPayload;
  /** Where the nodes' disks are kept. */
  readonly directory: string;
  readonly onSlotProgress?: WorldParts['onSlotProgress'];
  /** What the nodes have at first; unless told, what the payload has of the kind of their image. */
  readonly siteImage?: FindSlotImage | undefined;
  /** What is written into slots. */
  readonly find: FindSlotImage;
}

/** The mesh nodes' disks, and the service that they boot from. */
export class MeshNodes {
  readonly service: DeployService;
  readonly slots: MeshSlots;
  readonly #parts: MeshParts;
  /** Nodes whose disks outlived an earlier run: whatever their slots hold was put there. */
  readonly #isOld = new Set<NodeId>();
  readonly #layout: DiskLayout;
  /** By name: the site's. */
  readonly #own = new Map<string, SlotImage>();
  readonly #orders = new Map<NodeId, BootOrder>();
  /** How far each node's write was when that was told last. */
  readonly #percents = new Map<NodeId, number>();
  readonly #ends = new Map<NodeId, (fault: Fault | null) => void>();

  constructor(parts: MeshParts) {
    const { clock, random, site, nodes, payload } = parts;
    this.#parts = parts;
    this.#layout = diskLayout(site.disk);
    for (const node of nodes) this.#makeDisk(node);
    this.service = openDeploy({
      clock,
      random,
      url: `http://${site.network.server}`,
      nodes: new Map(nodes.map(({ id, address }) => [id, { address, prefix_bits: site.network.prefix }])),
      order: (node) => this.#orders.get(node) ?? { kind: 'local' },
      kernel: contentOf(readFileSync(payload.kernel)),
      ramdisk: contentOf(readFileSync(payload.ramdisk)),
      kernelArguments: KERNEL_ARGUMENTS,
      open: (step, node) => this.slots.open(step, node),
      invite: (step, node) => this.slots.invite(step, node),
      onEvent: (event) => this.#take(event),
    });
    const { server } = site.network;
    this.slots = new MeshSlots({
      clock,
      layout: this.#layout,
      server,
      addressOf: (node) => nodes.find(({ id }) => id === node)?.address ?? server,
      find: parts.find,
      isNew: (node) => !this.#isOld.has(node),
      add: (node, step) => this.service.add(node, step),
    });
  }

  /** What the node's next boot over the network leads to: a ramdisk that waits for work, or its own disk. */
  ensureScript(node: NodeId, script: BootScript): void {
    const plan: DeployPlan = { layout: this.#layout, steps: [], end: 'wait' };
    this.#orders.set(node, script === 'local' ? { kind: 'local' } : { kind: 'deploy', plan });
  }

  /** The node is on its way back into its ramdisk: what is asked of it until then waits for that. */
  expectRamdisk(node: NodeId): void {
    this.slots.expect(node);
  }

  /** Calls `reached` once, when the node has been sent so much of an image. */
  atWritten(node: NodeId, percent: number, reached: () => void): void {
    this.slots.atWritten(node, percent, reached);
  }

  /** Null for a node that is none of these. */
  diskOf(node: NodeId): string | null {
    return this.#has(node) ? join(this.#parts.directory, `${node}.disk`) : null;
  }

  /** What the node's iPXE is told to load; null for a node that is none of these. */
  scriptOf(node: NodeId): string | null {
    return this.#has(node) ? `http://${this.#parts.site.network.server}${scriptPath(node)}` : null;
  }

  /**
   * Brings every new node's image into its slot, as its own deploy ramdisk does it, and leaves the nodes off; called
   * off, it leaves them off at once.
   * @throws FaultError BOOT-008 when a ramdisk says that it failed, or nothing in time
   */
  async prepare(rack: QemuRack, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#parts.nodes.map(async (node) => this.#prepareOne(node, rack, signal)));
  }

  async #prepareOne(node: SiteNode, rack: QemuRack, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#isOld.has(node.id)) return;
    this.#orders.set(node.id, { kind: 'deploy', plan: await this.#planFor(node, signal) });
    const ended = new Promise<Fault | null>((resolve) => void this.#ends.set(node.id, resolve));
    const text = 'it deployed nothing in time';
    const limit = this.#parts.clock.setTimer(PREPARATION_LIMIT_MS, () => this.#end(node.id, gaveUp(text)));
    const interrupt = (): void => this.#end(node.id, null);
    if (signal.aborted) return;
    signal.addEventListener('abort', interrupt, { once: true });
    await rack.power.ensure(node.id, 'on', new AbortController().signal);
    const fault = await ended;
    limit.cancel();
    signal.removeEventListener('abort', interrupt);
    await rack.power.ensure(node.id, 'off', new AbortController().signal);
    this.#orders.set(node.id, { kind: 'local' });
    if (fault !== null) throw new FaultError(fault);
    if (!signal.aborted) writeFileSync(this.#readyMark(node.id), '');
  }

  async #planFor({ slot, image }: SiteNode, signal: AbortSignal): Promise<DeployPlan> {
    const at = slot ?? 1;
    const { payload, siteImage: find } = this.#parts;
    const own = this.#own.get(image.name) ?? (await find?.(image.name, signal)) ?? siteImage(payload, image);
    this.#own.set(image.name, own);
    const write = this.slots.stepFor(at, image.name, own);
    return { layout: this.#layout, steps: [write, { kind: 'default', slot: at }], end: 'poweroff' };
  }

  #take(event: DeployEvent): void {
    if (event.kind === 'done') this.#end(event.node, null);
    if (event.kind === 'failed') this.#end(event.node, gaveUp(`${event.what}: ${event.text}`));
    if (event.kind === 'progress') this.#report(event);
    this.slots.take(event);
  }

  #report({ node, slot, done_bytes, of_bytes }: Extract<DeployEvent, { readonly kind: 'progress' }>): void {
    const percent = Math.floor((100 * done_bytes) / Math.max(1, of_bytes));
    if (this.#percents.get(node) !== percent) this.#parts.onSlotProgress?.({ node, slot, percent });
    this.#percents.set(node, percent);
  }

  #end(node: NodeId, fault: Fault | null): void {
    this.#ends.get(node)?.(fault);
    this.#ends.delete(node);
  }

  /** A file that says that the node's disk is what it is to be at first: a rig killed before that begins it anew. */
  #readyMark(node: NodeId): string {
    return join(this.#parts.directory, `${node}.ready`);
  }

  #has(node: NodeId): boolean {
    return this.#parts.nodes.some(({ id }) => id === node);
  }

  #makeDisk({ id }: SiteNode): void {
    const disk = join(this.#parts.directory, `${id}.disk`);
    if (existsSync(this.#readyMark(id))) this.#isOld.add(id);
    else writeFileSync(disk, '');
    truncateSync(disk, this.#layout.size_sectors * SECTOR_BYTES);
  }
}

function gaveUp(text: string): Fault {
  return { code: 'BOOT-008', kind: 'firmware.gaveUp', stage: 'ramdisk', text };
}
