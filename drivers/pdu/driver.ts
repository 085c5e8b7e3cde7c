import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { pause } from '../system-clock/pause.js';
import { PDU_TIMING, type PduConfig } from './config.js';
import { conversations, type Asked } from './conversations.js';
import { indexIn, orderOutlet, readOutlet, type Seen } from './outlet.js';
import { switchingTimes } from './switching-times.js';

/** The switched outlets of one PDU. Requests are made one at a time: many management cards bear no more. */
export interface Pdu {
  readonly name: string;
  /** What the PDU itself says now. Silence is a Fault, never `off`. */
  read(outlet: string, signal: AbortSignalLike): Promise<PowerState>;
  /** Switches the outlet unless it is so already, and comes when the PDU says that it is. */
  ensure(outlet: string, want: PowerState, signal: AbortSignalLike): Promise<void>;
}

export function snmpPdu(config: PduConfig, parts: { readonly clock: Clock }): Pdu {
  const { clock } = parts;
  const { settle_ms, turn_ms } = { ...PDU_TIMING, ...config.timing };
  const { name: pdu } = config;
  const outlets = outletsOf(config, clock);
  return {
    name: pdu,
    async read(outlet, signal) {
      indexIn(config, outlet);
      const { means, value } = await outlets.settled({ outlet, signal }, (seen) => seen.means !== 'between');
      if (means === 'on' || means === 'off') return means;
      throw new FaultError({ code: 'PDU-011', kind: 'outlet.undecided', pdu, outlet, value });
    },
    async ensure(outlet, want, signal) {
      indexIn(config, outlet);
      const asked = { outlet, signal };
      const latestAt = clock.now() + turn_ms;
      for (let at = await outlets.ordered(asked, want); at !== null; at = await outlets.ordered(asked, want)) {
        if (at > latestAt) throw outlets.tooLate(outlet);
        await pause(clock, at - clock.now(), signal);
      }
      const { means, value } = await outlets.settled(asked, (seen) => seen.means === want);
      if (means === want) return;
      throw new FaultError(
        means === 'on' || means === 'off'
          ? { code: 'PDU-010', kind: 'outlet.unmoved', pdu, outlet, want, waited_ms: settle_ms }
          : { code: 'PDU-011', kind: 'outlet.undecided', pdu, outlet, value },
      );
    },
  };
}

function outletsOf(config: PduConfig, clock: Clock) {
  const { settle_ms, poll_ms, pause_ms } = { ...PDU_TIMING, ...config.timing };
  const converse = conversations(config, clock);
  const switchings = switchingTimes(config, pause_ms);
  return {
    tooLate: (outlet: string) => switchings.tooLate(outlet),
    /** Reads until it is so, or for as long as an outlet may need. */
    async settled(asked: Asked, isSo: (seen: Seen) => boolean): Promise<Seen> {
      const look = (): Promise<Seen> => converse(asked, (session) => readOutlet(config, session, asked.outlet));
      const until = clock.now() + settle_ms;
      let seen = await look();
      while (!isSo(seen) && clock.now() < until) {
        await pause(clock, poll_ms, asked.signal);
        seen = await look();
      }
      return seen;
    },
    /** null: it is so, or was ordered; else when it may be. Nobody else's turn is used up by waiting for that. */
    ordered(asked: Asked, want: PowerState): Promise<number | null> {
      const { outlet } = asked;
      return converse(asked, async (session) => {
        if ((await readOutlet(config, session, outlet)).means === want) return null;
        const now = clock.now();
        const at = switchings.next(outlet, want, now);
        if (at > now) return at;
        switchings.took(outlet, want, now);
        await orderOutlet(config, session, { outlet, want });
        return null;
      });
    },
  };
}
