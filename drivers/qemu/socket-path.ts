import { FaultError } from '../../core/faults/fault.js';

/** sun_path has 108 bytes, the last of them a NUL. @see unix(7) */
const LIMIT_BYTES = 107;

/** @throws FaultError QMU-006 when the path does not fit into a Unix socket's address */
export function checkedSocketPath(path: string): string {
  const length_bytes = Buffer.byteLength(path);
  if (length_bytes <= LIMIT_BYTES) return path;
  throw new FaultError({
    code: 'QMU-006',
    kind: 'socket.pathTooLong',
    path,
    length_bytes,
    limit_bytes: LIMIT_BYTES,
  });
}
