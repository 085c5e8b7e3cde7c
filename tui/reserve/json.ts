import type { Reservation } from '../../core/schedule/ledger.js';
import { timeText } from '../../core/schedule/zoned-time.js';
import type { Desk } from './desk.js';

/** One reservation as `--json` prints it. Times are ISO 8601 with the offset of the zone that was asked in. */
export function jsonOf({ zone, zones }: Pick<Desk, 'zone' | 'zones'>, one: Reservation): object {
  const { reservation, state, project, image, nodes, from, to, slots, evicted, sequence, event } = one;
  return {
    type: 'reservation',
    reservation,
    state,
    project,
    image,
    nodes,
    from: timeText(from, zone, zones),
    to: timeText(to, zone, zones),
    zone,
    slots,
    evicted,
    sequence,
    event,
  };
}
