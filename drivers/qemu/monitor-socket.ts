import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { FaultError } from '../../core/faults/fault.js';
import { checkedSocketPath } from './socket-path.js';

export interface MonitorSocket {
  /** QEMU's connection; stays pending when it never comes. */
  readonly connected: Promise<Socket>;
  /** For when QEMU has ended: comes when all that it sent was read, and the listener and its file are gone. */
  drained(): Promise<void>;
}

/**
 * Listens where QEMU will connect its monitor to. The other way round we would have to try until its socket is there.
 * @throws FaultError QMU-006 (path too long), QMU-007 (occupied, or not to be created)
 */
export async function listenForMonitor(path: string): Promise<MonitorSocket> {
  const server = createServer();
  let socket: Socket | null = null;
  const connected = new Promise<Socket>((resolve) => {
    server.once('connection', (connection) => {
      socket = connection;
      // One QEMU, one connection: closing the listener also removes the socket file.
      server.close();
      resolve(connection);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      reject(new FaultError({ code: 'QMU-007', kind: 'socket.occupied', path, why }, error));
    });
    server.listen(checkedSocketPath(path), resolve);
  });
  return {
    connected,
    async drained() {
      server.close();
      if (socket === null || socket.closed) return;
      await once(socket, 'close');
    },
  };
}
