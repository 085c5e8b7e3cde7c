import { createServer, type Server } from 'node:net';
import { PeerPort, type StreamPortEvents } from './peer-port.js';
import { listenOn } from './socket-path.js';
import type { Attach } from './wire-port.js';

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
  readonly #server: Server;
  readonly #peer: PeerPort;

  constructor(options: StreamPortOptions) {
    this.path = options.path;
    this.#peer = new PeerPort(options);
    this.#server = createServer((socket) => this.#peer.welcome(socket));
  }

  get isConnected(): boolean {
    return this.#peer.isConnected;
  }

  async listen(): Promise<void> {
    await listenOn(this.#server, this.path);
    this.#peer.attach();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#peer.close();
    await closed;
  }
}
