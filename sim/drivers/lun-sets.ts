import type { NodeId } from '../../core/ids.js';
import * as sets from '../../core/luns/sets.js';
import type { BootLuns, LunOrder, LunSetsPort, NodeLunsView, LunWipeProof } from '../../core/ports/lun-sets.js';
import type { AbortSignalLike } from '../../core/ports/power.js';

/** What a simulated LUN takes: a page. */
const LUN_BYTES = 4096;
/** SHA-256 of so many zeros. */
const ZEROS_SHA256 = 'ad7facb2586fc6e966c004d7d1d16b024f5805ff7cb47c7a85dabd8b48892ca7';

/** The two sets in memory; a boot is served its image's name. Synchronous, for handlers that have a virtual clock. */
export class SimLunSets implements BootLuns<string> {
  #sets: sets.Sets = new Map();
  #made = 0;
  readonly #dropped: sets.OwnedLun[] = [];
  #proofs: readonly LunWipeProof[] = [];

  stage(order: LunOrder): void {
    const { image } = order;
    this.#put(
      sets.staged(this.#sets, { ...order, source: image }, (node, set) => {
        this.#made += 1;
        return { lun: `${set}/${node}.${this.#made}.lun`, set, image, source: image };
      }),
    );
  }

  /** @throws FaultError LUN-012 */
  activate(order: LunOrder): void {
    this.#put(sets.activated(this.#sets, order));
  }

  /** @throws FaultError LUN-013 */
  rollBack(order: LunOrder): void {
    this.#put(sets.rolledBack(this.#sets, order));
  }

  read(): readonly NodeLunsView[] {
    return sets.viewOf(this.#sets);
  }

  wipe(order: LunOrder): readonly LunWipeProof[] {
    const { image, nodes } = order;
    this.#put(sets.emptied(this.#sets, order));
    const proofs = this.#dropped.splice(0).map(({ node, lun }): LunWipeProof => {
      const facts = { node, image: lun.image, lun: lun.lun, sha256: ZEROS_SHA256 };
      return { ...facts, size_bytes: LUN_BYTES, read_bytes: LUN_BYTES, isZero: true };
    });
    this.#proofs = [...this.#proofs, ...proofs];
    return this.#proofs.filter((proof) => proof.image === image && nodes.includes(proof.node));
  }

  lunFor(node: NodeId): string | null {
    this.#put(sets.booted(this.#sets, node));
    return this.#sets.get(node)?.booted?.image ?? null;
  }

  newBoot(node: NodeId): void {
    this.#put(sets.switchedOn(this.#sets, node));
  }

  #put(after: sets.Sets): void {
    const before = this.#sets;
    this.#dropped.push(...sets.droppedBy(before, after));
    this.#proofs = this.#proofs.filter(({ node, image }) => !sets.isNewTo(node, image, { before, after }));
    this.#sets = after;
  }
}

/** The same with the promises of the port. */
export function simLunSetsPort(luns: SimLunSets): LunSetsPort {
  return {
    stage: (order, signal) => decided(signal, () => luns.stage(order)),
    activate: (order, signal) => decided(signal, () => luns.activate(order)),
    rollBack: (order, signal) => decided(signal, () => luns.rollBack(order)),
    read: (signal) => decided(signal, () => luns.read()),
    wipe: (order, signal) => decided(signal, () => luns.wipe(order)),
  };
}

function decided<T>(signal: AbortSignalLike, act: () => T): Promise<T> {
  return new Promise((resolve) => {
    if (signal.aborted) throw new Error('aborted before anything was done');
    resolve(act());
  });
}
