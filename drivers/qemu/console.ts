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
  /** Comes when all that was taken is in the log. */
  close(): Promise<void>;
}

/** One power-on's serial console: to the log, to whoever reads the lines, and a key where iPXE waits for one. */
export function openConsole({ clock, path, onText, sendKey, onFault }: ConsoleOptions): Console {
  const log = createWriteStream(path, { flags: 'a' });
  let gathered: Buffer[] = [];
  let timer: Timer | null = null;
  const flush = (): void => {
    timer = null;
    log.write(Buffer.concat(gathered));
    gathered = [];
  };
  const closed = new Promise<void>((resolve) => void log.once('close', () => resolve()));
  log.once('error', (error: NodeJS.ErrnoException) =>
    onFault({ code: 'QMU-011', kind: 'console.unwritable', path, why: error.code ?? error.message }),
  );
  const read = keyedReader({ onText, sendKey });
  return {
    take(bytes) {
      gathered.push(bytes);
      timer ??= clock.setTimer(LOG_DELAY_MS, flush);
      read(bytes);
    },
    async close() {
      timer?.cancel();
      if (gathered.length > 0) flush();
      log.end();
      await closed;
    },
  };
}

/** What a console says as lines, and a key where iPXE waits for one. */
export function keyedReader({ onText, sendKey }: Pick<ConsoleOptions, 'onText' | 'sendKey'>): (bytes: Buffer) => void {
  const read = consoleTextReader();
  let hasSentKey = false;
  return (bytes) => {
    for (const text of read(bytes)) {
      if (!hasSentKey && text.text.includes(BANNER)) {
        hasSentKey = true;
        sendKey(KEY);
      }
      if (text.isWhole) hasSentKey = false;
      onText(text);
    }
  };
}
