import type { Ipv4 } from '../../address.js';
import type { IpLink } from '../../ip-link.js';
import type { Receiver } from './receiver.js';
import { ACK, blankHeader, newPacket, payloadOffset, RST, seal, SYN, type SegmentHeader } from './segment.js';
import type { SendQueue } from './send-queue.js';

export const TCP_PROTOCOL = 6;
/** Of an Ethernet frame: 1500 less 20 of IPv4 and 20 of TCP header. */
export const OUR_MSS_BYTES = 1460;
/** 2^5 x 65,535: the whole receive capacity of 1 MiB can be told. */
const OUR_WINDOW_SCALE = 5;
const MOST_WINDOW = 0xffff;

/** The two ends of a connection. */
export interface Ends {
  readonly remote: Ipv4;
  readonly remotePort: number;
  readonly localPort: number;
}

/** Queued bytes to send. Mutable, as one is used again for every segment. */
export interface Payload {
  readonly queue: SendQueue;
  /** After the first byte that is not acknowledged. */
  offset: number;
  length: number;
}

/** Makes the segments of one connection; each of them acknowledges, and tells the receive window. */
export class Transmitter {
  /** Something arrived that nothing sent since has acknowledged. */
  owesAck = false;
  readonly #link: IpLink;
  readonly #to: Ipv4;
  readonly #addresses: { readonly from: Ipv4; readonly to: Ipv4 };
  readonly #receiver: Receiver;
  readonly #offersScale: boolean;
  readonly #header: SegmentHeader = blankHeader();

  constructor(link: IpLink, ends: Ends, start: { readonly receiver: Receiver; readonly offersScale: boolean }) {
    this.#link = link;
    this.#to = ends.remote;
    this.#addresses = { from: link.address, to: ends.remote };
    this.#receiver = start.receiver;
    this.#offersScale = start.offersScale;
    this.#header.sourcePort = ends.localPort;
    this.#header.destinationPort = ends.remotePort;
  }

  /** The answer to a SYN: alone has options, and a window that is not scaled (RFC 7323, section 2.2). */
  synAck(sequence: number): void {
    this.#header.mss_bytes = OUR_MSS_BYTES;
    this.#header.windowScale = this.#offersScale ? OUR_WINDOW_SCALE : -1;
    this.#ship(this.#packet(sequence, SYN | ACK, 0));
    this.#header.mss_bytes = 0;
    this.#header.windowScale = -1;
  }

  /** A segment without data. */
  bare(sequence: number, flags: number): void {
    this.#ship(this.#packet(sequence, flags | ACK, 0));
  }

  /** The answer to an acknowledgment of what was never sent (RFC 9293, section 3.5.2, group 2). */
  reset(sequence: number): void {
    this.#ship(this.#packet(sequence, RST, 0));
  }

  /** `length` bytes of `queue`, which are copied once, into the packet. */
  data(sequence: number, flags: number, payload: Payload): void {
    const packet = this.#packet(sequence, flags | ACK, payload.length);
    payload.queue.copy(payload.offset, packet, payloadOffset(this.#header));
    this.#ship(packet);
  }

  #packet(sequence: number, flags: number, payload_bytes: number): Buffer {
    const header = this.#header;
    const scale = this.#offersScale && (flags & SYN) === 0 ? OUR_WINDOW_SCALE : 0;
    header.sequence = sequence;
    header.acknowledgment = this.#receiver.next;
    header.flags = flags;
    header.window = Math.min(MOST_WINDOW, this.#receiver.window_bytes >>> scale);
    this.#receiver.told(header.window << scale);
    return newPacket(header, payload_bytes);
  }

  /** The state is settled before the packet leaves: a link may bring the answer before it returns. */
  #ship(packet: Buffer): void {
    this.owesAck = false;
    seal(packet, this.#addresses);
    this.#link.send(this.#to, TCP_PROTOCOL, packet);
  }
}
