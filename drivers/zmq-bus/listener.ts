import type { Context, Publisher, Router } from 'zeromq';
import type { Parts } from '../../core/bus/frame.js';
import type { Hub } from '../../core/bus/hub.js';
import type { Role } from '../../core/bus/role.js';
import { FaultError } from '../../core/faults/fault.js';
import { endpointOf, NEEDED, SOCKETS, textOf, type BusAddress, type SocketName } from './address.js';
import { Gate } from './gate.js';
import type { RackKeys } from './keychain.js';
import { RECEIVE_TIMEOUT_MS, SOCKET_OPTIONS, type ZeroMq } from './load.js';
import { Outlet, receiving, textParts } from './pump.js';

export interface ListenerParts {
  readonly zmq: ZeroMq;
  readonly hub: Hub;
  readonly address: BusAddress;
  readonly keys: RackKeys | null;
}

/** An acknowledgement is sent before a rack that was told to end is gone. */
const LINGER_MS = 300;
/** Messages for one watcher who is slow; what is beyond it has to fetch. */
const EVENTS_MOST = 500;

/** The four sockets at one address. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #context: Context;
  #gate: Gate | null = null;
  #address: BusAddress;
  #routers: Router[] = [];
  #publisher: Publisher | null = null;
  #isClosed = false;

  private constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#address = parts.address;
    this.#context = new parts.zmq.Context();
  }

  /** @throws FaultError BUS-013 */
  static async open(parts: ListenerParts): Promise<Listener> {
    const { zmq, keys } = parts;
    const listener = new Listener(parts);
    if (keys !== null) listener.#gate = await Gate.open(zmq, listener.#context, keys);
    try {
      await listener.#bind();
      return listener;
    } catch (thrown) {
      listener.close();
      throw thrown;
    }
  }

  /** With the port that was chosen. */
  get address(): BusAddress {
    return this.#address;
  }

  async publish(parts: Parts): Promise<void> {
    // A publisher never waits: what a slow watcher has no room for is dropped.
    await this.#publisher?.send([...parts]).catch(() => {});
  }

  /**
   * Sends those away whose key was revoked: everybody's connection ends, and who may comes back at once.
   * @returns whether it listens; libzmq gives a port back some time after its socket was closed, so ask again
   */
  async sift(): Promise<boolean> {
    const isListening = this.#publisher !== null;
    if (isListening && this.#gate?.hasOutcast() !== true) return true;
    this.#closeSockets();
    try {
      await this.#bind();
      if (this.#isClosed) this.#closeSockets();
      return true;
    } catch (thrown) {
      this.#closeSockets();
      if (thrown instanceof FaultError) return false;
      throw thrown;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#closeSockets();
    this.#gate?.close();
  }

  #closeSockets(): void {
    for (const socket of [...this.#routers, this.#publisher]) socket?.close();
    this.#routers = [];
    this.#publisher = null;
  }

  async #bind(): Promise<void> {
    const { zmq } = this.#parts;
    for (const socket of SOCKETS) {
      const options = this.#options(socket);
      const endpoint = this.#endpoint(socket);
      if (socket === 'events') {
        const publisher = new zmq.Publisher({ ...options, sendHighWaterMark: EVENTS_MOST });
        this.#publisher = publisher;
        await bound(publisher, endpoint, this.#address);
      } else {
        const router = new zmq.Router({ ...options, receiveTimeout: RECEIVE_TIMEOUT_MS });
        this.#routers.push(router);
        await bound(router, endpoint, this.#address);
        this.#address = chosen(this.#address, router.lastEndpoint);
        this.#receive(router, NEEDED[socket]);
      }
    }
  }

  #endpoint(socket: SocketName): string {
    const { way } = this.#address;
    return way === 'tcp' && this.#address.port === 0
      ? `tcp://${this.#address.host}:*`
      : endpointOf(this.#address, socket);
  }

  #options(zapDomain: SocketName) {
    const common = { ...SOCKET_OPTIONS, context: this.#context, linger: LINGER_MS };
    const { keys } = this.#parts;
    return keys === null ? common : { ...common, curveServer: true, curveSecretKey: keys.secretKey, zapDomain };
  }

  #receive(router: Router, role: Role): void {
    const { hub } = this.#parts;
    const outlet = new Outlet(router);
    void receiving(router, ([id, ...message]) => {
      if (id === undefined) return;
      const send = (parts: Parts): void => outlet.send([id, ...parts]);
      hub.received({ role, send }, textParts(message));
    });
  }
}

async function bound(socket: Router | Publisher, endpoint: string, address: BusAddress): Promise<void> {
  try {
    await socket.bind(endpoint);
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'BUS-013', kind: 'address.taken', address: textOf(address), why }, thrown);
  }
}

function chosen(address: BusAddress, endpoint: string | null): BusAddress {
  if (address.way !== 'tcp' || address.port !== 0) return address;
  return { ...address, port: Number(/:(\d+)$/.exec(endpoint ?? '')?.[1] ?? 0) };
}
