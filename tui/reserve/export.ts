import { writeFileSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import type { Reservation } from '../../core/schedule/ledger.js';
import { timeText } from '../../core/schedule/zoned-time.js';
import { ofKey } from '../../drivers/icalendar/calendar-event.js';
import { writeCalendar, type WrittenEvent } from '../../drivers/icalendar/write.js';
import { EXIT } from '../cli/command.js';
import { named, type Desk } from './desk.js';
import { chosen } from './look.js';

/** The reservations as an iCalendar file: one that is named, else all, with what is cancelled. */
export function exportFile(desk: Desk): number {
  const { io, given } = desk;
  const found = given.positionals[1] === undefined ? chosen(desk, () => true) : [named(desk)];
  const text = writeCalendar(found.map((one) => eventOf(desk, one)));
  const file = given.text('out');
  if (file !== undefined) write(file, text);
  if (given.flag('json')) {
    const where = file === undefined ? { text } : { file };
    io.out(`${JSON.stringify({ type: 'calendar', events: found.length, ...where })}\n`);
  } else if (file === undefined) {
    io.out(text);
  } else {
    io.out(`${found.length} events written to ${file}\n`);
  }
  return EXIT.ok;
}

function eventOf({ stored, zones }: Desk, one: Reservation): WrittenEvent {
  const { reservation, state, project, image, nodes, from, to, sequence, changedAt, zone, event, slots } = one;
  const own = { uid: ownUid(reservation, stored.id), occurrence: null };
  const described = [
    `Reservation ${reservation} of project ${project}: ${state}.`,
    ...(image === null ? [] : [`Image: ${image}.`]),
    ...(slots.length === 0 ? [] : [`Slots: ${slots.map(({ node, slot }) => `${node} ${slot}`).join(', ')}.`]),
    `In ${zone} from ${timeText(from, zone, zones)} to ${timeText(to, zone, zones)}.`,
  ];
  return {
    ...(event === null ? own : ofKey(event)),
    project,
    image,
    nodes,
    zone,
    sequence,
    from,
    to,
    changedAt,
    isCancelled: state === 'cancelled',
    description: described.join('\n'),
  };
}

/** The UID of a reservation that no calendar asked for. The schedule's own id makes it the only one in the world. */
export function ownUid(reservation: string, schedule: string): string {
  return `${reservation}@${schedule}.metalrig`;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'RES-010', kind: 'calendar.unwritable', file, why }, thrown);
  }
}
