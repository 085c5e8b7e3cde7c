import type { NodeId } from '../../core/ids.js';

/** So many pieces of a stream that each percent of it ends one of its own, */
const LEAST_PIECES = 256;
/** but none larger than this: a piece is held whole. */
const MOST_PIECE_BYTES = 256 * 1024;

interface Mark {
  readonly percent: number;
  readonly reached: () => void;
}

/** Points in what nodes are sent, at which something is to happen. */
export class WriteMarks {
  readonly #marks = new Map<NodeId, readonly Mark[]>();

  /** Calls `reached` once, when a stream to the node has come so far. */
  add(node: NodeId, percent: number, reached: () => void): void {
    this.#marks.set(node, [...(this.#marks.get(node) ?? []), { percent, reached }]);
  }

  /** The stream in small pieces: a piece that is asked for says that the node has room, and so has taken the others. */
  async *watched(node: NodeId, size_bytes: number, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const piece_bytes = Math.min(MOST_PIECE_BYTES, Math.ceil(size_bytes / LEAST_PIECES));
    let taken_bytes = 0;
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += piece_bytes) {
        const piece = chunk.subarray(at, at + piece_bytes);
        yield piece;
        taken_bytes += piece.length;
        this.passed(node, (100 * taken_bytes) / size_bytes);
      }
    }
  }

  passed(node: NodeId, percent: number): void {
    const marks = this.#marks.get(node) ?? [];
    const due = marks.filter((mark) => mark.percent <= percent);
    if (due.length === 0) return;
    this.#marks.set(
      node,
      marks.filter((mark) => mark.percent > percent),
    );
    for (const { reached } of due) reached();
  }
}
