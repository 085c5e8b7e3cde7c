import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { aborted, pause } from '../system-clock/pause.js';
import { notUnderstood } from './classify.js';
import { bmcOf } from './config.js';
import { powerOf } from './parse.js';
import { withRestart, type RestartableBmc } from './restart.js';

/** Power of one node through its BMC. */
export interface IpmiPower {
  /** @throws FaultError IPM-001 to IPM-013 */
  read(signal: AbortSignalLike): Promise<PowerState>;
  /** @throws FaultError IPM-001 to IPM-014: acknowledged, and not so within the bound */
  ensure(want: PowerState, signal: AbortSignalLike): Promise<void>;
  /** Off, verified, a while off, on, verified; never the BMC's own cycle, which some leave off half-way. */
  cycle(signal: AbortSignalLike): Promise<void>;
}

/** Looks at the state come quickly at first: an emulated BMC has it at once, a board needs seconds. */
const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 2_000;
/** A BMC that has not done by then what it acknowledged is told again: a level told twice is that level. */
const TELL_AGAIN_MS = 10_000;
/** A reading that is right only so late came out of a cache, or off a board that takes its time. */
const STALE_MS = 3_000;

export function ipmiPower(bmc: RestartableBmc): IpmiPower {
  const { config, parts, tool } = bmc;
  let last: Promise<void> = Promise.resolve();
  const read = async (signal: AbortSignalLike): Promise<PowerState> => {
    if (signal.aborted) throw aborted();
    const output = await tool({ words: ['chassis', 'power', 'status'] }, signal);
    const state = powerOf(output);
    if (state === null) throw new FaultError(notUnderstood(config, 'chassis power status', output));
    return state;
  };
  const ensure = (want: PowerState, signal: AbortSignalLike): Promise<void> => {
    // Whole levels one after the other, or an off would be told while an on is being verified.
    const turn = last.then(() => {
      if (signal.aborted) throw aborted();
      return withRestart(bmc, signal, () => settled({ bmc, read, want }, signal));
    });
    last = turn.catch(() => {});
    return turn;
  };
  const cycle = async (signal: AbortSignalLike): Promise<void> => {
    await ensure('off', signal);
    await pause(parts.clock, config.offFor_ms, signal);
    await ensure('on', signal);
  };
  return { read, ensure, cycle };
}

interface Level {
  readonly bmc: RestartableBmc;
  readonly read: IpmiPower['read'];
  readonly want: PowerState;
}

/**
 * Tells the level and reads until it is so. It is told even where the BMC says that it is so already: readings out of a
 * cache are the commonest lie, and a node that is on takes no harm from being told on.
 */
async function settled({ bmc, read, want }: Level, signal: AbortSignalLike): Promise<void> {
  const { config, parts } = bmc;
  const { clock, notice } = parts;
  const startedAt = clock.now();
  let acknowledged = 0;
  let tellAt = startedAt;
  let look_ms = FIRST_LOOK_MS;
  for (;;) {
    if (clock.now() >= tellAt) {
      await tell(bmc, want, signal);
      acknowledged += 1;
      tellAt = clock.now() + TELL_AGAIN_MS;
    }
    const state = await read(signal);
    const waited_ms = Math.round(clock.now() - startedAt);
    if (state === want) {
      if (waited_ms >= STALE_MS)
        notice({ code: 'IPM-015', kind: 'power.stale', want, took_ms: waited_ms, ...bmcOf(config) });
      return;
    }
    if (waited_ms >= config.settle_ms) {
      const facts = { want, read: state, acknowledged, waited_ms, ...bmcOf(config) };
      throw new FaultError({ code: 'IPM-014', kind: 'power.unmoved', ...facts });
    }
    await pause(clock, look_ms, signal);
    look_ms = Math.min(2 * look_ms, LONGEST_LOOK_MS);
  }
}

/** Some refuse a level that they have; whether they have it, the reading says. */
const HAS_IT = /present state/i;

async function tell({ tool }: RestartableBmc, want: PowerState, signal: AbortSignalLike): Promise<void> {
  try {
    await tool({ words: ['chassis', 'power', want], says: 'Chassis Power Control: ' }, signal);
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault?.code !== 'IPM-007' || !HAS_IT.test(fault.why)) throw thrown;
  }
}
