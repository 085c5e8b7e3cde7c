/**
 * How many windows may be on their way unreported: grows while the worst receiver gets nearly all, shrinks by a third
 * when it loses much, at most once for what was sent in one go. As TCP's slow start and avoidance (RFC 5681), but the
 * blocks that chance alone takes (1 or 2 %) do not slow it down.
 */
export interface Pace {
  /** Whole windows, at least one. */
  readonly windows: () => number;
  /** @param next the first window that is not sent yet */
  readonly learn: (window: PacedWindow, next: number) => void;
}

export interface PacedWindow {
  readonly number: number;
  /** Share of its blocks that the worst receiver lost at first, 0 to 1. */
  readonly loss: number;
}

const FIRST_WINDOWS = 4;
/** A sixteenth: with 2 % of independent loss a window of 64 loses more in one of 100 only. */
const LITTLE = 1 / 16;
const MUCH = 1 / 8;

export function openPace(most_windows: number): Pace {
  let allowed = Math.min(FIRST_WINDOWS, most_windows);
  let isSlowStart = true;
  /** Windows before it were sent at the old pace, so they say nothing about the new one. */
  let loweredAt = 0;
  return {
    windows: () => Math.max(1, Math.floor(allowed)),
    learn({ number, loss }, next) {
      if (number < loweredAt) return;
      if (loss > MUCH) {
        isSlowStart = false;
        allowed = Math.max(1, allowed * 0.7);
        loweredAt = next;
      } else if (loss <= LITTLE) {
        allowed = Math.min(most_windows, allowed + (isSlowStart ? 1 : 1 / allowed));
      }
    },
  };
}
