import type { OnProgress } from '../../../drivers/dark-store/progress.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import type { Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { LiveLine } from '../../cli/live-line.js';
import { progressLine } from '../../views/image-lines.js';

/** Often enough for the eye; a line a second would be too much for a log. */
const LIVE_MS = 100;
const PIPED_MS = 5_000;

export interface Shown {
  readonly onProgress: OnProgress;
  /** What is being waited for. */
  readonly onWait: (text: string) => void;
  /** Takes the line away. */
  readonly clear: () => void;
}

/** How far it is: one line on a terminal, one now and then where it is piped, an object with --json. */
export function shownProgress(given: Given, io: Io): Shown {
  const clock = systemClock();
  const line = new LiveLine(io);
  const isJson = given.flag('json');
  const every_ms = io.isLive && !isJson ? LIVE_MS : PIPED_MS;
  let shownAt = clock.now() - (io.isLive ? every_ms : 0);
  return {
    onProgress: (progress) => {
      if (clock.now() - shownAt < every_ms) return;
      shownAt = clock.now();
      if (isJson) io.out(`${JSON.stringify({ type: 'progress', ...progress })}\n`);
      else line.status(progressLine(progress, io.columns));
    },
    onWait: (text) => (isJson ? io.err(`${text}\n`) : line.status(text)),
    clear: () => line.clear(),
  };
}
