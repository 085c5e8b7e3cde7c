import { FaultError } from '../../core/faults/fault.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';

/**
 * A node whose power button only a person can press. The operator is asked, and waited for until the signal is aborted:
 * the bound is the asker's.
 */
export function manualPower(node: string, operator: OperatorPort): MachinePower {
  const ask = async (question: string, answers: readonly string[], signal: AbortSignalLike): Promise<string> => {
    if (signal.aborted) throw aborted();
    if (!operator.isThere()) throw new FaultError({ code: 'MAN-001', kind: 'operator.absent', node, question });
    const answer = await operator.ask(question, answers, signal);
    if (answer === null || answer === 'no') {
      throw new FaultError({ code: 'MAN-002', kind: 'operator.declined', node, question });
    }
    return answer;
  };
  const read = async (signal: AbortSignalLike): Promise<PowerState> =>
    (await ask(`Is ${node} on or off?`, ['on', 'off'], signal)) === 'on' ? 'on' : 'off';
  return {
    read,
    // No second question whether it is so: what was done is what is believed either way.
    async ensure(want, signal) {
      await ask(`Switch ${node} ${want}, unless it is so, and say done (or no):`, ['done', 'no'], signal);
    },
  };
}
