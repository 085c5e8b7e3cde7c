import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Clock } from '../../core/clock.js';
import { Conversation, type Listener } from './conversation.js';
import type { Lies } from './lies.js';

export interface RelayParts {
  readonly clock: Clock;
  readonly listener: Listener;
  readonly lies: Lies;
  /** Whether the BMC has any power itself. */
  readonly isFed: () => boolean;
  /** Where clients come to; 0 for one that is free. */
  readonly port: number;
  /** The simulator's own, asked anew for each packet, since it changes when that is started again. */
  readonly bmcPort: () => number;
}

/** What clients talk to: the simulator, with somebody who reads along. */
export interface Relay {
  /** UDP on 127.0.0.1. */
  readonly port: number;
  close(): void;
}

interface Client {
  readonly socket: Socket;
  readonly conversation: Conversation;
  lastHeardAt: number;
}

const HOST = '127.0.0.1';
/** Sessions end by themselves after a minute of silence. @see IPMI 2.0 rev 1.1, section 6.12.15 */
const IDLE_LIMIT_MS = 90_000;

/** @throws Error of the system when the port is taken */
export async function openRelay(parts: RelayParts): Promise<Relay> {
  const { clock, listener, lies, bmcPort } = parts;
  const clients = new Map<string, Client>();
  const front = createSocket('udp4');
  front.bind(parts.port, HOST);
  await once(front, 'listening');
  let isClosed = false;
  const send = (socket: Socket, bytes: Buffer, port: number): void => {
    if (!isClosed) socket.send(bytes, port, HOST);
  };
  const clientAt = (port: number): Client => {
    const known = clients.get(String(port));
    if (known !== undefined) return known;
    forgetIdle(clients, clock.now());
    const socket = createSocket('udp4');
    const conversation = new Conversation(listener);
    socket.on('message', (bytes) => {
      const told = conversation.fromBmc(bytes);
      const delay_ms = lies.delay_ms();
      if (delay_ms === 0) send(front, told, port);
      else clock.setTimer(delay_ms, () => send(front, told, port));
    });
    // A simulator that is gone is a BMC that says nothing.
    socket.on('error', () => {});
    const client = { socket, conversation, lastHeardAt: clock.now() };
    clients.set(String(port), client);
    return client;
  };
  front.on('error', () => {});
  front.on('message', (bytes, from) => {
    if (!parts.isFed() || lies.isDeaf()) return;
    const client = clientAt(from.port);
    client.lastHeardAt = clock.now();
    const { isForwarded, answer } = client.conversation.fromClient(bytes);
    if (answer !== null) send(front, answer, from.port);
    if (isForwarded) send(client.socket, bytes, bmcPort());
  });
  return {
    port: front.address().port,
    close() {
      isClosed = true;
      front.close();
      for (const { socket } of clients.values()) socket.close();
    },
  };
}

function forgetIdle(clients: Map<string, Client>, now: number): void {
  for (const [key, client] of clients) {
    if (now < client.lastHeardAt + IDLE_LIMIT_MS) continue;
    client.socket.close();
    clients.delete(key);
  }
}
