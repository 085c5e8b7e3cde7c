import { says, type Fault } from '../../core/faults/fault.js';
import type { Reservation } from '../../core/schedule/ledger.js';
import { shortText, timeText, type Zones } from '../../core/schedule/zoned-time.js';
import { fit } from './run-lines.js';

/** How times are shown, and how wide a line may be. */
export interface View {
  readonly zone: string;
  readonly zones: Zones;
  readonly columns: number;
}

/** A line a reservation under a head, for people. */
export function listLines(found: readonly Reservation[], view: View): readonly string[] {
  if (found.length === 0) return ['no reservations'];
  const { zone, zones, columns } = view;
  const rows = found.map(({ reservation, state, from, to, project, image, nodes }) => [
    reservation,
    state,
    shortText(from, zone, zones),
    endText(from, to, view),
    image === null ? project : `${project}: ${image}`,
    nodes.join(' '),
  ]);
  const head = ['', 'state', 'from', 'to', 'project: image', 'nodes'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const lines = [head, ...rows].map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '));
  return [...lines.map((line) => fit(line.trimEnd(), columns)), `times in ${zone}`];
}

/** Only the time of day where the day is the same. */
function endText(from: number, to: number, { zone, zones }: View): string {
  const [begin, end] = [shortText(from, zone, zones), shortText(to, zone, zones)];
  return begin.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end;
}

/** One reservation in full, for people. */
export function reservationLines(one: Reservation, { zone, zones, columns }: View): readonly string[] {
  const { reservation, state, project, image, nodes, from, to, slots, evicted, event } = one;
  return [
    `${reservation} ${state}`,
    `  project  ${project}`,
    ...(image === null ? [] : [`  image    ${image}`]),
    `  nodes    ${nodes.join(' ')}`,
    `  from     ${timeText(from, zone, zones)}`,
    `  to       ${timeText(to, zone, zones)}  ${zone}`,
    ...slotLines(slots),
    ...evicted.map(({ node, slot, image: other }) => `  evicts   ${other} from slot ${slot} of ${node}`),
    ...(event === null ? [] : [`  event    ${event}`]),
  ].map((line) => fit(line, columns));
}

function slotLines(slots: Reservation['slots']): readonly string[] {
  const [first] = slots;
  if (first === undefined) return [];
  if (slots.every(({ slot }) => slot === first.slot)) return [`  slot     ${first.slot}`];
  return [`  slots    ${slots.map(({ node, slot }) => `${node}:${slot}`).join(' ')}`];
}

/** What became of one event of a calendar file, for people. */
export interface ImportedLine {
  readonly outcome: string;
  readonly reservation: string | null;
  readonly line: number | null;
  readonly key: string;
  readonly fault: Fault | null;
}

export function importLine({ outcome, reservation, line, key, fault }: ImportedLine, columns: number): string {
  const where = line === null ? 'gone' : `line ${line}`;
  const why = fault === null ? key : `${fault.code} ${says(fault)}`;
  return fit(`${where.padEnd(10)} ${outcome.padEnd(9)} ${(reservation ?? '').padEnd(5)} ${why}`, columns);
}
