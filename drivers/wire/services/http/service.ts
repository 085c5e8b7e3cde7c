import type { Status } from './answer.js';

/** Something to serve. */
export interface HttpContent {
  readonly size_bytes: number;
  /** As in RFC 9110, section 8.3; `application/octet-stream` when it is not given. */
  readonly mediaType?: string;
  /** Exactly `length` bytes, which must not change any more; fewer if they can't be had: the connection is reset. */
  read(offset: number, length: number): Buffer;
}

/** Something to serve that comes as it is read, once and from its beginning: no part of it can be asked for. */
export interface HttpStream {
  readonly size_bytes: number;
  readonly mediaType?: string;
  /**
   * Asked for the next one when the client has room; a chunk is held whole, so 1 MiB is large. When the sum is not
   * `size_bytes`, or reading fails, the connection is reset. Ended early (`return`) when the client goes away.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface HttpRefusal {
  readonly status: Extract<Status, 400 | 403 | 404 | 405 | 409>;
}

/** Who asks, as far as the connection and the request tell. */
export interface HttpCaller {
  /** The peer's address without its port: `10.99.0.101`. */
  readonly address: string;
  /** What follows `Bearer` in the Authorization field (RFC 6750, section 2.1); null when there is none. */
  readonly bearer: string | null;
}

/** What answers requests. Paths are percent-decoded, start with a slash, and have lost their query. Never throws. */
export interface HttpService {
  get(path: string, caller: HttpCaller): HttpContent | HttpStream | HttpRefusal;
  /** @param body at most 4 KiB: more is refused before it gets here */
  post(path: string, body: Buffer, caller: HttpCaller): HttpContent | HttpRefusal;
}

/** What there is under a path (percent-decoded, starting with a slash, without the query); null when nothing is. */
export type HttpFiles = (path: string) => HttpContent | null;

export function contentOf(bytes: Buffer, mediaType?: string): HttpContent {
  const read = (offset: number, length: number): Buffer => bytes.subarray(offset, offset + length);
  return { size_bytes: bytes.length, read, ...(mediaType === undefined ? {} : { mediaType }) };
}
