/** RFC 7143, section 6.1: a key is at most 63 characters, of these. */
const KEY = /^[A-Za-z][A-Za-z0-9.\-+@_]{0,62}$/;
/** Far more than any login needs: the largest binary value takes 8 KiB (section 6.1), with a few lists beside it. */
export const MOST_TEXT_BYTES = 65536;

/** Keys in the order they came. */
export type TextPairs = ReadonlyMap<string, string>;

/**
 * `key=value` pairs, each ended by a NUL (RFC 7143, section 6.1).
 * @returns null when it is not such a list, or names a key twice
 */
export function parseText(bytes: Buffer): TextPairs | null {
  const pairs = new Map<string, string>();
  for (const part of bytes.toString('utf8').split('\0')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = part.slice(0, equals < 0 ? 0 : equals);
    if (!KEY.test(key) || pairs.has(key)) return null;
    pairs.set(key, part.slice(equals + 1));
  }
  return pairs;
}

export function encodeText(pairs: Iterable<readonly [string, string]>): Buffer {
  return Buffer.from([...pairs].map(([key, value]) => `${key}=${value}\0`).join(''), 'utf8');
}
