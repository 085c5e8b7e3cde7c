import type { Ipv4 } from './address.js';

/** Bytes that a sender leaves free at the front of a packet: 14 of Ethernet and 20 of IPv4 header, filled in place. */
export const HEADROOM_BYTES = 34;

/** How a transport protocol (our TCP) reaches the wire. */
export interface IpLink {
  readonly address: Ipv4;
  /** `packet` starts with HEADROOM_BYTES free bytes; the link owns it from then on. */
  send(to: Ipv4, protocol: number, packet: Buffer): void;
}
