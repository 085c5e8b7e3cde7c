import { span_ms } from '../clock.js';
import type { Stage } from '../evidence.js';
import { remedy, says, type Fault } from '../faults/fault.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { PassedStage } from '../machines/boot-chain.js';
import type { BootContext } from '../machines/boot-context.js';
import type { NodeContext } from '../machines/node-context.js';
import type { Plan } from '../scenario/plan.js';
import type { Standing } from '../engine/step.js';
import type { RunFault } from '../faults/run.js';
import { unmet } from './expectation.js';
import type { Sending } from './sending.js';
import {
  imageOf,
  imageReport,
  imageUnmet,
  slotsOf,
  wipesOf,
  type ImageReport,
  type NodeWipeReport,
} from './image-report.js';

/** One stage as the report tells it; instants are ms since the start of the run. */
export interface StageReport {
  readonly stage: Stage;
  readonly at_ms: number;
  /** Null for the last one: the node stays there. */
  readonly took_ms: number | null;
  /** `source: what was seen`; null for a stage that nobody saw. */
  readonly evidence: string | null;
  readonly unseen?: true;
}

export interface NodeReport {
  readonly outcome: 'up' | 'off' | 'failed' | 'maintenance' | 'unfinished';
  /** The stage of the failure, or the last one reached. */
  readonly stage: Stage;
  readonly boots: number;
  /** How many of them came up. */
  readonly ups: number;
  readonly stages: readonly StageReport[];
  readonly fault: Fault | null;
  readonly last_evidence: string | null;
  /** What is wrong with its BMC all the same; absent where nothing was noticed. */
  readonly notes?: readonly ToldFault[];
  /** The image that it is up in, and what its slots hold; where images were handed in. */
  readonly image?: string | null;
  readonly slots?: Readonly<Record<string, string>>;
  /** What was read back after each wipe, of images of this run and of those that it found there. */
  readonly wipes?: readonly NodeWipeReport[];
}

/** A fault with its words, so that a report can be read without this program. */
export type ToldFault = Fault & { readonly node?: string; readonly says: string; readonly remedy: string };

/** `report.json` of a run bundle, and the last line of `run --json`. */
export interface Report {
  readonly version: 1;
  readonly scenario: string;
  readonly world: string;
  readonly seed: number;
  readonly verdict: 'pass' | 'fail';
  /** Wall-clock start, ISO 8601; null in simulation, whose runs have no date. */
  readonly startedAt: string | null;
  readonly virtual_ms: number;
  readonly wall_ms: number;
  readonly nodes: Readonly<Record<string, NodeReport>>;
  /** Where images were handed in. */
  readonly images?: Readonly<Record<string, ImageReport>>;
  readonly faults: readonly ToldFault[];
  readonly token: string;
}

export interface ReportFacts {
  readonly plan: Plan;
  readonly standing: (machine: MachineId) => Standing | undefined;
  readonly world: string;
  readonly seed: number;
  readonly startedAt: string | null;
  readonly virtual_ms: number;
  readonly wall_ms: number;
  readonly sendings: readonly Sending[];
  /** Faults that belong to no node. */
  readonly faults: readonly Fault[];
  readonly token: string;
}

/** A run's outcome: passed when every node ended as its scenario expects and the rig itself had no fault. */
export function makeReport(facts: ReportFacts): Report {
  const { plan, standing, world, seed, startedAt, virtual_ms, wall_ms, token } = facts;
  const hasImages = plan.scenario.images.size > 0;
  const nodes = plan.nodes.map(({ id }) => {
    const report = nodeReport(id, facts);
    return [id, hasImages ? inFleet(id, report, standing) : report] as const;
  });
  const images = [...plan.scenario.images.keys()].map((name) => [name, imageReport(name, facts)] as const);
  const broken = [
    ...nodes.flatMap(([id, report]) => nodeUnmet(plan, id, report)),
    ...images.flatMap(([name, report]) => {
      const expectation = plan.scenario.expect.images.get(name);
      const fault = expectation === undefined ? null : imageUnmet(name, expectation, report);
      return fault === null ? [] : [fault];
    }),
  ];
  const causes = [
    ...nodes.flatMap(([id, { fault }]) => (fault === null ? [] : [told(fault, id)])),
    ...images.flatMap(([, { fault }]) => (fault === null ? [] : [told(fault)])),
  ];
  const faults = [...facts.faults.map((fault) => told(fault)), ...causes, ...broken.map((fault) => told(fault))];
  const verdict = broken.length + facts.faults.length === 0 ? 'pass' : 'fail';
  const common = { version: 1, scenario: plan.scenario.name, world, seed, verdict } as const;
  const lifecycle = hasImages ? { images: Object.fromEntries(images) } : {};
  return { ...common, startedAt, virtual_ms, wall_ms, nodes: Object.fromEntries(nodes), ...lifecycle, faults, token };
}

