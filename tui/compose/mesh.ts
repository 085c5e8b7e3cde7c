import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scriptPath } from '../../core/boot-script.js';
import type { Clock } from '../../core/clock.js';
import { SECTOR_BYTES, diskLayout } from '../../core/disk/layout.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { Random } from '../../core/random.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { labelBytes } from '../../drivers/payload/label.js';
import type { MeshPayload } from '../../drivers/payload/mesh-payload.js';
import { KERNEL_ARGUMENTS } from '../../drivers/payload/recipe.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import type { DeployEvent } from '../../drivers/wire/services/deploy/events.js';
import type { DeployPlan } from '../../drivers/wire/services/deploy/plan.js';
import { openDeploy, type BootOrder } from '../../drivers/wire/services/deploy/service.js';
import { contentOf, type HttpService } from '../../drivers/wire/services/http/service.js';

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
}

interface PackedImage {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** The mesh nodes' disks, and the service that they boot from. */
export class MeshNodes {
  readonly service: HttpService;
  readonly #parts: MeshParts;
  readonly #images = new Map<string, PackedImage>();
  readonly #orders = new Map<NodeId, BootOrder>();
  readonly #ends = new Map<NodeId, (fault: Fault | null) => void>();

  constructor(parts: MeshParts) {
    const { clock, random, site, nodes, payload } = parts;
    this.#parts = parts;
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
      open: (image) => this.#open(image),
      onEvent: (event) => this.#take(event),
    });
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
   * Brings every node's image into its slot, as its own deploy ramdisk does it, and leaves the nodes off; called off,
   * it leaves them off at once.
   * @throws FaultError BOOT-008 when a ramdisk says that it failed, or nothing in time
   */
  async prepare(rack: QemuRack, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#parts.nodes.map(async (node) => this.#prepareOne(node, rack, signal)));
  }

  async #prepareOne(node: SiteNode, rack: QemuRack, signal: AbortSignal): Promise<void> {
    this.#orders.set(node.id, { kind: 'deploy', plan: this.#planFor(node) });
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
  }

  #planFor({ slot, image: { name } }: SiteNode): DeployPlan {
    const { bytes, sha256 } = this.#image(name);
    const at = slot ?? 1;
    const size_bytes = bytes.length;
    return {
      layout: diskLayout(this.#parts.site.disk),
      steps: [
        { kind: 'write', slot: at, image: name, size_bytes, sha256, packing: 'gzip' },
        { kind: 'default', slot: at },
      ],
      end: 'poweroff',
    };
  }

  #image(name: string): PackedImage {
    const known = this.#images.get(name);
    if (known !== undefined) return known;
    const { stream, streamLabel_bytes } = this.#parts.payload;
    const image = readFileSync(stream);
    labelBytes(name).copy(image, streamLabel_bytes);
    const bytes = gzipSync(image, { level: 1 });
    const packed = { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
    this.#images.set(name, packed);
    return packed;
  }

  #open(name: string): { size_bytes: number; chunks: AsyncIterable<Buffer> } {
    const { bytes } = this.#image(name);
    return { size_bytes: bytes.length, chunks: piecesOf(bytes) };
  }

  #take(event: DeployEvent): void {
    if (event.kind === 'done') this.#end(event.node, null);
    if (event.kind === 'failed') this.#end(event.node, gaveUp(`${event.what}: ${event.text}`));
  }

  #end(node: NodeId, fault: Fault | null): void {
    this.#ends.get(node)?.(fault);
    this.#ends.delete(node);
  }

  #has(node: NodeId): boolean {
    return this.#parts.nodes.some(({ id }) => id === node);
  }

  #makeDisk({ id }: SiteNode): void {
    const disk = join(this.#parts.directory, `${id}.disk`);
    writeFileSync(disk, '');
    truncateSync(disk, diskLayout(this.#parts.site.disk).size_sectors * SECTOR_BYTES);
  }
}

function gaveUp(text: string): Fault {
  return { code: 'BOOT-008', kind: 'firmware.gaveUp', stage: 'ramdisk', text };
}

async function* piecesOf(bytes: Buffer): AsyncIterable<Buffer> {
  const piece_bytes = 256 * 1024;
  for (let at = 0; at < bytes.length; at += piece_bytes) {
    yield await Promise.resolve(bytes.subarray(at, at + piece_bytes));
  }
}
