import type { EffectInput } from '../../../core/effects/catalog.js';
import type { MachineEvent } from '../../../core/engine/step.js';
import { machineId, type MachineId } from '../../../core/ids.js';
import type { Entry, Opening } from '../../../core/journal/entry.js';
import { BuildLog } from './build-log.js';
import { FaultLog } from './fault-log.js';
import { faultIn, type Asked, type Machine } from './machine.js';
import { isMachineKind, type MachineBook } from './machine-book.js';
import { nameOf, subjectOf, type Subject } from './subject.js';
import { UsualTimes } from './usual-times.js';

/** What is known of a node's power, and since when. */
export interface Power {
  readonly is: 'on' | 'off';
  readonly at: number;
}

/** Something broken on purpose. */
export interface Broken {
  readonly mishap: string;
  readonly node: string;
  readonly at: number;
  /** Null while it lasts. */
  readonly healedAt: number | null;
  /** When it is to heal by itself; null: nobody has said so. */
  readonly healsAt: number | null;
}

/** Kinds of machines whose names are those of things that a person knows. */
type Named = 'node' | 'image' | 'reservation';
const isNamed = (kind: string): kind is Named => kind === 'node' || kind === 'image' || kind === 'reservation';

/** All that a dashboard shows: a pure fold of journal entries through the machines, the same live and in a replay. */
export class Model {
  readonly #book: MachineBook;
  #machines = new Map<MachineId, Machine>();
  #powers = new Map<string, Power>();
  /** Since `takeTouched` was called last; empty in a copy, whose reader has seen nothing yet. */
  #touched = new Set<Subject>();
  /** Names in the order in which they came. */
  #names: Record<Named, string[]> = { node: [], image: [], reservation: [] };
  #broken: readonly Broken[] = [];
  #faults = new FaultLog();
  #usual = new UsualTimes();
  #builds = new BuildLog();
  #opening: Opening | null = null;
  #verdict: 'pass' | 'fail' | null = null;
  #unexpected = 0;
  #pace = 1;
  /** After how long what is broken next heals, where that was asked for. */
  #healing: number | null = null;
  #seq = 0;
  #at = 0;

  constructor(book: MachineBook) {
    this.#book = book;
  }

  get book(): MachineBook {
    return this.#book;
  }
  get opening(): Opening | null {
    return this.#opening;
  }
  /** Null while the run goes on. */
  get verdict(): 'pass' | 'fail' | null {
    return this.#verdict;
  }
  get faults(): FaultLog {
    return this.#faults;
  }
  get usual(): UsualTimes {
    return this.#usual;
  }
  get builds(): BuildLog {
    return this.#builds;
  }
  get broken(): readonly Broken[] {
    return this.#broken;
  }
  /** How many times as fast as a clock the time of a simulated rack goes by, as it was asked to; 0: it is held. */
  get pace(): number {
    return this.#pace;
  }
  /** What machines were told and had no use for. */
  get unexpected(): number {
    return this.#unexpected;
  }
  /** The number of the last entry, and its instant. */
  get seq(): number {
    return this.#seq;
  }
  get at(): number {
    return this.#at;
  }

  /** How many machines it holds. */
  get size(): number {
    return this.#machines.size;
  }

  names(kind: Named): readonly string[] {
    return this.#names[kind];
  }

  machine(id: MachineId): Machine | undefined {
    return this.#machines.get(id);
  }

  power(node: string): Power | null {
    return this.#powers.get(node) ?? null;
  }

  /** What has changed since this was asked last, for the one reader that keeps what it made of each. */
  takeTouched(): ReadonlySet<Subject> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  take(entry: Entry): void {
    this.#seq = entry.seq;
    this.#at = entry.at;
    switch (entry.entry) {
      case 'opened':
        this.#opening = entry;
        return;
      case 'started':
        return this.#start(entry.machine, entry.kind, entry);
      case 'told':
        return this.#step(entry.machine, { type: 'told', event: entry.event }, entry.from);
      case 'effect.done':
        this.#notePower(nameOf(entry.machine), entry.output, entry.at);
        return this.#step(entry.machine, { type: 'effect.done', effect: entry.effect, output: entry.output });
      case 'effect.failed': {
        const failure = { fault: entry.fault, at: entry.at };
        return this.#step(entry.machine, { type: 'effect.failed', effect: entry.effect, failure });
      }
      case 'effect.asked':
        return this.#ask(entry);
      case 'unexpected':
        this.#unexpected += 1;
        return;
      case 'mishap':
        return this.#break(entry);
      case 'fault':
        return this.#faults.takeOfRig(entry.fault, entry.at, entry.seq);
      case 'closed':
        this.#verdict = entry.verdict;
        return;
      case 'requested':
        this.#pace = paceIn(entry) ?? this.#pace;
        this.#healing = healingIn(entry);
        return;
      case 'entered':
      case 'resumed':
      case 'taken.over':
        return;
    }
  }

