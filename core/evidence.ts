import type { Fault } from './faults/fault.js';
import type { NodeId } from './ids.js';

/** All stages that boots have, each after those that can come before it. `boot.machine.ts` has a state for each. */
export const STAGES = [
  'off',
  'firmware',
  'pxe.dhcp',
  'pxe.tftp',
  'ipxe.dhcp',
  'ipxe.script',
  'iscsi.login',
  'iscsi.boot',
  'bootloader',
  'bootloader.mbr',
  'bootloader.slot',
  'kernel',
  'ramdisk',
  'userland',
  'up',
] as const;
export type Stage = (typeof STAGES)[number];

const NETBOOT = ['off', 'firmware', 'pxe.dhcp', 'pxe.tftp', 'ipxe.dhcp'] as const;

/**
 * The ways from power-on to rest: a root node's from its LUN; a mesh node's from a slot of its disk, or into the deploy
 * ramdisk. One boot goes one of them, and which is only seen on the way: where several fit, the first is taken.
 */
export const CHAINS = {
  lun: [...NETBOOT, 'iscsi.login', 'iscsi.boot', 'bootloader', 'kernel', 'userland', 'up'],
  disk: [...NETBOOT, 'ipxe.script', 'bootloader.mbr', 'bootloader.slot', 'kernel', 'userland', 'up'],
  ramdisk: [...NETBOOT, 'ipxe.script', 'kernel', 'ramdisk'],
} as const satisfies Readonly<Record<string, readonly Stage[]>>;
export type ChainName = keyof typeof CHAINS;

/** Stages in which a boot may stay for ever. */
export const REST_STAGES = ['off', 'ramdisk', 'up'] as const satisfies readonly Stage[];
export type RestStage = (typeof REST_STAGES)[number];

/** Who saw it. Which of these a node has is the site's business. */
export type EvidenceSource = 'power' | 'wire' | 'console' | 'monitor' | 'sim';

interface Seen {
  readonly node: NodeId;
  readonly source: EvidenceSource;
  /** What was seen, in a few words for a person: a frame's summary, a console line. No secrets. */
  readonly what: string;
}

/** Something an observer saw of one node's boot. */
export type Observation =
  /** The node has reached a stage. */
  | (Seen & { readonly kind: 'reached'; readonly stage: Stage })
  /** Something went wrong that firmware may yet get over: remembered as the likely cause. */
  | (Seen & { readonly kind: 'trouble'; readonly fault: Fault })
  /** This boot cannot go on. `fault` is null where only the fact is known ("No bootable device"). */
  | (Seen & { readonly kind: 'ended'; readonly fault: Fault | null });

/** An observation as it stands in a node's evidence log: numbered from 1, told the time. */
export type Evidence = Observation & { readonly seq: number; readonly at: number };

/** Takes what observers see. */
export type Observe = (observation: Observation) => void;
