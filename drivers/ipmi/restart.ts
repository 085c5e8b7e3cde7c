import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { pause } from '../system-clock/pause.js';
import { bmcOf, type IpmiConfig, type IpmiParts } from './config.js';
import type { Ipmitool } from './ipmitool.js';

/** How long it is left alone after it was told to start again, and between looks. */
const LOOK_MS = 1_000;

/** What a BMC says when it has lost its senses, rather than that it cannot: then it did so before and would again. */
const SENSELESS = /^(?:Unspecified error|Unknown|Out of space|.*response.*)/i;

/** Why a restart of the BMC is what people would do about it, as in "since it ..."; null: they would not. */
export function restartReason(fault: Fault): string | null {
  if (fault.code === 'IPM-005') return 'had no session left';
  if (fault.code === 'IPM-014') return `acknowledged power ${fault.want} without effect`;
  const isSenseless = fault.code === 'IPM-013' || (fault.code === 'IPM-007' && SENSELESS.test(fault.why));
  return isSenseless ? `answered ${fault.command} with "${fault.why}"` : null;
}

/**
 * Does `act`; where it fails in a way that a restart of the BMC heals, restarts that (the node goes on running), waits
 * until it answers, and does it once more.
 * @throws FaultError what `act` throws, the second time too
 */
export async function withRestart(
  bmc: RestartableBmc,
  signal: AbortSignalLike,
  act: () => Promise<void>,
): Promise<void> {
  const { config, parts } = bmc;
  try {
    return await act();
  } catch (thrown) {
    const fault = faultOf(thrown);
    const why = fault === null || config.restart_ms === 0 ? null : restartReason(fault);
    if (why === null || !(await isRestarted(bmc, signal))) throw thrown;
    parts.notice({ code: 'IPM-017', kind: 'bmc.restarted', why, ...bmcOf(config) });
  }
  await act();
}

export interface RestartableBmc {
  readonly config: IpmiConfig;
  readonly parts: IpmiParts;
  readonly tool: Ipmitool;
}

/** @returns false: it took no such order, or did not come back */
async function isRestarted(
  { config, parts: { clock }, tool }: RestartableBmc,
  signal: AbortSignalLike,
): Promise<boolean> {
  try {
    await tool({ words: ['mc', 'reset', 'cold'] }, signal);
  } catch (thrown) {
    if (!(thrown instanceof FaultError)) throw thrown;
    return false;
  }
  const until = clock.now() + config.restart_ms;
  while (clock.now() < until) {
    await pause(clock, LOOK_MS, signal);
    try {
      await tool({ words: ['mc', 'info'] }, signal);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof FaultError)) throw thrown;
    }
  }
  return false;
}
