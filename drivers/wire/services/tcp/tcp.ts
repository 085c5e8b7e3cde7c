import type { Clock } from '../../../../core/clock.js';
import type { Random } from '../../../../core/random.js';
import { assert } from '../../../../core/unreachable.js';
import type { Ipv4 } from '../../address.js';
import type { ByteStream } from '../../byte-stream.js';
import type { IpLink } from '../../ip-link.js';
import { segmentChecksum } from './checksum.js';
import { Connection, type Owner } from './connection.js';
import { ACK, blankHeader, FIN, newPacket, readSegment, RST, seal, SYN, type SegmentHeader } from './segment.js';
import { advance } from './sequence.js';
import { streamOf } from './stream.js';
import { TCP_PROTOCOL } from './transmitter.js';

/** A rack of a hundred nodes with ten connections each. */
const MOST_CONNECTIONS = 1024;
/** Handshakes take a round trip of a local wire: who is still at it when as many came after is a flood. */
const MOST_HALF_OPEN = 128;
const MOST_TIME_WAIT = 256;

/** The server side of TCP on one address of the wire. */
export interface Tcp {
  /**
   * Takes a segment, and answers before it returns.
   * @param segment the payload of an IPv4 packet, without padding; it must not change any more
   */
  receive(from: Ipv4, segment: Buffer): void;
  /** `accept` is given every connection to `port` when its handshake is done. */
  listen(port: number, accept: (stream: ByteStream) => void): void;
  /** Resets every connection and stops listening. */
  close(): void;
}

interface Port {
  readonly accept: (stream: ByteStream) => void;
  /** By the peer's address and port. */
  readonly connections: Map<number, Connection>;
}

/** TCP for what answers on the wire (RFC 9293, passive opens only). Takes time and chance from what it is given. */
export function openTcp(options: { readonly link: IpLink; readonly clock: Clock; readonly random: Random }): Tcp {
  const stack = new Stack(options);
  return {
    receive: (from, segment) => stack.receive(from, segment),
    listen: (port, accept) => stack.listen(port, accept),
    close: () => stack.close(),
  };
}

class Stack implements Owner {
  readonly link: IpLink;
  readonly clock: Clock;
  readonly #random: Random;
  readonly #ports = new Map<number, Port>();
  readonly #halfOpen = new Set<Connection>();
  readonly #timeWait = new Set<Connection>();
  #connections = 0;
  readonly #header: SegmentHeader = blankHeader();
  /** What a link brought while a segment was being taken. */
  readonly #later: { readonly from: Ipv4; readonly segment: Buffer }[] = [];
  #isTaking = false;

  constructor(options: { readonly link: IpLink; readonly clock: Clock; readonly random: Random }) {
    this.link = options.link;
    this.clock = options.clock;
    this.#random = options.random;
  }

  listen(port: number, accept: (stream: ByteStream) => void): void {
    assert(!this.#ports.has(port), `port ${port} is listened on already`);
    this.#ports.set(port, { accept, connections: new Map() });
  }

  close(): void {
    const all = [...this.#ports.values()].flatMap((port) => [...port.connections.values()]);
    for (const connection of all) connection.abort();
    this.#ports.clear();
  }

  receive(from: Ipv4, segment: Buffer): void {
    if (this.#isTaking) {
      this.#later.push({ from, segment });
      return;
    }
    this.#isTaking = true;
    this.#take(from, segment);
    for (let next = this.#later.shift(); next !== undefined; next = this.#later.shift())
      this.#take(next.from, next.segment);
    this.#isTaking = false;
  }

  #take(from: Ipv4, segment: Buffer): void {
    const header = this.#header;
    const payloadAt = readSegment(segment, header);
    if (payloadAt < 0 || segmentChecksum(segment, 0, { from, to: this.link.address }) !== 0) return;
    const payload = segment.subarray(payloadAt);
    const port = this.#ports.get(header.destinationPort);
    const key = from * 0x10000 + header.sourcePort;
    const connection = port?.connections.get(key);
    if (connection !== undefined && !connection.yieldsTo(header)) return connection.arrive(header, payload);
    connection?.forget();
    const isSyn = (header.flags & (SYN | ACK | RST)) === SYN;
    if (port !== undefined && isSyn) this.#open(port, from);
    else if ((header.flags & RST) === 0) this.#refuse(from, payload.length);
  }

  #open(port: Port, remote: Ipv4): void {
    const header = this.#header;
    const [oldest] = this.#halfOpen;
    if (this.#halfOpen.size >= MOST_HALF_OPEN) oldest?.forget();
    // Silence: the peer asks again, and there may be room by then.
    if (this.#connections >= MOST_CONNECTIONS) return;
    const ends = { remote, remotePort: header.sourcePort, localPort: header.destinationPort };
    const initialSequence = Math.floor(this.#random.next() * 0x100000000) | 0;
    const connection = new Connection(this, ends, { syn: header, initialSequence });
    port.connections.set(remote * 0x10000 + header.sourcePort, connection);
    this.#halfOpen.add(connection);
    this.#connections += 1;
  }

  /** A reset for what belongs to no connection (RFC 9293, section 3.5.2, group 1). */
  #refuse(to: Ipv4, payload_bytes: number): void {
    const { flags, sequence, acknowledgment, sourcePort, destinationPort } = this.#header;
    const length = payload_bytes + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
    const hasAck = (flags & ACK) !== 0;
    const packet = newPacket(
      {
        ...blankHeader(),
        sourcePort: destinationPort,
        destinationPort: sourcePort,
        sequence: hasAck ? acknowledgment : 0,
        acknowledgment: hasAck ? 0 : advance(sequence, length),
        flags: hasAck ? RST : RST | ACK,
      },
      0,
    );
    seal(packet, { from: this.link.address, to });
    this.link.send(to, TCP_PROTOCOL, packet);
  }

  established(connection: Connection): void {
    this.#halfOpen.delete(connection);
    this.#ports.get(connection.ends.localPort)?.accept(streamOf(connection, this.link.address));
  }

  timeWaiting(connection: Connection): void {
    const [oldest] = this.#timeWait;
    if (this.#timeWait.size >= MOST_TIME_WAIT) oldest?.forget();
    this.#timeWait.add(connection);
    this.#connections -= 1;
  }

  closed(connection: Connection): void {
    const { remote, remotePort, localPort } = connection.ends;
    this.#ports.get(localPort)?.connections.delete(remote * 0x10000 + remotePort);
    this.#halfOpen.delete(connection);
    if (!this.#timeWait.delete(connection)) this.#connections -= 1;
  }
}
