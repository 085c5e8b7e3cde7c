import { FaultError } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import type { NodeLunsView } from '../ports/node-luns.js';

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
}

export type Sets = ReadonlyMap<NodeId, NodeSets>;

export interface SetOrder {
  readonly image: string;
  readonly nodes: readonly NodeId[];
}

const NOTHING: NodeSets = { active: null, other: null, otherIs: 'before', booted: null };
const setsOf = (sets: Sets, node: NodeId): NodeSets => sets.get(node) ?? NOTHING;

/** Puts what `make` makes into the other set of each node that has not got the image active or staged already. */
export function staged(
  sets: Sets,
  order: SetOrder & { readonly source: string },
  make: (node: NodeId, set: SetName) => SetLun,
): Sets {
  const isIt = (lun: SetLun | null): boolean => lun?.image === order.image && lun.source === order.source;
  return changed(sets, order.nodes, (node, has) => {
    if (isIt(has.active) || (has.otherIs === 'staged' && isIt(has.other))) return has;
    return { ...has, other: make(node, has.active?.set === 'a' ? 'b' : 'a'), otherIs: 'staged' };
  });
}

/** @throws FaultError LUN-012, when one of the nodes has the image neither staged nor active */
export function activated(sets: Sets, { image, nodes }: SetOrder): Sets {
  const isStaged = ({ other, otherIs }: NodeSets): boolean => otherIs === 'staged' && other?.image === image;
  const lacking = nodes.filter((node) => {
    const has = setsOf(sets, node);
    return has.active?.image !== image && !isStaged(has);
  });
  if (lacking.length > 0) throw new FaultError({ code: 'LUN-012', kind: 'set.notStaged', image, nodes: lacking });
  return changed(sets, nodes, (_, has) => (isStaged(has) ? switched(has, 'before') : has));
}

/** @throws FaultError LUN-013, when one of the nodes has the image active and what it had before is there no more */
export function rolledBack(sets: Sets, { image, nodes }: SetOrder): Sets {
  const concerned = nodes.filter((node) => setsOf(sets, node).active?.image === image);
  const lacking = concerned.filter((node) => setsOf(sets, node).otherIs !== 'before');
  if (lacking.length > 0) throw new FaultError({ code: 'LUN-013', kind: 'set.noneBefore', image, nodes: lacking });
  return changed(sets, concerned, (_, has) => switched(has, 'staged'));
}

/** The first login of a boot decides. */
export function booted(sets: Sets, node: NodeId): Sets {
  const isDecided = ({ active, booted: pinned }: NodeSets): boolean => pinned !== null || active === null;
  return changed(sets, [node], (_, has) => (isDecided(has) ? has : { ...has, booted: has.active }));
}

export function switchedOn(sets: Sets, node: NodeId): Sets {
  return changed(sets, [node], (_, has) => (has.booted === null ? has : { ...has, booted: null }));
}

export function emptied(sets: Sets, nodes: readonly NodeId[]): Sets {
  const gone = new Set(nodes);
  return nodes.some((node) => sets.has(node)) ? new Map([...sets].filter(([node]) => !gone.has(node))) : sets;
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

export function viewOf(sets: Sets): readonly NodeLunsView[] {
  return [...sets]
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

/** The same value where nothing changes, so that nothing needs to be written. */
function changed(sets: Sets, nodes: readonly NodeId[], change: (node: NodeId, has: NodeSets) => NodeSets): Sets {
  const after = new Map(sets);
  let isChanged = false;
  for (const node of nodes) {
    const has = setsOf(after, node);
    const next = change(node, has);
    if (next === has) continue;
    after.set(node, next);
    isChanged = true;
  }
  return isChanged ? after : sets;
}
