import type { Fault } from '../../../core/faults/fault.js';
import type { MachineId } from '../../../core/ids.js';
import { RIG, subjectOf, type Subject } from './subject.js';

/** One fault from when it was first told until nobody suffers from it any more. */
export interface FaultRecord {
  readonly fault: Fault;
  readonly subject: Subject;
  readonly at: number;
  /** The entry that told it. */
  readonly seq: number;
  /** Null while it lasts. */
  readonly endedAt: number | null;
}

/** What one machine holds against the world. */
export interface Grievance {
  readonly machine: MachineId;
  /** Null: none, or one that it has got over. */
  readonly fault: Fault | null;
  readonly at: number;
  readonly seq: number;
}

/** All faults in the order in which they were told. A fault that a boot hands on to its node is told once. */
export class FaultLog {
  #records: FaultRecord[] = [];
  /** Which record each machine suffers from, by its place. */
  #held = new Map<MachineId, number>();
  #ofSubject = new Map<Subject, number>();

  get records(): readonly FaultRecord[] {
    return this.#records;
  }

  /** The last fault of a node or image, be it over or not. */
  last(subject: Subject): FaultRecord | null {
    return this.#records[this.#ofSubject.get(subject) ?? -1] ?? null;
  }

  /** @param holds whether the machine is still in trouble for it: else the record is over at once */
  take({ machine, fault, at, seq }: Grievance, holds: boolean): void {
    const held = this.#held.get(machine);
    const record = held === undefined ? undefined : this.#records[held];
    if (record !== undefined && holds && fault !== null && isSame(record.fault, fault)) return;
    if (held !== undefined) this.#letGo(machine, held, at);
    if (fault === null) return;
    const place =
      this.#placeOf(subjectOf(machine), fault) ?? this.#add({ fault, subject: subjectOf(machine), at, seq });
    if (holds) this.#held.set(machine, place);
    else if (record === undefined || !isSame(record.fault, fault)) this.#end(place, at);
  }

  /** A fault of the rig itself: nobody tells when it is over. */
  takeOfRig(fault: Fault, at: number, seq: number): void {
    this.#add({ fault, subject: RIG, at, seq });
  }

  copy(): FaultLog {
    const copy = new FaultLog();
    copy.#records = [...this.#records];
    copy.#held = new Map(this.#held);
    copy.#ofSubject = new Map(this.#ofSubject);
    return copy;
  }

  #add(told: Omit<FaultRecord, 'endedAt'>): number {
    this.#records.push({ ...told, endedAt: null });
    this.#ofSubject.set(told.subject, this.#records.length - 1);
    return this.#records.length - 1;
  }

  #placeOf(subject: Subject, fault: Fault): number | undefined {
    const place = this.#ofSubject.get(subject);
    const record = place === undefined ? undefined : this.#records[place];
    return record !== undefined && record.endedAt === null && isSame(record.fault, fault) ? place : undefined;
  }

  #letGo(machine: MachineId, place: number, at: number): void {
    this.#held.delete(machine);
    const { subject } = this.#records[place] ?? { subject: RIG };
    const others = this.#holders(subject, place);
    if (others === 0) this.#end(place, at);
  }

  /** A subject has three machines at most. */
  #holders(subject: Subject, place: number): number {
    const name = subject.slice(subject.indexOf(':'));
    return HOLDERS.filter((kind) => this.#held.get(`${kind}${name}` as MachineId) === place).length;
  }

  #end(place: number, at: number): void {
    const record = this.#records[place];
    if (record !== undefined && record.endedAt === null) this.#records[place] = { ...record, endedAt: at };
  }
}

const HOLDERS = ['node', 'boot', 'deployment', 'image', 'lunBranch', 'reservation'];

/** Faults are small plain data, and the same one is handed from machine to machine. */
function isSame(one: Fault, other: Fault): boolean {
  return one === other || (one.code === other.code && JSON.stringify(one) === JSON.stringify(other));
}
