import type { Clock, Timer } from '../../core/clock.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';

/**
 * A choice: the stages' deadlines are of this size, so a hang is told as one before it shows as a late stage. Asking a
 * node that is merely quiet is one line each way.
 */
const QUIET_LIMIT_MS = 30_000;

export interface LivenessOptions {
  readonly clock: Clock;
  /** Rejects with a FaultError when there is no answer. */
  readonly ask: () => Promise<unknown>;
  /** Called once; nothing is watched any more. */
  readonly onHang: (fault: Fault) => void;
}

export interface Liveness {
  /** It did something, so it lives. */
  readonly sign: () => void;
  stop(): void;
}

/** Asks a QEMU that shows no sign of life whether it is still there: a stopped process dies silently otherwise. */
export function watchLiveness({ clock, ask, onHang }: LivenessOptions): Liveness {
  let lastSignAt = clock.now();
  let isStopped = false;
  let timer: Timer;
  const watch = (): void => {
    if (isStopped) return;
    const left_ms = lastSignAt + QUIET_LIMIT_MS - clock.now();
    timer = clock.setTimer(Math.max(0, left_ms), wake);
  };
  const sign = (): void => void (lastSignAt = clock.now());
  const stop = (): void => {
    isStopped = true;
    timer.cancel();
  };
  const wake = (): void => {
    if (clock.now() < lastSignAt + QUIET_LIMIT_MS) return watch();
    ask().then(
      () => {
        sign();
        watch();
      },
      (thrown: unknown) => {
        const fault = faultOf(thrown);
        if (fault === null) throw thrown;
        // QMU-008: it has ended, and its end is told by who waits for it.
        if (!isStopped && fault.code !== 'QMU-008') onHang(fault);
        stop();
      },
    );
  };
  watch();
  return { sign, stop };
}
