import { parseIpv4, type Mac } from '../../address.js';
import { assert } from '../../../../core/unreachable.js';
import type { WireHost } from '../../host.js';
import type { MeetingPoint } from './plan.js';

/** Where a session's datagrams go out and come in. */
export interface DatagramPort {
  readonly send: (datagram: Buffer) => void;
  readonly close: () => void;
}

/** A session's port on our own wire. The switch floods group addresses, so nobody needs to hear IGMP. */
export function multicastOnWire(
  host: WireHost,
  point: MeetingPoint,
  receive: (datagram: Buffer) => void,
): DatagramPort {
  const group = parseIpv4(point.group);
  assert(group !== null && group >>> 28 === 0xe, `${point.group} is a group's address`);
  // RFC 1112, section 6.4: the low 23 bits of the address below 01:00:5e.
  const peerMac = (0x01005e000000 + (group & 0x7fffff)) as Mac;
  const way = { peerMac, source: host.address, sourcePort: point.senderPort };
  const unbind = host.bindUdp(point.senderPort, ({ payload }) => receive(payload));
  return {
    send: (payload) => host.sendDatagram({ ...way, destination: group, destinationPort: point.groupPort, payload }),
    close: unbind,
  };
}
