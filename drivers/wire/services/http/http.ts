import type { ByteStream } from '../../byte-stream.js';
import type { HttpFiles, HttpService } from './service.js';
import { Session } from './session.js';

export type { HttpContent, HttpFiles } from './service.js';

/**
 * Serves one connection by HTTP/1.1 (RFC 9110, RFC 9112): requests one after the other, GET and HEAD with single
 * ranges, and POST where a service takes it. A name is only ever looked up, so that no path leads anywhere else.
 */
export function serveHttp(stream: ByteStream, served: HttpFiles | HttpService): void {
  const session = new Session(stream, served);
  stream.onData((bytes) => session.receive(bytes));
  stream.onDrain(() => session.drained());
  stream.onEnd(() => session.finish());
  stream.onClose(() => session.gone());
}
