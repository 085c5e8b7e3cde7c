const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A whole number and its unit. Nine digits of hours stay far below 2^53 ms. */
export const DURATION = /^(\d{1,9})(ms|s|m|h)$/;
/** Node's timers hold at most 2^31 - 1 ms, 24.8 days; a deadline beyond that would fire at once. */
export const LONGEST_DURATION_MS = 2_147_483_647;

/** `30s`, `1500ms`, `2m`, `1h` in ms; null for anything else. */
export function durationOf(text: string): number | null {
  const [, digits = '', unit = ''] = DURATION.exec(text) ?? [];
  const unit_ms = UNITS_MS[unit];
  return unit_ms === undefined ? null : Number(digits) * unit_ms;
}
