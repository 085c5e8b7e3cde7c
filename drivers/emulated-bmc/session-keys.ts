import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** What both ends of a session of RAKP-HMAC-SHA1 derive from the password and what they have told each other. */
export interface SessionKeys {
  readonly integrity: Buffer;
  readonly confidentiality: Buffer;
}

export interface KeyFacts {
  readonly password: string;
  readonly consoleRandom: Buffer;
  readonly bmcRandom: Buffer;
  /** The requested privilege as its byte in RAKP message 1. */
  readonly role: number;
  readonly user: Buffer;
}

/** IPMI 2.0's passwords have 20 bytes, filled up with zeros. */
const KEY_BYTES = 20;
const BLOCK_BYTES = 16;

/** @see IPMI 2.0 rev 1.1, sections 13.31 and 13.32 */
export function sessionKeys({ password, consoleRandom, bmcRandom, role, user }: KeyFacts): SessionKeys {
  const key = Buffer.alloc(KEY_BYTES);
  key.write(password, 'latin1');
  const told = Buffer.concat([consoleRandom, bmcRandom, Buffer.from([role, user.length]), user]);
  const session = hmac(key, told);
  return {
    integrity: hmac(session, Buffer.alloc(KEY_BYTES, 1)),
    confidentiality: hmac(session, Buffer.alloc(KEY_BYTES, 2)).subarray(0, BLOCK_BYTES),
  };
}

export function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha1', key).update(data).digest();
}

/** @returns null for what was not encrypted with that key. @see IPMI 2.0 rev 1.1, section 13.29 */
export function decrypt(key: Buffer, payload: Buffer): Buffer | null {
  const body = payload.subarray(BLOCK_BYTES);
  if (body.length === 0 || body.length % BLOCK_BYTES !== 0) return null;
  const cipher = createDecipheriv('aes-128-cbc', key, payload.subarray(0, BLOCK_BYTES)).setAutoPadding(false);
  const plain = Buffer.concat([cipher.update(body), cipher.final()]);
  const padding = plain.at(-1) ?? 0;
  return padding < BLOCK_BYTES ? plain.subarray(0, plain.length - 1 - padding) : null;
}

export function encrypt(key: Buffer, plain: Buffer): Buffer {
  const padding = (BLOCK_BYTES - ((plain.length + 1) % BLOCK_BYTES)) % BLOCK_BYTES;
  const filled = Buffer.concat([
    plain,
    Buffer.from(Array.from({ length: padding }, (_, at) => at + 1)),
    Buffer.from([padding]),
  ]);
  const start = randomBytes(BLOCK_BYTES);
  const cipher = createCipheriv('aes-128-cbc', key, start).setAutoPadding(false);
  return Buffer.concat([start, cipher.update(filled), cipher.final()]);
}
