import { randomUUID } from 'node:crypto';
import type { Dealer, Subscriber } from 'zeromq';
import type { Bus, BusCounts, Inbox, Listening, Watching, Welcome } from '../../core/bus/bus.js';
import { Client } from '../../core/bus/client.js';
import type { Role } from '../../core/bus/role.js';
import type { Payload, Topic } from '../../core/bus/topics.js';
import type { Clock } from '../../core/clock.js';
import { endpointOf, textOf, type BusAddress } from './address.js';
import type { ComponentKeys } from './keychain.js';
import { loadZeroMq, RECEIVE_TIMEOUT_MS, SOCKET_OPTIONS, type ZeroMq } from './load.js';
import { Outlet, receiving, textParts } from './pump.js';

export interface JoinParts {
  readonly address: BusAddress;
  readonly clock: Clock;
  /** What the others call this component. */
  readonly component: string;
  /** What it wants to do; with keys what they are good for is the most. */
  readonly role: Role;
  readonly keys?: ComponentKeys | null;
  /** Takes letters from the engine. */
  readonly inbox?: Inbox;
  readonly patience_ms?: number;
}

/** Another component's end of a bus. It is there at once; `welcome` says whether an engine is. */
export async function joinBus(parts: JoinParts): Promise<Bus> {
  return new ZmqBus(await loadZeroMq(), parts);
}

class ZmqBus implements Bus {
  readonly #zmq: ZeroMq;
  readonly #parts: JoinParts;
  readonly #client: Client;
  readonly #dealer: Dealer;
  #subscriber: Subscriber | null = null;

  constructor(zmq: ZeroMq, parts: JoinParts) {
    const { address, clock, component, role, inbox, patience_ms } = parts;
    this.#zmq = zmq;
    this.#parts = parts;
    // What is said while nobody is there is kept here and not in the socket, where it would pile up.
    const options = { ...this.#options(), immediate: true, receiveTimeout: RECEIVE_TIMEOUT_MS };
    this.#dealer = new zmq.Dealer(options);
    const outlet = new Outlet(this.#dealer);
    this.#client = new Client({
      clock,
      component,
      address: textOf(address),
      stream: `${component}-${randomUUID()}`,
      send: (message) => outlet.send([...message]),
      ...(inbox === undefined ? {} : { inbox }),
      ...(patience_ms === undefined ? {} : { patience_ms }),
    });
    this.#connect(this.#dealer, endpointOf(address, role));
  }

  get counts(): BusCounts {
    return this.#client.counts;
  }

  welcome(): Promise<Welcome> {
    return this.#client.welcome();
  }

  send<T extends Topic>(topic: T, payload: Payload<T>): Promise<void> {
    return this.#client.send(topic, payload);
  }

  watch(watching: Watching): () => void {
    this.#subscribe();
    return this.#client.watch(watching);
  }

  listen(listening: Listening): () => void {
    return this.#client.listen(listening);
  }

  async close(): Promise<void> {
    await this.#client.close();
    this.#dealer.close();
    this.#subscriber?.close();
  }

  /** Only those who watch are sent all that happens. */
  #subscribe(): void {
    if (this.#subscriber !== null) return;
    this.#subscriber = new this.#zmq.Subscriber({ ...this.#options(), receiveTimeout: RECEIVE_TIMEOUT_MS });
    this.#subscriber.subscribe();
    this.#connect(this.#subscriber, endpointOf(this.#parts.address, 'events'));
  }

  #connect(socket: Dealer | Subscriber, endpoint: string): void {
    const refused = (): void => {
      this.#client.fail({ code: 'BUS-006', kind: 'key.refused', address: textOf(this.#parts.address) });
      socket.close();
    };
    socket.events.on('handshake:error:auth', refused);
    socket.events.on('handshake:error:protocol', refused);
    socket.connect(endpoint);
    void receiving(socket, (message) => this.#client.received(textParts(message)));
  }

  #options() {
    const { keys = null } = this.#parts;
    const common = { ...SOCKET_OPTIONS, linger: 0 };
    if (keys === null) return common;
    const { publicKey, secretKey, rackKey } = keys;
    return { ...common, curvePublicKey: publicKey, curveSecretKey: secretKey, curveServerKey: rackKey };
  }
}
