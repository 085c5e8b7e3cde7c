import type { Failure } from '../effects/catalog.js';
import { STAGES, type Evidence, type Stage } from '../evidence.js';
import type { Fault } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import { causeOfDeadEnd, causeOfSilence } from './boot-cause.js';

/** A stage of the boot at hand, in the order it was passed. */
export interface PassedStage {
  readonly stage: Stage;
  readonly at: number;
  /** Who saw what; null where only a later stage's evidence tells that it must have been passed: unseen. */
  readonly evidence: string | null;
}

export interface BootContext {
  readonly node: NodeId;
  /** Counts the boots of this node: 0 before the first. */
  readonly boot: number;
  readonly stage: Stage;
  /** When that stage, or the failure, was entered. */
  readonly enteredAt: number;
  /** Until when the stage at hand may last; null where it may last for ever. */
  readonly deadlineAt: number | null;
  /** Sequence number of the last evidence taken. */
  readonly after: number;
  readonly deadlines_ms: StageDeadlines;
  readonly passed: readonly PassedStage[];
  /** Trouble that firmware may yet get over: the cause, should the boot end. */
  readonly suspicion: Fault | null;
  readonly lastSeen: string | null;
  readonly failure: BootFailure | null;
}

export interface BootFailure {
  readonly stage: Stage;
  readonly cause: Fault;
  readonly lastSeen: string | null;
}

export type StageDeadlines = Readonly<Record<Stage, number | null>>;

export interface BootInput {
  readonly node: NodeId;
  /** Overrides of the machine's own table, from the scenario or the site; in ms. */
  readonly deadlines_ms: Partial<StageDeadlines>;
}

/**
 * How long each stage may last, in ms; null is for ever. At least five times what slow emulation was measured to take
 * (8 nodes at once on two cores); 30 s of silence after the hand-over to a master boot record says that it spins.
 */
export const STAGE_DEADLINES_MS: StageDeadlines = {
  off: null,
  firmware: 60_000,
  'pxe.dhcp': 60_000,
  'pxe.tftp': 60_000,
  'ipxe.dhcp': 60_000,
  'iscsi.login': 60_000,
  'iscsi.boot': 30_000,
  bootloader: 120_000,
  kernel: 120_000,
  userland: 120_000,
  up: null,
};

const RANKS = Object.fromEntries(STAGES.map((stage, rank) => [stage, rank]));
const rank = (stage: Stage): number => RANKS[stage] ?? 0;

export function initialBoot({ node, deadlines_ms }: BootInput): BootContext {
  return {
    node,
    boot: 0,
    stage: 'off',
    enteredAt: 0,
    deadlineAt: null,
    after: 0,
    deadlines_ms: { ...STAGE_DEADLINES_MS, ...deadlines_ms },
    passed: [],
    suspicion: null,
    lastSeen: null,
    failure: null,
  };
}

/** A stage was reached: on in this boot, with what was skipped marked unseen; or, being no later one, in a new boot. */
export function arrive(context: BootContext, evidence: Evidence, stage: Stage): Partial<BootContext> {
  const { at } = evidence;
  const isSameBoot = context.stage !== 'off' && rank(stage) > rank(context.stage);
  const limit_ms = context.deadlines_ms[stage];
  return {
    boot: isSameBoot ? context.boot : context.boot + 1,
    stage,
    enteredAt: at,
    deadlineAt: limit_ms === null ? null : at + limit_ms,
    after: evidence.seq,
    passed: passedNow(context, isSameBoot, { stage, at, evidence: `${evidence.source}: ${evidence.what}` }),
    suspicion: null,
    lastSeen: evidence.what,
    failure: null,
  };
}

function passedNow(context: BootContext, isSameBoot: boolean, last: PassedStage): readonly PassedStage[] {
  const before = isSameBoot ? context.passed : [];
  const from = isSameBoot ? rank(context.stage) + 1 : 1;
  const to = rank(last.stage);
  if (from >= to) return [...before, last];
  const unseen = STAGES.slice(from, to).map((stage) => ({ stage, at: last.at, evidence: null }));
  return [...before, ...unseen, last];
}

/** The power is off, and that is how it should be. */
export function rest(evidence: Evidence): Partial<BootContext> {
  return { stage: 'off', enteredAt: evidence.at, deadlineAt: null, after: evidence.seq, lastSeen: evidence.what };
}

/** Something was seen that moves nothing; trouble is kept in mind. */
export function heed(context: BootContext, evidence: Evidence): Partial<BootContext> {
  return {
    after: evidence.seq,
    lastSeen: evidence.what,
    suspicion: evidence.kind === 'trouble' ? evidence.fault : context.suspicion,
  };
}

/** This boot is over before `up`: power is gone, or an observer says so. */
export function end(context: BootContext, evidence: Evidence): Partial<BootContext> {
  const { node, stage } = context;
  const named = evidence.kind === 'ended' ? evidence.fault : null;
  const lost: Fault = { code: 'BOOT-007', kind: 'power.lost', stage };
  const cause =
    evidence.kind === 'reached' ? lost : (named ?? context.suspicion ?? causeOfDeadEnd(node, stage, evidence.what));
  return {
    ...failed(context, cause, evidence.at),
    after: evidence.seq,
    lastSeen: evidence.what,
    failure: { stage, cause, lastSeen: evidence.what },
  };
}

/** Nothing was seen until the deadline, or watching itself failed. */
export function giveUp(context: BootContext, { fault, at }: Failure): Partial<BootContext> {
  const silence = context.suspicion ?? causeOfSilence(context.node, context.stage, at - context.enteredAt);
  return failed(context, fault.code === 'EFF-001' ? silence : fault, at);
}

function failed(context: BootContext, cause: Fault, at: number): Partial<BootContext> {
  const { stage, lastSeen } = context;
  return { enteredAt: at, deadlineAt: null, failure: { stage, cause, lastSeen } };
}
