import type { Ipv4, Mac } from './address.js';

/** One UDP datagram, either way. */
export interface Datagram {
  /** The Ethernet peer: source of what came in, destination of what goes out. */
  readonly peerMac: Mac;
  readonly source: Ipv4;
  readonly sourcePort: number;
  readonly destination: Ipv4;
  readonly destinationPort: number;
  readonly payload: Buffer;
}

/** How a UDP service on the wire answers. */
export type SendDatagram = (datagram: Datagram) => void;

/** A UDP service: called from the frame handler; answers at once by `send`, later only from a Clock timer. */
export type DatagramService = (datagram: Datagram, send: SendDatagram) => void;
