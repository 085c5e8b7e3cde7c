/** One RMCP+ packet. @see IPMI 2.0 rev 1.1, table 13-8 */
export interface RmcpPacket {
  readonly payloadType: number;
  readonly isEncrypted: boolean;
  readonly isAuthenticated: boolean;
  readonly session: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

/** @see IPMI 2.0 rev 1.1, table 13-16 */
export const PAYLOAD = {
  ipmi: 0x00,
  openRequest: 0x10,
  openResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
} as const;

const HEADER_BYTES = 16;
/** RMCP version 1, no acknowledgement, class IPMI. @see table 13-1 */
const RMCP_HEADER = [0x06, 0x00, 0xff, 0x07];
const FORMAT_RMCP_PLUS = 0x06;
const ENCRYPTED = 0x80;
const AUTHENTICATED = 0x40;
const NEXT_HEADER = 0x07;
/** HMAC-SHA1-96. */
const AUTHCODE_BYTES = 12;

/** @returns null for whatever is no whole RMCP+ packet: ASF, IPMI 1.5, OEM payloads, noise */
export function readRmcp(datagram: Buffer): RmcpPacket | null {
  if (datagram.length < HEADER_BYTES || datagram[3] !== 0x07 || datagram[4] !== FORMAT_RMCP_PLUS) return null;
  const type = datagram.readUInt8(5);
  const length = datagram.readUInt16LE(14);
  // An explicit OEM payload has six more bytes of header.
  if ((type & 0x3f) === 0x02 || datagram.length < HEADER_BYTES + length) return null;
  return {
    payloadType: type & 0x3f,
    isEncrypted: (type & ENCRYPTED) !== 0,
    isAuthenticated: (type & AUTHENTICATED) !== 0,
    session: datagram.readUInt32LE(6),
    sequence: datagram.readUInt32LE(10),
    payload: datagram.subarray(HEADER_BYTES, HEADER_BYTES + length),
  };
}

/** @param sign gives the integrity check value over what is handed in; called for authenticated packets */
export function writeRmcp(packet: RmcpPacket, sign: (signed: Buffer) => Buffer): Buffer {
  const { payloadType, isEncrypted, isAuthenticated, session, sequence, payload } = packet;
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([...RMCP_HEADER, FORMAT_RMCP_PLUS]);
  header.writeUInt8(payloadType | (isEncrypted ? ENCRYPTED : 0) | (isAuthenticated ? AUTHENTICATED : 0), 5);
  header.writeUInt32LE(session, 6);
  header.writeUInt32LE(sequence, 10);
  header.writeUInt16LE(payload.length, 14);
  const bare = Buffer.concat([header, payload]);
  if (!isAuthenticated) return bare;
  // What is signed begins behind the RMCP header, and its length is a multiple of four. @see section 13.28.4
  const padding = (4 - ((bare.length - RMCP_HEADER.length + 2) % 4)) % 4;
  const whole = Buffer.concat([bare, Buffer.alloc(padding, 0xff), Buffer.from([padding, NEXT_HEADER])]);
  return Buffer.concat([whole, sign(whole.subarray(RMCP_HEADER.length)).subarray(0, AUTHCODE_BYTES)]);
}

/** An IPMI message within a session. @see IPMI 2.0 rev 1.1, section 13.8 */
export interface IpmiMessage {
  readonly netFn: number;
  readonly sequence: number;
  readonly command: number;
  /** Of a response the first byte is the completion code. */
  readonly data: Buffer;
}

/** @returns null when it is too short to be one */
export function readMessage(payload: Buffer): IpmiMessage | null {
  if (payload.length < 7) return null;
  return {
    netFn: payload.readUInt8(1) >> 2,
    sequence: payload.readUInt8(4) >> 2,
    command: payload.readUInt8(5),
    data: payload.subarray(6, -1),
  };
}

/** The same message with other data. */
export function withData(payload: Buffer, data: Uint8Array): Buffer {
  const body = Buffer.concat([payload.subarray(0, 6), data]);
  const sum = body.subarray(3).reduce((total, byte) => total + byte, 0);
  return Buffer.concat([body, Buffer.from([-sum & 0xff])]);
}
