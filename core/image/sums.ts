/** The files of checksums that an image directory may have, and the hash of each as OpenSSL calls it. */
export const SUM_FILES = { MD5SUMS: 'md5', SHA1SUMS: 'sha1', B2SUMS: 'blake2b512', SHA256SUMS: 'sha256' } as const;
export type SumFile = keyof typeof SUM_FILES;

/** Digits of each hash. */
const DIGITS: Readonly<Record<SumFile, number>> = { MD5SUMS: 32, SHA1SUMS: 40, B2SUMS: 128, SHA256SUMS: 64 };
const LINE = /^([0-9a-f]+) [ *]([^\n]+)$/;

export function isSumFile(name: string): name is SumFile {
  return Object.hasOwn(SUM_FILES, name);
}

/**
 * What coreutils' md5sum and its siblings write: name -> checksum.
 * @returns a text where it is not that: which line
 */
export function parseSums(file: SumFile, text: string): ReadonlyMap<string, string> | string {
  const sums = new Map<string, string>();
  const lines = text.split('\n');
  if (lines.pop() !== '') return 'its last line is cut off';
  for (const [at, line] of lines.entries()) {
    const [, sum, name] = LINE.exec(line) ?? [];
    if (sum?.length !== DIGITS[file] || name === undefined) return `line ${at + 1} is no checksum and name`;
    if (sums.has(name)) return `line ${at + 1} names a file again`;
    sums.set(name, sum);
  }
  return sums;
}

/** In the order of the names, whatever the order they came in: the same files make the same text. */
export function sumsText(sums: ReadonlyMap<string, string>): string {
  const names = [...sums.keys()].sort();
  return names.map((name) => `${sums.get(name) ?? ''}  ${name}\n`).join('');
}
