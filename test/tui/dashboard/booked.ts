import { nodeId, reservationId } from '../../../core/ids.js';
import { compiledSteppers } from '../../../core/machines/steppers.js';
import { Ledger } from '../../../core/schedule/ledger.js';
import { systemZones } from '../../../drivers/time-zones/zones.js';
import type { Bookings } from '../../../tui/dashboard/model/schedule.js';

const HOUR = 3_600_000;
/** A Monday, 10:00 in Berlin. */
const NOW = Date.UTC(2031, 4, 5, 8);

const WISHES = [
  { project: 'physics', image: 'lucid', nodes: ['mesh1', 'mesh2'], from: -2, to: 3 },
  { project: 'roof-lab', image: null, nodes: ['root1'], from: 4, to: 30 },
  { project: 'physics', image: 'noble', nodes: ['mesh1'], from: 3, to: 8 },
  { project: 'robots', image: 'robots', nodes: ['root1', 'root2', 'mesh2'], from: 32, to: 40 },
  { project: 'exam', image: null, nodes: ['root2'], from: -1, to: 1 },
] as const;

/** A schedule of the nodes of `fleet-day`, as it stands two hours after the first reservation began. */
export function booked(): Bookings {
  const ledger = new Ledger(compiledSteppers().reservation);
  for (const [index, { project, image, nodes, from, to }] of WISHES.entries()) {
    const named = nodes.map((node) => nodeId(node));
    const slotted = named.filter((node) => node.startsWith('mesh'));
    const claim = { nodes: named, slotted, image, from: NOW + from * HOUR, to: NOW + to * HOUR };
    const about = { reservation: reservationId(index + 1), project, at: NOW - 3 * HOUR, zone: 'Europe/Berlin' };
    ledger.apply({ record: 'requested', input: { ...about, ...claim, event: null, sequence: 0 } });
  }
  ledger.apply({
    record: 'told',
    reservation: reservationId(5),
    event: { type: 'cancel.requested', at: NOW - 2 * HOUR },
  });
  ledger.advance(NOW);
  const zones = systemZones();
  return { directory: 'schedule', now: NOW, zone: 'Europe/Berlin', zones, reservations: ledger.all(), trouble: null };
}
