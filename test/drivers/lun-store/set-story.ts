import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { nodeId, type NodeId } from '../../../core/ids.js';
import type { LunSets } from '../../../drivers/lun-store/lun-sets.js';
import { hostFiles, type SetFiles } from '../../../drivers/lun-store/set-files.js';

export const NODES = ['root1', 'root2', 'root3'].map(nodeId);
export const IMAGES = ['spring', 'summer', 'autumn'] as const;
type ImageName = (typeof IMAGES)[number];
export const BLOCK_BYTES = 512;
const DISK_BYTES = 16 * BLOCK_BYTES;
/** Where a node that is up writes; every other block is the image's. */
const WRITTEN_AT = 3 * BLOCK_BYTES;
/** What nodes write and nobody else: looked for where it may not be any more. */
export const SECRET = 'what the last tenant wrote';

/** What an operator, or a node, does next. */
export type SetStep =
  | {
      readonly does: 'stage' | 'activate' | 'rollBack' | 'wipe';
      readonly image: ImageName;
      readonly nodes: readonly NodeId[];
    }
  | { readonly does: 'boot' | 'login' | 'write'; readonly node: NodeId }
  | { readonly does: 'reopen' };

const somebody = fc.constantFrom(...NODES);
const group = fc.oneof(
  { weight: 3, arbitrary: fc.constant<readonly NodeId[]>(NODES) },
  { weight: 1, arbitrary: fc.subarray<NodeId>([...NODES], { minLength: 1 }) },
);
const orders = fc
  .tuple(
    fc.constantFrom('stage', 'stage', 'activate', 'activate', 'rollBack', 'rollBack', 'wipe'),
    fc.constantFrom(...IMAGES),
    group,
  )
  .map(([does, image, nodes]): SetStep => ({ does, image, nodes }));
const boots = fc
  .tuple(fc.constantFrom('boot', 'login', 'write'), somebody)
  .map(([does, node]): SetStep => ({ does, node }));

export const setSteps: fc.Arbitrary<readonly SetStep[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: orders },
    { weight: 6, arbitrary: boots },
    { weight: 1, arbitrary: fc.constant<SetStep>({ does: 'reopen' }) },
  ),
  { minLength: 3, maxLength: 20 },
);

export function imageFile(directory: string, image: ImageName): string {
  return join(directory, `${image}.img`);
}

export function makeImages(directory: string): void {
  for (const image of IMAGES) writeFileSync(imageFile(directory, image), imageBytes(image));
}

function imageBytes(image: ImageName): Buffer {
  return Buffer.alloc(DISK_BYTES, image);
}

export async function take(sets: LunSets, step: SetStep, directory: string): Promise<void> {
  switch (step.does) {
    case 'stage':
      return sets.stage({ ...step, file: imageFile(directory, step.image) });
    case 'activate':
      return sets.activate(step);
    case 'rollBack':
      return sets.rollBack(step);
    case 'boot':
      return sets.newBoot(step.node);
    case 'login':
      return void sets.lunFor(step.node);
    case 'write':
      return sets.lunFor(step.node)?.write(WRITTEN_AT, writtenBy(step.node));
    case 'wipe':
      return void (await sets.wipe(step, new AbortController().signal));
    case 'reopen':
  }
}

function writtenBy(node: NodeId): Buffer {
  return Buffer.alloc(BLOCK_BYTES, `${SECRET} on ${node} `);
}

/** `spring`, or `spring, written to`; what no boot may ever see is an Error. */
export function diskOf(sets: LunSets, node: NodeId): string | null {
  const lun = sets.lunFor(node);
  if (lun === null) return null;
  const bytes = Buffer.from(lun.read(0, DISK_BYTES));
  for (const image of IMAGES) {
    const due = imageBytes(image);
    if (bytes.equals(due)) return image;
    writtenBy(node).copy(due, WRITTEN_AT);
    if (bytes.equals(due)) return `${image}, written to`;
  }
  throw new Error(`the disk of ${node} is of no image, or of two`);
}

/** A process that is killed: all up to a certain operation is done, that one in part or not, nothing after it. */
export class KilledFiles implements SetFiles {
  #left: number;
  readonly #kept: number;
  #done = 0;

  /** How many operations were done. */
  get done(): number {
    return this.#done;
  }

  get isKilled(): boolean {
    return this.#left < 0;
  }

  /** @param kept how much of the write under way has come so far, 0 to 1; 1 is all of it, or the rename done */
  constructor(operations: number, kept: number) {
    this.#left = operations;
    this.#kept = kept;
  }

  makeDirectory(path: string): void {
    hostFiles.makeDirectory(path);
  }
  list(directory: string): readonly string[] {
    return hostFiles.list(directory);
  }
  read(path: string): Buffer | null {
    return hostFiles.read(path);
  }
  write(path: string, bytes: Buffer): void {
    this.#or(
      () => hostFiles.write(path, bytes),
      () => hostFiles.write(path, bytes.subarray(0, Math.floor(bytes.length * this.#kept))),
    );
  }
  rename(from: string, to: string): void {
    this.#once(() => hostFiles.rename(from, to));
  }
  flushDirectory(path: string): void {
    this.#once(() => hostFiles.flushDirectory(path));
  }
  remove(path: string): void {
    this.#once(() => hostFiles.remove(path));
  }

  #once(work: () => void): void {
    this.#or(work, () => {
      if (this.#kept === 1) work();
    });
  }

  #or(whole: () => void, part: () => void): void {
    if (this.#left === 0) part();
    if (this.#left-- <= 0) throw new Killed();
    this.#done++;
    whole();
  }
}

export class Killed extends Error {}

/** Every file in a directory of the sets that holds these words. */
export function filesWith(directory: string, words: string): readonly string[] {
  return ['.', 'a', 'b'].flatMap((folder) =>
    hostFiles
      .list(join(directory, folder))
      .map((name) => join(folder, name))
      .filter((name) => !['a', 'b', join('.', 'a'), join('.', 'b')].includes(name))
      .filter((name) => readFileSync(join(directory, name)).includes(words)),
  );
}
