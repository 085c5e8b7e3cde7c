import { createWriteStream } from 'node:fs';
import type { Clock, Timer } from '../../core/clock.js';
import type { Fault } from '../../core/faults/fault.js';
import { consoleTextReader, type ConsoleText } from './console-text.js';

/** iPXE waits 2 s here for somebody to press a key, twice in a network boot: measured 2.0 s each, 0.02 s with a key. */
const BANNER = 'Press Ctrl-B for the iPXE command line';
/** Any key but Ctrl-B ends the wait and boots on. */
const KEY = ' ';

/** How long what the guest sent may wait for the log: it comes byte by byte, each write is a call. */
const LOG_DELAY_MS = 50;

/** How long it may wait to be read: a line that is read anew at each of its bytes costs ten times as much. */
const READ_DELAY_MS = 5;

export interface ConsoleOptions {
  readonly clock: Clock;
  /** The log file; what comes is put at its end, byte by byte as the guest sent it. */
  readonly path: string;
  readonly onText: (text: ConsoleText) => void;
  readonly sendKey: (key: string) => void;
  /** QMU-011: the log could not be written; the console goes on without it. */
  readonly onFault: (fault: Fault) => void;
}

export interface Console {
  take(bytes: Buffer): void;
  /** Reads at once what was taken: before something else is told that came after it. */
  catchUp(): void;
  /** Comes when all that was taken is read, and in the log. */
  close(): Promise<void>;
}

/** One power-on's serial console: to the log, to whoever reads the lines, and a key where iPXE waits for one. */
export function openConsole({ clock, path, onText, sendKey, onFault }: ConsoleOptions): Console {
  const log = createWriteStream(path, { flags: 'a' });
  const closed = new Promise<void>((resolve) => void log.once('close', () => resolve()));
  log.once('error', (error: NodeJS.ErrnoException) =>
    onFault({ code: 'QMU-011', kind: 'console.unwritable', path, why: error.code ?? error.message }),
  );
  const unwritten = gathered(clock, LOG_DELAY_MS, (bytes) => void log.write(bytes));
  const read = consoleTextReader();
  let hasSentKey = false;
  const unread = gathered(clock, READ_DELAY_MS, (bytes) => {
    for (const text of read(bytes)) {
      if (!hasSentKey && text.text.includes(BANNER)) {
        hasSentKey = true;
        sendKey(KEY);
      }
      if (text.isWhole) hasSentKey = false;
      onText(text);
    }
  });
  return {
    take(bytes) {
      unwritten.add(bytes);
      unread.add(bytes);
    },
    catchUp: () => unread.use(),
    async close() {
      unread.use();
      unwritten.use();
      log.end();
      await closed;
    },
  };
}

interface Gathered {
  add(bytes: Buffer): void;
  /** At once, whatever there is. */
  use(): void;
}

/** Bytes that are used together, `delay_ms` after the first of them at the latest. */
function gathered(clock: Clock, delay_ms: number, taken: (bytes: Buffer) => void): Gathered {
  let pieces: Buffer[] = [];
  let timer: Timer | null = null;
  const use = (): void => {
    timer?.cancel();
    timer = null;
    if (pieces.length === 0) return;
    const bytes = Buffer.concat(pieces);
    pieces = [];
    taken(bytes);
  };
  return {
    use,
    add(bytes) {
      pieces.push(bytes);
      timer ??= clock.setTimer(delay_ms, use);
    },
  };
}
