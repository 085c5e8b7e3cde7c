/** Room for a name of 63 bytes and the end of its line, within one sector: a label is written whole or not at all. */
export const LABEL_BYTES = 64;

/** What `/etc/metalrig-image` holds: the image's name on its first line, filled up with empty ones. */
export function labelBytes(name: string): Buffer {
  const bytes = Buffer.alloc(LABEL_BYTES, '\n');
  bytes.write(name, 0, LABEL_BYTES - 1, 'latin1');
  return bytes;
}
