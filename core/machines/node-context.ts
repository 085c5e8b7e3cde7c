import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import type { MachineId, NodeId } from '../ids.js';
import type { BootOrder } from '../ports/boot-device.js';

/** What an operator or a scenario asks of a node, and what its boot chain tells it. */
export type NodeEvent =
  /** The node has a BMC: nothing is done with it before that was verified. */
  | { readonly type: 'enroll.requested'; readonly at: number }
  | { readonly type: 'manage.requested'; readonly at: number }
  | { readonly type: 'provide.requested'; readonly at: number }
  | { readonly type: 'maintenance.requested'; readonly at: number; readonly reason: string }
  /** `order`: what to boot from; from the network, always, unless told. */
  | { readonly type: 'deploy.requested'; readonly at: number; readonly order?: BootOrder }
  | { readonly type: 'cycle.requested'; readonly at: number }
  | { readonly type: 'release.requested'; readonly at: number }
  | { readonly type: 'boot.up'; readonly at: number }
  /** The deploy ramdisk has called back. */
  | { readonly type: 'boot.ramdisk'; readonly at: number }
  /** The power is gone where a boot had come to rest. */
  | { readonly type: 'boot.off'; readonly at: number; readonly fault?: Fault }
  | { readonly type: 'boot.failed'; readonly at: number; readonly fault?: Fault };

export interface NodeInput {
  readonly node: NodeId;
  /** Machines that are told when the node is up, off, in its ramdisk or failed. */
  readonly followers?: readonly MachineId[];
}

export interface NodeContext {
  readonly node: NodeId;
  readonly followers: readonly MachineId[];
  readonly at: number;
  /** Why the last deployment failed where an effect failed; the boot machine holds the cause of a failed boot. */
  readonly fault: Fault | null;
  /** What it boots from; null where nobody has said. */
  readonly order: BootOrder | null;
  /** Whether what runs on it has to be ended first: to be switched on starts nothing where it is on. */
  readonly mayBeOn: boolean;
  /** Why it is in maintenance, where somebody has asked for that. */
  readonly reason: string | null;
  /** What was noticed about its BMC when that was verified. */
  readonly notes: readonly Fault[];
}

export type Told = { readonly at: number };
export type Answered = { readonly event: { readonly output: Outcome } };
export type Unanswered = { readonly event: { readonly error: unknown } };
export type InContext = { readonly context: NodeContext };
export type Tells = { readonly tells: readonly { readonly to: MachineId; readonly event: object }[] };
export type Blame = { readonly at: number; readonly fault: Fault };
export type Verified = Told & { readonly notes: readonly Fault[]; readonly isOn: boolean };

export const timeOf = ({ event }: Answered): Told => ({ at: event.output.at });
export const told = ({ event }: { readonly event: Told }): Told => ({ at: event.at });
export const failureOf = ({ event }: Unanswered) => ({ failure: event.error as Failure });
export const endOf = ({ event }: { readonly event: NodeEvent }): Blame => ({ at: event.at, fault: faultOf(event) });

/** Boot device and power are asked of a BMC or of an emulator queued by cores: minutes, not seconds. */
const ACT_LIMIT_MS = { device: 60_000, power: 900_000, verify: 300_000 };

const NETWORK: BootOrder = { device: 'network', lasts: 'always' };

export function orderOf({ event }: { readonly event: NodeEvent }): Told & { readonly order: BootOrder | null } {
  const order = event.type === 'deploy.requested' ? (event.order ?? null) : null;
  return { at: event.at, order };
}

export function reasonOf({ event }: { readonly event: NodeEvent }): Told & { readonly reason: string } {
  return { at: event.at, reason: event.type === 'maintenance.requested' ? event.reason : '' };
}

export function verifiedOf({ event: { output } }: Answered): Verified {
  const { at } = output;
  return 'notes' in output ? { at, notes: output.notes, isOn: output.power === 'on' } : { at, notes: [], isOn: false };
}

export function initialNode({ node, followers = [] }: NodeInput): NodeContext {
  return { node, followers, at: 0, fault: null, order: null, mayBeOn: false, reason: null, notes: [] };
}

export function faultOf(event: NodeEvent): Fault {
  const named = 'fault' in event ? event.fault : undefined;
  return named ?? { code: 'BOOT-007', kind: 'power.lost', stage: 'off' };
}

export function tells({ node, followers }: NodeContext, event: { readonly type: string; readonly at: number }): Tells {
  return { tells: followers.map((to) => ({ to, event: { ...event, node } })) };
}

export function bootDeviceInput({ context }: InContext): EffectInput<'bootDevice.ensure'> {
  const { node, at, order } = context;
  const { device, lasts } = order ?? NETWORK;
  const once = lasts === 'once' ? { lasts } : {};
  return { node, device, ...once, deadlineAt: at + ACT_LIMIT_MS.device };
}

export function verifyInput({ context }: InContext): EffectInput<'bmc.verify'> {
  return { node: context.node, deadlineAt: context.at + ACT_LIMIT_MS.verify };
}

export function powerInput(want: 'on' | 'off') {
  return ({ context }: InContext): EffectInput<'power.ensure'> => ({
    node: context.node,
    want,
    deadlineAt: context.at + ACT_LIMIT_MS.power,
  });
}
