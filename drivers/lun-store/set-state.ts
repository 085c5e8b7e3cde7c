import { createHash } from 'node:crypto';
import { FaultError } from '../../core/faults/fault.js';
import { nodeId, type NodeId } from '../../core/ids.js';
import type { NodeSets, Sets } from '../../core/luns/sets.js';
import type { LunWipeProof } from '../../core/ports/lun-sets.js';

/** A LUN that nobody is served any more and that still holds what was written to it. */
export interface DroppedLun {
  readonly node: NodeId;
  readonly lun: string;
  readonly image: string;
}

/** All there is to know of the sets: what the state file holds. */
export interface SetState {
  /** Counts the changes; new LUNs are named after it. */
  readonly change: number;
  readonly sets: Sets;
  readonly dropped: readonly DroppedLun[];
  /** Of LUNs that are gone, until the node gets one of the same image again. */
  readonly proofs: readonly LunWipeProof[];
}

export const NO_SETS: SetState = { change: 0, sets: new Map(), dropped: [], proofs: [] };

interface Written {
  readonly change: number;
  readonly nodes: Readonly<Record<string, NodeSets>>;
  readonly dropped: SetState['dropped'];
  readonly proofs: SetState['proofs'];
}

const VERSION = 2;

/** One line of JSON that a person can read, and before it what it has to hash to. */
export function encodeSetState({ change, sets, dropped, proofs }: SetState): Buffer {
  const state: Written = { change, nodes: Object.fromEntries(sets), dropped, proofs };
  const text = JSON.stringify(state);
  return Buffer.from(`${JSON.stringify({ version: VERSION, sha256: sha256Of(text) })}\n${text}\n`);
}

/** @throws FaultError LUN-014 */
export function decodeSetState(file: string, bytes: Buffer): SetState {
  const [head = '', text = '', end] = bytes.toString('utf8').split('\n');
  const { version, sha256 } = headOf(file, head);
  if (version !== VERSION) throw damaged(file, `it is of version ${String(version)}`);
  if (end === undefined || sha256 !== sha256Of(text)) throw damaged(file, 'it was changed or cut off');
  // Ours, whole and of this version: the checksum says so.
  const { nodes, ...rest } = JSON.parse(text) as Written;
  return { ...rest, sets: new Map(Object.entries(nodes).map(([node, has]) => [nodeId(node), has])) };
}

function headOf(file: string, line: string): { readonly version?: unknown; readonly sha256?: unknown } {
  try {
    const head: unknown = JSON.parse(line);
    return typeof head === 'object' && head !== null ? head : {};
  } catch {
    throw damaged(file, 'its first line is no JSON');
  }
}

function damaged(file: string, what: string): FaultError {
  return new FaultError({ code: 'LUN-014', kind: 'sets.damaged', file, what });
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
