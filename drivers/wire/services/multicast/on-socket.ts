import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { DatagramPort } from './on-wire.js';
import type { MeetingPoint } from './plan.js';

/** What the kernel may hold of receivers' words while we are busy; it grants what it likes. */
const BUFFER_BYTES = 4 << 20;

/**
 * A session's port on the host's own network: `point.sender` is an address of the card that it leaves by.
 *
 * @throws Error of node:dgram when the port is taken or the address is nobody's here
 */
export async function multicastOnSocket(
  point: MeetingPoint,
  receive: (datagram: Buffer) => void,
): Promise<DatagramPort> {
  // Node asks its resolver about dotted addresses too, each time.
  const socket = createSocket({ type: 'udp4', lookup: (address, _, answer) => answer(null, address, 4) });
  // Asked for before: with such a resolver it may be listening when `bind` returns.
  const isListening = once(socket, 'listening');
  socket.bind(point.senderPort, point.sender);
  await isListening;
  socket.setMulticastInterface(point.sender);
  socket.setMulticastTTL(1);
  tryToSize(() => socket.setSendBufferSize(BUFFER_BYTES));
  tryToSize(() => socket.setRecvBufferSize(BUFFER_BYTES));
  // What the network refuses is lost like any datagram, and said again.
  socket.on('error', () => {});
  socket.on('message', receive);
  return {
    send: (datagram) => socket.send(datagram, point.groupPort, point.group, () => {}),
    close: () => void socket.close(),
  };
}

function tryToSize(set: () => void): void {
  try {
    set();
  } catch {
    // The default does, with more datagrams to be said again.
  }
}
