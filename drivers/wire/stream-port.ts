import { createServer, type Server, type Socket } from 'node:net';
import type { Fault } from '../../core/faults/fault.js';
import { FrameSplitter } from './frame-splitter.js';
import { SendQueue } from './send-queue.js';
import { listenOn } from './socket-path.js';
import type { Attach, Deliver, WirePort } from './wire-port.js';

export interface StreamPortEvents {
  /** A peer has connected to the socket: QEMU's NIC is plugged in. */
  connected(): void;
  /** The peer is gone: QEMU ended, or was cut. */
  disconnected(): void;
  /** Something that the peer did; the port goes on listening. */
  noted(fault: Fault): void;
}

export interface StreamPortOptions {
  /** Where the unix socket is made; a stale one is replaced. */
  readonly path: string;
  readonly attach: Attach;
  readonly events: StreamPortEvents;
}

/** A port of the switch that listens for `-netdev stream,server=off,addr.type=unix,addr.path=PATH`. */
export interface StreamPort {
  readonly path: string;
  readonly isConnected: boolean;
  /** Cuts the peer, stops listening and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens before it returns, so that QEMU may be started at once. One peer at a time: a new one takes the place of the
 * old, since a restarted QEMU may be accepted before the end of its predecessor was noticed.
 *
 * @throws FaultError WIRE-001, WIRE-002
 */
export async function openStreamPort(options: StreamPortOptions): Promise<StreamPort> {
  const port = new ListeningPort(options);
  await port.listen();
  return port;
}

class ListeningPort implements StreamPort {
  readonly path: string;
  readonly #events: StreamPortEvents;
  readonly #attach: Attach;
  readonly #server: Server;
  #port: WirePort | null = null;
  #socket: Socket | null = null;
  #queue: SendQueue | null = null;

  constructor(options: StreamPortOptions) {
    this.path = options.path;
    this.#events = options.events;
    this.#attach = options.attach;
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  get isConnected(): boolean {
    return this.#socket !== null;
  }

  async listen(): Promise<void> {
    await listenOn(this.#server, this.path);
    const deliver: Deliver = (frame) => this.#queue?.push(frame) ?? 'unplugged';
    this.#port = this.#attach(deliver);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    const socket = this.#socket;
    // Our own end is no news to whoever asked for it: `disconnected` speaks of the peer.
    this.#socket = null;
    this.#queue = null;
    socket?.destroy();
    this.#port?.close();
    await closed;
  }

  #welcome(socket: Socket): void {
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
    this.#events.noted({ code: 'WIRE-003', kind: 'peer.garbage', port: this.#port?.name ?? this.path, length_bytes });
  }

  #leave(socket: Socket | null): void {
    if (socket === null || this.#socket !== socket) return;
    this.#socket = null;
    this.#queue = null;
    this.#port?.unplugged();
    this.#events.disconnected();
  }
}
