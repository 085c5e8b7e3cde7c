/** What one datagram carries of the image: with headers and tag it stays below an Ethernet MTU of 1,500 (1,468). */
export const BLOCK_BYTES = 1408;
/** Blocks of a window: what a receiver lacks of it is eight bytes, so one status tells of very many windows. */
export const WINDOW_BLOCKS = 64;
export const WINDOW_BYTES = BLOCK_BYTES * WINDOW_BLOCKS;
/** One bit a block of a window, the lowest bit of the first byte for block 0. */
export const BITMAP_BYTES = WINDOW_BLOCKS / 8;
/** Windows that a status can tell of. */
export const MOST_STATUS_WINDOWS = 128;

/** 96 bits of session number and type, 128 bits of tag at the end. */
export const SESSION_BYTES = 8;
export const HEADER_BYTES = 12;
export const DATA_HEADER_BYTES = HEADER_BYTES + 4;
export const TAG_BYTES = 16;
const MAGIC = 0x6d;

export const TYPE = { data: 1, poll: 2, notice: 3, join: 4, status: 5, leave: 6 } as const;

/** What the sender says to one receiver, or to all of them. */
export const NOTICE = { accepted: 0, complete: 1, late: 2, dropped: 3, aborted: 4 } as const;
/** The address of a notice that is meant for all. */
export const EVERYBODY = 0xffff;

/** How a receiver stands: still at it, has all and its SHA-256 is right, has all and it is wrong. */
export const STANDING = { receiving: 0, complete: 1, damaged: 2 } as const;

/** What a receiver says. `receiver` is a number of the plan, below 65,535. */
export type ReceiverMessage =
  | { readonly kind: 'join'; readonly receiver: number; readonly capacity_windows: number }
  | {
      readonly kind: 'status';
      readonly receiver: number;
      /** The last poll that it heard. */
      readonly poll: number;
      /** Its first window that is not whole. */
      readonly base: number;
      /** Windows that it has passed on and needs no room for any more. */
      readonly delivered: number;
      readonly standing: number;
      /** BITMAP_BYTES for each window from `base` on, a bit for each block that it lacks. A view. */
      readonly lacks: Buffer;
    }
  | { readonly kind: 'leave'; readonly receiver: number; readonly reason: number };

/** What the sender says. */
export type SenderMessage =
  | { readonly kind: 'data'; readonly window: number; readonly block: number; readonly payload: Buffer }
  | {
      readonly kind: 'poll';
      readonly poll: number;
      /** Windows that were sent until now: each receiver tells what it lacks of these. */
      readonly sent_windows: number;
      /** Null while the end is not known. */
      readonly end: StreamEnd | null;
    }
  | { readonly kind: 'notice'; readonly receiver: number; readonly notice: number };

export interface StreamEnd {
  readonly size_bytes: number;
  readonly sha256: Buffer;
}

export type Message = ReceiverMessage | SenderMessage;

/** Whole windows and the started one of a stream of that size. */
export function windowsOf(size_bytes: number): number {
  return Math.ceil(size_bytes / WINDOW_BYTES);
}

/** Blocks of a window of such a stream; 64 but for the last one. */
export function blocksOf(window: number, size_bytes: number): number {
  const left_bytes = size_bytes - window * WINDOW_BYTES;
  return Math.max(0, Math.min(WINDOW_BLOCKS, Math.ceil(left_bytes / BLOCK_BYTES)));
}

/** An unsealed datagram: header and body are there, the tag's room is empty. */
export function encode(message: Message, session: Buffer): Buffer {
  switch (message.kind) {
    case 'data':
      return dataDatagram(message, session);
    case 'poll':
      return pollDatagram(message, session);
    case 'notice':
      return withWords(TYPE.notice, message.receiver, { session, words: [message.notice] });
    case 'join':
      return withWords(TYPE.join, message.receiver, { session, words: [message.capacity_windows] });
    case 'leave':
      return withWords(TYPE.leave, message.receiver, { session, words: [message.reason] });
    case 'status': {
      const words = [message.poll, message.base, message.delivered, message.standing];
      return withWords(TYPE.status, message.receiver, { session, words, rest: message.lacks });
    }
  }
}

