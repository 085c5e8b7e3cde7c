import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { LogRecord } from '../../core/ports/event-log.js';
import type { Identity } from '../../core/ports/identity.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { SensorReading } from '../../core/ports/sensors.js';
import type { IpmiCommand } from './argv.js';
import { notUnderstood } from './classify.js';
import type { RestartableBmc } from './restart.js';
import { identityOf } from './parse.js';
import { recordsOf, sensorsOf } from './tables.js';

/** What a BMC tells of its machine, and the light it can lit. All of it throws FaultError IPM-001 to IPM-013. */
export interface IpmiReadings {
  sensors(signal: AbortSignalLike): Promise<readonly SensorReading[]>;
  /** The SEL, oldest first. */
  log(signal: AbortSignalLike): Promise<readonly LogRecord[]>;
  clearLog(signal: AbortSignalLike): Promise<void>;
  identity(signal: AbortSignalLike): Promise<Identity>;
  identify(want: 'on' | 'off', signal: AbortSignalLike): Promise<void>;
}

/** Some four exchanges a sensor, of which a big board has two hundred; they answer faster than their timeout. */
const SENSORS: IpmiCommand = { words: ['sdr', 'elist', 'all'], isTable: true, exchanges: 60 };
/** A SEL holds some 500 to 4000 records, one exchange each. */
const LOG: IpmiCommand = { words: ['-c', 'sel', 'elist'], isTable: true, exchanges: 120 };

export function ipmiReadings({ config, tool }: RestartableBmc): IpmiReadings {
  return {
    sensors: async (signal) => sensorsOf(await tool(SENSORS, signal)),
    log: async (signal) => recordsOf(await tool(LOG, signal)),
    async clearLog(signal) {
      await tool({ words: ['sel', 'clear'], says: 'Clearing SEL' }, signal);
    },
    async identity(signal) {
      const info = await tool({ words: ['mc', 'info'], hasNames: true }, signal);
      const guid = await unlessLacking(tool({ words: ['mc', 'guid'] }, signal));
      const fru = await unlessLacking(tool({ words: ['fru', 'print', '0'] }, signal));
      const identity = identityOf({ info, guid, fru });
      if (identity === null) throw new FaultError(notUnderstood(config, 'mc info', info));
      return identity;
    },
    async identify(want, signal) {
      const words = ['chassis', 'identify', want === 'on' ? 'force' : '0'];
      await tool({ words, says: 'Chassis identify interval' }, signal);
    },
  };
}

/** Not every BMC has it; what it says then is ''. */
async function unlessLacking(asked: Promise<string>): Promise<string> {
  try {
    return await asked;
  } catch (thrown) {
    const code = faultOf(thrown)?.code;
    if (code === 'IPM-006' || code === 'IPM-007' || code === 'IPM-010') return '';
    throw thrown;
  }
}
