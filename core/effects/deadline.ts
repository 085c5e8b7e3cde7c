import type { Clock } from '../clock.js';
import type { Perform } from './perform.js';

/** Whichever comes first: the inner answer, or EFF-001 at the deadline (and then the inner effect is cancelled). */
export function withDeadlines(clock: Clock, inner: Perform): Perform {
  return (effect, input, answer) => {
    const { deadlineAt } = input;
    if (deadlineAt === null) return inner(effect, input, answer);
    const askedAt = clock.now();
    let settled = false;
    const timer = clock.setTimer(Math.max(0, deadlineAt - askedAt), () => {
      if (settled) return;
      settled = true;
      cancelInner();
      const at = clock.now();
      const fault = { code: 'EFF-001', kind: 'effect.late', effect, waited_ms: at - askedAt } as const;
      answer({ ok: false, failure: { fault, at } });
    });
    const cancelInner = inner(effect, input, (result) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      answer(result);
    });
    return () => {
      if (settled) return;
      settled = true;
      timer.cancel();
      cancelInner();
    };
  };
}
