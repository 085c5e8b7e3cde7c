import { join } from 'node:path';
import type { NodeId } from '../../core/ids.js';
import * as sets from '../../core/luns/sets.js';
import type { BlockStore } from '../../core/ports/block-store.js';
import type { BootLuns, LunOrder, NodeLunsView, LunWipeProof } from '../../core/ports/lun-sets.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { assert } from '../../core/unreachable.js';
import { clearFile } from './clear-file.js';
import { Clone } from './clone.js';
import { Image } from './image.js';
import { LockFile } from './lock-file.js';
import { hostFiles, type SetFiles } from './set-files.js';
import { decodeSetState, encodeSetState, NO_SETS, type DroppedLun, type SetState } from './set-state.js';

const STATE = 'sets.json';
const DIRECTORIES = ['a', 'b'] as const;

export interface StageOrder extends LunOrder {
  /** The LUN image that the clones are of; stays where it is, unchanged, as long as there is a clone of it. */
  readonly file: string;
  /** Called with each new clone before anybody can be served it. */
  readonly prepare?: (lun: BlockStore, node: NodeId) => void;
}

/**
 * The two sets in a directory of their own. The state file says all; it is replaced by one rename, so that whenever the
 * process is killed, every change has happened whole or not at all. What it does not name is nobody's, and is removed.
 */
export class LunSets implements BootLuns<BlockStore> {
  readonly directory: string;
  readonly #files: SetFiles;
  readonly #lock: LockFile;
  #state: SetState;
  readonly #bases = new Map<string, Image>();
  readonly #served = new Map<NodeId, { readonly lun: string; readonly clone: Clone }>();
  #sweeping: Promise<void> = Promise.resolve();

