import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  readIpv4,
  readMac,
  type Ipv4,
  type Mac,
} from '../../../drivers/wire/address.js';
import { mendChecksum } from '../../../drivers/wire/faults/corrupt.js';
import { ETHER_TYPE, writeEthernet } from '../../../drivers/wire/frames/ethernet.js';
import { IP_PROTOCOL, writeIpv4Header } from '../../../drivers/wire/frames/ipv4.js';
import { TCP_FLAG } from '../../../drivers/wire/frames/tcp.js';
import { udpPacket, type UdpEnds } from '../../../drivers/wire/frames/udp.js';

/** Frames of a root node's boot, written by hand: what node, DHCP, TFTP and iSCSI services say to each other. */

export const ip = (last: number): Ipv4 => readIpv4(Buffer.from([10, 99, 0, last]), 0);
export const SERVER = readMac(Buffer.from('525400aa0001', 'hex'), 0);
export const NODE = readMac(Buffer.from('525400990001', 'hex'), 0);

interface Ends {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly source: Ipv4;
  readonly destination: Ipv4;
}
const FROM_NODE: Ends = { sourceMac: NODE, destinationMac: SERVER, source: ip(101), destination: ip(1) };
const TO_NODE: Ends = { sourceMac: SERVER, destinationMac: NODE, source: ip(1), destination: ip(101) };

function finish(frame: Buffer, ends: Ends, protocol: number): Buffer {
  const { source, destination } = ends;
  writeIpv4Header(frame, { source, destination, protocol, identification: 1 });
  writeEthernet(frame, { destination: ends.destinationMac, source: ends.sourceMac, type: ETHER_TYPE.ipv4 });
  mendChecksum(frame);
  return frame;
}

function udp(ends: Ends, ports: Pick<UdpEnds, 'sourcePort' | 'destinationPort'>, payload: Buffer): Buffer {
  return finish(udpPacket({ ...ends, ...ports }, payload), ends, IP_PROTOCOL.udp);
}

export interface DhcpWords {
  readonly type: 'discover' | 'offer' | 'request' | 'ack';
  readonly transaction?: number;
  readonly vendorClass?: string;
  readonly userClass?: string;
}

/** QEMU's NIC ROM and undionly.kpxe both say this of themselves. */
export const IPXE = { vendorClass: 'PXEClient:Arch:00000:UNDI:002001', userClass: 'iPXE' } as const;
/** A network card's own boot ROM. */
export const PLAIN_ROM = { vendorClass: 'PXEClient:Arch:00000:UNDI:002001' } as const;

export function dhcp({ type, transaction = 1, vendorClass, userClass }: DhcpWords): Buffer {
  const isFromNode = type === 'discover' || type === 'request';
  const fixed = Buffer.alloc(240);
  fixed.writeUInt8(isFromNode ? 1 : 2, 0);
  fixed.writeUInt32BE(transaction, 4);
  fixed.writeUIntBE(NODE, 28, 6);
  fixed.writeUInt32BE(0x63825363, 236);
  const number = { discover: 1, offer: 2, request: 3, ack: 5 }[type];
  const option = (code: number, text = ''): Buffer[] =>
    text === '' ? [] : [Buffer.from([code, text.length]), Buffer.from(text)];
  const options = [Buffer.from([0, 53, 1, number]), ...option(60, vendorClass), ...option(77, userClass)];
  const payload = Buffer.concat([fixed, ...options, Buffer.from([255])]);
  const asked = { source: ip(0), destination: BROADCAST_IPV4, sourceMac: NODE, destinationMac: BROADCAST_MAC };
  const told = { ...asked, source: ip(1), sourceMac: SERVER };
  return isFromNode
    ? udp(asked, { sourcePort: 68, destinationPort: 67 }, payload)
    : udp(told, { sourcePort: 67, destinationPort: 68 }, payload);
}

const TFTP_OPCODE = { read: 1, data: 3, acknowledgement: 4, error: 5, options: 6 } as const;

