import { formatIpv4, formatMac, readIpv4 } from '../address.js';
import { ARP_REPLY, ARP_REQUEST, readArp } from '../frames/arp.js';
import { readIpv4Packet, type Ipv4Packet } from '../frames/ipv4.js';
import { readTcp, TCP_FLAG, type TcpSegment } from '../frames/tcp.js';
import { readUdp } from '../frames/udp.js';
import { readDhcpMessage } from './dhcp-message.js';
import { iscsiText } from './iscsi-text.js';
import { printable } from './report.js';
import { protocolOf } from './talked-protocol.js';

/** RFC 2131, section 2: the address that a server gives, behind op to ciaddr. */
const YOUR_ADDRESS_AT = 16;

/**
 * One frame in a line, as far as the frame alone tells: `DHCP offer of 10.99.0.21 to 52:54:00:99:00:21`. Nothing is
 * remembered from one frame to the next, so a line can be made of any frame of a capture. Printable, never throws.
 */
export function frameLine(frame: Buffer): string {
  const arp = readArp(frame);
  if (arp !== null) {
    const [sender, target] = [formatIpv4(arp.senderAddress), formatIpv4(arp.targetAddress)];
    if (arp.operation === ARP_REQUEST) return `ARP who has ${target}? tell ${sender}`;
    return arp.operation === ARP_REPLY ? `ARP ${sender} is at ${formatMac(arp.senderMac)}` : 'ARP';
  }
  const packet = readIpv4Packet(frame);
  if (packet === null) return protocolOf(frame, 0, frame.length) === 'ipv6' ? 'IPv6' : otherText(frame);
  if (packet.isFragment) return 'IPv4 fragment';
  return udpText(frame, packet) ?? tcpText(frame, packet) ?? ipText(frame, packet);
}

function otherText(frame: Buffer): string {
  const type = frame.length < 14 ? 'cut off' : `type 0x${frame.readUInt16BE(12).toString(16).padStart(4, '0')}`;
  return `frame, ${type}, ${frame.length} bytes`;
}

function ipText(frame: Buffer, { protocol, payloadAt, endAt }: Ipv4Packet): string {
  if (protocol !== 1) return `IPv4 protocol ${protocol}, ${endAt - payloadAt} bytes`;
  const type = payloadAt < endAt ? frame[payloadAt] : undefined;
  return type === 8 ? 'ICMP echo request' : type === 0 ? 'ICMP echo reply' : `ICMP type ${type ?? 'cut off'}`;
}

function udpText(frame: Buffer, packet: Ipv4Packet): string | null {
  const udp = readUdp(frame, packet);
  if (udp === null) return null;
  const payload = frame.subarray(udp.payloadAt, udp.endAt);
  const protocol = protocolOf(frame, 0, frame.length);
  if (protocol === 'dhcp') return dhcpText(payload);
  if (protocol === 'tftp') return tftpText(payload);
  return `UDP ${udp.sourcePort} > ${udp.destinationPort}, ${payload.length} bytes`;
}

function dhcpText(payload: Buffer): string {
  const dhcp = readDhcpMessage(payload);
  if (dhcp === null) return `DHCP, ${payload.length} bytes`;
  const { message, client, isFromClient, vendorClass, userClass } = dhcp;
  if (!isFromClient)
    return `DHCP ${message} of ${formatIpv4(readIpv4(payload, YOUR_ADDRESS_AT))} to ${formatMac(client)}`;
  const classes = [vendorClass, userClass].filter((one) => one !== '').map(printable);
  return `DHCP ${message} by ${formatMac(client)}${classes.length === 0 ? '' : `, ${classes.join(', ')}`}`;
}

/** @see RFC 1350, section 5, and RFC 2347 */
function tftpText(payload: Buffer): string {
  if (payload.length < 4) return `TFTP, ${payload.length} bytes`;
  const number = payload.readUInt16BE(2);
  const words = (from: number): string =>
    printable(payload.toString('latin1', from).replace(/\0+$/, '').replace(/\0/g, ' '));
  switch (payload.readUInt16BE(0)) {
    case 1:
      return `TFTP read of ${words(2)}`;
    case 2:
      return `TFTP write of ${words(2)}`;
    case 3:
      return `TFTP data ${number}, ${payload.length - 4} bytes`;
    case 4:
      return `TFTP acknowledgement ${number}`;
    case 5:
      return `TFTP error ${number}: ${words(4)}`;
    case 6:
      return `TFTP options ${words(2)}`;
    default:
      return `TFTP, ${payload.length} bytes`;
  }
}

function tcpText(frame: Buffer, packet: Ipv4Packet): string | null {
  const tcp = readTcp(frame, packet);
  if (tcp === null) return null;
  const payload = frame.subarray(tcp.payloadAt, tcp.endAt);
  const protocol = protocolOf(frame, 0, frame.length);
  const ports = `${tcp.sourcePort} > ${tcp.destinationPort}`;
  const flags = flagsText(tcp);
  if (payload.length === 0 || flags === 'reset') return `TCP ${ports} ${flags}`;
  if (protocol === 'http') return `HTTP ${httpText(payload)}`;
  if (protocol === 'iscsi') return `iSCSI ${iscsiText(payload, tcp.destinationPort === 3260)}`;
  return `TCP ${ports} ${payload.length} bytes`;
}

function flagsText({ flags }: TcpSegment): string {
  if ((flags & TCP_FLAG.rst) !== 0) return 'reset';
  if ((flags & TCP_FLAG.syn) !== 0) return (flags & TCP_FLAG.ack) === 0 ? 'syn' : 'syn acknowledgement';
  return (flags & TCP_FLAG.fin) === 0 ? 'acknowledgement' : 'fin';
}

/** A request or an answer where one begins here; else a piece of one. */
function httpText(payload: Buffer): string {
  const begin = payload.toString('latin1', 0, Math.min(payload.length, 200));
  const [line = ''] = begin.split('\r\n');
  return /^(?:[A-Z]{3,7} \S+ HTTP\/1\.|HTTP\/1\.\d \d{3})/.test(line)
    ? printable(line.replace(/\?\S*/, '?...'))
    : `${payload.length} bytes`;
}
