import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { SerialLine } from '../../core/ports/machine-room.js';

export interface SolLine {
  /** TCP on 127.0.0.1, where the simulator comes for the serial line. */
  readonly port: number;
  close(): void;
}

/** What came while the simulator was not there: a whole boot of the firmware and its loaders is a tenth of it. */
const KEPT_BYTES = 64 * 1024;

/**
 * Listens before the simulator is started, which looks for the line only each ten seconds (measured): so none of the
 * first bytes is lost. What comes while it is not there is kept for it.
 */
export async function openSolLine(line: SerialLine): Promise<SolLine> {
  let reader: Socket | null = null;
  let kept = Buffer.alloc(0);
  const server = createServer((socket) => {
    reader?.destroy();
    reader = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (bytes) => line.write(bytes));
    socket.on('close', () => {
      if (reader === socket) reader = null;
    });
    socket.write(kept);
    kept = Buffer.alloc(0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = line.onOutput((bytes) => {
    if (reader !== null) reader.write(bytes);
    else kept = Buffer.concat([kept, bytes]).subarray(-KEPT_BYTES);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      stop();
      reader?.destroy();
      server.close();
    },
  };
}
