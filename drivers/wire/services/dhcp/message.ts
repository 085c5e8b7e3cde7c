import type { Ipv4, Mac } from '../../address.js';
import { readIpv4, readMac } from '../../address.js';
import { OPTION, type DhcpOptions } from './options.js';

/** One BOOTP/DHCP message on Ethernet. Field names are those of RFC 2131, figure 1. */
export interface DhcpMessage {
  /** 1 from a client, 2 from a server. */
  readonly op: 1 | 2;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  /** The BROADCAST bit: the client cannot receive unicast before it has its address. */
  readonly broadcast: boolean;
  readonly ciaddr: Ipv4;
  readonly yiaddr: Ipv4;
  readonly siaddr: Ipv4;
  readonly giaddr: Ipv4;
  readonly mac: Mac;
  readonly sname: string;
  readonly file: string;
  /** In the order of the wire, long options joined (RFC 3396); never 0 (pad), 52 (overload) or 255 (end). */
  readonly options: DhcpOptions;
}

const OPTIONS_AT = 240;
const MAGIC_COOKIE = 0x63825363;
const SNAME = { at: 44, size_bytes: 64 };
const FILE = { at: 108, size_bytes: 128 };
/** A BOOTP message has at least 300 octets (RFC 1542, section 2.1); some ROMs drop shorter ones. */
const SMALLEST_BYTES = 300;
/** What a client takes that says nothing: 576 less the IP and UDP headers (RFC 2131, section 2). */
const DEFAULT_LIMIT_BYTES = 548;

/** @returns null for what is not a DHCP message on Ethernet; a truncated option and all after it are left out */
export function parseDhcp(bytes: Buffer): DhcpMessage | null {
  if (bytes.length < OPTIONS_AT || bytes.readUInt32BE(OPTIONS_AT - 4) !== MAGIC_COOKIE) return null;
  const op = bytes.readUInt8(0);
  if ((op !== 1 && op !== 2) || bytes.readUInt8(1) !== 1 || bytes.readUInt8(2) !== 6) return null;
  const options = new Map<number, Buffer>();
  readOptions(bytes.subarray(OPTIONS_AT), options);
  const overload = options.get(OPTION.overload)?.[0] ?? 0;
  options.delete(OPTION.overload);
  // RFC 3396, section 5: the aggregate buffer is the options field, then file, then sname.
  const fileIsOptions = (overload & 1) !== 0;
  const snameIsOptions = (overload & 2) !== 0;
  if (fileIsOptions) readOptions(bytes.subarray(FILE.at, FILE.at + FILE.size_bytes), options);
  if (snameIsOptions) readOptions(bytes.subarray(SNAME.at, SNAME.at + SNAME.size_bytes), options);
  options.delete(OPTION.overload);
  return {
    op,
    hops: bytes.readUInt8(3),
    xid: bytes.readUInt32BE(4),
    secs: bytes.readUInt16BE(8),
    broadcast: (bytes.readUInt8(10) & 0x80) !== 0,
    ciaddr: readIpv4(bytes, 12),
    yiaddr: readIpv4(bytes, 16),
    siaddr: readIpv4(bytes, 20),
    giaddr: readIpv4(bytes, 24),
    mac: readMac(bytes, 28),
    sname: snameIsOptions ? '' : readText(bytes, SNAME),
    file: fileIsOptions ? '' : readText(bytes, FILE),
    options,
  };
}

/**
 * The bytes of a message. Options over 255 bytes are split (RFC 3396). `sname` and `file` are cut to their fields.
 * @param limit_bytes what the client takes; options that do not fit are left out, the last first, but never option 82
 */
