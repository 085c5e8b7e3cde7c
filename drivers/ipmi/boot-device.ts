import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';
import { notUnderstood } from './classify.js';
import { bmcOf } from './config.js';
import { bootdevCommand, bootFlagsOf, type BootFlags } from './parse.js';
import { withRestart, type RestartableBmc } from './restart.js';

export interface IpmiBootDevice {
  /** @throws FaultError IPM-001 to IPM-013 */
  ensure(want: BootOrder, signal: AbortSignalLike): Promise<void>;
  /** What the BMC says; many keep what they were set to, and tell something else. @throws as `ensure` */
  read(signal: AbortSignalLike): Promise<BootFlags>;
}

/**
 * Boot flag valid bit clearing (parameter 3): keep the flags however long the power-on takes. Without it a BMC forgets
 * them 60 s after they were set (IPMI 2.0, table 28-14). What Ironic sends too.
 */
const KEEP_FLAGS = ['raw', '0x00', '0x08', '0x03', '0x08'];

export function ipmiBootDevice(bmc: RestartableBmc): IpmiBootDevice {
  const { config, parts, tool } = bmc;
  let hasToldUnread = false;
  const read = async (signal: AbortSignalLike): Promise<BootFlags> => {
    if (signal.aborted) throw aborted();
    const output = await tool({ words: ['chassis', 'bootparam', 'get', '5'] }, signal);
    const flags = bootFlagsOf(output);
    if (flags === null) throw new FaultError(notUnderstood(config, 'chassis bootparam get 5', output));
    return flags;
  };
  const set = async (want: BootOrder, signal: AbortSignalLike): Promise<void> => {
    await unlessRefused(tool({ words: KEEP_FLAGS }, signal));
    await tool(bootdevCommand(want, config.isUefi), signal);
  };
  return {
    read,
    async ensure(want, signal) {
      if (signal.aborted) throw aborted();
      await withRestart(bmc, signal, () => set(want, signal));
      const flags = await unlessRefused(read(signal));
      // Once is enough: a BMC that does not tell never does.
      if (hasToldUnread || (flags !== null && isAsWanted(flags, want))) return;
      hasToldUnread = true;
      const [wanted, found] = [orderText(want), flags === null ? 'nothing' : flagsText(flags)];
      parts.notice({ code: 'IPM-016', kind: 'bootDevice.unread', want: wanted, read: found, ...bmcOf(config) });
    },
  };
}

/** The valid bit is left out: some count it as used up at once. */
function isAsWanted(flags: BootFlags, want: BootOrder): boolean {
  return flags.device === want.device && flags.lasts === want.lasts;
}

function orderText({ device, lasts }: { readonly device: BootDevice | null; readonly lasts: string }): string {
  return device === null ? 'no device that we set' : `${device} ${lasts}`;
}

function flagsText(flags: BootFlags): string {
  return `${orderText(flags)}${flags.isValid ? '' : ', not valid'}`;
}

/** @returns null when the BMC does not have this command: it is then not needed, or not to be had */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (thrown) {
    const code = faultOf(thrown)?.code;
    if (code === 'IPM-007' || code === 'IPM-006' || code === 'IPM-010') return null;
    throw thrown;
  }
}
