import { FaultError } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import type { LunHold, LunOrder, NodeLunsView } from '../ports/lun-sets.js';

export type SetName = 'a' | 'b';

/** One node's LUN in one of the two sets. */
export interface SetLun {
  /** Tells it from every other one that there has ever been: `a/root1.7.lun`. */
  readonly lun: string;
  readonly set: SetName;
  readonly image: string;
  /** What it is a clone of; the same name may stand for other bytes later. */
  readonly source: string;
}

/** What one node has. A boot that is under way keeps its LUN, in neither set perhaps. */
export interface NodeSets {
  readonly active: SetLun | null;
  readonly other: SetLun | null;
  /** What a switch back would be to, or what a switch forward would. */
  readonly otherIs: 'staged' | 'before';
  readonly booted: SetLun | null;
  /** The boot under way had its LUN wiped: none of its logins is let in any more, lest it writes to another one. */
  readonly isShut: boolean;
}

export type Sets = ReadonlyMap<NodeId, NodeSets>;

const NOTHING: NodeSets = { active: null, other: null, otherIs: 'before', booted: null, isShut: false };
const setsOf = (sets: Sets, node: NodeId): NodeSets => sets.get(node) ?? NOTHING;

/** Puts what `make` makes into the other set of each node that has not got the image active or staged already. */
export function staged(
  sets: Sets,
  order: LunOrder & { readonly source: string },
  make: (node: NodeId, set: SetName) => SetLun,
): Sets {
  const isIt = (lun: SetLun | null): boolean => lun?.image === order.image && lun.source === order.source;
  return changed(sets, order.nodes, (node, has) => {
    if (isIt(has.active) || (has.otherIs === 'staged' && isIt(has.other))) return has;
    return { ...has, other: make(node, has.active?.set === 'a' ? 'b' : 'a'), otherIs: 'staged' };
  });
}

/** @throws FaultError LUN-012, when one of the nodes has the image in neither set */
export function activated(sets: Sets, { image, nodes }: LunOrder): Sets {
  const lacking = nodes.filter((node) => {
    const { active, other } = setsOf(sets, node);
    return active?.image !== image && other?.image !== image;
  });
  if (lacking.length > 0) throw new FaultError({ code: 'LUN-012', kind: 'set.notStaged', image, nodes: lacking });
  return changed(sets, nodes, (_, has) => {
    // A fresh clone goes before one of the same image that is active; what was before only goes before another image.
    const isDue = has.other?.image === image && (has.otherIs === 'staged' || has.active?.image !== image);
    return isDue ? switched(has, 'before') : has;
  });
}

/** @throws FaultError LUN-013, when one of the nodes has the image active and what it had before is there no more */
export function rolledBack(sets: Sets, { image, nodes }: LunOrder): Sets {
  const concerned = nodes.filter((node) => setsOf(sets, node).active?.image === image);
  const lacking = concerned.filter((node) => setsOf(sets, node).otherIs !== 'before');
  if (lacking.length > 0) throw new FaultError({ code: 'LUN-013', kind: 'set.noneBefore', image, nodes: lacking });
  return changed(sets, concerned, (_, has) => switched(has, 'staged'));
}

/** The first login of a boot decides. */
export function booted(sets: Sets, node: NodeId): Sets {
  const isDecided = ({ active, booted: pinned, isShut }: NodeSets): boolean =>
    pinned !== null || active === null || isShut;
  return changed(sets, [node], (_, has) => (isDecided(has) ? has : { ...has, booted: has.active }));
}

export function switchedOn(sets: Sets, node: NodeId): Sets {
  const isAsNew = ({ booted: pinned, isShut }: NodeSets): boolean => pinned === null && !isShut;
  return changed(sets, [node], (_, has) => (isAsNew(has) ? has : { ...has, booted: null, isShut: false }));
}

/** Without the nodes' LUNs of the image. */
export function emptied(sets: Sets, { image, nodes }: LunOrder): Sets {
  return changed(sets, nodes, (_, has) => {
    const isIt = (lun: SetLun | null): boolean => lun?.image === image;
    const { active, other, otherIs, booted: pinned, isShut } = has;
    if (![active, other, pinned].some(isIt)) return has;
    return {
      active: isIt(active) ? null : active,
      other: isIt(other) ? null : other,
      // What was before is there no more: not the same as that there was none.
      otherIs: isIt(other) ? 'staged' : otherIs,
      booted: isIt(pinned) ? null : pinned,
      isShut: isShut || isIt(pinned),
    };
  });
}

export interface OwnedLun {
  readonly node: NodeId;
  readonly lun: SetLun;
}

/** Every LUN once. */
export function lunsOf(sets: Sets): readonly OwnedLun[] {
  return [...sets].flatMap(([node, { active, other, booted: pinned }]) => {
    const luns = [active, other, pinned].filter((lun) => lun !== null);
    return [...new Map(luns.map((lun) => [lun.lun, { node, lun }])).values()];
  });
}

/** What `before` has and `after` has not: nobody will be served it again. */
export function droppedBy(before: Sets, after: Sets): readonly OwnedLun[] {
  const kept = new Set(lunsOf(after).map(({ lun }) => lun.lun));
  return lunsOf(before).filter(({ lun }) => !kept.has(lun.lun));
}

/** Whether the node was given a LUN of the image that it had none of: proofs of earlier ones are another tenant's. */
export function isNewTo(node: NodeId, image: string, { before, after }: Record<'before' | 'after', Sets>): boolean {
  const has = (sets: Sets): boolean => {
    const { active, other, booted: pinned } = setsOf(sets, node);
    return [active, other, pinned].some((lun) => lun?.image === image);
  };
  return !has(before) && has(after);
}

export function holdsOf(luns: readonly NodeLunsView[], nodes: readonly NodeId[]): readonly LunHold[] {
  return nodes.map((id) => ({ node: id, image: luns.find(({ node }) => node === id)?.active?.image ?? null }));
}

export function viewOf(sets: Sets): readonly NodeLunsView[] {
  return [...sets]
    .filter(([, { active, other, booted: pinned }]) => [active, other, pinned].some((lun) => lun !== null))
    .map(([node, { active, other, otherIs, booted: pinned }]) => ({
      node,
      active: seen(active),
      staged: otherIs === 'staged' ? seen(other) : null,
      before: otherIs === 'before' ? seen(other) : null,
      booted: seen(pinned),
    }))
    .sort((left, right) => (left.node < right.node ? -1 : 1));
}

function seen(lun: SetLun | null) {
  return lun === null ? null : { image: lun.image, set: lun.set, lun: lun.lun };
}

function switched(has: NodeSets, otherIs: NodeSets['otherIs']): NodeSets {
  return { ...has, active: has.other, other: has.active, otherIs };
}

function isNothing({ active, other, booted: pinned, isShut }: NodeSets): boolean {
  return active === null && other === null && pinned === null && !isShut;
}

/** The same value where nothing changes, so that nothing needs to be written. */
function changed(sets: Sets, nodes: readonly NodeId[], change: (node: NodeId, has: NodeSets) => NodeSets): Sets {
  const after = new Map(sets);
  let isChanged = false;
  for (const node of nodes) {
    const has = setsOf(after, node);
    const next = change(node, has);
    if (next === has) continue;
    if (isNothing(next)) after.delete(node);
    else after.set(node, next);
    isChanged = true;
  }
  return isChanged ? after : sets;
}
