import { USM_REPORTS, type UsmReport } from '../failure.js';

/** What stands in the clear at the front of a version 3 message. */
export interface V3Header {
  readonly msgId: number;
  readonly isAuthenticated: boolean;
}

const INTEGER = 0x02;
const OCTETS = 0x04;
const OID = 0x06;
const SEQUENCE = 0x30;
/** Counter32, application 1. */
const COUNTER = 0x41;
const REPORT = 0xa8;
const VERSION_3 = 3;
/** The user-based security model. */
const USM = 3;
const MOST_BYTES = 65_507;

/** null: no message of version 3. @see RFC 3412, section 6: version, then a sequence of msgID, size, flags, model */
export function v3Header(datagram: Uint8Array): V3Header | null {
  const message = tlvs(datagram)?.at(0);
  const [version, header] = (message === undefined ? null : tlvs(message.value)) ?? [];
  if (version?.tag !== INTEGER || number(version.value) !== VERSION_3 || header?.tag !== SEQUENCE) return null;
  const [id, , flags] = tlvs(header.value) ?? [];
  if (id?.tag !== INTEGER || flags?.tag !== OCTETS) return null;
  return { msgId: number(id.value), isAuthenticated: ((flags.value[0] ?? 0) & 1) === 1 };
}

/** What the sender of a message is told when the agent does not like its security. @see RFC 3414, section 3.2 */
export function usmReport(
  msgId: number,
  report: UsmReport,
  engine: { readonly id: Uint8Array; readonly boots: number },
) {
  const [number_ = '1'] = Object.entries(USM_REPORTS).find(([, name]) => name === report) ?? [];
  // usmStats.N.0 with 1.3 in one byte, as BER has it.
  const oid = tlv(OID, Buffer.from([0x2b, 6, 1, 6, 3, 15, 1, 1, Number(number_), 0]));
  const bindings = tlv(SEQUENCE, tlv(SEQUENCE, oid, tlv(COUNTER, Buffer.from([1]))));
  const pdu = tlv(REPORT, int(0), int(0), int(0), bindings);
  const security = tlv(SEQUENCE, octets(engine.id), int(engine.boots), int(1), octets(), octets(), octets());
  const header = tlv(SEQUENCE, int(msgId), int(MOST_BYTES), octets(Buffer.from([0])), int(USM));
  const scoped = tlv(SEQUENCE, octets(engine.id), octets(), pdu);
  return tlv(SEQUENCE, int(VERSION_3), header, octets(security), scoped);
}

interface Tlv {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** What stands one after the other in a value; null where a length leads out of it. */
function tlvs(bytes: Uint8Array): readonly Tlv[] | null {
  const found: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag = 0, short = 0] = bytes.subarray(at, at + 2);
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
    if (lengthBytes > 4) return null;
    const from = at + 2 + lengthBytes;
    const length = lengthBytes === 0 ? short : unsigned(bytes.subarray(at + 2, from));
    if (from + length > bytes.length) return null;
    found.push({ tag, value: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return found;
}

/** Two's complement, most significant byte first; the first four bytes, of what should be no more. */
function number(bytes: Uint8Array): number {
  const all = Buffer.from(bytes.subarray(0, 4));
  return all.length === 0 ? 0 : all.readIntBE(0, all.length);
}

function unsigned(bytes: Uint8Array): number {
  return bytes.reduce((before, byte) => before * 256 + byte, 0);
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  return Buffer.concat([Buffer.from([tag, 0x82, value.length >> 8, value.length & 0xff]), value]);
}

function octets(bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  return tlv(OCTETS, bytes);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  // The shortest form: a byte that only repeats the sign is left out.
  let from = 0;
  while (from < 3 && bytes.readInt16BE(from) >> 7 === bytes.readInt16BE(from) >> 15) from += 1;
  return tlv(INTEGER, bytes.subarray(from));
}
