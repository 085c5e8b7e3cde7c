import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { imageRef } from '../../core/image/ref.js';
import { slotStream } from '../../core/image/slot-stream.js';
import { faultOf, type FaultCode } from '../../core/faults/fault.js';
import type { ImageSource, ImageStore } from '../../core/ports/image-store.js';

export interface OpenedShelf extends AsyncDisposable {
  /** Empty. */
  readonly store: ImageStore;
  /** Of at least one partition. */
  readonly good: ImageSource;
  readonly bad: ImageSource;
  /** Why `bad` is refused. */
  readonly refusal: FaultCode;
}

const first = imageRef('testbed/first');
const kinds = ['root', 'mesh'] as const;

/** What every driver of ImageStore keeps to. */
export function imageStoreContract(name: string, open: () => Promise<OpenedShelf>): void {
  void t.test(`image store contract: ${name}`, async (t) => {
    const opened = await open();
    t.teardown(() => opened[Symbol.asyncDispose]());
    const { store, good, bad, refusal } = opened;
    const { signal } = new AbortController();
    const names = async (): Promise<readonly string[]> =>
      (await store.list()).map(({ ref }) => `${ref.project}/${ref.name}`);

    await t.test(
      'image store: nothing was added -> an empty list, every image unknown, removing is done',
      async (t) => {
        t.same(await names(), []);
        t.equal(await codeOf(store.manifest(first)), 'IMG-002');
        t.equal(await codeOf(store.open(first, 'sda1')), 'IMG-002');
        await store.remove(first);
      },
    );

    await t.test('image store: a bad source, or aborted before -> refused, and nothing is there', async (t) => {
      t.equal(await codeOf(store.add({ ref: first, source: bad, kinds }, signal)), refusal);
      t.equal(await codeOf(store.add({ ref: first, source: good, kinds }, AbortSignal.abort())), 'CLI-002');
      t.same(await names(), []);
    });

    await t.test('image store: add -> listed, and its manifest is told; again -> refused, and as it was', async (t) => {
      const added = await store.add({ ref: first, source: good, kinds }, signal);
      t.match(added, { version: 1, project: 'testbed', name: 'first', kinds, from: good.kind });
      t.same(await store.manifest(first), added);
      t.same(await store.list(), [{ ref: first, manifest: added }]);
      t.equal(await codeOf(store.add({ ref: first, source: good, kinds }, signal)), 'IMG-003');
      t.same(await store.list(), [{ ref: first, manifest: added }]);
    });

    await t.test('image store: opened by partition or for a slot -> the bytes that the manifest promises', (t) =>
      opening(t, store),
    );

    await t.test('image store: more images -> in the order of their names; removed twice -> gone', async (t) => {
      for (const other of ['testbed/zeta', 'apart/last', 'testbed/alpha']) {
        await store.add({ ref: imageRef(other), source: good, kinds: ['mesh'] }, signal);
      }
      t.same(await names(), ['apart/last', 'testbed/alpha', 'testbed/first', 'testbed/zeta']);
      await store.remove(first);
      await store.remove(first);
      t.same(await names(), ['apart/last', 'testbed/alpha', 'testbed/zeta']);
      t.equal(await codeOf(store.manifest(first)), 'IMG-002');
    });
  });
}

async function opening(t: Test, store: ImageStore): Promise<void> {
  const { partitions } = await store.manifest(first);
  t.ok(partitions.length > 0);
  for (const { device, stored } of partitions) {
    const { partition, open } = await store.open(first, device);
    t.same(await Promise.all([readWhole(open()), readWhole(open())]), [stored, stored], 'two readers at once');
    t.equal(partition.device, device);
  }
  t.equal(await codeOf(store.open(first, 'sda99')), 'IMG-018');
  await streaming(t, store);
}

/** For slots of any size, of just the right one, and of a byte too few. */
async function streaming(t: Test, store: ImageStore): Promise<void> {
  const { partition, packing, open, ...stored } = await slotStream(store, first, Number.MAX_SAFE_INTEGER);
  t.same([partition.stored, partition.compression], [stored, packing]);
  t.same(await readWhole(open()), stored);
  t.equal((await slotStream(store, first, partition.size_bytes)).partition.device, partition.device);
  t.equal(await codeOf(slotStream(store, first, partition.size_bytes - 1)), 'IMG-012');
}

export async function readWhole(chunks: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256');
  let size_bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size_bytes += chunk.length;
  }
  return { size_bytes, sha256: hash.digest('hex') };
}

/** Why a promise is rejected; null when it is kept. */
export async function codeOf(promise: Promise<unknown>): Promise<FaultCode | null> {
  try {
    await promise;
    return null;
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return fault.code;
  }
}
