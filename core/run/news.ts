import { span_ms } from '../clock.js';
import type { Standing } from '../engine/step.js';
import type { Stage } from '../evidence.js';
import type { Fault } from '../faults/fault.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { BootContext } from '../machines/boot-context.js';
import type { DeploymentContext } from '../machines/deployment-context.js';
import type { ImageContext } from '../machines/image-context.js';

/** A node's boot has moved: what a person who watches a run is told. */
export interface News {
  readonly node: NodeId;
  readonly boot: number;
  readonly state: 'failed' | Stage;
  readonly at_ms: number;
  /** How long the stage before took; null for a boot's first. */
  readonly before_ms: number | null;
  /** `source: what was seen`. */
  readonly evidence: string | null;
  /** Stages in between that nobody saw. */
  readonly unseen: readonly Stage[];
  readonly fault: Fault | null;
}

/** Null where nothing moved: another machine, or evidence that only made the same state wait on. */
export function newsOf(machine: MachineId, { state, context }: Standing): News | null {
  if (!machine.startsWith('boot:')) return null;
  const { node, boot, enteredAt, passed, failure, after, lastSeen } = context as BootContext;
  const last = passed.at(-1);
  if (state === 'off' && after === 0) return null;
  const seen = passed.filter(({ evidence }) => evidence !== null);
  const before = failure === null ? seen.at(-2) : last;
  const firstUnseen = seen.length < 2 ? 0 : passed.indexOf(seen.at(-2) ?? passed[0] ?? NONE) + 1;
  return {
    node,
    boot,
    state: state as News['state'],
    at_ms: enteredAt,
    before_ms: before === undefined ? null : span_ms(before.at, enteredAt),
    evidence: failure === null ? (state === 'off' ? lastSeen : (last?.evidence ?? null)) : failure.lastSeen,
    unseen: failure === null ? passed.slice(firstUnseen, -1).map(({ stage }) => stage) : [],
    fault: failure?.cause ?? null,
  };
}

const ASKED = 'power: off, as it was asked to be';
const NONE = { stage: 'off', at: 0, evidence: null } as const;

/** An image has moved. */
export interface ImageNews {
  readonly image: string;
  readonly state: string;
  readonly at_ms: number;
  readonly fault: Fault | null;
}

/** Null for every machine but an image's. */
export function imageNewsOf(machine: MachineId, { state, context }: Standing): ImageNews | null {
  if (!machine.startsWith('image:')) return null;
  const { image, passed, fault } = context as ImageContext;
  return { image, state, at_ms: passed.at(-1)?.at ?? 0, fault };
}

/** Something is done to a node's slot or LUN. */
export interface DiskNews {
  readonly node: NodeId;
  readonly does: 'writing' | 'wiping';
  readonly image: string;
  /** Null for a LUN. */
  readonly slot: number | null;
  readonly at_ms: number;
}

const DISK_STATES: Readonly<Record<string, DiskNews['does']>> = {
  writing: 'writing',
  wiping: 'wiping',
  wipingLun: 'wiping',
};

/** Null for every machine but a deployment that begins to write or to wipe. */
export function diskNewsOf(machine: MachineId, { state, context }: Standing): DiskNews | null {
  const does = machine.startsWith('deployment:') ? DISK_STATES[state] : undefined;
  if (does === undefined) return null;
  const { node, tasks, at } = context as DeploymentContext;
  const [task] = tasks;
  return task === undefined ? null : { node, does, image: task.image, slot: task.slot, at_ms: at };
}

/** Tells each move of each node once, of all that a run's engine enters. */
export class NewsReader {
  readonly #told = new Map<NodeId, string>();
  /** Nodes that are being powered off, since somebody asked for it. */
  readonly #released = new Set<MachineId>();

  read(machine: MachineId, standing: Standing): News | null {
    if (machine.startsWith('node:')) {
      if (standing.state === 'poweringOff') this.#released.add(machine);
      else this.#released.delete(machine);
    }
    const seen = newsOf(machine, standing);
    if (seen === null) return null;
    const news = this.#isAsked(seen) ? { ...seen, state: 'off' as const, evidence: ASKED, fault: null } : seen;
    const name = `${news.boot} ${news.state} ${news.at_ms}`;
    if (this.#told.get(news.node) === name) return null;
    this.#told.set(news.node, name);
    return news;
  }

  /** Power that goes because it was asked to go is no failure, whatever the boot had come to. */
  #isAsked({ node, fault }: News): boolean {
    return fault?.kind === 'power.lost' && this.#released.has(machineId('node', node));
  }
}
