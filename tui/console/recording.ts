import { createWriteStream } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import type { ConsolePiece } from '../../core/ports/console.js';

/** A file that keeps what a console said, with times; `asciinema play` shows it. */
export interface Recording {
  take(piece: ConsolePiece): void;
  /** Comes when all of it is in the file. @throws FaultError CON-006 */
  close(): Promise<void>;
}

export interface RecordingStart {
  readonly path: string;
  readonly node: string;
  /** By the rig's clock, in ms. */
  readonly startedAt: number;
  /** By the wall clock, in s since 1970. */
  readonly startedAt_s: number;
}

/** Serial consoles have no size of their own; this is what firmware assumes. */
const SIZE = { width: 80, height: 25 };

/** @see the asciicast v2 format of asciinema: a header, then `[seconds, "o", text]` a line */
export function headerLine({ node, startedAt_s }: RecordingStart): string {
  const header = { version: 2, ...SIZE, timestamp: Math.floor(startedAt_s), title: `console of ${node}` };
  return `${JSON.stringify(header)}\n`;
}

export function eventLine(startedAt: number, { at, text }: ConsolePiece): string {
  return `${JSON.stringify([Math.round((at - startedAt) * 1000) / 1_000_000, 'o', text])}\n`;
}

export function openRecording(start: RecordingStart): Recording {
  const file = createWriteStream(start.path, { flags: 'w', mode: 0o600 });
  let fault: FaultError | null = null;
  file.once('error', (error: NodeJS.ErrnoException) => {
    const why = error.code ?? error.message;
    fault = new FaultError({ code: 'CON-006', kind: 'recording.unwritable', path: start.path, why });
  });
  const closed = new Promise<void>((resolve) => void file.once('close', () => resolve()));
  file.write(headerLine(start));
  return {
    take: (piece) => void file.write(eventLine(start.startedAt, piece)),
    async close() {
      file.end();
      await closed;
      if (fault !== null) throw fault;
    },
  };
}
