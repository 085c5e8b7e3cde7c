import type { Clock } from '../clock.js';
import type { Bus, BusHost, BusService } from './bus.js';
import { Client, type ClientParts } from './client.js';
import type { Parts } from './frame.js';
import { Hub, type Peer } from './hub.js';
import type { Role } from './role.js';

export type Joining = Pick<ClientParts, 'component' | 'stream' | 'inbox' | 'onWelcome' | 'patience_ms'>;

/** What a wire does with a message: hands it on, at once or later, once, twice or not at all. */
export type Carry = (deliver: () => void) => void;

export interface InProcessBus {
  readonly host: BusHost;
  /** Another component in this process. */
  readonly join: (component: Joining, role?: Role) => Bus;
  readonly close: () => Promise<void>;
}

const AT_ONCE: Carry = (deliver) => deliver();

/** The bus of components that share a process: the same ends, and no wire between. */
export function inProcessBus(parts: {
  readonly service: BusService;
  readonly clock: Clock;
  readonly carry?: Carry;
}): InProcessBus {
  const { service, clock, carry = AT_ONCE } = parts;
  const clients = new Set<Client>();
  const publish = async (message: Parts): Promise<void> => {
    for (const client of clients) carry(() => client.received(message));
  };
  const host = new Hub({ service, clock, publish });
  return {
    host,
    join(component, role = 'admin') {
      let peer: Peer | null = null;
      const send = (message: Parts): void => {
        const from = peer;
        if (from !== null) carry(() => host.received(from, message));
      };
      const client = new Client({ ...component, clock, send, address: 'this process' });
      peer = { role, send: (message) => carry(() => client.received(message)) };
      clients.add(client);
      return client;
    },
    async close() {
      for (const client of clients) await client.close();
      clients.clear();
      await host.close();
    },
  };
}
