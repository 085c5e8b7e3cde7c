import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { FaultError } from '../../core/faults/fault.js';

/** sockaddr_un holds 108 bytes with its closing zero (Linux, unix(7)); a longer path would be cut short in silence. */
const LONGEST_PATH_BYTES = 107;

/**
 * Listens on a unix socket path. A socket that nobody listens on any more (its process was killed) is replaced;
 * a file of any other kind is left alone.
 *
 * @throws FaultError WIRE-001 when the path is in use, WIRE-002 when it can't be used
 */
export async function listenOn(server: Server, path: string): Promise<void> {
  const length_bytes = Buffer.byteLength(path);
  if (length_bytes > LONGEST_PATH_BYTES) {
    throw unusable(path, `${length_bytes} bytes are more than the ${LONGEST_PATH_BYTES} that a socket path may have`);
  }
  const first = await attempt(server, path);
  if (first === null) return;
  if (codeOf(first) !== 'EADDRINUSE') throw unusable(path, codeOf(first), first);
  if (!(await isStale(path))) throw new FaultError({ code: 'WIRE-001', kind: 'socket.occupied', path }, first);
  await unlink(path).catch(() => undefined);
  const second = await attempt(server, path);
  if (second !== null) throw unusable(path, codeOf(second), second);
}

function unusable(path: string, why: string, cause?: unknown): FaultError {
  return new FaultError({ code: 'WIRE-002', kind: 'socket.unusable', path, why }, cause);
}

/** @returns null once it listens, else the error */
function attempt(server: Server, path: string): Promise<Error | null> {
  return new Promise((done) => {
    const failed = (error: Error): void => done(error);
    server.once('error', failed);
    server.listen(path, () => {
      server.off('error', failed);
      done(null);
    });
  });
}

async function isStale(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => null);
  if (status === null || !status.isSocket()) return false;
  return await new Promise((done) => {
    const caller = connect(path);
    caller.once('connect', () => {
      caller.destroy();
      done(false);
    });
    caller.once('error', (error) => done(codeOf(error) === 'ECONNREFUSED'));
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
