import { EFFECTS, type EffectInput } from '../../../core/effects/catalog.js';
import type { Stage } from '../../../core/evidence.js';
import { remedy, says, type Fault } from '../../../core/faults/fault.js';
import { machineId, type NodeId } from '../../../core/ids.js';
import { causeOfSilence } from '../../../core/machines/boot-cause.js';
import type { BootContext } from '../../../core/machines/boot-context.js';
import type { ImageContext } from '../../../core/machines/image-context.js';
import type { EntryLog } from './entry-log.js';
import { countUpTo } from './entry-log.js';
import { faultIn, type Machine } from './machine.js';
import type { Model } from './model.js';
import { isMoving, machinesOf, underWay, type Tone } from './node-facts.js';
import { instantText } from '../times.js';
import type { Usual } from './medians.js';

/** Why a node is not moving, or what became of it. Spans and instants in ms of the run's own time. */
export interface Why {
  readonly machine: Machine;
  readonly tone: Tone;
  /** What the state is, in a sentence. */
  readonly says: string;
  readonly isMoving: boolean;
  readonly waited_ms: number;
  readonly usual: Usual | null;
  /** What it has asked for and not been answered. */
  readonly waitsFor: string | null;
  /** When it gives up, and what it will be taken for then. */
  readonly deadline: { readonly at: number; readonly cause: string | null } | null;
  readonly lastSeen: string | null;
  /** Trouble that may yet be got over. */
  readonly suspected: string | null;
  readonly tried: readonly string[];
  readonly check: readonly string[];
  /** Why it came to a bad end. */
  readonly fault: Fault | null;
  /** What is broken on purpose. */
  readonly broken: readonly string[];
  /** Other machines of the node that are on their way: most wait for this one. */
  readonly beside: readonly Machine[];
}

/** What is looked at: a moment, and the entries up to it. */
export interface Moment {
  readonly model: Model;
  readonly log: EntryLog;
  readonly now_ms: number;
}

/** Of the node's machines the one that the others wait for, or where none moves the one that failed. */
export function whyOf(moment: Moment, node: string): Why | null {
  const { model } = moment;
  const machines = machinesOf(model, node);
  const { boot, node: own, deployment } = machines;
  const all = [boot, own, deployment].filter((one) => one !== undefined);
  const moving = underWay(model, machines);
  const bad = all.find(({ kind, standing }) => model.book.isBad(kind, standing.state));
  const machine = moving[0] ?? bad ?? own ?? boot;
  if (machine === undefined) return null;
  const beside = moving.slice(1);
  return { ...explain(moment, machine), beside, broken: brokenOn(model, node) };
}

/** The same of an image: what it waits for is often done by its nodes. */
export function whyOfImage(moment: Moment, machine: Machine): Why {
  const { nodes } = machine.standing.context as ImageContext;
  const under = nodes.filter(({ is }) => is === 'underWay').map(({ node }) => node);
  const why = explain(moment, machine);
  if (why.waitsFor !== null || under.length === 0) return why;
  return { ...why, waitsFor: `${under.join(', ')} on the way` };
}

function explain({ model, log, now_ms }: Moment, machine: Machine): Why {
  const { kind, standing, since, asked } = machine;
  const leaf = model.book.leaf(kind, standing.state);
  const context = standing.context as Partial<BootContext>;
  const moves = isMoving(model, machine);
  const isBad = leaf?.meta.tone === 'bad';
  const { check } = leaf?.meta ?? {};
  const fault = isBad ? faultIn(standing) : null;
  return {
    machine,
    tone: leaf?.meta.tone ?? 'idle',
    says: leaf?.description ?? standing.state,
    isMoving: moves,
    waited_ms: Math.max(0, now_ms - since),
    usual: moves ? model.usual.of(kind, standing.state) : null,
    waitsFor: asked === null || !moves ? null : wordsOf(machine),
    deadline: moves ? deadlineOf(machine) : null,
    lastSeen: kind === 'boot' ? (context.lastSeen ?? null) : null,
    suspected: context.suspicion == null ? null : says(context.suspicion),
    tried: tried(model, log, machine),
    check: [...(moves && check !== undefined ? [check] : []), ...(fault === null ? [] : [remedy(fault)])],
    fault,
    broken: [],
    beside: [],
  };
}

/** `power.ensure, want on: the power of a node is on, or off` */
function wordsOf({ asked, of }: Machine): string {
  if (asked === null) return '';
  if ('until' in asked.input) return `the time to come, ${instantText(asked.input.until)}`;
  const given = Object.entries(asked.input).flatMap(([name, value]) => {
    if (name === 'deadlineAt' || name === 'after' || value === of) return [];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? [] : [`${name} ${String(value)}`];
  });
  const words = EFFECTS[asked.effect].replace(/\.$/, '');
  return `${[asked.effect, ...given].join(', ')}: ${words[0]?.toLowerCase() ?? ''}${words.slice(1)}`;
}

function deadlineOf({ kind, of, standing, since, asked }: Machine): Why['deadline'] {
  const at = (asked?.input as EffectInput | undefined)?.deadlineAt ?? null;
  if (at === null) return null;
  if (kind !== 'boot') return { at, cause: null };
  const { suspicion, stage } = standing.context as BootContext;
  const cause: Fault = suspicion ?? causeOfSilence(of as NodeId, stage satisfies Stage, at - since);
  return { at, cause: `${cause.code} ${says(cause)}` };
}

/** What was tried before: earlier boots, and effects that failed since the node was asked for last. */
function tried(model: Model, log: EntryLog, { id, kind, of, standing }: Machine): readonly string[] {
  const boots = (model.machine(machineId('boot', of))?.standing.context as BootContext | undefined)?.boot ?? 0;
  const group = kind === 'image' || kind === 'lunBranch' ? 'image' : 'node';
  const own = log.of(`${group}:${of}`);
  const failed: string[] = [];
  for (let place = countUpTo(own, model.seq) - 1; place >= 0 && failed.length < MOST_TRIED; place -= 1) {
    const entry = log.at(own[place] ?? 0);
    if (entry === undefined || isAskedFor(entry)) break;
    if (entry.entry === 'effect.failed') failed.push(`${entry.effect}: ${entry.fault.code} ${says(entry.fault)}`);
  }
  const retries = kind === 'image' ? (standing.context as ImageContext).nodes.filter((one) => one.retries > 0) : [];
  return [
    ...(kind === 'boot' && boots > 1 ? [`it is boot ${boots} of ${id.slice(id.indexOf(':') + 1)}`] : []),
    ...failed.reverse(),
    ...retries.map(({ node, retries: times }) => `${node} was tried again ${times} times`),
  ];
}

const MOST_TRIED = 4;

function isAskedFor(entry: { readonly entry: string; readonly event?: unknown }): boolean {
  if (entry.entry !== 'told') return false;
  return /^(deploy|handIn)\.requested$/.test((entry.event as { readonly type: string }).type);
}

function brokenOn(model: Model, node: string): readonly string[] {
  return model.broken.flatMap((one) => (one.node === node && one.healedAt === null ? [one.mishap] : []));
}
