import type { Zones } from '../../core/schedule/zoned-time.js';

/** The zone database that Node carries in its ICU. */
export function systemZones(): Zones {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const formatOf = (zone: string): Intl.DateTimeFormat => {
    const known = formats.get(zone);
    if (known !== undefined) return known;
    const made = new Intl.DateTimeFormat('en-US', { ...FIELDS, timeZone: zone });
    formats.set(zone, made);
    return made;
  };
  return {
    local: new Intl.DateTimeFormat('en-US').resolvedOptions().timeZone,
    names: () => Intl.supportedValuesOf('timeZone'),
    isKnown: (zone) => {
      try {
        // Newer platforms also take bare offsets for zones; a name is what is wanted here.
        return /^[A-Za-z]/.test(zone) && formatOf(zone) instanceof Intl.DateTimeFormat;
      } catch {
        return false;
      }
    },
    offset_ms: (zone, at) => {
      const whole = Math.floor(at / 1_000) * 1_000;
      return wallOf(formatOf(zone).formatToParts(whole)) - whole;
    },
  };
}

const FIELDS = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;

function wallOf(parts: readonly Intl.DateTimeFormatPart[]): number {
  const field = (wanted: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find(({ type }) => type === wanted)?.value ?? 0);
  return Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'));
}
