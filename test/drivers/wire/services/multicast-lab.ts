import { seededRandom, type Random } from '../../../../core/random.js';
import { makeSeal } from '../../../../drivers/wire/services/multicast/seal.js';
import { openMulticast } from '../../../../drivers/wire/services/multicast/sender.js';
import type {
  MulticastReport,
  MulticastSession,
  MulticastTerms,
} from '../../../../drivers/wire/services/multicast/session.js';
import { VirtualClock } from './virtual-clock.js';
import { MulticastReceiver } from './multicast-receiver.js';

/** How each link between the group and one receiver treats datagrams. */
export interface Weather {
  readonly seed: number;
  /** Chances, 0 to 1, of each datagram on each link by itself. */
  readonly loses: number;
  readonly doubles: number;
  readonly damages: number;
  /** On top of 0.1 ms; more than the sender's pace means reordering. */
  readonly jitter_ms: number;
}

export const FAIR: Weather = { seed: 1, loses: 0, doubles: 0, damages: 0, jitter_ms: 0 };

export interface LabOptions {
  readonly image: Buffer;
  readonly receivers: number;
  readonly weather: Weather;
  readonly terms?: Partial<MulticastTerms>;
  /** Bytes that the source hands over at once. */
  readonly chunk_bytes?: number;
  readonly capacity_windows?: number;
  /** Where the source throws. */
  readonly failsAt_bytes?: number;
  /** How long each receiver takes to write a window. */
  readonly write_ms?: (receiver: number) => number;
  /** When each comes; at once unless told. */
  readonly joinsAt_ms?: (receiver: number) => number;
}

export const SECRET = { session: Buffer.from('sessionA'), key: Buffer.alloc(32, 7) };

/** A sender and its receivers on a lossy network in virtual time. */
export class MulticastLab {
  readonly clock = new VirtualClock();
  readonly receivers = new Map<number, MulticastReceiver>();
  readonly sender: MulticastSession;
  report: MulticastReport | null = null;
  endedAt = 0;
  mostHeld_windows = 0;
  /** What reaches eight receivers as it was sent is looked at once: checking tags is most of what a session costs. */
  readonly #isRight = remembered(makeSeal(SECRET.key).isRight);
  readonly #random: Random;
  readonly #weather: Weather;

  constructor(options: LabOptions) {
    const { image, weather, chunk_bytes = 50_000 } = options;
    this.#weather = weather;
    this.#random = seededRandom(weather.seed);
    let at = 0;
    const read = (): Buffer | null => {
      if (at >= (options.failsAt_bytes ?? Infinity)) throw new Error('the disk is gone');
      if (at >= image.length) return null;
      return image.subarray(at, (at += chunk_bytes));
    };
    this.sender = openMulticast({
      clock: this.clock,
      secret: SECRET,
      source: { read },
      expected: Array.from({ length: options.receivers }, (_, number) => number),
      send: (datagram) => this.#toGroup(datagram),
      onEnd: (report) => {
        this.report = report;
        this.endedAt = this.clock.now();
      },
      ...(options.terms === undefined ? {} : { terms: options.terms }),
    });
    for (let number = 0; number < options.receivers; number++) {
      this.clock.setTimer(options.joinsAt_ms?.(number) ?? 0, () => this.#addReceiver(number, options));
    }
  }

  /** To the end of the session, and until each receiver knows. */
  run(most_ms = 3_600_000): MulticastReport {
    this.clock.run(most_ms, () => this.report !== null);
    this.clock.run(this.clock.now() + 3_000);
    if (this.report === null) throw new Error('the session did not end');
    return this.report;
  }

  #addReceiver(number: number, { capacity_windows = 64, write_ms }: LabOptions): void {
    const receiver = new MulticastReceiver({
      clock: this.clock,
      secret: SECRET,
      number,
      capacity_windows,
      write_ms: write_ms?.(number) ?? 0,
      isRight: this.#isRight,
      send: (datagram) => this.#carry(datagram, (bytes) => this.sender.receive(bytes)),
    });
    this.receivers.set(number, receiver);
  }

  #toGroup(datagram: Buffer): void {
    this.mostHeld_windows = Math.max(this.mostHeld_windows, this.sender.progress().held_windows);
    for (const receiver of this.receivers.values()) this.#carry(datagram, (bytes) => receiver.receive(bytes));
  }

  #carry(datagram: Buffer, deliver: (bytes: Buffer) => void): void {
    const { loses, doubles, damages, jitter_ms } = this.#weather;
    if (this.#random.next() < loses) return;
    const copies = this.#random.next() < doubles ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const bytes = this.#random.next() < damages ? this.#damaged(datagram) : datagram;
      this.clock.setTimer(0.1 + this.#random.next() * jitter_ms, () => deliver(bytes));
    }
  }

  #damaged(datagram: Buffer): Buffer {
    const copy = Buffer.from(datagram);
    const at = Math.floor(this.#random.next() * copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(this.#random.next() * 8));
    return copy;
  }
}

function remembered(isRight: (datagram: Buffer) => boolean): (datagram: Buffer) => boolean {
  const known = new WeakMap<Buffer, boolean>();
  return (datagram) => {
    const answer = known.get(datagram) ?? isRight(datagram);
    known.set(datagram, answer);
    return answer;
  };
}
