/** RFC 1350, section 5; OACK is RFC 2347's. */
export const OPCODE = { readRequest: 1, writeRequest: 2, data: 3, ack: 4, error: 5, optionAck: 6 } as const;

/** RFC 1350, appendix; 8 is RFC 2347's. */
export const ERROR = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  unknownTransfer: 5,
  optionRefused: 8,
} as const;

/** Names in lower case, as RFC 2347 compares them without case; the first of two of one name counts. */
export type TftpOptions = ReadonlyMap<string, string>;

/** What a client sends. */
export type TftpPacket =
  | {
      readonly kind: 'read' | 'write';
      readonly file: string;
      /** In lower case: `octet`, `netascii`, `mail`. */
      readonly mode: string;
      readonly options: TftpOptions;
    }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly text: string }
  /** Any other operation: DATA and OACK have no business at a server that only reads. */
  | { readonly kind: 'other' };

/** @returns null when the bytes are no TFTP packet */
export function parseTftp(bytes: Buffer): TftpPacket | null {
  if (bytes.length < 4) return null;
  const opcode = bytes.readUInt16BE(0);
  if (opcode === OPCODE.ack) return { kind: 'ack', block: bytes.readUInt16BE(2) };
  if (opcode === OPCODE.error) return { kind: 'error', code: bytes.readUInt16BE(2), text: errorText(bytes) };
  if (opcode === OPCODE.readRequest || opcode === OPCODE.writeRequest) return parseRequest(bytes, opcode);
  return { kind: 'other' };
}

export function requestPacket(file: string, mode: string, options: TftpOptions): Buffer {
  const words = [file, mode, ...[...options].flat()];
  return Buffer.concat([short(OPCODE.readRequest), ...words.map((word) => Buffer.from(`${word}\0`, 'latin1'))]);
}

/** @param block the number of RFC 1350: its low 16 bits go out */
export function ackPacket(block: number): Buffer {
  return Buffer.concat([short(OPCODE.ack), short(block)]);
}

/** @param block the number of RFC 1350: its low 16 bits go out */
export function dataPacket(block: number, data: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(4 + data.length);
  bytes.writeUInt16BE(OPCODE.data, 0);
  bytes.writeUInt16BE(block & 0xffff, 2);
  data.copy(bytes, 4);
  return bytes;
}

export function errorPacket(code: number, text: string): Buffer {
  return Buffer.concat([short(OPCODE.error), short(code), Buffer.from(`${text}\0`, 'latin1')]);
}

export function optionAckPacket(options: TftpOptions): Buffer {
  const words = [...options].flat().map((word) => `${word}\0`);
  return Buffer.concat([short(OPCODE.optionAck), Buffer.from(words.join(''), 'latin1')]);
}

function short(value: number): Buffer {
  return Buffer.from([(value >>> 8) & 0xff, value & 0xff]);
}

function errorText(bytes: Buffer): string {
  return bytes.toString('latin1', 4).replace(/\0.*$/s, '');
}

function parseRequest(bytes: Buffer, opcode: number): TftpPacket | null {
  // Every word ends in a NUL; what stands after the last one is cut off.
  const [file, mode, ...rest] = bytes.toString('latin1', 2).split('\0').slice(0, -1);
  if (file === undefined || mode === undefined || file === '') return null;
  const options = new Map<string, string>();
  for (let index = 0; index + 1 < rest.length; index += 2) {
    const [name = '', value = ''] = rest.slice(index, index + 2);
    if (name !== '' && !options.has(name.toLowerCase())) options.set(name.toLowerCase(), value);
  }
  return { kind: opcode === OPCODE.readRequest ? 'read' : 'write', file, mode: mode.toLowerCase(), options };
}
