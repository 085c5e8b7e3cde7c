import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readMac, type Mac } from '../address.js';
import { ETHERNET_HEADER_BYTES, isGroupAddress } from '../frames/ethernet.js';
import { protocolOf, type TalkedProtocol } from '../observer/talked-protocol.js';
import { isLostAt, MOST_BLOCK_BYTES, walkBlocks, type PacketPlace } from './pcapng-reader.js';

/** Read at once; a block is never larger than what a mark spans. */
const READ_BYTES = 1 << 20;
/** Frames are found again from one mark to the next, without anything in between being kept. */
const MARK_BYTES = 1 << 18;

/** What one port sent to another within a second. */
export interface Flow {
  readonly from: string;
  /** Null: to all, or to nobody that is known. */
  readonly to: string | null;
  readonly protocol: TalkedProtocol;
  frames: number;
  bytes: number;
}

export interface CapturedSecond {
  frames: number;
  bytes: number;
  /** Taken by fault rules. */
  lost: number;
  readonly flows: Map<string, Flow>;
}

/** Where in the files a stretch of frames begins. */
export interface Mark {
  readonly file: number;
  readonly offset: number;
  readonly at_us: number;
}

export interface IndexedFrame {
  readonly at_us: number;
  readonly from: string;
  readonly to: string | null;
  readonly bytes: Buffer;
  readonly isLost: boolean;
}

/** What captures of one run hold, second by second, read once from end to end; the frames stay on the disk. */
export class CaptureIndex {
  readonly #list: () => readonly string[];
  #paths: readonly string[] = [];
  readonly #seconds = new Map<number, CapturedSecond>();
  readonly #marks: Mark[] = [];
  readonly #ports = new Set<string>();
  /** Interfaces of each file, by their number. */
  readonly #interfaces: string[][] = [];
  readonly #homes = new Map<Mac, string>();
  #file = 0;
  #offset = 0;
  #isDamaged = false;
  #left_bytes = 0;

  /** @param list paths in the order of time; the last one may still be written, and others may come behind it */
  constructor(list: () => readonly string[]) {
    this.#list = list;
  }

  /** Names of ports, as they came. */
  get ports(): readonly string[] {
    return [...this.#ports];
  }

  /** What was not read yet, as far as it was there when somebody looked last. */
  get left_bytes(): number {
    return this.#left_bytes;
  }

  /** The capture ends in what is no capture: what came before it counts. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  second(number: number): CapturedSecond | null {
    return this.#seconds.get(number) ?? null;
  }

  /** Reads on, `most_bytes` at most. @returns whether there was more */
  advance(most_bytes: number): boolean {
    let read_bytes = 0;
    while (read_bytes < most_bytes && !this.#isDamaged) {
      const taken_bytes = this.#readPiece();
      if (taken_bytes === 0 && !this.#toNextFile()) break;
      read_bytes += taken_bytes;
    }
    return read_bytes > 0;
  }

  /** The frames from a mark to the next, as far as they were read. */
  frames(mark: number): readonly IndexedFrame[] {
    const begin = this.#marks[mark];
    if (begin === undefined) return [];
    const next = this.#marks[mark + 1];
    const isLast = next === undefined || next.file !== begin.file;
    const end = isLast ? (begin.file === this.#file ? this.#offset : Number.MAX_SAFE_INTEGER) : next.offset;
    const most_bytes = Math.min(end - begin.offset, READ_BYTES);
    const { bytes } = readAt(this.#paths[begin.file] ?? '', begin.offset, most_bytes);
    const frames: IndexedFrame[] = [];
    const packet = (place: PacketPlace): void => {
      const { from, to } = this.#ends(bytes, place, begin.file);
      const frame = bytes.subarray(place.frameAt, place.endAt);
      frames.push({ at_us: place.at_us, from, to, bytes: frame, isLost: isLostAt(bytes, place) });
    };
    walkBlocks(bytes, { port: () => {}, packet });
    return frames;
  }

  #readPiece(): number {
    const path = this.#paths[this.#file];
    if (path === undefined) return 0;
    const { bytes, size_bytes } = readAt(path, this.#offset, READ_BYTES);
    const begin = this.#offset;
    const walked = walkBlocks(bytes, {
      port: (name) => {
        (this.#interfaces[this.#file] ??= []).push(name);
        this.#ports.add(name);
      },
      packet: (place) => this.#count(bytes, place, begin),
    });
    this.#isDamaged = walked.isDamaged || (walked.at === 0 && bytes.length > MOST_BLOCK_BYTES);
    this.#offset += walked.at;
    // What is no whole block yet is still being written, or was cut off.
    const isStuck = this.#isDamaged || walked.at === 0;
    this.#left_bytes = isStuck ? 0 : Math.max(0, size_bytes - this.#offset);
    return walked.at;
  }

  /** A later life of the run has a file of its own. */
  #toNextFile(): boolean {
    const known = this.#paths.length;
    this.#paths = this.#list();
    // Asked for the first time, it is the first file.
    if (known === 0) return this.#paths.length > 0;
    if (this.#file + 1 >= this.#paths.length) return false;
    this.#file += 1;
    this.#offset = 0;
    return true;
  }

  #count(bytes: Buffer, place: PacketPlace, begin: number): void {
    const { at_us, frameAt, endAt } = place;
    const offset = begin + place.blockAt;
    const last = this.#marks.at(-1);
    if (last === undefined || last.file !== this.#file || offset - last.offset >= MARK_BYTES) {
      this.#marks.push({ file: this.#file, offset, at_us });
    }
    const { from, to } = this.#ends(bytes, place, this.#file);
    const number = Math.floor(at_us / 1_000_000);
    const second = this.#seconds.get(number) ?? { frames: 0, bytes: 0, lost: 0, flows: new Map<string, Flow>() };
    this.#seconds.set(number, second);
    const size_bytes = endAt - frameAt;
    second.frames += 1;
    second.bytes += size_bytes;
    if (isLostAt(bytes, place)) second.lost += 1;
    const protocol = protocolOf(bytes, frameAt, endAt);
    const name = `${from} ${to ?? '*'} ${protocol}`;
    const flow = second.flows.get(name) ?? { from, to, protocol, frames: 0, bytes: 0 };
    if (flow.frames === 0) second.flows.set(name, flow);
    flow.frames += 1;
    flow.bytes += size_bytes;
  }

  /** Who sent a frame is written down; whom it is for is known once that one has sent something as well. */
  #ends(bytes: Buffer, { interfaceNumber, frameAt, endAt }: PacketPlace, file: number): Pick<Flow, 'from' | 'to'> {
    const from = this.#interfaces[file]?.[interfaceNumber] ?? '';
    if (endAt - frameAt < ETHERNET_HEADER_BYTES) return { from, to: null };
    const source = readMac(bytes, frameAt + 6);
    if (!isGroupAddress(source) && !this.#homes.has(source) && this.#homes.size < MOST_HOMES) {
      this.#homes.set(source, from);
    }
    return { from, to: this.#homes.get(readMac(bytes, frameAt)) ?? null };
  }
}

/** A node that makes up addresses must not fill the memory. */
const MOST_HOMES = 4_096;

interface Piece {
  readonly bytes: Buffer;
  /** Of the whole file. */
  readonly size_bytes: number;
}

/** Nothing where there is no such file. */
function readAt(path: string, offset: number, most_bytes: number): Piece {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return { bytes: Buffer.alloc(0), size_bytes: 0 };
  }
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(most_bytes, size - offset)));
    return { bytes: bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset)), size_bytes: size };
  } finally {
    closeSync(descriptor);
  }
}
