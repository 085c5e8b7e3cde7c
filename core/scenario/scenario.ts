import type { Stage } from '../evidence.js';
import type { NodeId } from '../ids.js';
import type { Deadlines } from '../site/site.js';
import { BMC_MISHAP_KINDS } from './bmc-mishaps.js';
import type { ExpectedFaultKind } from './fault-kinds.js';
import type { NodeStep } from './node-steps.js';
import type { ImageExpectation, ScenarioImage, Step } from './lifecycle.js';

/** Things that go wrong on purpose. Each world has its own way to bring them about. */
export const MISHAP_KINDS = [
  /** Nobody answers the node's DHCP requests. */
  'dhcp.mute',
  /** DHCP names a boot file that the TFTP server does not have. */
  'boot-file.wrong',
  /** The target refuses the node's login. */
  'lun.refuse',
  /** The node's LUN has no boot code in its first sector. */
  'lun.no-boot-loader',
  /** The HTTP server does not have the mesh node's script. */
  'script.missing',
  /** The mesh node's disk has no boot code in its first sector. */
  'disk.no-boot-code',
  /** The mesh node's slot has no boot loader in its first sector. */
  'slot.no-boot-loader',
  /** The node's kernel panics. */
  'kernel.panic',
  /** The first DHCP offer to the node is lost on the wire. */
  'wire.offer-lost',
  /** The node's network cable is pulled. */
  'wire.cut',
  /** The node's power is cut. */
  'power.cut',
  ...BMC_MISHAP_KINDS,
] as const;
export type MishapKind = (typeof MISHAP_KINDS)[number];

/**
 * The instant of a mishap: the node's boot reaches a stage, a write to one of its slots has come so far, or so many ms
 * after the start of the run.
 */
export type When =
  | { readonly kind: 'reaches'; readonly stage: Stage }
  | { readonly kind: 'writes'; readonly percent: number }
  | { readonly kind: 'at'; readonly at_ms: number };

interface MishapFacts {
  readonly node: NodeId;
  /** How long after it began the mishap is over; null: it lasts. */
  readonly healsAfter_ms: number | null;
}

/** `when` is null where the mishap holds from the start. A power cut always has its instant. */
export type Mishap =
  | (MishapFacts & { readonly mishap: 'power.cut'; readonly when: When })
  | (MishapFacts & { readonly mishap: Exclude<MishapKind, 'power.cut'>; readonly when: When | null });

/** How a node's run has to end for the scenario to pass. */
export type Expectation = (
  | {
      readonly outcome: 'up';
      readonly image?: string | undefined;
      readonly from?: 'network' | 'disk' | undefined;
      /** So many boots, and each of them came up. */
      readonly boots?: number | undefined;
    }
  | { readonly outcome: 'off'; readonly boots?: number | undefined }
  | { readonly outcome: 'maintenance'; readonly fault?: ExpectedFaultKind | undefined }
  | { readonly outcome: 'failed'; readonly stage: Stage; readonly fault: ExpectedFaultKind }
) & {
  /** What has to have been noticed about the node's BMC, in any order; nothing else. Absent: whatever was noticed. */
  readonly notes?: readonly ExpectedFaultKind[] | undefined;
};

/** Which nodes take part: the site's, some of them, or a number made like one of them. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'named'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'fleet'; readonly count: number; readonly like: NodeId };

/** One run as its author describes it: `*.scenario.yaml`, version 1. */
export interface Scenario {
  /** The path that was given, for messages. */
  readonly file: string;
  readonly name: string;
  readonly description: string;
  /** Path of the site file as written: relative to the scenario file's folder. */
  readonly site: string;
  readonly seed: number | null;
  readonly selection: Selection;
  /** They win over the site's. */
  readonly deadlines: Deadlines;
  readonly mishaps: readonly Mishap[];
  /** By name; none: the nodes only boot what they have. */
  readonly images: ReadonlyMap<string, ScenarioImage>;
  readonly steps: readonly Step[];
  readonly nodeSteps: readonly NodeStep[];
  /** How long the whole run may take. */
  readonly limit_ms: number | null;
  /** `all` holds for every node that `nodes` does not name. */
  readonly expect: {
    readonly all: Expectation | null;
    readonly nodes: ReadonlyMap<NodeId, Expectation>;
    readonly images: ReadonlyMap<string, ImageExpectation>;
    /** What the slots of a node have to hold in the end, by number. */
    readonly slots: ReadonlyMap<NodeId, ReadonlyMap<number, string>>;
  };
}
