import { readMac, type Mac } from '../address.js';

/** RFC 2131, section 2: op to file, before the magic cookie. */
const FIXED_BYTES = 236;
const MAGIC_COOKIE = 0x63825363;
const OPTION = { pad: 0, messageType: 53, vendorClass: 60, userClass: 77, end: 255 } as const;

/** @see RFC 2132, section 9.6 */
export const DHCP_MESSAGES = ['discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'] as const;
export type DhcpMessageName = (typeof DHCP_MESSAGES)[number];

export interface DhcpMessage {
  readonly isFromClient: boolean;
  readonly transaction: number;
  readonly client: Mac;
  readonly message: DhcpMessageName;
  readonly vendorClass: string;
  readonly userClass: string;
}

/**
 * What an onlooker needs of a DHCP message; the service has a codec of its own.
 *
 * @returns null when it is not one, or its options run over the end
 */
export function readDhcpMessage(payload: Buffer): DhcpMessage | null {
  if (payload.length < FIXED_BYTES + 4 || payload.readUInt32BE(FIXED_BYTES) !== MAGIC_COOKIE) return null;
  const options = readOptions(payload);
  const message = DHCP_MESSAGES[(options?.get(OPTION.messageType)?.at(0) ?? 0) - 1];
  if (options === null || message === undefined) return null;
  return {
    isFromClient: payload.readUInt8(0) === 1,
    transaction: payload.readUInt32BE(4),
    client: readMac(payload, 28),
    message,
    vendorClass: options.get(OPTION.vendorClass)?.toString('latin1') ?? '',
    userClass: options.get(OPTION.userClass)?.toString('latin1') ?? '',
  };
}

function readOptions(payload: Buffer): ReadonlyMap<number, Buffer> | null {
  const options = new Map<number, Buffer>();
  for (let at = FIXED_BYTES + 4; at < payload.length; ) {
    const code = payload.readUInt8(at);
    if (code === OPTION.end) break;
    const length = code === OPTION.pad ? -1 : (payload.at(at + 1) ?? 256);
    if (at + 2 + length > payload.length) return null;
    if (code !== OPTION.pad) options.set(code, payload.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}
