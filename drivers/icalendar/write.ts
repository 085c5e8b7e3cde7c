import ICAL from 'ical.js';
import { utcText, type CalendarEvent } from './calendar-event.js';

/** What an event says beside what is in it already. */
export interface WrittenEvent extends CalendarEvent {
  /** For people, one line or several. */
  readonly description: string;
  readonly changedAt: number;
}

const PRODUCT = '-//metalrig//reservations//EN';
/** Octets without the line break (RFC 5545, section 3.1); the library does not count the blank that a fold adds. */
const FOLD_OCTETS = 75 - 1;

/**
 * Events as an iCalendar file: UTF-8, lines of at most 75 octets, CR LF. Times are in UTC, so that no zone has to come
 * along. The same events give the same text.
 *
 * @see RFC 5545; RFC 5546, sections 3.2.1 and 3.2.5, for the method
 */
export function writeCalendar(events: readonly WrittenEvent[]): string {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', PRODUCT);
  calendar.addPropertyWithValue('calscale', 'GREGORIAN');
  const isAllCancelled = events.length > 0 && events.every(({ isCancelled }) => isCancelled);
  calendar.addPropertyWithValue('method', isAllCancelled ? 'CANCEL' : 'PUBLISH');
  for (const event of events) calendar.addSubcomponent(componentOf(event));
  ICAL.foldLength = FOLD_OCTETS;
  return `${calendar.toString()}\r\n`;
}

function componentOf(event: WrittenEvent): ICAL.Component {
  const component = new ICAL.Component('vevent');
  const put = (name: string, value: string | number | ICAL.Time): void => {
    component.addPropertyWithValue(name, value);
  };
  put('uid', event.uid);
  if (event.occurrence !== null) put('recurrence-id', timeOf(event.occurrence));
  // Not the time of writing: a file that says the same is the same.
  put('dtstamp', timeOf(event.changedAt));
  put('last-modified', timeOf(event.changedAt));
  put('sequence', event.sequence);
  put('status', event.isCancelled ? 'CANCELLED' : 'CONFIRMED');
  put('dtstart', timeOf(event.from));
  // A reservation that ended as it began still has to last (RFC 5545, section 3.8.2.2).
  put('dtend', timeOf(Math.max(event.to, event.from + 1_000)));
  put('summary', event.image === null ? event.project : `${event.project}: ${event.image}`);
  put('location', event.nodes.join(', '));
  put('description', event.description);
  put('transp', event.isCancelled ? 'TRANSPARENT' : 'OPAQUE');
  put('x-metalrig-project', event.project);
  if (event.image !== null) put('x-metalrig-image', event.image);
  put('x-metalrig-nodes', event.nodes.join(' '));
  put('x-metalrig-zone', event.zone);
  return component;
}

function timeOf(at: number): ICAL.Time {
  const iso = utcText(at).replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return ICAL.Time.fromDateTimeString(iso);
}
