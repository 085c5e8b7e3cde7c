/** How many outlets of a bank may be switched on in a span of time: each draws its inrush from the same breaker. */
export interface SwitchBudget {
  readonly switchings: number;
  readonly within_ms: number;
}

/**
 * When the next outlet of the bank may be switched on.
 *
 * @param past  when the others were switched on, oldest first
 * @returns the first instant, `at` or later, such that no span of `within_ms` holds more than `switchings` of them
 */
export function allowedAt(budget: SwitchBudget, past: readonly number[], at: number): number {
  const first = past.at(-budget.switchings);
  return first === undefined ? at : Math.max(at, first + budget.within_ms);
}

/** What has to be remembered after a switching at `at`: no more than the budget can ask after. */
export function spent(budget: SwitchBudget, past: readonly number[], at: number): readonly number[] {
  return [...past, at].slice(-budget.switchings);
}
