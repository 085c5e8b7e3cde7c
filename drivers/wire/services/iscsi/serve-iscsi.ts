import type { ByteStream } from '../../byte-stream.js';
import { Connection } from './connection.js';
import type { TargetSet } from './target.js';

/** Serves one initiator's connection (RFC 7143). Every answer is written inside the stream's callbacks. */
export function serveIscsi(stream: ByteStream, targets: TargetSet): void {
  new Connection(stream, targets).open();
}
