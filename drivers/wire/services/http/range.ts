/** A single byte range as asked for (RFC 9110, section 14.1.2): from a place on, or so many of the last bytes. */
export type Range =
  | { readonly kind: 'from'; readonly first: number; readonly last: number }
  | { readonly kind: 'last'; readonly count: number };

const RANGE = /^bytes[ \t]*=[ \t]*(\d{0,15})-(\d{0,15})$/i;

/** @returns null for what is not one valid byte range: a server ignores that and sends the whole content */
export function parseRange(text: string): Range | null {
  const [, first, last] = RANGE.exec(text) ?? [];
  if (first === undefined || last === undefined || first + last === '') return null;
  if (first === '') return { kind: 'last', count: Number(last) };
  const range = {
    kind: 'from',
    first: Number(first),
    last: last === '' ? Number.MAX_SAFE_INTEGER : Number(last),
  } as const;
  return range.first <= range.last ? range : null;
}

/** Where the answer starts and ends (exclusive) in a content of `size_bytes`; null when none of it is there. */
export function resolveRange(
  range: Range,
  size_bytes: number,
): { readonly start: number; readonly end: number } | null {
  const start = range.kind === 'from' ? range.first : Math.max(0, size_bytes - range.count);
  const end = range.kind === 'from' ? Math.min(size_bytes, range.last + 1) : size_bytes;
  return start < end ? { start, end } : null;
}
