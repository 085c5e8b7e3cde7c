/** QEMU's largest packet, NET_BUFSIZE: 4,096 + 65,536 bytes (include/net/net.h). */
export const LONGEST_FRAME_BYTES = 69_632;
/** A big-endian length before every frame (QEMU documentation, `-netdev stream`). */
export const LENGTH_BYTES = 4;

/** Cuts QEMU's stream into frames. Frames are views of the chunk; only one that spans two chunks is copied. */
export class FrameSplitter {
  readonly #onFrame: (frame: Buffer) => void;
  /** The length and frame that the last chunk ended in; its length field may be incomplete itself. */
  #held: Buffer = Buffer.alloc(0);

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** @returns the length of a frame that can't be one: the stream is lost from there on; else null */
  push(chunk: Buffer): number | null {
    let at = 0;
    while (this.#held.length > 0) {
      const wanted = this.#held.length < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + this.#held.readUInt32BE(0);
      if (wanted > LENGTH_BYTES + LONGEST_FRAME_BYTES) return wanted - LENGTH_BYTES;
      const end = Math.min(chunk.length, at + wanted - this.#held.length);
      this.#held = Buffer.concat([this.#held, chunk.subarray(at, end)]);
      at = end;
      if (this.#held.length < wanted) return null;
      if (wanted > LENGTH_BYTES || this.#held.readUInt32BE(0) === 0) this.#release();
    }
    return this.#split(chunk, at);
  }

  #release(): void {
    const frame = this.#held.subarray(LENGTH_BYTES);
    this.#held = Buffer.alloc(0);
    this.#onFrame(frame);
  }

  #split(chunk: Buffer, from: number): number | null {
    let at = from;
    while (chunk.length - at >= LENGTH_BYTES) {
      const length = chunk.readUInt32BE(at);
      if (length > LONGEST_FRAME_BYTES) return length;
      const end = at + LENGTH_BYTES + length;
      if (end > chunk.length) break;
      this.#onFrame(chunk.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    if (at < chunk.length) this.#held = chunk.subarray(at);
    return null;
  }
}
