import type { Clock } from '../../core/clock.js';
import { SECTOR_BYTES, slotPartition, type DiskLayout } from '../../core/disk/layout.js';
import { FaultError } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { Sending } from '../../core/report/sending.js';
import type { SlotPort, SlotWrite } from '../../core/ports/slots.js';
import type { WipeProof } from '../../core/ports/wipe-proof.js';
import { assert } from '../../core/unreachable.js';
import type { DeployEvent } from '../../drivers/wire/services/deploy/events.js';
import type { DeployStep, WriteStep } from '../../drivers/wire/services/deploy/plan.js';
import type { ImageStream } from '../../drivers/wire/services/deploy/service.js';
import { Ramdisks, whileWanted } from './ramdisks.js';
import type { SharedWrite } from './shared-write.js';
import { SharedWrites, type OpenPort } from './shared-writes.js';
import type { FindSlotImage, SlotImage } from './slot-image.js';
import { WriteMarks } from './write-marks.js';

export interface MeshSlotsParts {
  readonly clock: Clock;
  readonly layout: DiskLayout;
  /** Our own address, dotted. */
  readonly server: string;
  readonly addressOf: (node: NodeId) => string;
  readonly find: FindSlotImage;
  /** Whether the node's disk was empty when this began; else its slots may hold what nobody here has written. */
  readonly isNew: (node: NodeId) => boolean;
  /** Gives the node's ramdisk one more step, and says its number; null where no ramdisk takes any. */
  readonly add: (node: NodeId, step: DeployStep) => number | null;
}

/**
 * The slots of mesh nodes, worked by the ramdisks that wait on them. Fails with DPL-005 when a ramdisk says that it
 * did, with DPL-006 where none waits, with DPL-007 for a default that holds no image.
 */
export class MeshSlots implements SlotPort {
  readonly #parts: MeshSlotsParts;
  readonly #ramdisks: Ramdisks;
  readonly #shared: SharedWrites;
  readonly #marks = new WriteMarks();
  /** By checksum: whatever is, or was, to be written. */
  readonly #images = new Map<string, SlotImage>();
  /** `mesh1 3` -> checksum of the stream that was written there last. */
  readonly #written = new Map<string, string>();
  /** Slots that something was begun with. */
  readonly #begun = new Set<string>();
  /** Slot -> checksum of the image that it holds whole. */
  readonly #held = new Map<string, string>();
  /** The session that a node is in. */
  readonly #sessions = new Map<NodeId, SharedWrite>();
  readonly #sendings: Sending[] = [];
  /** Ramdisks that are on their way back. */
  readonly #expected = new Map<NodeId, { readonly ready: Promise<void>; readonly come: () => void }>();

  constructor(parts: MeshSlotsParts) {
    const { clock, server, addressOf } = parts;
    const onDelivered = (node: NodeId, percent: number): void => this.#marks.passed(node, percent);
    this.#parts = parts;
    this.#ramdisks = new Ramdisks((node, step) => this.#add(node, step));
    this.#shared = new SharedWrites({ clock, server, addressOf, onDelivered });
  }

  get sendings(): readonly Sending[] {
    return this.#sendings;
  }

  /** The node is on its way back into its ramdisk: what is asked of it until then waits for that. */
  expect(node: NodeId): void {
    let come = (): void => {};
    const ready = new Promise<void>((resolve) => void (come = resolve));
    this.#expected.set(node, { ready, come });
  }

  /** Calls `reached` once, when the node has been sent so much of an image. */
  atWritten(node: NodeId, percent: number, reached: () => void): void {
    this.#marks.add(node, percent, reached);
  }

  /** Where images are sent to several nodes at once. */
  meetOn(openPort: OpenPort): void {
    this.#shared.meetOn(openPort);
  }

  /** What puts the image into a slot; it is given out when the step is done. */
  stepFor(slot: number, image: string, found: SlotImage): WriteStep {
    const { size_bytes, sha256, packing } = found;
    this.#images.set(sha256, found);
    return { kind: 'write', slot, image, size_bytes, sha256, packing, by: 'http' };
  }

