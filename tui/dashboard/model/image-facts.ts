import { machineId } from '../../../core/ids.js';
import type { ImageContext, ImageNode, PassedState, ProvenWipe } from '../../../core/machines/image-context.js';
import type { FaultRecord } from './fault-log.js';
import type { Machine } from './machine.js';
import type { Model } from './model.js';
import { stateFacts, type StateFacts } from './node-facts.js';

/** The way of an image from the shelf to a running fleet, and the states on each step of it. */
export const LIFECYCLE = [
  { step: 'registered', states: ['registered'] },
  { step: 'validated', states: ['validating.lun', 'validating.slot', 'validationFailed'] },
  { step: 'stored', states: ['storing', 'storeFailed', 'stored', 'takingOff', 'takeOffFailed'] },
  { step: 'scheduled', states: ['scheduled'] },
  { step: 'deployed', states: ['deploying.both', 'deploying.lun', 'deploying.slot', 'deployFailed'] },
  { step: 'ready', states: ['ready.lun', 'ready.slot', 'ready.all'] },
  { step: 'running', states: ['starting', 'running', 'degraded'] },
] as const;

/** One image as the board shows it. */
export interface ImageFacts {
  readonly name: string;
  readonly project: string;
  readonly state: StateFacts;
  /** How far on its way it is: a place in `LIFECYCLE`. */
  readonly step: number;
  readonly nodes: readonly ImageNode[];
  /** How many of them have it, or are up in it. */
  readonly there: number;
  readonly passed: readonly PassedState[];
  readonly wipes: readonly ProvenWipe[];
  /** The branch of LUNs, where it has set out. */
  readonly luns: StateFacts | null;
  readonly fault: FaultRecord | null;
  readonly machine: Machine;
}

export function imageFacts(model: Model, name: string): ImageFacts | null {
  const machine = model.machine(machineId('image', name));
  const state = stateFacts(model, machine);
  if (machine === undefined || state === null) return null;
  const { project, nodes, passed, proofs } = machine.standing.context as ImageContext;
  const wanted = nodes.filter(({ is }) => is !== 'leftOut');
  return {
    name,
    project,
    state,
    step: LIFECYCLE.findIndex(({ states }) => states.some((one) => one === state.state)),
    nodes: wanted.length === nodes.length ? nodes : [...wanted, ...nodes.filter(({ is }) => is === 'leftOut')],
    there: wanted.filter(({ is }) => is === 'ready' || is === 'running').length,
    passed,
    wipes: proofs,
    luns: stateFacts(model, model.machine(machineId('lunBranch', name))),
    fault: model.faults.last(`image:${name}`),
    machine,
  };
}

export function allImages(model: Model): readonly ImageFacts[] {
  return model.names('image').flatMap((name) => imageFacts(model, name) ?? []);
}
