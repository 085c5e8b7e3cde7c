import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { FaultError } from '../../../core/faults/fault.js';

type Deliver = (datagram: Buffer, from: RemoteInfo) => void;
type Sent = (error: Error | null, bytes?: number) => void;

/**
 * The socket that net-snmp's agent is given instead of one that it makes. Its own always takes a port that was named,
 * lets an exception out of a handler, where it ends the process, and cannot be told to keep silent.
 */
export interface AgentSocket extends AsyncDisposable {
  readonly port: number;
  /** What the library calls `dgram`. */
  readonly module: { createSocket(): LibrarySocket };
  send(datagram: Buffer, to: RemoteInfo): void;
}

interface LibrarySocket {
  on(event: string, listener: Deliver): void;
  bind(): void;
  send(...sending: readonly [Buffer, number, number, number, string, Sent]): void;
  close(): void;
  address(): { readonly port: number };
}

export interface AgentSocketAsked {
  readonly address: string;
  /** 0: the kernel chooses. */
  readonly port: number;
  /** Sees each datagram first and hands on those that the agent is to answer. */
  readonly onDatagram: (datagram: Buffer, from: RemoteInfo, deliver: Deliver) => void;
}

/** @throws FaultError PDU-016 when the port is not to be had */
export async function openAgentSocket({ address, port, onDatagram }: AgentSocketAsked): Promise<AgentSocket> {
  const socket = createSocket('udp4');
  await bound(socket, address, port);
  const bind = socket.address();
  let deliver: Deliver = () => {};
  let isOpen = true;
  socket.on('message', (datagram, from) => onDatagram(datagram, from, deliver));
  // Nobody to tell: whoever asked gets no answer, as from any agent.
  socket.on('error', () => {});
  const send = (datagram: Buffer, to: Pick<RemoteInfo, 'port' | 'address'>): void => {
    if (isOpen) socket.send(datagram, to.port, to.address, () => {});
  };
  const library: LibrarySocket = {
    on(event, listener) {
      if (event === 'message') deliver = listener;
    },
    bind: () => {},
    send: (...[datagram, , , to, host]) => send(datagram, { port: to, address: host }),
    close: () => {},
    address: () => bind,
  };
  return {
    port: bind.port,
    module: { createSocket: () => library },
    send,
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      await new Promise<void>((resolve) => void socket.close(resolve));
    },
  };
}

function bound(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      reject(new FaultError({ code: 'PDU-016', kind: 'agent.portTaken', address, port, why }));
    });
    socket.bind(port, address, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
}
