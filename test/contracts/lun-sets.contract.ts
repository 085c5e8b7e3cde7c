import t, { type Test } from 'tap';
import { faultOf } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { LunSetsPort } from '../../core/ports/node-luns.js';

export interface OpenedLunSets extends AsyncDisposable {
  readonly luns: LunSetsPort;
  /** Two nodes that have no LUN. */
  readonly nodes: readonly [NodeId, NodeId];
  /** Three images that may be staged. */
  readonly images: readonly [string, string, string];
  /** Switches a node on; the image that it is given at its first login, null when it is refused. */
  readonly boot: (node: NodeId) => string | null;
  /** The image that a further login of the same boot is given. */
  readonly login: (node: NodeId) => string | null;
}

/** What every driver of LunSetsPort keeps to. Each part goes on where the last one ended. */
export function lunSetsContract(name: string, open: () => Promise<OpenedLunSets>): void {
  void t.test(`LUN sets contract: ${name}`, async (t) => {
    const opened = await open();
    t.teardown(() => opened[Symbol.asyncDispose]());
    await empty(t, opened);
    await switching(t, opened);
    await rollingBack(t, opened);
    await wiping(t, opened);
  });
}

const { signal } = new AbortController();

function codeOf(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (thrown: unknown) => faultOf(thrown)?.code ?? 'none',
  );
}

async function empty(t: Test, { luns, nodes, boot, images }: OpenedLunSets): Promise<void> {
  const [first] = nodes;
  const [old] = images;
  await t.test('LUN sets: nothing is staged -> nothing to activate, nothing to log in to', async (t) => {
    t.equal(await codeOf(luns.activate({ image: old, nodes }, signal)), 'LUN-012');
    t.equal(boot(first), null);
    t.strictSame(await luns.read(signal), []);
    t.strictSame(await luns.wipe(nodes, signal), []);
  });

  await t.test('LUN sets: the signal was aborted before -> it rejects, and nothing is done', async (t) => {
    const aborted = AbortSignal.abort();
    await t.rejects(luns.stage({ image: old, nodes }, aborted));
    await t.rejects(luns.activate({ image: old, nodes }, aborted));
    await t.rejects(luns.wipe(nodes, aborted));
    t.strictSame(await luns.read(signal), []);
  });
}

async function switching(t: Test, { luns, nodes, boot, login, images }: OpenedLunSets): Promise<void> {
  const [first, second] = nodes;
  const [old, fresh] = images;
  await t.test('LUN sets: staged, activated, each twice -> the next boot of every node has it', async (t) => {
    await luns.stage({ image: old, nodes }, signal);
    const once = await luns.read(signal);
    await luns.stage({ image: old, nodes }, signal);
    t.strictSame(await luns.read(signal), once, 'staged twice is staged once');
    t.equal(boot(first), null, 'staged is not active');
    await luns.activate({ image: old, nodes }, signal);
    await luns.activate({ image: old, nodes }, signal);
    await luns.stage({ image: old, nodes }, signal);
    t.strictSame([boot(first), boot(second)], [old, old]);
  });

  await t.test(
    'LUN sets: switched while nodes run -> they keep what they have until they are switched on',
    async (t) => {
      await luns.stage({ image: fresh, nodes }, signal);
      t.strictSame([boot(first), login(second)], [old, old], 'staging changes nothing');
      await luns.activate({ image: fresh, nodes }, signal);
      t.strictSame([login(first), login(second)], [old, old]);
      t.strictSame([boot(first), login(first), login(second)], [fresh, fresh, old]);
    },
  );
}

async function rollingBack(t: Test, { luns, nodes, boot, login, images }: OpenedLunSets): Promise<void> {
  const [first] = nodes;
  const [old, fresh, other] = images;
  const activeImages = async () => (await luns.read(signal)).map(({ active }) => active?.image ?? null);
  await t.test(
    'LUN sets: rolled back, twice -> the next boot has what was before; forward again as well',
    async (t) => {
      await luns.rollBack({ image: fresh, nodes }, signal);
      await luns.rollBack({ image: fresh, nodes }, signal);
      t.strictSame(await activeImages(), [old, old]);
      t.strictSame([login(first), boot(first)], [fresh, old]);
      await luns.activate({ image: fresh, nodes }, signal);
      t.equal(boot(first), fresh);
      await luns.stage({ image: other, nodes: [first] }, signal);
      t.equal(await codeOf(luns.rollBack({ image: fresh, nodes }, signal)), 'LUN-013', 'for one of them it is gone');
      t.strictSame(await activeImages(), [fresh, fresh], 'so for none of them');
      t.equal(await codeOf(luns.activate({ image: other, nodes }, signal)), 'LUN-012', 'staged for one of them only');
      t.strictSame(await activeImages(), [fresh, fresh]);
    },
  );
}

async function wiping(t: Test, { luns, nodes, boot, login, images }: OpenedLunSets): Promise<void> {
  const [first, second] = nodes;
  const [, fresh, other] = images;
  await t.test('LUN sets: one node is wiped, twice -> the same proofs; the other keeps its LUN', async (t) => {
    const proofs = await luns.wipe([first], signal);
    t.ok(proofs.length >= 3, 'of every LUN that it had');
    t.equal(new Set(proofs.map(({ lun }) => lun)).size, proofs.length);
    for (const { node, size_bytes, read_bytes, isZero, sha256 } of proofs) {
      t.strictSame({ node, isZero, read_bytes }, { node: first, isZero: true, read_bytes: size_bytes });
      t.match(sha256, /^[0-9a-f]{64}$/);
    }
    t.strictSame(await luns.wipe([first], signal), proofs);
    t.strictSame([login(first), boot(first), boot(second)], [null, null, fresh]);
  });

  await t.test(
    'LUN sets: the next tenant -> a LUN of its own, and of the last one neither LUN nor proof',
    async (t) => {
      await luns.stage({ image: other, nodes: [first] }, signal);
      await luns.activate({ image: other, nodes: [first] }, signal);
      t.equal(boot(first), other);
      await luns.rollBack({ image: other, nodes: [first] }, signal);
      t.equal(boot(first), null, 'before it there was none');
      t.equal((await luns.wipe([first], signal)).length, 1);
    },
  );
}
