import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { PDU_TIMING, type PduConfig } from './config.js';
import { requireModel } from './outlet.js';
import { openSession, type SnmpSession } from './session.js';
import { openTurns } from '../system-clock/turns.js';

export interface Asked {
  readonly outlet: string;
  readonly signal: AbortSignalLike;
}

/** What is said in its own session, one after the other. */
export type Converse = <T>(asked: Asked, say: (session: SnmpSession) => Promise<T>) => Promise<T>;

/** Each conversation has a session of its own: an agent that was restarted since is no special case. */
export function conversations(config: PduConfig, clock: Clock): Converse {
  const timing = { ...PDU_TIMING, ...config.timing };
  const turns = openTurns();
  let isModelKnown = false;
  return (asked, say) => {
    const { outlet, signal } = asked;
    const late = (): FaultError =>
      new FaultError({ code: 'PDU-013', kind: 'pdu.busy', pdu: config.name, outlet, waited_ms: timing.turn_ms });
    const converse = async () => {
      using session = await openSession(config, { clock, signal, timing });
      if (!isModelKnown) await requireModel(config, session, outlet);
      isModelKnown = true;
      // Awaited here: the session is closed when this function is left.
      return await say(session);
    };
    return turns.take(converse, { signal, limit: { clock, latestAt: clock.now() + timing.turn_ms, late } });
  };
}
