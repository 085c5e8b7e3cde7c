import type { CalendarFault } from '../../core/faults/calendar.js';
import type { Booking } from '../../core/schedule/booking.js';
import { nearest } from '../../core/site/nearest.js';
import type { Site } from '../../core/site/site.js';
import type { FoundEvent } from '../../drivers/icalendar/read.js';
import { meantText, slottedOf } from './desk.js';
import { IMAGE, LONGEST_MS, PROJECT } from './words.js';

/** What an event of a calendar file asks for. */
export interface Wanted {
  readonly event: FoundEvent;
  readonly project: string;
  readonly booking: Booking;
}

/**
 * An event is ours when it carries our properties, or when its place names a node of the site. Null for any other: a
 * calendar holds more than reservations.
 */
export function wantedOf(event: FoundEvent, site: Site, file: string): Wanted | CalendarFault | null {
  const known = site.nodes.map(({ id }) => id);
  const nodes = [...new Set(event.nodes)].flatMap((name) => known.filter((id) => id === name));
  if (!event.isOurs && nodes.length === 0 && !event.isCancelled) return null;
  const bad = (what: string, mend: string): CalendarFault => {
    return { code: 'CAL-001', kind: 'calendar.bad', file, line: event.line, what, mend };
  };
  const project = event.project ?? '';
  const { image, from, to } = event;
  const booking = { nodes, slotted: slottedOf(site, nodes), image, from, to };
  // What is called off need not say what it was.
  if (event.isCancelled) return { event, project, booking };
  const strange = event.nodes.find((name) => !known.some((id) => id === name));
  if (strange !== undefined) {
    const what = `${site.file} has no node ${JSON.stringify(strange)}${meantText(nearest(strange, known))}`;
    return bad(what, 'Name nodes of the site in LOCATION, separated by commas.');
  }
  if (nodes.length === 0) return bad('a reservation that names no node', 'Name them in LOCATION.');
  if (!PROJECT.test(project)) {
    return bad(
      `${JSON.stringify(project.slice(0, 80))} is no project`,
      'Write SUMMARY as `project` or `project: image`.',
    );
  }
  if (image !== null && !IMAGE.test(image)) {
    return bad(`${JSON.stringify(image.slice(0, 80))} is no image`, 'Write SUMMARY as `project` or `project: image`.');
  }
  if (to - from > LONGEST_MS) return bad('it lasts longer than two years', 'Ask for less.');
  return { event, project, booking };
}
