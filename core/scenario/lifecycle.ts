import type { Stage } from '../evidence.js';
import type { DeployFault } from '../faults/deploy.js';
import type { LunFault } from '../faults/lun.js';
import type { NodeId } from '../ids.js';
import { imageRef, type ImageRef } from '../image/ref.js';
import type { Policy } from '../machines/image-context.js';
import type { Medium } from '../ports/image.js';
import type { ImageKind } from '../site/site.js';
import { EXPECTED_FAULT_KINDS, type ExpectedFaultKind } from './fault-kinds.js';

/** The states of `image.machine.ts`, as a scenario names them. A standing law holds the two lists equal. */
export const IMAGE_STATES = [
  'registered',
  'validating.lun',
  'validating.slot',
  'validationFailed',
  'storing',
  'storeFailed',
  'stored',
  'scheduled',
  'deploying.both',
  'deploying.lun',
  'deploying.slot',
  'ready.lun',
  'ready.slot',
  'ready.all',
  'starting',
  'running',
  'degraded',
  'deployFailed',
  'takingOff',
  'takeOffFailed',
] as const;
export type ImageState = (typeof IMAGE_STATES)[number];

/** An image that somebody hands in. */
export interface ScenarioImage {
  /** A name of the run, or PROJECT/NAME. */
  readonly name: string;
  readonly project: string;
  readonly kind: ImageKind;
  /** What it is to be booted from. */
  readonly media: readonly Medium[];
  /** What of it is used, and so sent. */
  readonly size_bytes: number;
}

/** Where it lies on the shelf. */
export function refOf({ name, project }: ScenarioImage): ImageRef {
  return imageRef(name.includes('/') ? name : `${project}/${name}`);
}

/** When a step is taken: not before an instant, or once an image has come into a state since the step before. */
export type StepWhen =
  | { readonly kind: 'at'; readonly at_ms: number }
  | { readonly kind: 'image'; readonly image: string; readonly state: ImageState };

interface StepFacts {
  readonly image: string;
  readonly when: StepWhen | null;
}

/** What is asked of the rig, one after the other; each waits until its image can take it. */
export type Step =
  | (StepFacts & { readonly do: 'hand-in' | 'switch-default' | 'roll-back' | 'take-off' })
  | (StepFacts & {
      readonly do: 'deploy';
      /** Null for all nodes of the kinds that the image is for. */
      readonly nodes: readonly NodeId[] | null;
      /** Null where the schedule chooses. */
      readonly slot: number | null;
      readonly policy: Policy;
      readonly isWanted: boolean;
      readonly startsAt_ms: number;
    });

export const IMAGE_FAULT_KINDS = [
  ...EXPECTED_FAULT_KINDS,
  'image.bad',
  'node.neverCame',
  'wipe.unproven',
  'set.notStaged',
  'set.noneBefore',
] as const satisfies readonly (ExpectedFaultKind | DeployFault['kind'] | LunFault['kind'])[];
export type ImageFaultKind = (typeof IMAGE_FAULT_KINDS)[number];

/** How an image's run has to end. */
export interface ImageExpectation {
  readonly state: ImageState;
  /** Null: any, or none. */
  readonly fault: ImageFaultKind | null;
  /** The stage at which the boot of a bad image stopped. */
  readonly stage: Stage | null;
  /** Nodes that were gone on without. */
  readonly leftOut: readonly NodeId[];
  /** Nodes that the image was proven wiped off. */
  readonly wiped: readonly NodeId[];
}
