import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { allowedAt, spent } from '../../core/power/budget.js';
import { PDU_TIMING, type PduConfig } from './config.js';
import { indexIn, orderOutlet, readOutlet, requireModel, type Seen } from './outlet.js';
import { openSession, type SnmpSession } from './session.js';
import { openTurns } from './turns.js';
import { wait } from './wait.js';

/** The switched outlets of one PDU. Requests are made one at a time: many management cards bear no more. */
export interface Pdu {
  readonly name: string;
  /** What the PDU itself says now. Silence is a Fault, never `off`. */
  read(outlet: string, signal: AbortSignalLike): Promise<PowerState>;
  /** Switches the outlet unless it is so already, and comes when the PDU says that it is. */
  ensure(outlet: string, want: PowerState, signal: AbortSignalLike): Promise<void>;
}

interface Asked {
  readonly outlet: string;
  readonly latestAt: number;
  readonly signal: AbortSignalLike;
}

export function snmpPdu(config: PduConfig, { clock }: { readonly clock: Clock }): Pdu {
  const timing = { ...PDU_TIMING, ...config.timing };
  const { name: pdu } = config;
  const converse = conversations(config, clock);
  const switchings = switchingTimes(config, timing.pause_ms);

  const asking = (outlet: string, signal: AbortSignalLike): Asked => {
    indexIn(config, outlet);
    return { outlet, latestAt: clock.now() + timing.turn_ms, signal };
  };
  /** Reads until it is so, or for as long as an outlet may need. */
  const settled = async (asked: Asked, isSo: (seen: Seen) => boolean): Promise<Seen> => {
    const { outlet, signal } = asked;
    const look = (): Promise<Seen> => converse(asked, (session) => readOutlet(config, session, outlet));
    const until = clock.now() + timing.settle_ms;
    let seen = await look();
    while (!isSo(seen) && clock.now() < until) {
      await wait(clock, timing.poll_ms, signal);
      seen = await look();
    }
    return seen;
  };
  /** null: it is so, or was ordered; else when it may be ordered. Nobody else's turn is used up by waiting for that. */
  const ordered = (asked: Asked, want: PowerState): Promise<number | null> =>
    converse(asked, async (session) => {
      const { outlet } = asked;
      if ((await readOutlet(config, session, outlet)).means === want) return null;
      const now = clock.now();
      const at = switchings.next(outlet, want, now);
      if (at > now) return at;
      switchings.took(outlet, want, now);
      await orderOutlet(config, session, { outlet, want });
      return null;
    });
  return {
    name: pdu,
    async read(outlet, signal) {
      const { means, value } = await settled(asking(outlet, signal), (seen) => seen.means !== 'between');
      if (means === 'on' || means === 'off') return means;
      throw new FaultError({ code: 'PDU-011', kind: 'outlet.undecided', pdu, outlet, value });
    },
    async ensure(outlet, want, signal) {
      const asked = asking(outlet, signal);
      for (let at = await ordered(asked, want); at !== null; at = await ordered(asked, want)) {
        if (at > asked.latestAt) throw switchings.tooLate(outlet);
        await wait(clock, at - clock.now(), signal);
      }
      const { means, value } = await settled(asked, (seen) => seen.means === want);
      if (means === want) return;
      const waited_ms = timing.settle_ms;
      throw new FaultError(
        means === 'on' || means === 'off'
          ? { code: 'PDU-010', kind: 'outlet.unmoved', pdu, outlet, want, waited_ms }
          : { code: 'PDU-011', kind: 'outlet.undecided', pdu, outlet, value },
      );
    },
  };
}

type Converse = <T>(asked: Asked, say: (session: SnmpSession) => Promise<T>) => Promise<T>;

/** Each conversation has a session of its own: an agent that was restarted since is no special case. */
function conversations(config: PduConfig, clock: Clock): Converse {
  const timing = { ...PDU_TIMING, ...config.timing };
  const turns = openTurns(clock);
  let isModelKnown = false;
  return (asked, say) => {
    const { outlet, signal, latestAt } = asked;
    const late = (): FaultError =>
      new FaultError({ code: 'PDU-013', kind: 'pdu.busy', pdu: config.name, outlet, waited_ms: timing.turn_ms });
    const converse = async () => {
      using session = await openSession(config, { clock, signal, timing });
      if (!isModelKnown) await requireModel(config, session, outlet);
      isModelKnown = true;
      // Awaited here: the session is closed when this function is left.
      return await say(session);
    };
    return turns.take(converse, { signal, limit: { latestAt, late } });
  };
}

/** When outlets of this PDU were switched, and may be switched next. */
function switchingTimes(config: PduConfig, pause_ms: number) {
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
