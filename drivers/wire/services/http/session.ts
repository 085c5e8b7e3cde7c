import type { ByteStream } from '../../byte-stream.js';
import { headOf, statusText, type Status } from './answer.js';
import { resolveRange } from './range.js';
import { parseRequest, type Request } from './request.js';
import type { HttpContent, HttpFiles, HttpRefusal, HttpService, HttpStream } from './service.js';

/** Room for any head that firmware or curl sends; Apache and nginx draw the line at 8 KiB as well. */
const MOST_HEAD_BYTES = 8192;
/** What is posted here are lines; more is nobody we know. */
const MOST_BODY_BYTES = 4096;
/** A piece is read when there is room for it: this bounds what a slow client holds beyond the stream's mark. */
const PIECE_BYTES = 64 * 1024;
/** The empty line, and the end of the line before it. */
const HEAD_END = /\r?\n\r?\n/;

/** An answer on its way: what of the content is still to be sent. */
type Sending =
  | { readonly content: HttpContent; offset: number; readonly end: number; readonly isKept: boolean }
  | { readonly chunks: AsyncIterator<Uint8Array>; left_bytes: number; isPulling: boolean; readonly isKept: boolean };
type Streaming = Extract<Sending, { chunks: unknown }>;

export class Session {
  readonly #stream: ByteStream;
  readonly #served: HttpFiles | HttpService;
  #pending: Buffer = Buffer.alloc(0);
  /** Content of a request that is still to come and that nobody reads. */
  #skipped_bytes = 0;
  /** A request whose content is read and has not come in whole. */
  #posting: Request | null = null;
  #sending: Sending | null = null;
  /** The stream's send buffer is over its mark. */
  #isFull = false;
  /** The client has said all it will. */
  #isFinished = false;
  #isClosing = false;

  constructor(stream: ByteStream, served: HttpFiles | HttpService) {
    this.#stream = stream;
    this.#served = served;
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

  gone(): void {
    this.#isClosing = true;
    this.#leave();
  }

  /** Sends and answers while there is room; heads and first pieces leave together. */
  #proceed(): void {
    this.#stream.cork();
    while (!this.#isClosing && !this.#isFull) {
      if (this.#sending !== null) {
        if (!this.#sendPiece(this.#sending)) break;
      } else if (!this.#takeRequest()) break;
    }
    if (this.#isFinished && this.#sending === null && !this.#isFull) this.#close();
    this.#stream.uncork();
  }

  /** @returns false when there is nothing whole to answer */
  #takeRequest(): boolean {
    if (this.#posting !== null) return this.#takeBody(this.#posting);
    const head = this.#takeHead();
    if (head === null) return false;
    this.#answer(head);
    return true;
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
    const isPosting = request.method === 'POST' && typeof this.#served !== 'function';
    if (isPosting && request.body_bytes > MOST_BODY_BYTES) return this.#refuse(413);
    if (isPosting) {
      this.#posting = request;
      return;
    }
    this.#skipped_bytes = request.body_bytes;
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#say(405, request, this.#allowed());
    const found = this.#get(request);
    if (found === null) this.#say(404, request, '');
    else this.#give(found, request);
  }

  #takeBody(request: Request): boolean {
    if (this.#pending.length < request.body_bytes) return false;
    const body = this.#pending.subarray(0, request.body_bytes);
    this.#pending = this.#pending.subarray(request.body_bytes);
    this.#posting = null;
    if (typeof this.#served !== 'function')
      this.#give(this.#served.post(request.path, body, this.#caller(request)), request);
    return true;
  }

  #get(request: Request): HttpContent | HttpStream | HttpRefusal | null {
    const { path } = request;
    return typeof this.#served === 'function' ? this.#served(path) : this.#served.get(path, this.#caller(request));
  }

  #caller({ bearer }: Request) {
    return { address: this.#stream.remote.address, bearer };
  }

  #allowed(): string {
    return `Allow: GET, HEAD${typeof this.#served === 'function' ? '' : ', POST'}\r\n`;
  }

  #give(found: HttpContent | HttpStream | HttpRefusal, request: Request): void {
    if ('status' in found) this.#say(found.status, request, found.status === 405 ? this.#allowed() : '');
    else if ('chunks' in found) this.#giveStream(found, request);
    else this.#giveContent(found, request);
  }

  #giveStream({ size_bytes, mediaType, chunks }: HttpStream, { method, isKept }: Request): void {
    this.#write(headOf(200, { length: size_bytes, fields: typeField(mediaType), isKept }));
    if (method === 'HEAD') {
      if (!isKept) this.#close();
      return;
    }
    const iterator = chunks[Symbol.asyncIterator]();
    this.#sending = { chunks: iterator, left_bytes: size_bytes, isPulling: false, isKept };
  }

  #giveContent(content: HttpContent, request: Request): void {
    const { size_bytes } = content;
    const { isKept } = request;
    const part = request.range === null ? { start: 0, end: size_bytes } : resolveRange(request.range, size_bytes);
    if (part === null) return this.#say(416, request, `Content-Range: bytes */${size_bytes}\r\n`);
    const fields = [
      typeField(content.mediaType),
      'Accept-Ranges: bytes\r\n',
      request.range === null ? '' : `Content-Range: bytes ${part.start}-${part.end - 1}/${size_bytes}\r\n`,
    ].join('');
    const length = part.end - part.start;
    this.#write(headOf(request.range === null ? 200 : 206, { length, fields, isKept }));
    const end = request.method === 'HEAD' ? part.start : part.end;
    this.#sending = { content, offset: part.start, end, isKept };
  }

  /** @returns false when what comes next has to be waited for */
  #sendPiece(sending: Sending): boolean {
    if ('chunks' in sending) return this.#pull(sending);
    const length = Math.min(PIECE_BYTES, sending.end - sending.offset);
    const piece = sending.content.read(sending.offset, length);
    if (piece.length !== length) {
      this.#tear();
      return false;
    }
    sending.offset += length;
    this.#write(piece);
    if (sending.offset >= sending.end) this.#sent(sending);
    return true;
  }

  #pull(sending: Streaming): boolean {
    if (sending.left_bytes === 0) {
      this.#leave();
      this.#sent(sending);
      return true;
    }
    if (sending.isPulling) return false;
    sending.isPulling = true;
    sending.chunks.next().then(
      (next) => {
        sending.isPulling = false;
        if (this.#isClosing) return;
        // A source that ends early or says too much is not what was announced: the client must not take it for that.
        if (next.done === true || next.value.length > sending.left_bytes) return this.#tear();
        sending.left_bytes -= next.value.length;
        this.#write(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length));
        this.#proceed();
      },
      () => this.#tear(),
    );
    return false;
  }

  #sent({ isKept }: Sending): void {
    this.#sending = null;
    if (!isKept) this.#close();
  }

  /** Lets a source go that nobody reads from any more. */
  #leave(): void {
    if (this.#sending === null || !('chunks' in this.#sending)) return;
    const { chunks } = this.#sending;
    this.#sending = null;
    // A source that fails while it is let go has nobody left to tell.
    void chunks.return?.().catch(() => {});
  }

  #tear(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#leave();
    this.#stream.abort();
  }

  #refuse(status: Status): void {
    this.#say(status, { method: 'GET', isKept: false }, '');
  }

  #say(status: Status, request: { readonly method: string; readonly isKept: boolean }, fields: string): void {
    const body = statusText(status);
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

function typeField(mediaType = 'application/octet-stream'): string {
  return `Content-Type: ${mediaType}\r\n`;
}
