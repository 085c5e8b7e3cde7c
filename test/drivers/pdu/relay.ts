import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What is done to a datagram on its way; null: it is lost. */
export type Meddle = (datagram: Buffer, way: 'there' | 'back') => Buffer | null;

export interface Relay extends AsyncDisposable {
  readonly port: number;
}

/** Stands between a client and an agent on loopback, and meddles with what they say. */
export async function openRelay(agentPort: number, meddle: Meddle): Promise<Relay> {
  const front = await openSocket();
  const back = await openSocket();
  let clientPort = 0;
  front.on('message', (datagram, from) => {
    clientPort = from.port;
    const sent = meddle(datagram, 'there');
    if (sent !== null) back.send(sent, agentPort, '127.0.0.1');
  });
  back.on('message', (datagram) => {
    const sent = meddle(datagram, 'back');
    if (sent !== null) front.send(sent, clientPort, '127.0.0.1');
  });
  return {
    port: front.address().port,
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [front, back].map((socket) => new Promise<void>((resolve) => void socket.close(() => resolve()))),
      );
    },
  };
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
