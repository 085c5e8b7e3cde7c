import type { Fault } from './faults/fault.js';
import type { NodeId } from './ids.js';

/** The stages of a boot in the order a root node goes through them. `boot.machine.ts` has a state for each. */
export const STAGES = [
  'off',
  'firmware',
  'pxe.dhcp',
  'pxe.tftp',
  'ipxe.dhcp',
  'iscsi.login',
  'iscsi.boot',
  'bootloader',
  'kernel',
  'userland',
  'up',
] as const;
export type Stage = (typeof STAGES)[number];

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
