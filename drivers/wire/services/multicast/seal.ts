import { createHmac, timingSafeEqual } from 'node:crypto';
import { TAG_BYTES } from './message.js';

/** A session's key at work: what does not bear its tag was not said by anybody of the session. */
export interface Seal {
  /** Fills the last 16 bytes of the datagram with its tag. */
  readonly seal: (datagram: Buffer) => Buffer;
  readonly isRight: (datagram: Buffer) => boolean;
}

/** HMAC-SHA-256 (RFC 2104), cut to 128 bits as in RFC 4868, section 2.3. */
export function makeSeal(key: Buffer): Seal {
  const tag = (datagram: Buffer): Buffer =>
    createHmac('sha256', key)
      .update(datagram.subarray(0, datagram.length - TAG_BYTES))
      .digest();
  return {
    seal(datagram) {
      tag(datagram).copy(datagram, datagram.length - TAG_BYTES, 0, TAG_BYTES);
      return datagram;
    },
    isRight(datagram) {
      if (datagram.length < TAG_BYTES) return false;
      return timingSafeEqual(tag(datagram).subarray(0, TAG_BYTES), datagram.subarray(-TAG_BYTES));
    },
  };
}
