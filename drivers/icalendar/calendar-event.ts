/** A reservation as calendars know it. Instants are ms since 1970, whole seconds. */
export interface CalendarEvent {
  /** Names the event for ever, in every calendar. */
  readonly uid: string;
  /** Which occurrence of a repeated event: the instant at which the rule has it. Null where nothing repeats. */
  readonly occurrence: number | null;
  /** Counts the changes (RFC 5545, section 3.8.7.4). */
  readonly sequence: number;
  readonly isCancelled: boolean;
  readonly from: number;
  readonly to: number;
  /** The IANA name of the zone that it was asked in. */
  readonly zone: string;
  readonly project: string;
  readonly image: string | null;
  readonly nodes: readonly string[];
}

/** One name for an event or one of its occurrences. */
export function keyOf({ uid, occurrence }: Pick<CalendarEvent, 'uid' | 'occurrence'>): string {
  return occurrence === null ? uid : `${uid}/${utcText(occurrence)}`;
}

/** What `keyOf` was made of. */
export function ofKey(key: string): Pick<CalendarEvent, 'uid' | 'occurrence'> {
  const [, uid, stamp] = /^([^]*)\/(\d{8}T\d{6}Z)$/.exec(key) ?? [];
  if (uid === undefined || stamp === undefined) return { uid: key, occurrence: null };
  const iso = stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return { uid, occurrence: Date.parse(iso) };
}

/** `20310505T080000Z` (RFC 5545, section 3.3.5, form 2). */
export function utcText(at: number): string {
  return new Date(Math.floor(at / 1_000) * 1_000).toISOString().replace(/[-:]|\.\d+/g, '');
}
