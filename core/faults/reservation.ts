import type { FaultTable } from './table.js';

/** RES: reservations and the schedule that holds them. Instants are ms since 1970, UTC. */
export type ReservationFault =
  | {
      readonly code: 'RES-001';
      readonly kind: 'node.taken';
      readonly node: string;
      readonly holder: string;
      readonly project: string;
      readonly until: number;
      readonly freeAt: number;
    }
  | {
      readonly code: 'RES-002';
      readonly kind: 'slots.held';
      readonly node: string;
      readonly slots: number;
      readonly freeAt: number;
    }
  | {
      readonly code: 'RES-003';
      readonly kind: 'reservation.unknown';
      readonly id: string;
      readonly meant: string | null;
    }
  | {
      readonly code: 'RES-004';
      readonly kind: 'reservation.closed';
      readonly id: string;
      readonly state: string;
      readonly asked: string;
    }
  | { readonly code: 'RES-005'; readonly kind: 'reservation.past'; readonly to: number; readonly at: number }
  | { readonly code: 'RES-006'; readonly kind: 'schedule.contended'; readonly directory: string }
  | {
      readonly code: 'RES-007';
      readonly kind: 'schedule.damaged';
      readonly file: string;
      readonly what: string;
    }
  | { readonly code: 'RES-008'; readonly kind: 'schedule.unwritable'; readonly directory: string; readonly why: string }
  | { readonly code: 'RES-009'; readonly kind: 'schedule.unreadable'; readonly file: string; readonly why: string }
  | { readonly code: 'RES-010'; readonly kind: 'calendar.unwritable'; readonly file: string; readonly why: string };

export const reservationFaults: FaultTable<ReservationFault> = {
  'RES-001': {
    says: ({ node, holder, project, until }) =>
      `${node} is held by ${holder} of project ${project} until ${instantText(until)}`,
    remedy: (fault) => `Ask for a time from ${instantText(fault.freeAt)} on, or for other nodes.`,
  },
  'RES-002': {
    says: ({ node, slots }) => `all ${slots} slots of ${node} are held by reservations of other images`,
    remedy: (fault) => `The first comes free at ${instantText(fault.freeAt)}; cancel one, or take other nodes.`,
  },
  'RES-003': {
    says: (fault) => `there is no reservation ${JSON.stringify(fault.id)}`,
    remedy: ({ meant }) => `${meant === null ? 'See' : `Did you mean ${meant}? See`} metalrig reserve list --all.`,
  },
  'RES-004': {
    says: ({ id, state, asked }) => `${id} is ${state}: it can't be ${asked}`,
    remedy: () => 'Ask for a new one with metalrig reserve add.',
  },
  'RES-005': {
    says: ({ to, at }) => `the time ends ${instantText(to)}, and it is ${instantText(at)} already`,
    remedy: () => 'Ask for a time that ends later; mind the zone.',
  },
  'RES-006': {
    says: ({ directory }) =>
      `somebody else has just changed the schedule in ${directory}; nothing of yours was written`,
    remedy: () => 'Run the command again: it will see what they have done.',
  },
  'RES-007': {
    says: ({ file, what }) => `${file} is damaged: ${what}`,
    remedy: ({ file }) => `Take ${file} from a copy; the files that are numbered lower are whole.`,
  },
  'RES-008': {
    says: ({ directory, why }) => `the schedule in ${directory} cannot be written: ${why}`,
    remedy: () => 'Check that there is room, and that this user may write there; or name another by --schedule.',
  },
  'RES-009': {
    says: ({ file, why }) => `${file} cannot be read: ${why}`,
    remedy: () => 'Check that this user may read it; a newer version needs the release that wrote it.',
  },
  'RES-010': {
    says: ({ file, why }) => `${file} cannot be written: ${why}`,
    remedy: () => 'Check that there is room, and that this user may write there; or name another by --out.',
  },
};

/** `2026-12-01T09:00Z`; seconds only where there are any. */
function instantText(at: number): string {
  if (!Number.isFinite(at) || Math.abs(at) > MOST_MS) return `${at} ms`;
  return new Date(at).toISOString().replace(/(:00)?\.\d+Z$/, 'Z');
}

/** The range of ECMAScript's time values (ECMA-262, 21.4.1.1). */
const MOST_MS = 8.64e15;
