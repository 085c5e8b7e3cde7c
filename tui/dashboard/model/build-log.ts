import type { Fault } from '../../../core/faults/fault.js';
import type { MachineId } from '../../../core/ids.js';
import type { ImageContext } from '../../../core/machines/image-context.js';
import type { MachineKind } from '../../../core/machines/steppers.js';
import { faultIn, type Machine } from './machine.js';
import { Medians, type Usual } from './medians.js';
import { subjectOf, type Subject } from './subject.js';

/**
 * What begins a build, by machine, and what people call it. A machine that a later version has, such as one for
 * instances, is one more row.
 */
const REQUESTS: Readonly<Partial<Record<MachineKind, Readonly<Record<string, string>>>>> = {
  image: { 'handIn.requested': 'hand in', 'deploy.requested': 'deploy', 'start.requested': 'start' },
  node: { 'deploy.requested': 'boot', 'cycle.requested': 'cycle' },
};

/** What ends a build well though the machine stays where it is: a node that waits in its deploy ramdisk is there. */
const ARRIVALS: Readonly<Partial<Record<MachineKind, Readonly<Record<string, string>>>>> = {
  node: { 'boot.ramdisk': 'ramdisk' },
};

/** How many of its nodes have an image, of those that are to. */
export interface Progress {
  readonly there: number;
  readonly wanted: number;
}

export interface BuildEnd {
  /** `given up`: something else was asked for meanwhile. */
  readonly how: 'there' | 'failed' | 'given up';
  readonly at: number;
  readonly state: string;
  readonly fault: Fault | null;
}

/** The way of one node or image from being asked for to being there; replaced, never changed. */
export interface Build {
  readonly machine: MachineId;
  readonly subject: Subject;
  readonly kind: string;
  /** The scenario, an operator, or the machine that asked. */
  readonly asker: string;
  readonly at: number;
  /** The entry that asked for it. */
  readonly seq: number;
  readonly steps: readonly { readonly state: string; readonly at: number }[];
  /** Writes of slots that nodes were told to begin, and those that were answered. */
  readonly writes: { readonly begun: number; readonly done: number; readonly failed: number };
  /** Of an image that has set out to nodes. */
  readonly progress: Progress | null;
  /** Null while it is under way. */
  readonly end: BuildEnd | null;
}

/** What a machine was told, and by whom. */
export interface Request {
  readonly type: string;
  readonly from: string;
  readonly at: number;
  readonly seq: number;
  readonly entered: boolean;
}

/** All builds in the order in which they were asked for. */
export class BuildLog {
  #builds: Build[] = [];
  /** The one under way of each machine, by its place. */
  #open = new Map<MachineId, number>();
  #usual = new Medians();

  get all(): readonly Build[] {
    return this.#builds;
  }

  isOpen(machine: MachineId): boolean {
    return this.#open.has(machine);
  }

  /** How long builds of its kind have taken that came to a good end; null while too few did. */
  usual({ machine, kind }: Build): Usual | null {
    return this.#usual.of(nameOfKind(machine, kind));
  }

  /** A machine was told something. `entered`: it has entered a state for it. */
  tell(machine: Machine, { type, from, at, seq, entered }: Request): void {
    const { id, kind, standing } = machine;
    const arrived = ARRIVALS[kind]?.[type];
    if (arrived !== undefined) this.#close(id, { how: 'there', at, state: arrived, fault: null });
    if (!entered || !type.endsWith('.requested')) return;
    this.#close(id, { how: 'given up', at, state: standing.state, fault: null });
    const name = REQUESTS[kind]?.[type];
    if (name === undefined) return;
    const none = { writes: { begun: 0, done: 0, failed: 0 }, progress: null, end: null };
    this.#builds.push({ machine: id, subject: subjectOf(id), kind: name, asker: from, at, seq, steps: [], ...none });
    this.#open.set(id, this.#builds.length - 1);
  }

  /** The machine's standing has changed. `rests`: whether it waits for nothing now, and is content. */
  move({ id, kind, standing }: Machine, at: number, rests: 'well' | 'badly' | null): void {
    const place = this.#open.get(id);
    const build = this.#builds[place ?? -1];
    if (place === undefined || build === undefined) return;
    const { state } = standing;
    const steps = build.steps.at(-1)?.state === state ? build.steps : [...build.steps, { state, at }];
    const progress = kind === 'image' ? progressOf(standing.context as ImageContext) : null;
    this.#builds[place] = { ...build, steps, progress };
    if (rests === 'well') this.#close(id, { how: 'there', at, state, fault: null });
    if (rests === 'badly') this.#close(id, { how: 'failed', at, state, fault: faultIn(standing) });
  }

  /** A slot of some node is written for the image. */
  write(image: MachineId, what: 'begun' | 'done' | 'failed'): void {
    const place = this.#open.get(image);
    const build = this.#builds[place ?? -1];
    if (place === undefined || build === undefined) return;
    this.#builds[place] = { ...build, writes: { ...build.writes, [what]: build.writes[what] + 1 } };
  }

  copy(): BuildLog {
    const copy = new BuildLog();
    copy.#builds = [...this.#builds];
    copy.#open = new Map(this.#open);
    copy.#usual = this.#usual.copy();
    return copy;
  }

  #close(id: MachineId, end: BuildEnd): void {
    const place = this.#open.get(id);
    const build = this.#builds[place ?? -1];
    if (place === undefined || build === undefined) return;
    this.#open.delete(id);
    this.#builds[place] = { ...build, end };
    if (end.how === 'there') this.#usual.take(nameOfKind(id, build.kind), end.at - build.at);
  }
}

function nameOfKind(machine: MachineId, kind: string): string {
  return `${machine.slice(0, machine.indexOf(':'))} ${kind}`;
}

function progressOf({ nodes }: ImageContext): Progress | null {
  const wanted = nodes.filter(({ is }) => is !== 'leftOut');
  const there = wanted.filter(({ is }) => is === 'ready' || is === 'running').length;
  return wanted.length === 0 ? null : { there, wanted: wanted.length };
}
