import { HEADROOM_BYTES } from '../ip-link.js';
import { checksumOf, sumWords } from './checksum.js';
import { IP_PROTOCOL, type Ipv4Packet } from './ipv4.js';

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
/** Type, code, checksum, identifier, sequence number (RFC 792). */
const ECHO_HEADER_BYTES = 8;

/** True for a whole echo request with a right checksum. */
export function isEchoRequest(frame: Buffer, packet: Ipv4Packet): boolean {
  const { payloadAt, endAt } = packet;
  if (packet.protocol !== IP_PROTOCOL.icmp || packet.isFragment || endAt - payloadAt < ECHO_HEADER_BYTES) return false;
  return frame.readUInt16BE(payloadAt) === ECHO_REQUEST << 8 && checksumOf(sumWords(frame, payloadAt, endAt)) === 0;
}

/** The answer to an echo request: HEADROOM_BYTES free, then the same identifier, number and data. */
export function echoReply(frame: Buffer, request: Ipv4Packet): Buffer {
  const reply = Buffer.allocUnsafe(HEADROOM_BYTES + request.endAt - request.payloadAt);
  frame.copy(reply, HEADROOM_BYTES, request.payloadAt, request.endAt);
  reply.writeUInt32BE(ECHO_REPLY, HEADROOM_BYTES);
  reply.writeUInt16BE(checksumOf(sumWords(reply, HEADROOM_BYTES, reply.length)), HEADROOM_BYTES + 2);
  return reply;
}
