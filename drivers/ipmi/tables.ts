import type { LogRecord } from '../../core/ports/event-log.js';
import type { SensorHealth, SensorReading } from '../../core/ports/sensors.js';

/** ipmitool's words for where a reading stands between its thresholds (`sdr elist`). */
const HEALTH: Readonly<Record<string, SensorHealth>> = {
  ok: 'ok',
  ns: 'absent',
  nc: 'warning',
  lnc: 'warning',
  unc: 'warning',
  cr: 'critical',
  lcr: 'critical',
  ucr: 'critical',
  nr: 'critical',
  lnr: 'critical',
  unr: 'critical',
};

/**
 * Reads `sdr elist all`: `CPU1 Temp | 01h | ok | 3.1 | 45 degrees C`, one sensor a line. Lines of another form are left
 * out: locators of FRUs and of other controllers stand among them.
 */
export function sensorsOf(output: string): readonly SensorReading[] {
  return output.split('\n').flatMap((line): readonly SensorReading[] => {
    const [, name = '', status = '', says = ''] =
      /^(.*?) *\| [0-9A-F]{2}h \| *(\w*) *\| *[\d.]+ *\| ?(.*?) *$/.exec(line) ?? [];
    const health = HEALTH[status];
    if (health === undefined || LOCATOR.test(says)) return [];
    const [, value, unit = ''] = /^(-?\d+(?:\.\d+)?)(?: (.+))?$/.exec(says) ?? [];
    if (value !== undefined) return [{ name, value: Number(value), unit: unit === '' ? null : unit, health, text: '' }];
    return [{ name, value: null, unit: null, health: isUnread(says) ? 'absent' : health, text: says }];
  });
}

/** Where another controller, or a FRU's memory, is to be found: no sensor. */
const LOCATOR = /^(?:(?:Dynamic|Static) MC|(?:Logical|Physical) FRU|Generic Device) @/;

/** ipmitool says so of a sensor whose scanning is off, or that has nothing to say now, under status `ok` or `ns`. */
function isUnread(says: string): boolean {
  return /^(?:No Reading|Disabled|Not Readable)$/i.test(says);
}

/**
 * Reads `-c sel elist`: `9,05/11/26,12:58:41 UTC,Temperature CPU,Upper Critical going high,Asserted,Reading ...`, and
 * `d,05/11/26,12:58:42 UTC,OEM record df,040020,...`, with the record's number in hexadecimal digits.
 */
export function recordsOf(output: string): readonly LogRecord[] {
  return output.split('\n').flatMap((line): readonly LogRecord[] => {
    const [number = '', date = '', time = '', about = '', ...rest] = line.split(',').map((part) => part.trim());
    if (!/^[0-9a-f]+$/.test(number) || rest.length === 0) return [];
    const words = rest.filter((word) => word !== '');
    return [{ id: number, at: instantOf(date, time), about, says: words.join(', '), severity: severityOf(words) }];
  });
}

/** The month comes first, and the year has two digits. A clock that was never set counts from the BMC's own start. */
function instantOf(date: string, time: string): string | null {
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d\d)$/.exec(date) ?? [];
  const [, clock] = /^(\d\d:\d\d:\d\d)/.exec(time) ?? [];
  return year === undefined || clock === undefined ? null : `20${year}-${month}-${day}T${clock}Z`;
}

/** A threshold says how bad crossing it is; of other events only a person knows. */
function severityOf([says = '', direction = '']: readonly string[]): LogRecord['severity'] {
  const [, level] = /(Non-critical|Critical|Non-recoverable) going/.exec(says) ?? [];
  if (level === undefined) return null;
  if (direction === 'Deasserted') return 'ok';
  return level === 'Non-critical' ? 'warning' : 'critical';
}
