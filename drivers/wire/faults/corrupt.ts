import type { Random } from '../../../core/random.js';
import { checksumOf, pseudoHeaderSum, sumWords } from '../frames/checksum.js';
import { IP_PROTOCOL, readIpv4Packet, type Ipv4Packet } from '../frames/ipv4.js';
import type { FrameFacts } from './frame-facts.js';

/** @returns a copy with one bit of its payload flipped; of a frame without payload, one bit of its last header */
export function corrupted(frame: Buffer, facts: FrameFacts, random: Random): Buffer {
  const copy = Buffer.from(frame);
  const isEmpty = facts.payloadAt >= facts.endAt;
  const from = isEmpty ? facts.payloadAt - 1 : facts.payloadAt;
  const at = from + Math.floor(random.next() * (isEmpty ? 1 : facts.endAt - from));
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << Math.floor(random.next() * 8)), at);
  return copy;
}

/** Where the checksum stands in the header of each transport. */
const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [IP_PROTOCOL.udp, 6],
  [IP_PROTOCOL.tcp, 16],
]);

/** Makes the UDP or TCP checksum of a frame right, in place; of other frames nothing. */
export function mendChecksum(frame: Buffer): void {
  const packet = readIpv4Packet(frame);
  const offset = packet === null || packet.isFragment ? undefined : CHECKSUM_AT.get(packet.protocol);
  if (packet === null || offset === undefined || packet.payloadAt + offset + 2 > packet.endAt) return;
  frame.writeUInt16BE(0, packet.payloadAt + offset);
  frame.writeUInt16BE(transportChecksum(frame, packet), packet.payloadAt + offset);
}

function transportChecksum(frame: Buffer, packet: Ipv4Packet): number {
  const { source, destination, protocol, payloadAt, endAt } = packet;
  const pseudo = pseudoHeaderSum(source, destination, protocol) + endAt - payloadAt;
  const checksum = checksumOf(pseudo + sumWords(frame, payloadAt, endAt));
  // In UDP zero says that there is none (RFC 768).
  return checksum === 0 && protocol === IP_PROTOCOL.udp ? 0xffff : checksum;
}
