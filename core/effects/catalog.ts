import type { Evidence } from '../evidence.js';
import type { Fault } from '../faults/fault.js';
import type { NodeId, ReservationId } from '../ids.js';
import type { BootDevice } from '../ports/boot-device.js';
import type { PowerState } from '../ports/power.js';
import type { Claim, Holding } from '../schedule/booking.js';

/** Everything that machines can ask of the world. Effects are levels, not buttons: a restored machine asks again. */
export interface EffectCatalog {
  /** The firmware tries `device` first at the next power-on. */
  readonly 'bootDevice.ensure': {
    readonly in: { readonly node: NodeId; readonly device: BootDevice };
    readonly out: { readonly device: BootDevice };
  };
  readonly 'power.ensure': {
    readonly in: { readonly node: NodeId; readonly want: PowerState };
    readonly out: { readonly power: PowerState };
  };
  /** The first evidence of the node's boot that is numbered above `after`. */
  readonly 'boot.await': {
    readonly in: { readonly node: NodeId; readonly after: number };
    readonly out: { readonly evidence: Evidence };
  };
  /** The clock stands at `until` or later. Another instant than a deadline: reaching it is what is wanted. */
  readonly 'time.await': {
    readonly in: { readonly until: number };
    readonly out: { readonly until: number };
  };
  /** The nodes are held for a reservation, and a slot for its image on each; what it held before is given back. */
  readonly 'nodes.hold': {
    readonly in: { readonly claim: Claim };
    readonly out: { readonly holding: Holding };
  };
  /** A reservation holds nothing any more. */
  readonly 'nodes.release': {
    readonly in: { readonly reservation: ReservationId };
    readonly out: { readonly reservation: ReservationId };
  };
}
export type EffectKind = keyof EffectCatalog;

/** `deadlineAt` is absolute, so that a restored machine does not get a second full wait; null waits for ever. */
export type EffectInput<K extends EffectKind = EffectKind> = EffectCatalog[K]['in'] & {
  readonly deadlineAt: number | null;
};

/** `at` is stamped by the performer: machines are told the time, they never ask it. */
export type Outcome<K extends EffectKind = EffectKind> = EffectCatalog[K]['out'] & { readonly at: number };

/** What a failed effect leaves behind. */
export interface Failure {
  readonly fault: Fault;
  readonly at: number;
}

export type Answer<K extends EffectKind = EffectKind> =
  | { readonly ok: true; readonly output: Outcome<K> }
  | { readonly ok: false; readonly failure: Failure };

/** The names again as values, for tables and docs; `satisfies` keeps them complete. */
export const EFFECTS = {
  'bootDevice.ensure': 'What the firmware tries first at the next power-on.',
  'power.ensure': 'The power of a node is on, or off.',
  'boot.await': "The next evidence of a node's boot.",
  'time.await': 'The clock has come to an instant.',
  'nodes.hold': 'Nodes are held for a reservation from one instant to another, with a slot for its image.',
  'nodes.release': 'A reservation holds no node any more.',
} as const satisfies Record<EffectKind, string>;
