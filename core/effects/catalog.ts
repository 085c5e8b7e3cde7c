import type { Evidence } from '../evidence.js';
import type { Fault } from '../faults/fault.js';
import type { NodeId, ReservationId } from '../ids.js';
import type { BootDevice, BootLasts } from '../ports/boot-device.js';
import type { BootScript } from '../ports/boot-script.js';
import type { BootStop, Medium } from '../ports/image.js';
import type { LunHold, LunOrder } from '../ports/lun-sets.js';
import type { PowerState } from '../ports/power.js';
import type { WipeProof } from '../ports/wipe-proof.js';
import type { Claim, Holding } from '../schedule/booking.js';

/** Everything that machines can ask of the world. Effects are levels, not buttons: a restored machine asks again. */
export interface EffectCatalog {
  /** The firmware tries `device` first at the next power-on, and unless it `lasts` for that one alone, at all. */
  readonly 'bootDevice.ensure': {
    readonly in: { readonly node: NodeId; readonly device: BootDevice; readonly lasts?: BootLasts };
    readonly out: { readonly device: BootDevice };
  };
  /** The node's BMC answers, lets us in, takes a boot device, tells the power. `notes`: what is wrong all the same. */
  readonly 'bmc.verify': {
    readonly in: { readonly node: NodeId };
    readonly out: { readonly notes: readonly Fault[]; readonly power: PowerState };
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
  /** The image was booted once, on no node of the fleet. `stopped` is null where it came up. */
  readonly 'image.validate': {
    readonly in: { readonly image: string; readonly from: Medium };
    readonly out: { readonly stopped: BootStop | null };
  };
  /** The image is in the dark store, whole and checksummed. */
  readonly 'image.store': {
    readonly in: { readonly image: string };
    readonly out: { readonly image: string };
  };
  /** Each of `nodes` has a clone of the image, fresh where it was not active, beside what it boots now. */
  readonly 'lun.stage': {
    readonly in: LunOrder;
    readonly out: { readonly image: string };
  };
  /** The image is what `nodes` boot next, all of them or none. `holds`: what each of them boots next. */
  readonly 'lun.activate': {
    readonly in: LunOrder;
    readonly out: { readonly holds: readonly LunHold[] };
  };
  /** What `nodes` had before the image is what they boot next; those that do not boot it are left alone. */
  readonly 'lun.rollBack': {
    readonly in: LunOrder;
    readonly out: { readonly holds: readonly LunHold[] };
  };
  /** The node has no LUN of the image; all that it had were cleared and read back, the proof is of them together. */
  readonly 'lun.wipe': {
    readonly in: { readonly node: NodeId; readonly image: string };
    readonly out: { readonly proof: WipeProof };
  };
  /** What the node's network boot leads to: the deploy ramdisk, or its own disk. */
  readonly 'bootScript.ensure': {
    readonly in: { readonly node: NodeId; readonly script: BootScript };
    readonly out: { readonly script: BootScript };
  };
  /** The slot (from 1 on) holds the image, bootable. All of `among` are to take it at once: it is sent once. */
  readonly 'slot.write': {
    readonly in: {
      readonly node: NodeId;
      readonly slot: number;
      readonly image: string;
      readonly among: readonly NodeId[];
    };
    readonly out: { readonly slot: number; readonly image: string };
  };
  /** The first boot loader of the node's disk starts this slot. */
  readonly 'slot.default': {
    readonly in: { readonly node: NodeId; readonly slot: number };
    readonly out: { readonly slot: number };
  };
  /** The slot holds nothing, and was read back. */
  readonly 'slot.wipe': {
    readonly in: { readonly node: NodeId; readonly slot: number };
    readonly out: { readonly proof: WipeProof };
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
  'bmc.verify': 'The BMC of a node answers, lets us in, takes a boot device and tells the power.',
  'power.ensure': 'The power of a node is on, or off.',
  'boot.await': "The next evidence of a node's boot.",
  'time.await': 'The clock has come to an instant.',
  'image.validate': 'An image was booted once, from a LUN or from a slot, on no node of the fleet.',
  'image.store': 'An image is in the dark store.',
  'lun.stage': 'Nodes have LUNs of an image beside those that they boot now.',
  'lun.activate': "Nodes' next boots get their LUNs of an image.",
  'lun.rollBack': "Nodes' next boots get the LUNs that they had before an image.",
  'lun.wipe': "A node's clones of an image are gone, and that was read back.",
  'bootScript.ensure': "What a node's network boot leads to.",
  'slot.write': "A slot of a node's disk holds an image.",
  'slot.default': "The slot that a node's disk boots.",
  'slot.wipe': "A slot of a node's disk holds nothing, and that was read back.",
  'nodes.hold': 'Nodes are held for a reservation from one instant to another, with a slot for its image.',
  'nodes.release': 'A reservation holds no node any more.',
} as const satisfies Record<EffectKind, string>;
