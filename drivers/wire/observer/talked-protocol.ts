import { ETHER_TYPE } from '../frames/ethernet.js';
import { IP_PROTOCOL } from '../frames/ipv4.js';

/** What a frame is of, as far as a glance at it tells. */
export type TalkedProtocol = 'arp' | 'dhcp' | 'tftp' | 'http' | 'iscsi' | 'tcp' | 'udp' | 'icmp' | 'ipv6' | 'other';

const BY_UDP_PORT: ReadonlyMap<number, TalkedProtocol> = new Map([
  [67, 'dhcp'],
  [68, 'dhcp'],
  [69, 'tftp'],
]);
const BY_TCP_PORT: ReadonlyMap<number, TalkedProtocol> = new Map([
  [80, 'http'],
  [3260, 'iscsi'],
]);
/** Ports that our TFTP server answers transfers from; only a transfer's first datagram goes to port 69. */
const TRANSFER_PORTS = { first: 49_152, last: 49_183 };
/** RFC 1350, section 5, and RFC 2347. */
const TFTP_OPCODES = { first: 1, last: 6 };

/** Straight from the bytes, without anything being checked: a capture of hundreds of megabytes is told apart by it. */
export function protocolOf(bytes: Buffer, at: number, endAt: number): TalkedProtocol {
  if (at + 14 > endAt) return 'other';
  const type = bytes.readUInt16BE(at + 12);
  if (type === ETHER_TYPE.arp) return 'arp';
  if (type === ETHER_TYPE.ipv6) return 'ipv6';
  if (type !== ETHER_TYPE.ipv4 || at + 34 > endAt) return 'other';
  const protocol = bytes[at + 23];
  if (protocol === IP_PROTOCOL.icmp) return 'icmp';
  const portsAt = at + 14 + ((bytes[at + 14] ?? 0) & 15) * 4;
  if (portsAt + 8 > endAt) return 'other';
  const [source, destination] = [bytes.readUInt16BE(portsAt), bytes.readUInt16BE(portsAt + 2)];
  if (protocol === IP_PROTOCOL.tcp) return BY_TCP_PORT.get(destination) ?? BY_TCP_PORT.get(source) ?? 'tcp';
  if (protocol !== IP_PROTOCOL.udp) return 'other';
  const known = BY_UDP_PORT.get(destination) ?? BY_UDP_PORT.get(source);
  if (known !== undefined) return known;
  const opcode = portsAt + 10 <= endAt ? bytes.readUInt16BE(portsAt + 8) : 0;
  const isTransfer = isTransferPort(source) || isTransferPort(destination);
  return isTransfer && opcode >= TFTP_OPCODES.first && opcode <= TFTP_OPCODES.last ? 'tftp' : 'udp';
}

function isTransferPort(port: number): boolean {
  return port >= TRANSFER_PORTS.first && port <= TRANSFER_PORTS.last;
}
