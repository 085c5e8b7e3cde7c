import { FaultError } from '../../core/faults/fault.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { mainsOf } from '../../core/power/feeds.js';
import type { Pdu } from './driver.js';
import { openTurns } from '../system-clock/turns.js';

/** A cord of the machine and where it is plugged in. */
export interface PluggedFeed {
  readonly pdu: Pdu;
  readonly outlet: string;
}

/**
 * A machine's power through the outlets that feed it, one or several. `on` is all of them, `off` none: while one feed
 * is on the machine runs. What is asked comes one after the other, so no feed is switched on before an `off` is over.
 */
export function outletPower(feeds: readonly PluggedFeed[]): MachinePower {
  const turns = openTurns();
  const switchAll = async (want: PowerState, signal: AbortSignalLike): Promise<void> => {
    for (const { pdu, outlet } of feeds) await pdu.ensure(outlet, want, signal);
    if (feeds.length > 1 && want === 'off') await requireAllOff(feeds, signal);
  };
  return {
    read: (signal) => readMains(feeds, signal),
    // Those before are bounded by their PDUs.
    ensure: (want, signal) => turns.take(() => switchAll(want, signal), { signal }),
  };
}

/** One feed that is on is enough to know; that the machine is off only all of them can tell. */
async function readMains(feeds: readonly PluggedFeed[], signal: AbortSignalLike): Promise<PowerState> {
  const answers = await Promise.allSettled(feeds.map(({ pdu, outlet }) => pdu.read(outlet, signal)));
  const states = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (mainsOf(states) === 'on') return 'on';
  const silent = answers.find((answer) => answer.status === 'rejected');
  if (silent !== undefined) throw silent.reason;
  return 'off';
}

/** Each was off when it was its turn; somebody else may have switched one on since. */
async function requireAllOff(feeds: readonly PluggedFeed[], signal: AbortSignalLike): Promise<void> {
  for (const { pdu, outlet } of feeds) {
    if ((await pdu.read(outlet, signal)) === 'off') continue;
    const facts = { pdu: pdu.name, outlet, want: 'off', waited_ms: 0 } as const;
    throw new FaultError({ code: 'PDU-010', kind: 'outlet.unmoved', ...facts });
  }
}
