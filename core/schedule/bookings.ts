import type { Fault } from '../faults/fault.js';
import type { NodeId, ReservationId } from '../ids.js';
import type { Claim, Holding } from './booking.js';
import { conflictOf } from './conflict.js';
import { MOST_SLOTS } from '../site/site.js';
import { isShortage, placed, planSlots, type SlotNode, type SlotRow } from './slots.js';

/** Plain data, to be kept and restored. */
export interface BookingsState {
  readonly claims: readonly Claim[];
  readonly rows: readonly (readonly [NodeId, SlotRow])[];
}

/** Who holds which nodes, and which image has which slot. Levels: holding or releasing twice is doing it once. */
export class Bookings {
  readonly #slots: number;
  readonly #claims: Map<ReservationId, Claim>;
  readonly #rows: Map<NodeId, SlotRow>;

  /** @param slots how many slots a disk has that has any */
  constructor(slots = MOST_SLOTS, state: BookingsState = { claims: [], rows: [] }) {
    this.#slots = slots;
    this.#claims = new Map(state.claims.map((claim) => [claim.reservation, claim]));
    this.#rows = new Map(state.rows);
  }

  /** @returns what the claim holds now; or the fault that refuses it, and then nothing has changed */
  hold(claim: Claim, at: number): Holding | Fault {
    const { reservation, slotted, image } = claim;
    if (claim.to <= at) return { code: 'RES-005', kind: 'reservation.past', to: claim.to, at };
    const conflict = conflictOf(claim, [...this.#claims.values()]);
    if (conflict !== null) {
      const { node, holder, freeAt } = conflict;
      const facts = { node, holder: holder.reservation, project: holder.project, until: holder.to, freeAt };
      return { code: 'RES-001', kind: 'node.taken', ...facts };
    }
    const plan = planSlots(image ?? '', image === null ? [] : slotted.map((node) => this.#slotNode(node, reservation)));
    if (isShortage(plan)) return { code: 'RES-002', kind: 'slots.held', ...plan };
    for (const { node, slot } of plan.slots) this.#rows.set(node, placed(this.row(node), image ?? '', slot));
    this.#claims.set(reservation, claim);
    return plan;
  }

  /** @param at when: an image that was in use until then is the last to be evicted */
  release(reservation: ReservationId, at: number): void {
    const claim = this.#claims.get(reservation);
    if (claim === undefined) return;
    this.#claims.delete(reservation);
    if (at <= claim.from) return;
    const usedAt = Math.min(at, claim.to);
    for (const node of claim.nodes) {
      const row = this.#rows.get(node) ?? [];
      const used = row.map((content) => (content?.image === claim.image ? { ...content, usedAt } : content));
      if (row.length > 0) this.#rows.set(node, used);
    }
  }

  /** What the slots of a node are given to, as planned. */
  row(node: NodeId): SlotRow {
    const row = this.#rows.get(node) ?? [];
    return Array.from({ length: this.#slots }, (_, index) => row[index] ?? null);
  }

  claims(): readonly Claim[] {
    return [...this.#claims.values()];
  }

  state(): BookingsState {
    return { claims: this.claims(), rows: [...this.#rows] };
  }

  #slotNode(node: NodeId, except: ReservationId): SlotNode {
    const holders = this.claims().flatMap(({ reservation, slotted, image, to }) =>
      image !== null && reservation !== except && slotted.includes(node) ? [{ reservation, image, to }] : [],
    );
    return { node, row: this.row(node), holders };
  }
}

/** The two answers of `hold` told apart. */
export function isFault(answer: Holding | Fault): answer is Fault {
  return 'code' in answer;
}
