import type { MachineId } from '../../../core/ids.js';
import type { Entry } from '../../../core/journal/entry.js';
import type { MachineKind } from '../../../core/machines/steppers.js';

/** Whom a machine or a fault is of, `node:root1` or `image:robots`; `rig` is what belongs to none of them. */
export type Subject = string;

export const RIG: Subject = 'rig';

const GROUPS: Readonly<Record<MachineKind, string>> = {
  node: 'node',
  boot: 'node',
  deployment: 'node',
  image: 'image',
  lunBranch: 'image',
  reservation: 'reservation',
};

export function subjectOf(machine: MachineId): Subject {
  const cut = machine.indexOf(':');
  const kind = machine.slice(0, cut);
  const group = Object.hasOwn(GROUPS, kind) ? GROUPS[kind as MachineKind] : kind;
  return `${group}${machine.slice(cut)}`;
}

/** `root1` of `node:root1`. */
export function nameOf(subject: Subject | MachineId): string {
  return subject.slice(subject.indexOf(':') + 1);
}

export function subjectOfEntry(entry: Entry): Subject {
  if ('machine' in entry) return subjectOf(entry.machine);
  return entry.entry === 'mishap' ? `node:${entry.node}` : RIG;
}
