/** A Basic Header Segment is 48 bytes (RFC 7143, section 11.2.1). */
export const HEADER_BYTES = 48;
export const DIGEST_BYTES = 4;
/** "No tag", "no task": all ones (RFC 7143, section 11.2.1.8 and 11.5.4). */
export const NO_TAG = 0xffffffff;

/** RFC 7143, section 11.2.1.2. Initiator to target below 0x20, target to initiator from there on. */
export const OPCODE = {
  nopOut: 0x00,
  scsiCommand: 0x01,
  taskManagement: 0x02,
  login: 0x03,
  text: 0x04,
  dataOut: 0x05,
  logout: 0x06,
  snack: 0x10,
  nopIn: 0x20,
  scsiResponse: 0x21,
  taskManagementResponse: 0x22,
  loginResponse: 0x23,
  textResponse: 0x24,
  dataIn: 0x25,
  logoutResponse: 0x26,
  readyToTransfer: 0x31,
  asyncMessage: 0x32,
  reject: 0x3f,
} as const;

/** Bit 0x80 of byte 1: the final PDU of its sequence. */
export const FINAL = 0x80;
const IMMEDIATE = 0x40;

/** One PDU as it came: views of the receive buffer, good only until the handler returns. */
export interface Pdu {
  readonly header: Buffer;
  readonly additionalHeader: Buffer;
  readonly data: Buffer;
}

export interface Digests {
  readonly header: boolean;
  readonly data: boolean;
}

export function opcodeOf(header: Buffer): number {
  return (header[0] ?? 0) & 0x3f;
}

export function isImmediate(header: Buffer): boolean {
  return ((header[0] ?? 0) & IMMEDIATE) !== 0;
}

export function isFinal(header: Buffer): boolean {
  return ((header[1] ?? 0) & FINAL) !== 0;
}

export function dataLengthOf(header: Buffer): number {
  return header.readUIntBE(5, 3);
}

export function additionalLengthOf(header: Buffer): number {
  return (header[4] ?? 0) * 4;
}

export function taskTagOf(header: Buffer): number {
  return header.readUInt32BE(16);
}

/** Bytes that fill a data segment up to whole words. */
export function padOf(length: number): number {
  return -length & 3;
}

/** A header of zeros with its opcode and byte 1 set. */
export function newHeader(opcode: number, flags: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES).fill(0);
  header[0] = opcode;
  header[1] = flags;
  return header;
}

/**
 * The LUN field (RFC 7143, section 11.2.1.7; SAM-5, section 4.7.7): single level, peripheral or flat addressing.
 * @returns null for any other form, which no LUN of ours has
 */
export function lunOf(header: Buffer, offset = 8): number | null {
  const first = header[offset] ?? 0;
  const method = first >> 6;
  if (header.readUInt32BE(offset + 4) !== 0 || header.readUInt16BE(offset + 2) !== 0) return null;
  if (method === 1) return ((first & 0x3f) << 8) | (header[offset + 1] ?? 0);
  return first === 0 ? (header[offset + 1] ?? 0) : null;
}

/** Numbers up to 255 by peripheral, up to 16383 by flat addressing: what REPORT LUNS lists. */
export function writeLun(lun: number, into: Buffer, offset: number): void {
  into.writeUInt16BE(lun < 256 ? lun : 0x4000 | lun, offset);
}

/** Serial number arithmetic on 32 bits (RFC 1982): whether `left` comes before `right`. */
export function isBefore(left: number, right: number): boolean {
  return ((left - right) | 0) < 0;
}
