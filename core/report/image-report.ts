import { span_ms } from '../clock.js';
import type { Standing } from '../engine/step.js';
import type { Fault } from '../faults/fault.js';
import type { RunFault } from '../faults/run.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { DeploymentContext, NodeWipe } from '../machines/deployment-context.js';
import type { ImageContext, ImageNode, ProvenWipe } from '../machines/image-context.js';
import type { Sending } from './sending.js';
import type { ImageExpectation } from '../scenario/lifecycle.js';

/** One image as the report tells it; instants are ms since the start of the run. */
export interface ImageReport {
  readonly project: string;
  readonly state: string;
  readonly states: readonly StateReport[];
  readonly nodes: Readonly<Record<string, { readonly is: ImageNode['is']; readonly slot: number | null }>>;
  /** What was read back after each wipe. */
  readonly wipes: readonly WipeReport[];
  /** How it was sent to mesh nodes: each sending once, to however many of them. */
  readonly sendings: readonly Omit<Sending, 'image'>[];
  /** Why the image is not where it was to come; null where it is. */
  readonly fault: Fault | null;
}

export interface StateReport {
  readonly state: string;
  readonly at_ms: number;
  /** Null for the last one: the image stays there. */
  readonly took_ms: number | null;
}

export type WipeReport = Omit<ProvenWipe, 'at'> & { readonly at_ms: number };

export type NodeWipeReport = Omit<NodeWipe, 'at'> & { readonly at_ms: number };

type Standings = (machine: MachineId) => Standing | undefined;

const BAD_STATES = new Set(['validationFailed', 'storeFailed', 'deployFailed', 'degraded', 'takeOffFailed']);

export function imageReport(
  name: string,
  { standing, sendings }: { readonly standing: Standings; readonly sendings: readonly Sending[] },
): ImageReport {
  const { state = 'registered', context } = standing(machineId('image', name)) ?? {};
  const { project = '', passed = [], nodes = [], proofs = [], fault = null } = (context ?? {}) as Partial<ImageContext>;
  return {
    project,
    state,
    states: passed.map((one, index) => {
      const next = passed[index + 1]?.at;
      return { state: one.state, at_ms: one.at, took_ms: next === undefined ? null : span_ms(one.at, next) };
    }),
    nodes: Object.fromEntries(nodes.map(({ node, is, slot }) => [node, { is, slot }])),
    wipes: proofs.map(({ at, ...proof }) => ({ ...proof, at_ms: at })),
    sendings: sendings.flatMap(({ image, ...sending }) => (image === name ? [sending] : [])),
    fault: BAD_STATES.has(state) ? fault : null,
  };
}

/** What a node's slots hold, by number, as far as the rig has filled them. */
export function slotsOf(node: NodeId, standing: Standings): Readonly<Record<string, string>> {
  const { slots = [] } = deploymentOf(node, standing);
  const sorted = [...slots].sort((a, b) => a.slot - b.slot);
  return Object.fromEntries(sorted.map(({ slot, image }) => [slot, image]));
}

/** What was wiped off the node. */
export function wipesOf(node: NodeId, standing: Standings): readonly NodeWipeReport[] {
  const { proofs = [] } = deploymentOf(node, standing);
  return proofs.map(({ at, ...proof }) => ({ ...proof, at_ms: at }));
}

/** The image that the node is up in; null where it is not. */
export function imageOf(node: NodeId, standing: Standings): string | null {
  return deploymentOf(node, standing).runs ?? null;
}

function deploymentOf(node: NodeId, standing: Standings): Partial<DeploymentContext> {
  return (standing(machineId('deployment', node))?.context ?? {}) as Partial<DeploymentContext>;
}

/** Null when the image ended as expected. */
export function imageUnmet(image: string, expectation: ImageExpectation, report: ImageReport): RunFault | null {
  const expected = expectedText(expectation);
  const actual = actualText(expectation, report);
  return expected === actual ? null : { code: 'RUN-004', kind: 'image.unmet', image, expected, actual };
}

function expectedText({ state, fault, stage, leftOut, wiped }: ImageExpectation): string {
  return text({ state, fault, stage, leftOut, wiped });
}

/** Of the report what the expectation speaks of. */
function actualText(expectation: ImageExpectation, { state, fault, nodes, wipes }: ImageReport): string {
  const leftOut = Object.entries(nodes).flatMap(([node, { is }]) => (is === 'leftOut' ? [node] : []));
  const stage = fault !== null && 'stage' in fault ? fault.stage : null;
  return text({
    state,
    fault: expectation.fault === null ? null : (fault?.kind ?? 'nothing known'),
    stage: expectation.stage === null ? null : stage,
    leftOut,
    wiped: expectation.wiped.filter((node) => wipes.some((wipe) => wipe.node === node)),
  });
}

interface Told {
  readonly state: string;
  readonly fault: string | null;
  readonly stage: string | null;
  readonly leftOut: readonly string[];
  readonly wiped: readonly string[];
}

function text({ state, fault, stage, leftOut, wiped }: Told): string {
  return [
    state,
    ...(fault === null ? [] : [`by ${fault}`]),
    ...(stage === null ? [] : [`at ${stage}`]),
    ...(leftOut.length === 0 ? [] : [`without ${[...leftOut].sort().join(', ')}`]),
    ...(wiped.length === 0 ? [] : [`wiped off ${[...wiped].sort().join(', ')}`]),
  ].join(' ');
}
