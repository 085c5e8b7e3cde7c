import { open, type FileHandle } from 'node:fs/promises';
import type { Clock, Timer } from '../../../core/clock.js';
import { FaultError, type Fault } from '../../../core/faults/fault.js';
import type { SeenFrame } from '../wire-port.js';
import {
  blockTarget,
  interfaceBlock,
  packetBlockBytes,
  sectionHeaderBlock,
  writePacketBlock,
  type BlockTarget,
  type CapturedPacket,
} from './pcapng.js';

/** Frames are gathered into pieces of this size and written one after the other by Node's thread pool. */
const PIECE_BYTES = 1 << 18;
/** Pieces that may wait for a slow disk; what comes while all of them wait is left out and counted. */
const MOST_PIECES = 64;
/** How old a frame may get before it is in the file. */
const FLUSH_MS = 250;

export interface CaptureOptions {
  readonly path: string;
  readonly clock: Clock;
  /** The file grows no larger; what comes after is left out. Unlimited when not given. */
  readonly limit_bytes?: number;
  /** Told once, when the file can't be written any more. */
  readonly noted: (fault: Fault) => void;
}

/** A pcapng file being written: an interface a port, named by it. */
export interface CaptureFile {
  /** For `Switch.onFrame`. Never blocks, never fails. */
  readonly take: (seen: SeenFrame) => void;
  /** Frames that are not in the file: over the limit, too fast for the disk, or after the file failed. */
  readonly left_out_frames: number;
  /** Writes what is left and closes the file. */
  close(): Promise<void>;
}

/**
 * Creates or overwrites the file. Instants are the Clock's, so that the capture's first second is the run's.
 *
 * @throws FaultError WIRE-004
 */
export async function openCaptureFile(options: CaptureOptions): Promise<CaptureFile> {
  const file = await open(options.path, 'w').catch((error: unknown) => {
    throw new FaultError(unwritable(options.path, error), error);
  });
  return new PcapngFile(file, options);
}

class PcapngFile implements CaptureFile {
  readonly #file: FileHandle;
  readonly #options: CaptureOptions;
  readonly #limit_bytes: number;
  readonly #interfaces = new Map<string, number>();
  readonly #spare: BlockTarget[] = [];
  #piece: BlockTarget;
  #used = 0;
  /** Everything taken so far; the file ends here once all pieces are written. */
  #taken_bytes = 0;
  #pieces = 1;
  #left_out = 0;
  #hasFailed = false;
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, options: CaptureOptions) {
    this.#file = file;
    this.#options = options;
    this.#limit_bytes = options.limit_bytes ?? Number.POSITIVE_INFINITY;
    this.#piece = blockTarget(PIECE_BYTES);
    this.#append(sectionHeaderBlock('metalrig'));
  }

  get left_out_frames(): number {
    return this.#left_out;
  }

  readonly take = (seen: SeenFrame): void => {
    const interfaceNumber = this.#interfaces.get(seen.port) ?? this.#addInterface(seen.port);
    if (interfaceNumber === null) {
      this.#left_out++;
      return;
    }
    const at_us = Math.round(seen.at * 1000);
    const packet: CapturedPacket = { interfaceNumber, at_us, bytes: seen.bytes, isLost: seen.isLost };
    const size_bytes = packetBlockBytes(packet);
    if (!this.#makeRoom(size_bytes)) {
      this.#left_out++;
      return;
    }
    writePacketBlock(this.#piece, this.#used, packet);
    this.#advance(size_bytes);
  };

  async close(): Promise<void> {
    this.#timer?.cancel();
    while (!this.#flush()) await this.#writing;
    await this.#writing;
    await this.#file.close().catch((error: unknown) => this.#fail(error));
  }

  /** @returns null when there is no room: without its interface a packet is left out as well */
  #addInterface(port: string): number | null {
    const number = this.#interfaces.size;
    if (!this.#append(interfaceBlock(port))) return null;
    this.#interfaces.set(port, number);
    return number;
  }

  #append(block: Buffer): boolean {
    if (!this.#makeRoom(block.length)) return false;
    block.copy(this.#piece.bytes, this.#used);
    this.#advance(block.length);
    return true;
  }

  #makeRoom(size_bytes: number): boolean {
    if (this.#hasFailed || this.#taken_bytes + size_bytes > this.#limit_bytes) return false;
    if (this.#used + size_bytes <= PIECE_BYTES) return true;
    return this.#flush();
  }

  #advance(size_bytes: number): void {
    this.#used += size_bytes;
    this.#taken_bytes += size_bytes;
    this.#timer ??= this.#options.clock.setTimer(FLUSH_MS, () => {
      this.#timer = null;
      this.#flush();
    });
  }

  /** @returns false when too many pieces wait already: the one at hand stays */
  #flush(): boolean {
    const piece = this.#piece;
    const used = this.#used;
    if (used === 0) return true;
    if (this.#spare.length === 0 && this.#pieces >= MOST_PIECES) return false;
    this.#used = 0;
    this.#piece = this.#spare.pop() ?? this.#newPiece();
    this.#writing = this.#writing.then(async () => {
      await this.#write(piece.bytes.subarray(0, used));
      this.#spare.push(piece);
    });
    return true;
  }

  #newPiece(): BlockTarget {
    this.#pieces++;
    return blockTarget(PIECE_BYTES);
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#hasFailed) return;
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at);
        at += bytesWritten;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.noted(unwritable(this.#options.path, error));
  }
}

function unwritable(path: string, error: unknown): Fault {
  const why =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
  return { code: 'WIRE-004', kind: 'capture.unwritable', path, why };
}
