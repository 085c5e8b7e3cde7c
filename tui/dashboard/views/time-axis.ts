import { shortText, timeText } from '../../../core/schedule/zoned-time.js';
import type { Scale } from '../model/schedule.js';
import type { Sight } from '../model/time-window.js';
import { instantText } from '../times.js';

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** How far apart marks may stand. */
const STEPS: readonly number[] = [
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  182 * DAY,
];

/** Room for `│05-05` and a blank at least. */
const LEAST_CELLS = 12;

export interface Tick {
  /** In cells from the left. */
  readonly place: number;
  readonly at: number;
  readonly text: string;
}

/** Marks at round times, so many that their words have room. */
export function ticksOf({ from, to }: Sight, cells: number, scale: Scale): readonly Tick[] {
  const cell_ms = (to - from) / cells;
  const step_ms = STEPS.find((step) => step / cell_ms >= LEAST_CELLS) ?? 364 * DAY;
  const ticks: Tick[] = [];
  const first = Math.floor(shown(from, scale) / step_ms) * step_ms;
  for (let at = first; ticks.length <= cells; at += step_ms) {
    // Clocks that are put back or forward between two marks move what follows.
    const instant = at - offset(at - offset(from, scale), scale);
    if (instant >= to) break;
    const place = Math.floor((instant - from) / cell_ms);
    if (place >= 0) ticks.push({ place, at: instant, text: tickText(instant, step_ms, scale) });
  }
  return ticks;
}

/** What clocks show there, in ms as if it were UTC. */
function shown(at: number, scale: Scale): number {
  return at + offset(at, scale);
}

function offset(at: number, scale: Scale): number {
  return scale.kind === 'run' ? 0 : scale.zones.offset_ms(scale.zone, at);
}

function tickText(at: number, step_ms: number, scale: Scale): string {
  if (scale.kind === 'run') return instantText(at).replace(/\.\d+$/, '');
  const text = shortText(at, scale.zone, scale.zones);
  const [date, time] = [text.slice(5, 10), text.slice(11)];
  if (step_ms > 28 * DAY) return text.slice(0, 10);
  return step_ms >= DAY || time === '00:00' ? date : time;
}

/** An instant in full, for detail. */
export function scaleText(at: number, scale: Scale): string {
  return scale.kind === 'run' ? instantText(at) : shortText(at, scale.zone, scale.zones);
}

/** For programs: ISO 8601 on the wall; null in a run, whose instants are ms. */
export function isoText(at: number, scale: Scale): string | null {
  return scale.kind === 'run' ? null : timeText(at, scale.zone, scale.zones);
}
