import type { Schedule } from './schedule.js';

const [MINUTE, HOUR, DAY, WEEK] = [60_000, 3_600_000, 86_400_000, 604_800_000];

/** What fits beside each other, from close by to far away, in ms. */
export const SPANS: readonly number[] = [
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  3 * DAY,
  WEEK,
  2 * WEEK,
  4 * WEEK,
  12 * WEEK,
  26 * WEEK,
  52 * WEEK,
  104 * WEEK,
];

/** Where somebody looks in a schedule. */
export interface TimeWindow {
  /** One of `SPANS`; null: as much as it takes to see what is to come. */
  readonly span_ms: number | null;
  /** How far from now they have walked. */
  readonly shift_ms: number;
}

export const AROUND_NOW: TimeWindow = { span_ms: null, shift_ms: 0 };

export interface Sight {
  readonly from: number;
  readonly to: number;
}

/** Further ahead than this nobody is led without asking for it. */
const FARTHEST = 12 * WEEK;
/** The part of what is in sight that lies before now: what is to come matters more. */
const BEFORE = 0.25;
/** How far one step goes. */
const STEP = 0.25;

export function sightOf(schedule: Schedule, window: TimeWindow): Sight {
  const span_ms = window.span_ms ?? fitting(schedule);
  const from = schedule.now + window.shift_ms - span_ms * BEFORE;
  return { from, to: from + span_ms };
}

/** The least span that shows the end of everything that is held, a day at least on the wall, and 12 weeks at most. */
function fitting({ now, rows, scale }: Schedule): number {
  const least = scale.kind === 'wall' ? DAY : MINUTE;
  let ahead = least * (1 - BEFORE);
  for (const { stays } of rows) for (const { isHeld, to } of stays) if (isHeld) ahead = Math.max(ahead, to - now);
  const enough = SPANS.find((span_ms) => span_ms * (1 - BEFORE) >= ahead && span_ms >= least);
  return Math.min(enough ?? FARTHEST, FARTHEST);
}

export const PANS = ['closer', 'wider', 'earlier', 'later', 'now'] as const;
export type Pan = (typeof PANS)[number];

export function isPan(deed: string): deed is Pan {
  return PANS.some((pan) => pan === deed);
}

export function panned(window: TimeWindow, pan: Pan, schedule: Schedule): TimeWindow {
  const span_ms = window.span_ms ?? fitting(schedule);
  const place = SPANS.indexOf(span_ms);
  switch (pan) {
    case 'closer':
      return { ...window, span_ms: SPANS[Math.max(0, place - 1)] ?? span_ms };
    case 'wider':
      return { ...window, span_ms: SPANS[Math.min(SPANS.length - 1, place + 1)] ?? span_ms };
    case 'earlier':
      return { span_ms, shift_ms: window.shift_ms - span_ms * STEP };
    case 'later':
      return { span_ms, shift_ms: window.shift_ms + span_ms * STEP };
    case 'now':
      return AROUND_NOW;
  }
}
