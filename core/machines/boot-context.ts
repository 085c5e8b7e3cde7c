import type { Failure } from '../effects/catalog.js';
import { STAGES, type Evidence, type Stage } from '../evidence.js';
import type { Fault } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import { causeOfDeadEnd, causeOfSilence } from './boot-cause.js';
import { passOn, type PassedStage } from './boot-chain.js';

export interface BootContext {
  readonly node: NodeId;
  /** Counts the boots of this node: 0 before the first. */
  readonly boot: number;
  /** How many of them came up. */
  readonly ups: number;
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
  // The kernel may be on its way by HTTP: eight nodes at once load theirs in 10 s.
  'ipxe.script': 60_000,
  'iscsi.login': 60_000,
  'iscsi.boot': 30_000,
  bootloader: 120_000,
  'bootloader.mbr': 60_000,
  'bootloader.slot': 120_000,
  kernel: 120_000,
  ramdisk: null,
  userland: 120_000,
  up: null,
};

const RANKS = Object.fromEntries(STAGES.map((stage, rank) => [stage, rank]));
const rank = (stage: Stage): number => RANKS[stage] ?? 0;

export function initialBoot({ node, deadlines_ms }: BootInput): BootContext {
  return {
    node,
    boot: 0,
    ups: 0,
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
  const last = { stage, at, evidence: `${evidence.source}: ${evidence.what}` };
  const isLater = context.stage !== 'off' && rank(stage) > rank(context.stage);
  const inSameBoot = isLater ? passOn(context.passed, last) : null;
  const limit_ms = context.deadlines_ms[stage];
  return {
    boot: inSameBoot === null ? context.boot + 1 : context.boot,
    ups: stage === 'up' ? context.ups + 1 : context.ups,
    stage,
    enteredAt: at,
    deadlineAt: limit_ms === null ? null : at + limit_ms,
    after: evidence.seq,
    passed: inSameBoot ?? passOn([], last) ?? [last],
    suspicion: null,
    lastSeen: evidence.what,
    failure: null,
  };
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
