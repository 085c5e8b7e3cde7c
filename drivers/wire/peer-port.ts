import type { Socket } from 'node:net';
import type { Fault } from '../../core/faults/fault.js';
import { FrameSplitter } from './frame-splitter.js';
import { SendQueue } from './send-queue.js';
import type { Attach, Deliver, WirePort } from './wire-port.js';

export interface StreamPortEvents {
  /** A peer has connected to the socket: QEMU's NIC is plugged in. */
  connected(): void;
  /** The peer is gone: QEMU ended, or was cut. */
  disconnected(): void;
  /** Something that the peer did; the port goes on listening. */
  noted(fault: Fault): void;
}

export interface PeerPortOptions {
  readonly path: string;
  readonly attach: Attach;
  readonly events: StreamPortEvents;
}

/** A port of the switch with a QEMU at the other end of a socket, whoever of the two has called. */
export class PeerPort {
  readonly #path: string;
  readonly #events: StreamPortEvents;
  readonly #attach: Attach;
  #port: WirePort | null = null;
  #socket: Socket | null = null;
  #queue: SendQueue | null = null;

  constructor({ path, attach, events }: PeerPortOptions) {
    this.#path = path;
    this.#attach = attach;
    this.#events = events;
  }

  get isConnected(): boolean {
    return this.#socket !== null;
  }

  attach(): void {
    const deliver: Deliver = (frame) => this.#queue?.push(frame) ?? 'unplugged';
    this.#port = this.#attach(deliver);
  }

  /** Our own end is no news to whoever asked for it: `disconnected` speaks of the peer. */
  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#queue = null;
    socket?.destroy();
    this.#port?.close();
  }

  /** Takes the place of the peer that there was. */
  welcome(socket: Socket): void {
    this.#socket?.destroy();
    this.#leave(this.#socket);
    this.#socket = socket;
    this.#queue = new SendQueue(socket);
    const splitter = new FrameSplitter((frame) => this.#port?.send(frame));
    socket.on('data', (chunk) => {
      const length_bytes = splitter.push(chunk);
      if (length_bytes !== null) this.#cutOff(socket, length_bytes);
    });
    // A reset is an end like any other; 'close' follows it.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#leave(socket));
    this.#events.connected();
  }

  #cutOff(socket: Socket, length_bytes: number): void {
    socket.destroy();
    this.#events.noted({ code: 'WIRE-003', kind: 'peer.garbage', port: this.#port?.name ?? this.#path, length_bytes });
  }

  #leave(socket: Socket | null): void {
    if (socket === null || this.#socket !== socket) return;
    this.#socket = null;
    this.#queue = null;
    this.#port?.unplugged();
    this.#events.disconnected();
  }
}
