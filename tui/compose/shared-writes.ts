import type { Clock, Timer } from '../../core/clock.js';
import type { NodeId } from '../../core/ids.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { DatagramPort } from '../../drivers/wire/services/multicast/on-wire.js';
import type { MeetingPoint } from '../../drivers/wire/services/multicast/plan.js';
import { openSharedWrite, type SharedWrite } from './shared-write.js';
import type { SlotImage } from './slot-image.js';

/** How long who came waits for the others; the simulated world's nodes wait as long. */
const MUSTER_MS = 15_000;
/** Nobody else on our wire uses these. */
const GROUP = { network: '239.66.0', port: 9000, mostSenders: 200 };

export type OpenPort = (point: MeetingPoint, receive: (datagram: Buffer) => void) => DatagramPort;

export interface SharedWritesParts {
  readonly clock: Clock;
  /** Our own address, dotted. */
  readonly server: string;
  readonly addressOf: (node: NodeId) => string;
  /** A node has written so much of what a session sends it. */
  readonly onDelivered: (node: NodeId, percent: number) => void;
}

export interface Comer {
  readonly node: NodeId;
  readonly image: SlotImage;
  /** All who are to write the image at once, the node itself among them or not. */
  readonly among: readonly NodeId[];
}

/** Those who wait for others to write the same image. */
interface Muster {
  readonly image: SlotImage;
  readonly present: Map<NodeId, (session: SharedWrite | null) => void>;
  readonly timer: Timer;
}

/** Brings nodes together that write the same image at the same time, so that it is sent to all of them once. */
export class SharedWrites {
  readonly #parts: SharedWritesParts;
  /** By checksum. */
  readonly #musters = new Map<string, Muster>();
  readonly #running = new Set<SharedWrite>();
  #openPort: OpenPort | null = null;
  #opened = 0;

  constructor(parts: SharedWritesParts) {
    this.#parts = parts;
  }

  /** Where sessions are held from now on; before that everybody has a stream of its own. */
  meetOn(openPort: OpenPort): void {
    this.#openPort = openPort;
  }

  /**
   * Comes when all of `among` are there, or have been waited for long enough.
   * @returns null where nobody came, or nobody else is left to come: the node has a stream of its own then
   */
  muster(comer: Comer, signal: AbortSignalLike): Promise<SharedWrite | null> {
    const { node, image } = comer;
    if (this.#openPort === null || this.#awaited(comer).length === 0 || signal.aborted) return Promise.resolve(null);
    const muster = this.#musters.get(image.sha256) ?? this.#begin(image);
    return new Promise((resolve) => {
      const leave = (): void => {
        if (!muster.present.delete(node)) return;
        if (muster.present.size === 0) this.#close(muster);
        resolve(null);
      };
      signal.addEventListener('abort', leave, { once: true });
      muster.present.set(node, (session) => {
        signal.removeEventListener('abort', leave);
        resolve(session);
      });
      if (this.#awaited(comer).every((other) => muster.present.has(other))) this.#go(muster);
    });
  }

  /** Who is in a session already does not come again. */
  #awaited({ node, image, among }: Comer): readonly NodeId[] {
    const isServed = (other: NodeId): boolean =>
      [...this.#running].some(({ sha256, nodes }) => sha256 === image.sha256 && nodes.includes(other));
    return among.filter((other) => other !== node && !isServed(other));
  }

  #begin(image: SlotImage): Muster {
    const timer = this.#parts.clock.setTimer(MUSTER_MS, () => this.#go(muster));
    const muster: Muster = { image, present: new Map(), timer };
    this.#musters.set(image.sha256, muster);
    return muster;
  }

  #close({ image, timer }: Muster): void {
    timer.cancel();
    this.#musters.delete(image.sha256);
  }

  #go(muster: Muster): void {
    this.#close(muster);
    const nodes = [...muster.present.keys()];
    const session = nodes.length < 2 ? null : this.#open(muster.image, nodes);
    for (const come of muster.present.values()) come(session);
  }

  #open(image: SlotImage, nodes: readonly NodeId[]): SharedWrite | null {
    const { clock, server, addressOf, onDelivered } = this.#parts;
    if (this.#openPort === null) return null;
    const number = 1 + (this.#opened++ % GROUP.mostSenders);
    const point: MeetingPoint = {
      group: `${GROUP.network}.${number}`,
      groupPort: GROUP.port,
      sender: server,
      senderPort: GROUP.port + number,
    };
    const session = openSharedWrite({
      clock,
      image,
      nodes,
      point,
      addressOf,
      onDelivered,
      openPort: this.#openPort,
      onOver: () => this.#running.delete(session),
    });
    this.#running.add(session);
    return session;
  }
}
