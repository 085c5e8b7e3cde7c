import { createHash, timingSafeEqual } from 'node:crypto';
import type { ChapConfig } from './target-config.js';
import type { TextPairs } from './text.js';

/** CHAP_A (RFC 7143, section 12.1.3; RFC 1994 and the IANA registry for SHA-1 and SHA-256). */
const ALGORITHMS: Readonly<Record<string, string>> = { '5': 'md5', '6': 'sha1', '7': 'sha256' };
const CHALLENGE_BYTES = 16;
/** RFC 7143, section 12.1.3: a challenge is at most 1024 bytes. */
const MOST_CHALLENGE_BYTES = 1024;

export type ChapStep =
  | { readonly kind: 'answer'; readonly pairs: readonly (readonly [string, string])[] }
  /** The initiator has proved itself; `pairs` prove us where it asked for that. */
  | { readonly kind: 'proved'; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: 'refused' };

const REFUSED: ChapStep = { kind: 'refused' };

/** The target's side of one CHAP exchange. No secret leaves it, and no response but the one that the peer is due. */
export class Chap {
  readonly #config: ChapConfig;
  readonly #randomBytes: (length: number) => Buffer;
  #challenge: Buffer | null = null;
  #identifier = 0;
  #algorithm = 'md5';

  constructor(config: ChapConfig, randomBytes: (length: number) => Buffer) {
    this.#config = config;
    this.#randomBytes = randomBytes;
  }

  step(pairs: TextPairs): ChapStep {
    return this.#challenge === null ? this.#begin(pairs) : this.#verify(pairs, this.#challenge);
  }

  #begin(pairs: TextPairs): ChapStep {
    const chosen = pairs
      .get('CHAP_A')
      ?.split(',')
      .find((number) => Object.hasOwn(ALGORITHMS, number));
    if (chosen === undefined) return REFUSED;
    this.#algorithm = ALGORITHMS[chosen] ?? 'md5';
    this.#identifier = this.#randomBytes(1)[0] ?? 0;
    this.#challenge = this.#randomBytes(CHALLENGE_BYTES);
    return {
      kind: 'answer',
      pairs: [
        ['CHAP_A', chosen],
        ['CHAP_I', String(this.#identifier)],
        ['CHAP_C', `0x${this.#challenge.toString('hex')}`],
      ],
    };
  }

  #verify(pairs: TextPairs, challenge: Buffer): ChapStep {
    const response = binaryValue(pairs.get('CHAP_R') ?? '');
    const due = this.#response(this.#identifier, this.#config.secret, challenge);
    if (response === null || response.length !== due.length || !timingSafeEqual(response, due)) return REFUSED;
    if (pairs.get('CHAP_N') !== this.#config.user) return REFUSED;
    const asked = pairs.get('CHAP_C');
    return asked === undefined
      ? { kind: 'proved', pairs: [] }
      : this.#prove(pairs.get('CHAP_I') ?? '', asked, challenge);
  }

  #prove(identifier: string, asked: string, ours: Buffer): ChapStep {
    const { mutual } = this.#config;
    const theirs = binaryValue(asked);
    if (mutual === undefined || theirs === null || theirs.length > MOST_CHALLENGE_BYTES) return REFUSED;
    // A challenge that is our own one reflected would have us answer ourselves (RFC 7143, section 9.2.1).
    if (!/^\d{1,3}$/.test(identifier) || Number(identifier) > 255 || theirs.equals(ours)) return REFUSED;
    const response = this.#response(Number(identifier), mutual.secret, theirs);
    return {
      kind: 'proved',
      pairs: [
        ['CHAP_N', mutual.user],
        ['CHAP_R', `0x${response.toString('hex')}`],
      ],
    };
  }

  /** RFC 1994, section 4.1: the hash over identifier, secret and challenge. */
  #response(identifier: number, secret: string, challenge: Buffer): Buffer {
    return createHash(this.#algorithm)
      .update(Buffer.from([identifier]))
      .update(secret, 'utf8')
      .update(challenge)
      .digest();
  }
}

/** `0x...` hexadecimal or `0b...` base64 (RFC 7143, section 6.1). */
function binaryValue(text: string): Buffer | null {
  if (/^0x([0-9a-f]{2})+$/i.test(text)) return Buffer.from(text.slice(2), 'hex');
  if (/^0b[0-9a-z+/]+={0,2}$/i.test(text)) return Buffer.from(text.slice(2), 'base64');
  return null;
}
