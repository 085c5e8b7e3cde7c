import type { Ipv4 } from '../../address.js';

/** The options that we read or write, by the names of RFC 2132 and of the RFC given beside each later one. */
export const OPTION = {
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  hostName: 12,
  domainName: 15,
  rootPath: 17,
  broadcastAddress: 28,
  vendorSpecific: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootFileName: 67,
  /** RFC 3004 */
  userClass: 77,
  /** RFC 3046 */
  relayAgentInformation: 82,
  /** RFC 4578, section 2.1 */
  clientArchitecture: 93,
  /** RFC 4578, section 2.2 */
  clientInterface: 94,
  /** RFC 4578, section 2.3 */
  clientMachine: 97,
  /** https://ipxe.org/howto/dhcpd: options of iPXE's own, encapsulated. */
  ipxe: 175,
  /** iPXE's `initiator-iqn` */
  initiatorName: 203,
} as const;

/** Sub-options of option 175 (https://ipxe.org/cfg). */
export const IPXE_OPTION = { priority: 1, noPxeDhcp: 176 } as const;

/** Sub-options of option 43 as the PXE specification 2.1 (table 2-1) has them. */
export const PXE_OPTION = { discoveryControl: 6 } as const;

/** Values of option 53 (RFC 2132, section 9.6). */
export const MESSAGE_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

export type DhcpOptions = ReadonlyMap<number, Buffer>;

/** @returns null when the option is not there or has not the length of one address */
export function addressOption(options: DhcpOptions, code: number): Ipv4 | null {
  const value = options.get(code);
  return value?.length === 4 ? (value.readUInt32BE(0) as Ipv4) : null;
}

/** @returns null when the option is not there or is not one byte */
export function byteOption(options: DhcpOptions, code: number): number | null {
  const value = options.get(code);
  return value?.length === 1 ? value.readUInt8(0) : null;
}

/** @returns '' when the option is not there; trailing NULs, which some clients send, are taken off (RFC 2132, 2) */
export function textOption(options: DhcpOptions, code: number): string {
  return options.get(code)?.toString('latin1').replace(/\0+$/, '') ?? '';
}

/** One or more addresses one after the other, as options 1, 3, 6, 28 and 54 want them. */
export function addressBytes(...addresses: readonly Ipv4[]): Buffer {
  const bytes = Buffer.alloc(4 * addresses.length);
  addresses.forEach((address, index) => bytes.writeUInt32BE(address, 4 * index));
  return bytes;
}

/** A span of time for options 51, 58 and 59. */
export function secondsBytes(span_s: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.min(Math.floor(span_s), 0xffffffff));
  return bytes;
}

/** Options within an option (43 and 175): code, length, value, and nothing to end them. */
export function encapsulated(options: DhcpOptions): Buffer {
  return Buffer.concat([...options].flatMap(([code, value]) => [Buffer.from([code, value.length]), value]));
}

/**
 * The user classes in option 77. RFC 3004 has a length before each; iPXE sends the bare word, so where the lengths do
 * not add up the whole value is one class.
 */
export function userClasses(options: DhcpOptions): readonly string[] {
  const value = options.get(OPTION.userClass);
  if (value === undefined) return [];
  const classes: string[] = [];
  let at = 0;
  while (at < value.length) {
    const end = at + 1 + value.readUInt8(at);
    if (end === at + 1 || end > value.length) return [value.toString('latin1')];
    classes.push(value.toString('latin1', at + 1, end));
    at = end;
  }
  return classes;
}