/** From the node: its port is 2000; the server's transfer port 3000. */
export const tftp = {
  read: (file: string) =>
    udp(
      FROM_NODE,
      { sourcePort: 2000, destinationPort: 69 },
      words(TFTP_OPCODE.read, file, 'octet', 'blksize', '1432'),
    ),
  options: (...pairs: readonly string[]) => udp(TO_NODE, TO_PORT, words(TFTP_OPCODE.options, ...pairs)),
  data: (block: number, size_bytes: number) =>
    udp(TO_NODE, TO_PORT, Buffer.concat([pair(TFTP_OPCODE.data, block), Buffer.alloc(size_bytes)])),
  acknowledgement: (block: number) =>
    udp(FROM_NODE, { sourcePort: 2000, destinationPort: 3000 }, pair(TFTP_OPCODE.acknowledgement, block)),
  error: (code: number) => udp(TO_NODE, TO_PORT, Buffer.concat([pair(TFTP_OPCODE.error, code), Buffer.from('no\0')])),
} as const;
const TO_PORT = { sourcePort: 3000, destinationPort: 2000 } as const;

function pair(first: number, second: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(first, 0);
  bytes.writeUInt16BE(second, 2);
  return bytes;
}

function words(opcode: number, ...texts: readonly string[]): Buffer {
  return Buffer.concat([pair(opcode, 0).subarray(0, 2), ...texts.map((text) => Buffer.from(`${text}\0`))]);
}

export interface TcpWords {
  readonly from: 'node' | 'target';
  /** The node's port. */
  readonly port?: number;
  /** The server's port; that of iSCSI where it is not given. */
  readonly service?: number;
  readonly sequence: number;
  readonly flags?: number;
  readonly payload?: Buffer;
}

export function tcp({
  from,
  port = 1024,
  service = 3260,
  sequence,
  flags = TCP_FLAG.ack,
  payload = Buffer.alloc(0),
}: TcpWords): Buffer {
  const frame = Buffer.alloc(34 + 20 + payload.length);
  frame.writeUInt16BE(from === 'node' ? port : service, 34);
  frame.writeUInt16BE(from === 'node' ? service : port, 36);
  frame.writeUInt32BE(sequence >>> 0, 38);
  frame.writeUInt8(0x50, 46);
  frame.writeUInt8(flags, 47);
  payload.copy(frame, 54);
  return finish(frame, from === 'node' ? FROM_NODE : TO_NODE, IP_PROTOCOL.tcp);
}

/** ISIDs as iPXE (enterprise number 10019) and open-iscsi (OUI 00:02:3d) send them, and of other kinds. */
export const ISID = {
  ipxe: '40002723',
  openIscsi: '00023d00',
  random: '804d6574',
  other: '0000c900',
  another: '00aabb00',
} as const;

/** A Login Request, padded, that asks for the full feature phase. */
export function loginRequest(isid: string, ...keys: readonly string[]): Buffer {
  const header = Buffer.alloc(48);
  header.writeUInt8(0x43, 0);
  header.writeUInt8(0x87, 1);
  header.write(isid, 8, 'hex');
  return withData(header, Buffer.from(keys.map((key) => `${key}\0`).join('')));
}

export function loginResponse(status: number): Buffer {
  const header = Buffer.alloc(48);
  header.writeUInt8(0x23, 0);
  header.writeUInt8(0x87, 1);
  header.writeUInt16BE(status, 36);
  return withData(header, Buffer.from('TargetPortalGroupTag=1\0'));
}

/** A SCSI command of ten bytes: 0x28 is READ(10), 0x25 READ CAPACITY(10). */
export function scsiCommand(operation: number, block: number): Buffer {
  const header = Buffer.alloc(48);
  header.writeUInt8(0x01, 0);
  header.writeUInt8(operation, 32);
  header.writeUInt32BE(block, 34);
  return header;
}

function withData(header: Buffer, data: Buffer): Buffer {
  header.writeUIntBE(data.length, 5, 3);
  return Buffer.concat([header, data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}
