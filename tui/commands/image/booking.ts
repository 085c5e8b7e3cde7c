import { existsSync } from 'node:fs';
import { FaultError } from '../../../core/faults/fault.js';
import { reservationNamed, type NodeId } from '../../../core/ids.js';
import type { ImageManifest } from '../../../core/image/manifest.js';
import { conflictOf } from '../../../core/schedule/conflict.js';
import { usage, type Given } from '../../cli/command.js';
import type { Io } from '../../cli/io.js';
import { DEFAULT_DIRECTORY, openDesk, type Desk } from '../../reserve/desk.js';

/** What a reservation gives an image. */
export interface Booked {
  readonly nodes: readonly NodeId[];
  /** The slot on all of its mesh nodes; null where it has none. */
  readonly slot: number | null;
  /** Until its timeslot begins; 0 where that has. */
  readonly startsIn_ms: number;
}

const COMMAND = { name: 'image' };
const DAY_MS = 86_400_000;
/** What a scenario waits for at most. */
const MOST_WAIT_MS = 23 * DAY_MS;
const LIVE: ReadonlySet<string> = new Set(['granted', 'active']);

/**
 * What `--reservation` has for the image; null where none is named.
 * @throws FaultError RES-003, RES-004, CLI-001 where it is another project's
 */
export function bookedFor({ project }: ImageManifest, given: Given, io: Io): Booked | null {
  const text = given.text('reservation');
  if (text === undefined) return null;
  const desk = openDesk(given, io);
  const id = reservationNamed(text);
  if (id === null) throw desk.ledger.unknown(text);
  const { state, nodes, slots, from, project: holder } = desk.ledger.get(id);
  if (holder !== project) throw usage(COMMAND, `${id} is of project ${holder}, and the image of ${project}`);
  if (!LIVE.has(state)) {
    throw new FaultError({ code: 'RES-004', kind: 'reservation.closed', id, state, asked: 'deployed to' });
  }
  const [slot = null, ...others] = new Set(slots.map((assigned) => assigned.slot));
  if (others.length > 0) {
    throw usage(COMMAND, `${id} has other slots on other nodes: name those that have the same by --nodes, and --slot`);
  }
  const startsIn_ms = Math.max(0, from - desk.now);
  if (startsIn_ms < MOST_WAIT_MS) return { nodes, slot, startsIn_ms };
  throw usage(
    COMMAND,
    `${id} begins in ${Math.floor(startsIn_ms / DAY_MS)} days: ask again within ${MOST_WAIT_MS / DAY_MS}`,
  );
}

/** Nodes that another project holds just now are left alone. @throws FaultError RES-001 with who holds them */
export function requireFree({ project, name }: ImageManifest, nodes: readonly NodeId[], desk: Desk): void {
  const { ledger, now } = desk;
  const others = ledger.all().filter((one) => one.state === 'active' && one.project !== project);
  const reservation = ledger.nextId();
  const wanted = { reservation, project, nodes, slotted: [], image: name, from: now, to: now + 1 };
  const conflict = conflictOf(wanted, others);
  if (conflict === null) return;
  const { node, holder, freeAt } = conflict;
  const held = { holder: holder.reservation, project: holder.project, until: holder.to };
  throw new FaultError({ code: 'RES-001', kind: 'node.taken', node, ...held, freeAt });
}

/** The schedule that a command means; null where nobody keeps one. */
export function scheduleFor(given: Given, io: Io): Desk | null {
  const directory = given.text('schedule');
  return directory === undefined && !existsSync(DEFAULT_DIRECTORY) ? null : openDesk(given, io);
}
