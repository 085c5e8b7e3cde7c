import { FaultError } from '../../core/faults/fault.js';
import type { PowerState } from '../../core/ports/power.js';
import { allowedAt, spent } from '../../core/power/budget.js';
import type { PduConfig } from './config.js';

/** When outlets of this PDU were switched, and may be switched next. */
export function switchingTimes(config: PduConfig, pause_ms: number) {
  const { name: pdu, budget, banks = {} } = config;
  const onAt = new Map<string, readonly number[]>();
  const bankOf = (outlet: string): string => banks[outlet] ?? 'all';
  let lastAt = -Infinity;
  return {
    /** Off draws no inrush: only the pause holds it back. */
    next(outlet: string, want: PowerState, now: number): number {
      const rested = Math.max(now, lastAt + pause_ms);
      if (want === 'off' || budget === undefined) return rested;
      return allowedAt(budget, onAt.get(bankOf(outlet)) ?? [], rested);
    },
    took(outlet: string, want: PowerState, now: number): void {
      lastAt = now;
      if (want === 'off' || budget === undefined) return;
      onAt.set(bankOf(outlet), spent(budget, onAt.get(bankOf(outlet)) ?? [], now));
    },
    tooLate(outlet: string): FaultError {
      const { switchings, within_ms } = budget ?? { switchings: 1, within_ms: pause_ms };
      const bank = bankOf(outlet);
      return new FaultError({ code: 'PDU-012', kind: 'budget.spent', pdu, bank, switchings, within_ms });
    },
  };
}
