import type { Clock } from '../../core/clock.js';
import { assert } from '../../core/unreachable.js';
import { readMac } from './address.js';
import { ETHERNET_HEADER_BYTES } from './frames/ethernet.js';
import { MacTable } from './mac-table.js';
import type { Deliver, FaultHook, PortCounters, SeenFrame, WirePort } from './wire-port.js';

/**
 * An Ethernet switch in user space. A frame is delivered before `send` returns, except that frames sent from within a
 * delivery wait until that delivery is over: a broadcast reaches every port before its answer does.
 */
export interface Switch {
  attach(name: string, deliver: Deliver): WirePort;
  /** Calls `listener` with every frame, in order. @returns ends it */
  onFrame(listener: (seen: SeenFrame) => void): () => void;
  /** At most one hook; null takes it away. Without one the frames' path holds no trace of it. */
  setFaultHook(hook: FaultHook | null): void;
  /** Pulls or plugs a port's cable inside the switch: while cut, nothing comes in or goes out. Also before `attach`. */
  setCut(name: string, isCut: boolean): void;
  /** @returns null when there is no such port */
  counters(name: string): PortCounters | null;
  portNames(): readonly string[];
}

interface Port extends PortCounters {
  readonly name: string;
  readonly deliver: Deliver;
  isOpen: boolean;
  isCut: boolean;
  received_frames: number;
  received_bytes: number;
  sent_frames: number;
  sent_bytes: number;
  dropped_frames: number;
}

interface Waiting {
  readonly from: Port;
  readonly frame: Buffer;
  /** False once a fault rule has decided over it. */
  readonly isFresh: boolean;
}

export function makeSwitch(clock: Clock): Switch {
  return new LearningSwitch(clock);
}

class LearningSwitch implements Switch {
  readonly #clock: Clock;
  readonly #table = new MacTable<Port>();
  readonly #ports = new Map<string, Port>();
  readonly #cuts = new Set<string>();
  /** Iterated for every flooded frame; replaced, never changed, so that a port may close within a delivery. */
  #open: readonly Port[] = [];
  #listeners: readonly ((seen: SeenFrame) => void)[] = [];
  #hook: FaultHook | null = null;
  #isBusy = false;
  readonly #waiting: Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  attach(name: string, deliver: Deliver): WirePort {
    assert(this.#ports.get(name)?.isOpen !== true, `two ports are called ${name}`);
    const port: Port = { name, deliver, isOpen: true, isCut: this.#cuts.has(name), ...NOTHING_YET };
    this.#ports.set(name, port);
    this.#open = [...this.#open, port];
    return {
      name,
      send: (frame) => this.#receive(port, frame, true),
      unplugged: () => this.#table.forgetPort(port),
      close: () => this.#close(port),
    };
  }

  onFrame(listener: (seen: SeenFrame) => void): () => void {
    const own = (seen: SeenFrame): void => listener(seen);
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== own);
    };
  }

  setFaultHook(hook: FaultHook | null): void {
    this.#hook = hook;
  }

  setCut(name: string, isCut: boolean): void {
    if (isCut) this.#cuts.add(name);
    else this.#cuts.delete(name);
    const port = this.#ports.get(name);
    if (port !== undefined) port.isCut = isCut;
  }

  counters(name: string): PortCounters | null {
    const port = this.#ports.get(name);
    if (port === undefined) return null;
    const { received_frames, received_bytes, sent_frames, sent_bytes, dropped_frames } = port;
    return { received_frames, received_bytes, sent_frames, sent_bytes, dropped_frames };
  }

  portNames(): readonly string[] {
    return [...this.#ports.keys()];
  }

  #close(port: Port): void {
    port.isOpen = false;
    this.#table.forgetPort(port);
    this.#open = this.#open.filter((other) => other !== port);
  }

  #receive(from: Port, frame: Buffer, isFresh: boolean): void {
    if (this.#isBusy) {
      this.#waiting.push({ from, frame, isFresh });
      return;
    }
    this.#isBusy = true;
    try {
      this.#admit(from, frame, isFresh);
      // Not shift(): the array grows while it is walked, and moving it for every frame would cost its length.
      for (let next = 0; next < this.#waiting.length; next++) {
        const waiting = this.#waiting[next];
        if (waiting !== undefined) this.#admit(waiting.from, waiting.frame, waiting.isFresh);
      }
    } finally {
      if (this.#waiting.length > 0) this.#waiting.length = 0;
      this.#isBusy = false;
    }
  }

  #admit(from: Port, frame: Buffer, isFresh: boolean): void {
    if (!from.isOpen) return;
    if (isFresh) {
      from.received_frames++;
      from.received_bytes += frame.length;
    }
    // A runt has no addresses to go by, and no wire would carry it.
    if (from.isCut || frame.length < ETHERNET_HEADER_BYTES) {
      from.dropped_frames++;
      return;
    }
    if (isFresh && this.#hook !== null) {
      const verdict = this.#hook(frame, (bytes) => this.#receive(from, bytes, false));
      if (verdict === 'lost') this.#tell({ port: from.name, bytes: frame, at: this.#clock.now(), isLost: true });
      if (verdict !== false) return;
    }
    const now = this.#clock.now();
    if (this.#listeners.length > 0) this.#tell({ port: from.name, bytes: frame, at: now, isLost: false });
    this.#forward(from, frame, now);
  }

  #tell(seen: SeenFrame): void {
    for (const listener of this.#listeners) listener(seen);
  }

  #forward(from: Port, frame: Buffer, now: number): void {
    // The lowest bit of an address's first byte marks a group: never a source, always flooded.
    if (((frame[6] ?? 1) & 1) === 0) this.#table.learn(readMac(frame, 6), from, now);
    const to = ((frame[0] ?? 1) & 1) === 0 ? this.#table.find(readMac(frame, 0), now) : undefined;
    if (to === undefined) {
      for (const port of this.#open) if (port !== from) handOver(port, frame);
    } else if (to !== from) handOver(to, frame);
  }
}

const NOTHING_YET = { received_frames: 0, received_bytes: 0, sent_frames: 0, sent_bytes: 0, dropped_frames: 0 };

function handOver(port: Port, frame: Buffer): void {
  if (!port.isOpen) return;
  const delivery = port.isCut ? 'full' : port.deliver(frame);
  if (delivery === 'full') port.dropped_frames++;
  else if (delivery === 'taken') {
    port.sent_frames++;
    port.sent_bytes += frame.length;
  }
}
