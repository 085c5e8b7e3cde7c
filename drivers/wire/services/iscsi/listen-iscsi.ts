import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { FaultError } from '../../../../core/faults/fault.js';
import { nodeStream } from '../../node-stream.js';
import { serveIscsi } from './serve-iscsi.js';
import type { TargetSet } from './target.js';

export interface IscsiListener {
  readonly host: string;
  /** The port that was given, or that the host chose for 0. */
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Serves targets on an ordinary TCP port.
 * @throws FaultError LUN-010 when it cannot be listened on
 */
export async function listenIscsi(options: {
  readonly host: string;
  readonly port: number;
  readonly targets: TargetSet;
}): Promise<IscsiListener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveIscsi(nodeStream(socket), options.targets);
  });
  await listening(server, options);
  const address = server.address();
  return {
    host: options.host,
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listening(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new FaultError({ code: 'LUN-010', kind: 'portal.taken', host, port, why: error.message }, error));
    });
    server.listen(port, host, () => resolve());
  });
}