export function buildDhcp(message: DhcpMessage, limit_bytes = DEFAULT_LIMIT_BYTES): Buffer {
  const { chosen, size_bytes } = fitting(message.options, limit_bytes - OPTIONS_AT - 1);
  const bytes = Buffer.alloc(Math.max(SMALLEST_BYTES, OPTIONS_AT + size_bytes + 1));
  bytes.writeUInt8(message.op, 0);
  bytes.writeUInt8(1, 1);
  bytes.writeUInt8(6, 2);
  bytes.writeUInt8(message.hops, 3);
  bytes.writeUInt32BE(message.xid, 4);
  bytes.writeUInt16BE(message.secs, 8);
  bytes.writeUInt16BE(message.broadcast ? 0x8000 : 0, 10);
  bytes.writeUInt32BE(message.ciaddr, 12);
  bytes.writeUInt32BE(message.yiaddr, 16);
  bytes.writeUInt32BE(message.siaddr, 20);
  bytes.writeUInt32BE(message.giaddr, 24);
  bytes.writeUIntBE(message.mac, 28, 6);
  // One byte less than the field: both end with a NUL.
  bytes.write(message.sname, SNAME.at, SNAME.size_bytes - 1, 'latin1');
  bytes.write(message.file, FILE.at, FILE.size_bytes - 1, 'latin1');
  bytes.writeUInt32BE(MAGIC_COOKIE, OPTIONS_AT - 4);
  let at = OPTIONS_AT;
  for (const [code, value] of chosen) at = writeOption(bytes, at, { code, value });
  bytes.writeUInt8(255, at);
  return bytes;
}

/** The bytes that a message from this client may be answered with (option 57), never under what every client takes. */
export function replyLimit_bytes(request: DhcpMessage): number {
  const value = request.options.get(OPTION.maximumMessageSize);
  const asked_bytes = value?.length === 2 ? value.readUInt16BE(0) - 28 : 0;
  // Our Ethernet carries 1500 bytes, and nothing here sends fragments.
  return Math.min(1472, Math.max(DEFAULT_LIMIT_BYTES, asked_bytes));
}

function readOptions(field: Buffer, into: Map<number, Buffer>): void {
  let at = 0;
  while (at < field.length) {
    const code = field.readUInt8(at);
    if (code === 255) return;
    at += 1;
    if (code === 0) continue;
    if (at >= field.length) return;
    const end = at + 1 + field.readUInt8(at);
    if (end > field.length) return;
    const value = field.subarray(at + 1, end);
    const before = into.get(code);
    into.set(code, before === undefined ? value : Buffer.concat([before, value]));
    at = end;
  }
}

function readText(bytes: Buffer, field: { readonly at: number; readonly size_bytes: number }): string {
  const whole = bytes.subarray(field.at, field.at + field.size_bytes);
  const end = whole.indexOf(0);
  return whole.toString('latin1', 0, end < 0 ? whole.length : end);
}

type OptionEntry = readonly [code: number, value: Buffer];

function fitting(options: DhcpOptions, room_bytes: number): { chosen: readonly OptionEntry[]; size_bytes: number } {
  const echoed = options.get(OPTION.relayAgentInformation);
  let left_bytes = room_bytes - (echoed === undefined ? 0 : encodedSize_bytes(echoed));
  let size_bytes = room_bytes - left_bytes;
  const chosen: OptionEntry[] = [];
  for (const entry of options) {
    if (entry[0] !== OPTION.relayAgentInformation) {
      const more_bytes = encodedSize_bytes(entry[1]);
      if (more_bytes > left_bytes) continue;
      left_bytes -= more_bytes;
      size_bytes += more_bytes;
    }
    chosen.push(entry);
  }
  return { chosen, size_bytes };
}

function encodedSize_bytes(value: Buffer): number {
  return value.length + 2 * Math.max(1, Math.ceil(value.length / 255));
}

function writeOption(bytes: Buffer, start: number, option: { readonly code: number; readonly value: Buffer }): number {
  let at = start;
  let from = 0;
  do {
    const part = option.value.subarray(from, from + 255);
    bytes.writeUInt8(option.code, at);
    bytes.writeUInt8(part.length, at + 1);
    part.copy(bytes, at + 2);
    at += 2 + part.length;
    from += 255;
  } while (from < option.value.length);
  return at;
}
