const UNITS_BYTES: Readonly<Record<string, number>> = {
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A whole number and its unit: a disk maker's, by thousands, or binary. */
export const SIZE = /^(\d{1,6})(MB|GB|TB|MiB|GiB|TiB)$/;

/** `1GB`, `64MiB` in bytes; null for anything else. */
export function sizeOf(text: string): number | null {
  const [, digits = '', unit = ''] = SIZE.exec(text) ?? [];
  const unit_bytes = UNITS_BYTES[unit];
  return unit_bytes === undefined ? null : Number(digits) * unit_bytes;
}
