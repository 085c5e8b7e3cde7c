import type { ByteStream } from '../../byte-stream.js';
import { resolveRange } from './range.js';
import { parseRequest } from './request.js';

/** Something to serve. */
export interface HttpContent {
  readonly size_bytes: number;
  /** As in RFC 9110, section 8.3; `application/octet-stream` when it is not given. */
  readonly mediaType?: string;
  /** Exactly `length` bytes, which must not change any more; fewer if they can't be had: the connection is reset. */
  read(offset: number, length: number): Buffer;
}

/** What there is under a path (percent-decoded, starting with a slash, without the query); null when nothing is. */
export type HttpFiles = (path: string) => HttpContent | null;

/** Room for any head that firmware or curl sends; Apache and nginx draw the line at 8 KiB as well. */
const MOST_HEAD_BYTES = 8192;
/** A piece is read when there is room for it: this bounds what a slow client holds beyond the stream's mark. */
const PIECE_BYTES = 64 * 1024;
/** The empty line, and the end of the line before it. */
const HEAD_END = /\r?\n\r?\n/;

const REASONS = {
  200: 'OK',
  206: 'Partial Content',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  416: 'Range Not Satisfiable',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
} as const;
type Status = keyof typeof REASONS;

/**
 * Serves one connection by HTTP/1.1 (RFC 9110, RFC 9112): GET and HEAD, single ranges, requests one after the other.
 * A name is only ever looked up by `files`, so that no path leads anywhere else.
 */
export function serveHttp(stream: ByteStream, files: HttpFiles): void {
  const session = new Session(stream, files);
  stream.onData((bytes) => session.receive(bytes));
  stream.onDrain(() => session.drained());
  stream.onEnd(() => session.finish());
}

/** An answer on its way: what of the content is still to be sent. */
interface Sending {
  readonly content: HttpContent;
  offset: number;
  readonly end: number;
  readonly isKept: boolean;
}

class Session {
  readonly #stream: ByteStream;
  readonly #files: HttpFiles;
  #pending: Buffer = Buffer.alloc(0);
  /** Content of a request that is still to come and that nobody reads. */
  #skipped_bytes = 0;
  #sending: Sending | null = null;
  /** The stream's send buffer is over its mark. */
  #isFull = false;
  /** The client has said all it will. */
  #isFinished = false;
  #isClosing = false;

  constructor(stream: ByteStream, files: HttpFiles) {
    this.#stream = stream;
    this.#files = files;
  }

  receive(bytes: Buffer): void {
    if (this.#isClosing) return;
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#proceed();
  }

  drained(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#stream.resume();
    this.#proceed();
  }

  finish(): void {
    this.#isFinished = true;
    this.#proceed();
  }

  /** Sends and answers while there is room; heads and first pieces leave together. */
  #proceed(): void {
    this.#stream.cork();
    while (!this.#isClosing && !this.#isFull) {
      if (this.#sending !== null) {
        this.#sendPiece(this.#sending);
      } else {
        const head = this.#takeHead();
        if (head === null) break;
        this.#answer(head);
      }
    }
    if (this.#isFinished && this.#sending === null && !this.#isFull) this.#close();
    this.#stream.uncork();
  }

  /** @returns null when the head has not come in whole, or was refused */
  #takeHead(): string | null {
    const skipped_bytes = Math.min(this.#skipped_bytes, this.#pending.length);
    this.#pending = this.#pending.subarray(skipped_bytes);
    this.#skipped_bytes -= skipped_bytes;
    const text = this.#pending.toString('latin1', 0, MOST_HEAD_BYTES);
    // An empty line or two before a request are let pass (RFC 9112, section 2.2).
    const start = /^(?:\r?\n)*/.exec(text)?.[0].length ?? 0;
    if (start > 0) {
      this.#pending = this.#pending.subarray(start);
      return this.#takeHead();
    }
    const match = HEAD_END.exec(text);
    if (match !== null) {
      this.#pending = this.#pending.subarray(match.index + match[0].length);
      return text.slice(0, match.index);
    }
    if (text.length >= MOST_HEAD_BYTES) this.#refuse(431);
    return null;
  }

  #answer(head: string): void {
    const request = parseRequest(head);
    if (typeof request === 'number') return this.#refuse(request);
    this.#skipped_bytes = request.body_bytes;
    const isHead = request.method === 'HEAD';
    if (request.method !== 'GET' && !isHead) {
      return this.#say(405, request, 'Allow: GET, HEAD\r\n');
    }
    const content = this.#files(request.path);
    if (content === null) return this.#say(404, request, '');
    const { size_bytes } = content;
    const part = request.range === null ? { start: 0, end: size_bytes } : resolveRange(request.range, size_bytes);
    if (part === null) return this.#say(416, request, `Content-Range: bytes */${size_bytes}\r\n`);
    const fields = [
      `Content-Type: ${content.mediaType ?? 'application/octet-stream'}\r\n`,
      'Accept-Ranges: bytes\r\n',
      request.range === null ? '' : `Content-Range: bytes ${part.start}-${part.end - 1}/${size_bytes}\r\n`,
    ].join('');
    const length = part.end - part.start;
    this.#write(headOf(request.range === null ? 200 : 206, { length, fields, isKept: request.isKept }));
    this.#sending = { content, offset: part.start, end: isHead ? part.start : part.end, isKept: request.isKept };
  }

  #sendPiece(sending: Sending): void {
    const length = Math.min(PIECE_BYTES, sending.end - sending.offset);
    const piece = sending.content.read(sending.offset, length);
    if (piece.length !== length) {
      this.#isClosing = true;
      this.#stream.abort();
      return;
    }
    sending.offset += length;
    this.#write(piece);
    if (sending.offset < sending.end) return;
    this.#sending = null;
    if (!sending.isKept) this.#close();
  }

  #refuse(status: Status): void {
    this.#say(status, { method: 'GET', isKept: false }, '');
  }

  #say(status: Status, request: { readonly method: string; readonly isKept: boolean }, fields: string): void {
    const body = Buffer.from(`${status} ${REASONS[status]}\n`, 'latin1');
    const all = `Content-Type: text/plain\r\n${fields}`;
    const head = headOf(status, { length: body.length, fields: all, isKept: request.isKept });
    this.#write(request.method === 'HEAD' ? head : Buffer.concat([head, body]));
    if (!request.isKept) this.#close();
  }

  /** A client that asks on while it does not take its answers waits in the stream, not here. */
  #write(bytes: Buffer): void {
    if (this.#stream.write(bytes) || this.#isFull) return;
    this.#isFull = true;
    this.#stream.pause();
  }

  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#pending = Buffer.alloc(0);
    this.#stream.end();
    // What still comes is read and thrown away, so that our FIN and the answer are not lost to a reset.
    this.#stream.resume();
  }
}

function headOf(status: Status, head: { length: number; fields: string; isKept: boolean }): Buffer {
  const { length, fields, isKept } = head;
  const connection = isKept ? 'keep-alive' : 'close';
  const first = `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Length: ${length}\r\n`;
  return Buffer.from(`${first}${fields}Connection: ${connection}\r\n\r\n`, 'latin1');
}