function nodeUnmet(plan: Plan, id: NodeId, report: NodeReport): readonly RunFault[] {
  const expectation = plan.expected.get(id);
  const fault = expectation === undefined ? null : unmet(id, expectation, report);
  const slots = [...(plan.scenario.expect.slots.get(id) ?? [])].flatMap(([slot, image]) => {
    const held = report.slots?.[slot] ?? 'nothing';
    const facts = { expected: `${image} in slot ${slot}`, actual: `${held} in slot ${slot}` };
    return held === image ? [] : [{ code: 'RUN-002', kind: 'expectation.unmet', node: id, ...facts } as const];
  });
  return fault === null ? slots : [fault, ...slots];
}

/** Where images come and go, a node may well end powered off, and it counts what it is up in. */
function inFleet(id: NodeId, report: NodeReport, standing: ReportFacts['standing']): NodeReport {
  const isOff = standing(machineId('node', id))?.state === 'available';
  const held = { image: imageOf(id, standing), slots: slotsOf(id, standing), wipes: wipesOf(id, standing) };
  return isOff ? { ...report, outcome: 'off', fault: null, ...held } : { ...report, ...held };
}

function nodeReport(id: NodeId, { standing, plan }: ReportFacts): NodeReport {
  const boot = standing(machineId('boot', id))?.context as BootContext | undefined;
  const node = standing(machineId('node', id));
  const context = node?.context as NodeContext | undefined;
  const notes = (context?.notes ?? []).map((fault) => told(fault));
  const fault = boot?.failure?.cause ?? context?.fault ?? null;
  const outcome = outcomeOf(node?.state ?? '', { fault, hasSteps: plan.scenario.nodeSteps.length > 0 });
  return {
    outcome,
    stage: boot?.failure?.stage ?? boot?.stage ?? 'off',
    boots: boot?.boot ?? 0,
    ups: boot?.ups ?? 0,
    stages: stageReports(boot?.passed ?? [], boot?.failure == null ? null : boot.enteredAt),
    // Power that went since somebody asked for that is no failure.
    fault: outcome === 'off' ? null : fault,
    last_evidence: boot?.failure?.lastSeen ?? boot?.lastSeen ?? null,
    ...(notes.length === 0 ? {} : { notes }),
  };
}

interface Ending {
  readonly fault: Fault | null;
  /** Its steps may well end with the node powered off. */
  readonly hasSteps: boolean;
}

function outcomeOf(state: string, { fault, hasSteps }: Ending): NodeReport['outcome'] {
  if (state === 'active') return 'up';
  if (state === 'maintenance') return 'maintenance';
  if (state === 'deployFailed' && fault !== null) return 'failed';
  return state === 'available' && hasSteps ? 'off' : 'unfinished';
}

function stageReports(passed: readonly PassedStage[], failedAt: number | null): readonly StageReport[] {
  return passed.map(({ stage, at, evidence }, index) => {
    const endsAt = passed[index + 1]?.at ?? failedAt;
    const times = { stage, at_ms: at, took_ms: endsAt === null ? null : span_ms(at, endsAt), evidence };
    return evidence === null ? { ...times, unseen: true } : times;
  });
}

function told(fault: Fault, node?: NodeId): ToldFault {
  const words = { says: says(fault), remedy: remedy(fault) };
  return node === undefined ? { ...fault, ...words } : { ...fault, node, ...words };
}