  /** @throws FaultError LUN-004, LUN-005 when another process has it, LUN-008, LUN-014 */
  static open(directory: string, files: SetFiles = hostFiles): LunSets {
    files.makeDirectory(directory);
    for (const name of DIRECTORIES) files.makeDirectory(join(directory, name));
    const lock = LockFile.take(join(directory, STATE));
    try {
      return new LunSets(directory, files, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(directory: string, files: SetFiles, lock: LockFile) {
    this.directory = directory;
    this.#files = files;
    this.#lock = lock;
    const file = join(directory, STATE);
    const bytes = files.read(file);
    this.#state = bytes === null ? NO_SETS : decodeSetState(file, bytes);
    this.#removeUnnamed();
  }

  /** @throws FaultError LUN-001, LUN-004, LUN-007, LUN-008 */
  stage(order: StageOrder): void {
    const { image, nodes, file, prepare } = order;
    const made: string[] = [];
    const change = this.#state.change + 1;
    try {
      const after = sets.staged(this.#state.sets, { image, nodes, source: file }, (node, set) => {
        const lun = `${set}/${node}.${change}.lun`;
        made.push(lun);
        this.#make(lun, file, (store) => prepare?.(store, node));
        return { lun, set, image, source: file };
      });
      for (const name of made.length > 0 ? DIRECTORIES : []) this.#files.flushDirectory(this.#path(name));
      this.#commit(after);
    } catch (error) {
      for (const lun of made) this.#removeQuietly(lun);
      throw error;
    }
  }

  /** @throws FaultError LUN-012, LUN-004, LUN-008 */
  activate(order: LunOrder): void {
    this.#commit(sets.activated(this.#state.sets, order));
  }

  /** @throws FaultError LUN-013, LUN-004, LUN-008 */
  rollBack(order: LunOrder): void {
    this.#commit(sets.rolledBack(this.#state.sets, order));
  }

  read(): readonly NodeLunsView[] {
    return sets.viewOf(this.#state.sets);
  }

  /** The files that there are clones of. */
  get sources(): ReadonlySet<string> {
    return new Set(sets.lunsOf(this.#state.sets).map(({ lun }) => lun.source));
  }

  /** @throws FaultError LUN-001 to LUN-008, as `Clone` does */
  lunFor(node: NodeId): BlockStore | null {
    const served = this.#served.get(node);
    if (served !== undefined) return served.clone;
    // Written before anybody is let in, so that a rack that is begun anew goes on with the same.
    this.#commit(sets.booted(this.#state.sets, node));
    const lun = this.#state.sets.get(node)?.booted ?? null;
    if (lun === null) return null;
    const clone = Clone.open(this.#baseOf(lun.source), this.#path(lun.lun));
    this.#served.set(node, { lun: lun.lun, clone });
    return clone;
  }

  newBoot(node: NodeId): void {
    this.#close(node);
    this.#commit(sets.switchedOn(this.#state.sets, node));
  }

  /** The nodes have no LUN of the image any more, at once; then all of it is cleared. */
  async wipe(order: LunOrder, signal: AbortSignalLike): Promise<readonly LunWipeProof[]> {
    const { image, nodes } = order;
    for (const node of nodes) {
      if (this.#state.sets.get(node)?.booted?.image === image) this.#close(node);
    }
    this.#commit(sets.emptied(this.#state.sets, order));
    await this.sweep(signal);
    return this.#state.proofs.filter((proof) => proof.image === image && nodes.includes(proof.node));
  }

  /** Clears and removes what nobody is served any more. Nothing of it is in the way of anybody; it takes room. */
  sweep(signal: AbortSignalLike): Promise<void> {
    const swept = this.#sweeping.catch(() => {}).then(() => this.#sweep(signal));
    this.#sweeping = swept.catch(() => {});
    return swept;
  }

  /** Writes nothing: what is on the disk is all there is to go on with. */
  close(): void {
    for (const node of this.#served.keys()) this.#close(node);
    for (const base of this.#bases.values()) base.close();
    this.#bases.clear();
    this.#lock.release();
  }

  async #sweep(signal: AbortSignalLike): Promise<void> {
    for (let next = this.#state.dropped[0]; next !== undefined; next = this.#state.dropped[0]) {
      const { node, image, lun } = next;
      const proof: LunWipeProof = { node, image, lun, ...(await clearFile(this.#path(lun), signal)) };
      const dropped = this.#state.dropped.filter((one) => one.lun !== lun);
      this.#write({ ...this.#state, dropped, proofs: [...this.#state.proofs, proof] });
      // Only now: a file that were gone before its proof is written could never be proved.
      this.#removeQuietly(lun);
    }
    this.#dropBases();
  }

  #commit(after: sets.Sets): void {
    const { sets: before, dropped, proofs } = this.#state;
    if (after === before) return;
    const left = sets
      .droppedBy(before, after)
      .map(({ node, lun: { image, lun } }): DroppedLun => ({ node, image, lun }));
    const kept = proofs.filter(({ node, image }) => !sets.isNewTo(node, image, { before, after }));
    this.#write({ change: 0, sets: after, dropped: [...dropped, ...left], proofs: kept });
  }

  /** The rename decides. Until the directory is flushed a power cut may still bring the old state back, whole. */
  #write(state: SetState): void {
    const next = { ...state, change: this.#state.change + 1 };
    const [file, aside] = [this.#path(STATE), this.#path(`${STATE}.new`)];
    this.#files.write(aside, encodeSetState(next));
    this.#files.rename(aside, file);
    this.#state = next;
    this.#files.flushDirectory(this.directory);
  }

  #make(lun: string, file: string, prepare: (store: BlockStore) => void): void {
    const clone = Clone.create(this.#baseOf(file), this.#path(lun));
    try {
      prepare(clone);
      clone.flush();
    } finally {
      clone.close();
    }
  }

  #baseOf(file: string): Image {
    const known = this.#bases.get(file);
    if (known !== undefined) return known;
    const base = Image.open(file, { isReadOnly: true });
    this.#bases.set(file, base);
    return base;
  }

  #dropBases(): void {
    const used = this.sources;
    for (const [file, base] of this.#bases) {
      if (used.has(file)) continue;
      base.close();
      this.#bases.delete(file);
    }
  }

  #close(node: NodeId): void {
    this.#served.get(node)?.clone.close();
    this.#served.delete(node);
  }

  /** What a kill left half made, and what was cleared and only not removed yet: none of it holds anybody's data. */
  #removeUnnamed(): void {
    const { sets: known, dropped } = this.#state;
    const named = new Set([...sets.lunsOf(known).map(({ lun }) => lun.lun), ...dropped.map(({ lun }) => lun)]);
    for (const set of DIRECTORIES) {
      for (const name of this.#files.list(this.#path(set))) {
        if (!named.has(`${set}/${name}`)) this.#files.remove(this.#path(join(set, name)));
      }
    }
    this.#files.remove(this.#path(`${STATE}.new`));
  }

  #removeQuietly(lun: string): void {
    try {
      this.#files.remove(this.#path(lun));
    } catch {
      // The next opening removes it.
    }
  }

  #path(name: string): string {
    assert(!name.includes('..'), 'a LUN is inside its directory');
    return join(this.directory, name);
  }
}
