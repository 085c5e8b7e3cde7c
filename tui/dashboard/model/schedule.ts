import { says } from '../../../core/faults/fault.js';
import { machineId } from '../../../core/ids.js';
import type { ReservationContext } from '../../../core/machines/reservation-context.js';
import type { Reservation } from '../../../core/schedule/ledger.js';
import type { Zones } from '../../../core/schedule/zoned-time.js';
import { filterOf } from './filter.js';
import type { Moment } from './why.js';

/** Reservations that a journal does not hold: those of a schedule's directory, as `metalrig reserve` keeps it. */
export interface Bookings {
  readonly directory: string;
  /** Ms since 1970, like all instants of `reservations`. */
  readonly now: number;
  readonly zone: string;
  readonly zones: Zones;
  readonly reservations: readonly Reservation[];
  /** Why it could not be read; null where it was. */
  readonly trouble: string | null;
}

/** How instants of a schedule are told: since the start of a run, or as clocks on the wall show them. */
export type Scale = { readonly kind: 'run' } | { readonly kind: 'wall'; readonly zone: string; readonly zones: Zones };

/** One node's part in a reservation. */
export interface Stay {
  readonly reservation: string;
  readonly state: string;
  readonly project: string;
  readonly image: string | null;
  readonly slot: number | null;
  readonly from: number;
  readonly to: number;
  /** What the image pushes out of the slot. */
  readonly evicts: string | null;
  /** Whether it has the node, will have it, or had it; one that was refused or called off never did. */
  readonly isHeld: boolean;
  readonly fault: string | null;
}

export interface ScheduleRow {
  readonly node: string;
  /** By their beginning. */
  readonly stays: readonly Stay[];
}

export interface Schedule {
  readonly source: 'journal' | 'store' | 'none';
  /** The directory that was looked at. */
  readonly directory: string;
  readonly trouble: string | null;
  readonly scale: Scale;
  readonly now: number;
  readonly rows: readonly ScheduleRow[];
  readonly reservations: readonly Reservation[];
}

const NOT_HELD = new Set(['requested', 'cancelling', 'cancelled', 'refused']);

/**
 * Who has which node when: as the journal tells it, where machines of reservations run in it, else as the directory
 * has it. The two have clocks of their own and are never mixed.
 */
export function scheduleOf({ model, now_ms }: Moment, bookings: Bookings, nodes: readonly string[]): Schedule {
  const told = model.names('reservation').flatMap((name): readonly Reservation[] => {
    const machine = model.machine(machineId('reservation', name));
    if (machine === undefined) return [];
    const { state, context } = machine.standing;
    return [{ state, ...(context as ReservationContext) }];
  });
  const { directory, trouble, zone, zones } = bookings;
  if (told.length > 0) {
    const rows = rowsOf(told, nodes);
    const from = { source: 'journal', directory, trouble: null, scale: { kind: 'run' } } as const;
    return { ...from, now: now_ms, rows, reservations: told };
  }
  const { reservations, now } = bookings;
  const source = reservations.length === 0 ? 'none' : 'store';
  const scale = { kind: 'wall', zone, zones } as const;
  return { source, directory, trouble, scale, now, rows: rowsOf(reservations, nodes), reservations };
}

/** Nodes that nobody has asked for stand there as well: that they are free is what one looks for. */
function rowsOf(reservations: readonly Reservation[], nodes: readonly string[]): readonly ScheduleRow[] {
  const asked = new Map<string, Stay[]>();
  for (const one of reservations) {
    for (const node of one.nodes) {
      const stays = asked.get(node) ?? [];
      stays.push(stayOf(one, node));
      asked.set(node, stays);
    }
  }
  for (const stays of asked.values()) stays.sort((a, b) => a.from - b.from || a.to - b.to);
  const rows = nodes.map((node) => ({ node, stays: asked.get(node) ?? FREE }));
  // Nodes that neither the site nor the run knows any more.
  for (const node of nodes) asked.delete(node);
  return [...rows, ...[...asked].map(([node, stays]) => ({ node, stays }))];
}

const FREE: readonly Stay[] = [];

function stayOf(one: Reservation, node: string): Stay {
  const { reservation, state, project, image, from, to, slots, evicted, fault } = one;
  return {
    reservation,
    state,
    project,
    image,
    slot: slots.find((held) => held.node === node)?.slot ?? null,
    from,
    to,
    evicts: evicted.find((gone) => gone.node === node)?.image ?? null,
    isHeld: !NOT_HELD.has(state),
    fault: fault === null ? null : `${fault.code} ${says(fault)}`,
  };
}

/** The rows that a filter leaves: by node, or by what is in them. */
export function rowsLeft({ rows }: Schedule, filter: string): readonly ScheduleRow[] {
  if (filter === '') return rows;
  const { test } = filterOf(filter);
  return rows.filter(({ node, stays }) => {
    const words = stays.map(({ reservation, project, image, state }) => `${reservation} ${project} ${image} ${state}`);
    return test([node, ...words].join(' '));
  });
}