  /** The same once more, to go on from here later: what it holds is replaced, never changed. */
  copy(): Model {
    const copy = new Model(this.#book);
    copy.#machines = new Map(this.#machines);
    copy.#powers = new Map(this.#powers);
    const { node, image, reservation } = this.#names;
    copy.#names = { node: [...node], image: [...image], reservation: [...reservation] };
    copy.#broken = this.#broken;
    copy.#faults = this.#faults.copy();
    copy.#usual = this.#usual.copy();
    copy.#builds = this.#builds.copy();
    copy.#opening = this.#opening;
    copy.#verdict = this.#verdict;
    copy.#unexpected = this.#unexpected;
    copy.#pace = this.#pace;
    copy.#healing = this.#healing;
    copy.#seq = this.#seq;
    copy.#at = this.#at;
    return copy;
  }

  #start(id: MachineId, kind: string, entry: Entry & { readonly entry: 'started' }): void {
    // A machine that a later version has is left out; its rest can still be watched.
    if (!isMachineKind(kind)) return;
    const { standing } = this.#book.steppers[kind].start(entry.input);
    const isNew = !this.#machines.has(id);
    this.#machines.set(id, { id, kind, of: nameOf(id), standing, since: entry.at, asked: null });
    this.#touch(id);
    if (isNew && isNamed(kind)) this.#names[kind].push(nameOf(id));
  }

  /** @param from who told it; nobody where the world answers */
  #step(id: MachineId, event: MachineEvent, from = ''): void {
    const before = this.#machines.get(id);
    if (before === undefined) return;
    const { kind } = before;
    const { standing, entered } = this.#book.steppers[kind].step(before.standing, event);
    const hasMoved = standing.state !== before.standing.state;
    const isAnswered = event.type !== 'told' || entered;
    const since = hasMoved ? this.#at : before.since;
    const after = { id, kind, of: before.of, standing, since, asked: isAnswered ? null : before.asked };
    this.#machines.set(id, after);
    this.#touch(id);
    const isBad = this.#book.isBad(kind, standing.state);
    if (hasMoved && !isBad && !this.#book.isAtRest(kind, before.standing.state)) this.#usual.take(before, this.#at);
    this.#build(after, event, { from, entered, hasMoved });
    if (before.asked?.effect === 'slot.write' && isAnswered && event.type !== 'told') {
      this.#builds.write(imageIn(before.asked), event.type === 'effect.done' ? 'done' : 'failed');
    }
    const [had, has] = [faultIn(before.standing), faultIn(standing)];
    if (had !== has || hasMoved) this.#blame(after, had !== has, isBad);
  }

  #build(machine: Machine, event: MachineEvent, { from, entered, hasMoved }: Stepped): void {
    const { id, kind, standing } = machine;
    if (event.type === 'told') {
      this.#builds.tell(machine, { type: event.event.type, from, at: this.#at, seq: this.#seq, entered });
    }
    if (!hasMoved || !this.#builds.isOpen(id)) return;
    const rests = this.#book.isAtRest(kind, standing.state);
    this.#builds.move(machine, this.#at, rests ? (this.#book.isBad(kind, standing.state) ? 'badly' : 'well') : null);
  }

  /** A fault in a state that is none is one that the machine has got over. */
  #blame({ id, standing }: Machine, isNews: boolean, isBad: boolean): void {
    const fault = isBad || isNews ? faultIn(standing) : null;
    this.#faults.take({ machine: id, fault, at: this.#at, seq: this.#seq }, isBad);
  }

  #ask({ machine: id, effect, input, at }: Entry & { readonly entry: 'effect.asked' }): void {
    const machine = this.#machines.get(id);
    if (machine === undefined) return;
    const asked = { effect, input, at };
    this.#machines.set(id, { ...machine, asked });
    if (effect === 'slot.write') this.#builds.write(imageIn(asked), 'begun');
    this.#touch(id);
  }

  #notePower(node: string, output: object, at: number): void {
    const is = powerIn(output);
    if (is !== null && this.#powers.get(node)?.is !== is) this.#powers.set(node, { is, at });
  }

  #break({ mishap, node, change, at }: Entry & { readonly entry: 'mishap' }): void {
    this.#touch(`node:${node}` as MachineId);
    if (change === 'begins') {
      const healsAt = this.#healing === null ? null : at + this.#healing;
      this.#healing = null;
      this.#broken = [...this.#broken, { mishap, node, at, healedAt: null, healsAt }];
      return;
    }
    const place = this.#broken.findIndex((one) => one.mishap === mishap && one.node === node && one.healedAt === null);
    this.#broken = this.#broken.map((one, index) => (index === place ? { ...one, healedAt: at } : one));
  }

  #touch(id: MachineId): void {
    this.#touched.add(subjectOf(id));
  }
}

/** How a machine took what it was told or answered. */
interface Stepped {
  readonly from: string;
  readonly entered: boolean;
  readonly hasMoved: boolean;
}

/** The image that a `slot.write` is of. */
function imageIn({ input }: Asked): MachineId {
  return machineId('image', (input as EffectInput<'slot.write'>).image);
}

/** What the answer of an effect says of its node's power; any stage of a boot but `off` is one of a node that is on. */
function powerIn(output: object): 'on' | 'off' | null {
  if ('power' in output) return output.power === 'on' || output.power === 'off' ? output.power : null;
  if (!('evidence' in output)) return null;
  const { kind, stage } = output.evidence as { readonly kind: string; readonly stage?: string };
  if (kind !== 'reached' || stage === undefined) return null;
  return stage === 'off' ? 'off' : 'on';
}

/** A request for another pace that was granted; it was parsed before it was written down. */
function paceIn({ said, fault }: Entry & { readonly entry: 'requested' }): number | null {
  if (fault !== null || said?.topic !== 'clock.pace') return null;
  return (said.payload as { readonly pace: number }).pace;
}

/** A request to break something for a time; what it breaks is the next entry. */
function healingIn({ said, fault }: Entry & { readonly entry: 'requested' }): number | null {
  if (fault !== null || said?.topic !== 'mishap.begin') return null;
  return (said.payload as { readonly healsAfter_ms?: number }).healsAfter_ms ?? null;
}
