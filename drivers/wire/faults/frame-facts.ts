import { readMac, type Mac } from '../address.js';
import { ARP_REPLY, ARP_REQUEST, readArp } from '../frames/arp.js';
import { ETHERNET_HEADER_BYTES } from '../frames/ethernet.js';
import { readIpv4Packet, type Ipv4Packet } from '../frames/ipv4.js';
import { readTcp, TCP_FLAG } from '../frames/tcp.js';
import { readUdp, type UdpSegment } from '../frames/udp.js';
import { readDhcpMessage, type DhcpMessageName } from '../observer/dhcp-message.js';

export type ArpMessage = 'request' | 'reply';
export type TftpMessage = 'read' | 'write' | 'data' | 'acknowledgement' | 'error' | 'optionAcknowledgement';
/** By flags; `data` is a segment that carries some, and is neither SYN nor RST. */
export type TcpMessage = 'syn' | 'synAck' | 'rst' | 'fin' | 'data' | 'acknowledgement';

/** From the outermost to the innermost that is known of a frame. */
export type Protocol = 'any' | 'arp' | 'udp' | 'dhcp' | 'tftp' | 'tcp' | 'iscsi';

/** What a fault rule may ask of a frame. */
export interface FrameFacts {
  readonly from: Mac;
  /** Where a DHCP answer is broadcast, the client that it is for. */
  readonly to: Mac;
  readonly protocols: readonly Protocol[];
  /** Of the innermost protocol; null where it has none. */
  readonly message: ArpMessage | DhcpMessageName | TftpMessage | TcpMessage | null;
  /** The innermost payload, as offsets into the frame. */
  readonly payloadAt: number;
  readonly endAt: number;
}

const ISCSI_PORT = 3260;
const DHCP_CLIENT_PORT = 68;
const DHCP_PORTS: readonly number[] = [67, DHCP_CLIENT_PORT];
const TFTP_PORT = 69;
const TFTP_MESSAGES = ['read', 'write', 'data', 'acknowledgement', 'error', 'optionAcknowledgement'] as const;
/** TFTP transfers remembered by their client's port; the oldest makes room. */
const MOST_TRANSFERS = 256;

/** Reads facts out of frames. Remembers the ports of TFTP transfers: only their first datagram goes to port 69. */
export class FactReader {
  readonly #transfers = new Set<number>();

  /** @param frame at least an Ethernet header */
  read(frame: Buffer): FrameFacts {
    const ends = { from: readMac(frame, 6), to: readMac(frame, 0) };
    const whole = { ...ends, payloadAt: ETHERNET_HEADER_BYTES, endAt: frame.length };
    const arp = readArp(frame);
    if (arp !== null) return { ...whole, protocols: ['any', 'arp'], message: ARP_MESSAGES.get(arp.operation) ?? null };
    const packet = readIpv4Packet(frame);
    if (packet === null || packet.isFragment) return { ...whole, protocols: ['any'], message: null };
    return this.#readUdp(frame, packet, ends) ?? readTcpFacts(frame, packet, ends) ?? onlyAny(packet, ends);
  }

  #readUdp(frame: Buffer, packet: Ipv4Packet, ends: Ends): FrameFacts | null {
    const udp = readUdp(frame, packet);
    if (udp === null) return null;
    const known = { ...ends, payloadAt: udp.payloadAt, endAt: udp.endAt };
    const payload = frame.subarray(udp.payloadAt, udp.endAt);
    if (DHCP_PORTS.includes(udp.destinationPort)) {
      const dhcp = readDhcpMessage(payload);
      const to = dhcp !== null && udp.destinationPort === DHCP_CLIENT_PORT ? dhcp.client : ends.to;
      return { ...known, to, protocols: ['any', 'udp', 'dhcp'], message: dhcp?.message ?? null };
    }
    if (!this.#isTftp(udp)) return { ...known, protocols: ['any', 'udp'], message: null };
    const opcode = payload.length < 2 ? 0 : payload.readUInt16BE(0);
    return { ...known, protocols: ['any', 'udp', 'tftp'], message: TFTP_MESSAGES[opcode - 1] ?? null };
  }

  #isTftp(udp: UdpSegment): boolean {
    if (udp.destinationPort !== TFTP_PORT) {
      return this.#transfers.has(udp.sourcePort) || this.#transfers.has(udp.destinationPort);
    }
    const [oldest] = this.#transfers;
    if (this.#transfers.size >= MOST_TRANSFERS && oldest !== undefined) this.#transfers.delete(oldest);
    this.#transfers.add(udp.sourcePort);
    return true;
  }
}

interface Ends {
  readonly from: Mac;
  readonly to: Mac;
}

const ARP_MESSAGES: ReadonlyMap<number, ArpMessage> = new Map([
  [ARP_REQUEST, 'request'],
  [ARP_REPLY, 'reply'],
]);

function readTcpFacts(frame: Buffer, packet: Ipv4Packet, ends: Ends): FrameFacts | null {
  const tcp = readTcp(frame, packet);
  if (tcp === null) return null;
  const { payloadAt, endAt, flags } = tcp;
  const isIscsi = tcp.sourcePort === ISCSI_PORT || tcp.destinationPort === ISCSI_PORT;
  const protocols: readonly Protocol[] = isIscsi ? ['any', 'tcp', 'iscsi'] : ['any', 'tcp'];
  return { ...ends, payloadAt, endAt, protocols, message: tcpMessage(flags, endAt > payloadAt) };
}

function tcpMessage(flags: number, hasData: boolean): TcpMessage {
  if ((flags & TCP_FLAG.rst) !== 0) return 'rst';
  if ((flags & TCP_FLAG.syn) !== 0) return (flags & TCP_FLAG.ack) === 0 ? 'syn' : 'synAck';
  if (hasData) return 'data';
  return (flags & TCP_FLAG.fin) === 0 ? 'acknowledgement' : 'fin';
}

function onlyAny(packet: Ipv4Packet, ends: Ends): FrameFacts {
  return { ...ends, protocols: ['any'], message: null, payloadAt: packet.payloadAt, endAt: packet.endAt };
}