function dataDatagram(message: Extract<Message, { kind: 'data' }>, session: Buffer): Buffer {
  const { window, block, payload } = message;
  return withWords(TYPE.data, block, { session, words: [window], rest: payload });
}

function pollDatagram({ poll, sent_windows, end }: Extract<Message, { kind: 'poll' }>, session: Buffer): Buffer {
  const size_bytes = end?.size_bytes ?? 0;
  const words = [poll, sent_windows, Math.floor(size_bytes / 2 ** 32), size_bytes >>> 0];
  const rest = end?.sha256 ?? Buffer.alloc(32);
  return withWords(TYPE.poll, end === null ? 0 : 1, { session, words, rest });
}

interface Body {
  readonly session: Buffer;
  readonly words: readonly number[];
  readonly rest?: Buffer;
}

function withWords(type: number, subject: number, { session, words, rest }: Body): Buffer {
  const words_bytes = 4 * words.length;
  const datagram = Buffer.allocUnsafe(HEADER_BYTES + words_bytes + (rest?.length ?? 0) + TAG_BYTES);
  datagram[0] = MAGIC;
  datagram[1] = type;
  datagram.writeUInt16BE(subject, 2);
  session.copy(datagram, 4);
  words.forEach((word, index) => datagram.writeUInt32BE(word, HEADER_BYTES + 4 * index));
  rest?.copy(datagram, HEADER_BYTES + words_bytes);
  return datagram;
}

/**
 * Reads a datagram whose tag was found right.
 *
 * @returns null when it is none of this session, or not well formed
 */
export function decode(datagram: Buffer, session: Buffer): Message | null {
  const body = bodyOf(datagram, session);
  if (body === null) return null;
  const subject = datagram.readUInt16BE(2);
  const word = (index: number): number => body.readUInt32BE(4 * index);
  switch (datagram.readUInt8(1)) {
    case TYPE.data:
      return readData(body, subject);
    case TYPE.poll:
      return readPoll(body, subject);
    case TYPE.notice:
      return body.length === 4 ? { kind: 'notice', receiver: subject, notice: word(0) } : null;
    case TYPE.join:
      return body.length === 4 ? { kind: 'join', receiver: subject, capacity_windows: word(0) } : null;
    case TYPE.leave:
      return body.length === 4 ? { kind: 'leave', receiver: subject, reason: word(0) } : null;
    case TYPE.status:
      return readStatus(body, subject);
    default:
      return null;
  }
}

function bodyOf(datagram: Buffer, session: Buffer): Buffer | null {
  if (datagram.length < HEADER_BYTES + 4 + TAG_BYTES || datagram[0] !== MAGIC) return null;
  if (!datagram.subarray(4, HEADER_BYTES).equals(session)) return null;
  return datagram.subarray(HEADER_BYTES, datagram.length - TAG_BYTES);
}

function readData(body: Buffer, block: number): Message | null {
  const size_bytes = body.length - 4;
  if (block >= WINDOW_BLOCKS || size_bytes < 1 || size_bytes > BLOCK_BYTES) return null;
  return { kind: 'data', window: body.readUInt32BE(0), block, payload: body.subarray(4) };
}

function readPoll(body: Buffer, flags: number): Message | null {
  if (body.length !== 48 || flags > 1) return null;
  const size_bytes = body.readUInt32BE(8) * 2 ** 32 + body.readUInt32BE(12);
  if (!Number.isSafeInteger(size_bytes)) return null;
  const end = flags === 0 ? null : { size_bytes, sha256: body.subarray(16) };
  return { kind: 'poll', poll: body.readUInt32BE(0), sent_windows: body.readUInt32BE(4), end };
}

function readStatus(body: Buffer, receiver: number): Message | null {
  const lacks_bytes = body.length - 16;
  if (lacks_bytes < 0 || lacks_bytes % BITMAP_BYTES !== 0) return null;
  if (lacks_bytes > MOST_STATUS_WINDOWS * BITMAP_BYTES) return null;
  const [poll, base, delivered, standing] = [0, 4, 8, 12].map((at) => body.readUInt32BE(at));
  if (poll === undefined || base === undefined || delivered === undefined || standing === undefined) return null;
  if (delivered > base || standing > STANDING.damaged) return null;
  return { kind: 'status', receiver, poll, base, delivered, standing, lacks: body.subarray(16) };
}
