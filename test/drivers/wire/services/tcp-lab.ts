import { seededRandom, type Random } from '../../../../core/random.js';
import { parseIpv4, type Ipv4 } from '../../../../drivers/wire/address.js';
import type { ByteStream } from '../../../../drivers/wire/byte-stream.js';
import { HEADROOM_BYTES } from '../../../../drivers/wire/ip-link.js';
import { openTcp, type Tcp } from '../../../../drivers/wire/services/tcp/tcp.js';
import { TcpPeer, type PeerOptions } from './tcp-peer.js';
import { VirtualClock } from './virtual-clock.js';

/** What a wire does to frames; each a chance from 0 to 1. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  readonly corruption: number;
  /** A frame may be as much later as this, and so come after later ones. */
  readonly jitter_ms: number;
}

export const FAIR: Weather = { loss: 0, duplication: 0, corruption: 0, jitter_ms: 0 };
export const SERVER = address('10.99.0.1');
export const CLIENT = address('10.99.0.101');

/** Our TCP at one end of a simulated wire, peers at the other, and a clock that we move. */
export class TcpLab {
  readonly clock = new VirtualClock();
  readonly tcp: Tcp;
  weather: Weather;
  delay_ms = 0.2;
  /** Frames arrive before `send` returns. */
  isImmediate = false;
  /** Frames that the server sent, whatever became of them. */
  sent = 0;
  /** Set it to lose a frame, by its number, or to look at it. */
  isLost: (segment: Buffer, from: 'server' | 'client') => boolean = () => false;
  readonly #random: Random;
  readonly #peers = new Map<number, TcpPeer>();

  constructor(seed: number, weather: Weather = FAIR, serverRandom?: Random) {
    this.#random = seededRandom(seed);
    this.weather = weather;
    const send = (_to: Ipv4, _protocol: number, packet: Buffer): void => {
      this.sent += 1;
      this.carry(packet.subarray(HEADROOM_BYTES), 'server');
    };
    const link = { address: SERVER, send };
    this.tcp = openTcp({ link, clock: this.clock, random: serverRandom ?? this.#random });
  }

  /** A client on `port`; give it something to say and `connect` it. */
  peer(port: number, options: Partial<PeerOptions> = {}): TcpPeer {
    const peer = new TcpPeer({
      clock: this.clock,
      address: CLIENT,
      port,
      server: SERVER,
      serverPort: 3260,
      initialSequence: 1000,
      mss_bytes: 1460,
      windowScale: 3,
      capacity_bytes: 256 * 1024,
      send: (segment) => this.carry(segment, 'client'),
      ...options,
    });
    this.#peers.set(port, peer);
    return peer;
  }

  /** Connects a client over a fair wire: both its ends. */
  open(options: Partial<PeerOptions> = {}): {
    readonly peer: TcpPeer;
    readonly stream: ByteStream;
    readonly told: Told;
  } {
    const streams: ByteStream[] = [];
    this.tcp.listen(3260, (stream) => void streams.push(stream));
    const peer = this.peer(1024, options);
    peer.connect();
    this.clock.run(this.clock.now() + 10_000, () => streams.length > 0);
    const [stream] = streams;
    if (stream === undefined) throw new Error('the handshake failed');
    return { peer, stream, told: listenTo(stream) };
  }

  carry(segment: Buffer, from: 'server' | 'client'): void {
    const { loss, duplication, corruption, jitter_ms } = this.weather;
    const copies = this.#random.next() < duplication ? 2 : 1;
    const isLost = this.isLost(segment, from);
    for (let copy = 0; copy < copies; copy += 1) {
      const bytes = Buffer.from(segment);
      if (isLost || this.#random.next() < loss) continue;
      if (this.#random.next() < corruption) this.#corrupt(bytes);
      const delay_ms = this.delay_ms + this.#random.next() * jitter_ms;
      if (this.isImmediate) this.#arrive(bytes, from);
      else this.clock.setTimer(delay_ms, () => this.#arrive(bytes, from));
    }
  }

  #arrive(bytes: Buffer, from: 'server' | 'client'): void {
    if (from === 'client') this.tcp.receive(CLIENT, bytes);
    else this.#peers.get(bytes.readUInt16BE(2))?.arrive(bytes);
  }

  #corrupt(bytes: Buffer): void {
    const at = Math.floor(this.#random.next() * bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(this.#random.next() * 8)), at);
  }
}

/** What a stream told its application. */
export interface Told {
  readonly data: Buffer[];
  ends: number;
  closes: number;
  drains: number;
}

export function listenTo(stream: ByteStream): Told {
  const told: Told = { data: [], ends: 0, closes: 0, drains: 0 };
  stream.onData((bytes) => void told.data.push(Buffer.from(bytes)));
  stream.onEnd(() => void (told.ends += 1));
  stream.onClose(() => void (told.closes += 1));
  stream.onDrain(() => void (told.drains += 1));
  return told;
}

/** Bytes that tell where in a stream they belong. */
export function pattern(length: number, salt: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8) * 17 + (at >> 16) * 7 + salt) & 255;
  return bytes;
}

function address(text: string): Ipv4 {
  const parsed = parseIpv4(text);
  if (parsed === null) throw new Error(`${text} is not an address`);
  return parsed;
}