  async write({ node, slot, image, among }: SlotWrite, signal: AbortSignalLike): Promise<void> {
    await this.#expected.get(node)?.ready;
    this.#ramdisks.require(node);
    const found = await this.#parts.find(image, signal);
    const step = this.stepFor(slot, image, found);
    if (this.#held.get(keyOf(node, slot)) === step.sha256) return;
    const session = this.#ramdisks.isDoing(node, step)
      ? null
      : await this.#shared.muster({ node, image: found, among }, signal);
    if (session === null) await this.#ramdisks.do(node, step, signal);
    else await this.#writeIn(session, { node, step: { ...step, by: 'multicast' } }, signal);
  }

  async setDefault(node: NodeId, slot: number, signal: AbortSignalLike): Promise<void> {
    await this.#expected.get(node)?.ready;
    this.#ramdisks.require(node);
    const key = keyOf(node, slot);
    const isKnown = this.#parts.isNew(node) || this.#begun.has(key);
    if (isKnown && !this.#held.has(key)) throw new FaultError({ code: 'DPL-007', kind: 'slot.empty', node, slot });
    await this.#ramdisks.do(node, { kind: 'default', slot }, signal);
  }

  async wipe(node: NodeId, slot: number, signal: AbortSignalLike): Promise<WipeProof> {
    await this.#expected.get(node)?.ready;
    const end = await this.#ramdisks.do(node, { kind: 'wipe', slot }, signal);
    assert(end.kind === 'wiped', 'a wipe ends with a wipe');
    const size_bytes = slotPartition(this.#parts.layout, slot).size_sectors * SECTOR_BYTES;
    return { size_bytes, read_bytes: end.readBack.read_bytes, isZero: end.isZero };
  }

  /** The packed stream for one node alone. */
  open({ sha256, size_bytes, image }: WriteStep, node: NodeId): ImageStream {
    const found = this.#images.get(sha256);
    assert(found !== undefined, 'only what was found is written');
    const sending = { image, by: 'http' as const, nodes: [node], size_bytes, sent_bytes: 0 };
    this.#sendings.push(sending);
    const chunks = this.#marks.watched(node, size_bytes, found.open());
    return { size_bytes, chunks: counted(chunks, (bytes) => (sending.sent_bytes += bytes)) };
  }

  /** What the node's receiver reads; null where it is in no session. */
  invite({ sha256 }: WriteStep, node: NodeId): string | null {
    const session = this.#sessions.get(node);
    return session?.sha256 === sha256 ? session.invitationOf(node) : null;
  }

  take(event: DeployEvent): void {
    const { node } = event;
    if (event.kind === 'written') this.#written.set(keyOf(node, event.slot), event.sha256);
    if (event.kind === 'bootable' || event.kind === 'unbootable') this.#hold(keyOf(node, event.slot));
    this.#ramdisks.take(event);
    if (event.kind !== 'calledBack') return;
    this.#expected.get(node)?.come();
    this.#expected.delete(node);
  }

  async #writeIn(
    session: SharedWrite,
    order: { node: NodeId; step: WriteStep },
    signal: AbortSignalLike,
  ): Promise<void> {
    const { node, step } = order;
    const { image, size_bytes, by } = step;
    const { nodes } = session;
    this.#sessions.set(node, session);
    if (nodes[0] === node) {
      void session.ended.then(({ sent_bytes }) => this.#sendings.push({ image, by, nodes, size_bytes, sent_bytes }));
    }
    const ended = this.#ramdisks.begin(node, step);
    // Also when nobody waits for it any more the ramdisk is at it, and the session holds its place.
    const leave = (): void => session.leave(node);
    ended.then(leave, leave);
    await whileWanted(ended, signal);
  }

  #add(node: NodeId, step: DeployStep): number | null {
    const number = this.#parts.add(node, step);
    // Its first byte is written over as soon as the ramdisk takes the step.
    if (number === null || step.kind === 'default') return number;
    this.#begun.add(keyOf(node, step.slot));
    this.#held.delete(keyOf(node, step.slot));
    return number;
  }

  /** The whole image is on the disk, and the disk remembers it. */
  #hold(key: string): void {
    const sha256 = this.#written.get(key);
    if (sha256 !== undefined) this.#held.set(key, sha256);
  }
}

function keyOf(node: NodeId, slot: number): string {
  return `${node} ${slot}`;
}

async function* counted(chunks: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}
