/** A file as TFTP reads it: any part, at once. */
export interface TftpFile {
  readonly size_bytes: number;
  /** @returns exactly `length` bytes; never asked for any beyond `size_bytes` */
  read(offset: number, length: number): Buffer;
}

/** A file that is held in memory. */
export function fileOf(bytes: Buffer): TftpFile {
  return { size_bytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Beyond it a translated file is not held in memory: netascii is for texts, and no boot file asks for it. */
const LONGEST_NETASCII_BYTES = 1 << 20;

/** @returns the file with line ends as netascii has them (RFC 1350, section 2; RFC 764), null when it is over 1 MiB */
export function netascii(file: TftpFile): TftpFile | null {
  if (file.size_bytes > LONGEST_NETASCII_BYTES) return null;
  const text = file.read(0, file.size_bytes).toString('latin1');
  return fileOf(
    Buffer.from(
      text.replace(/\r|\n/g, (end) => (end === '\n' ? '\r\n' : '\r\0')),
      'latin1',
    ),
  );
}
