import t, { type Test } from 'tap';
import { faultOf } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { LunSetsPort, LunWipeProof } from '../../core/ports/lun-sets.js';

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
    await nextTenant(t, opened);
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
    t.strictSame(await luns.wipe({ image: old, nodes }, signal), []);
  });

  await t.test('LUN sets: the signal was aborted before -> it rejects, and nothing is done', async (t) => {
    const aborted = AbortSignal.abort();
    await t.rejects(luns.stage({ image: old, nodes }, aborted));
    await t.rejects(luns.activate({ image: old, nodes }, aborted));
    await t.rejects(luns.wipe({ image: old, nodes }, aborted));
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
  const [old, fresh, other] = images;
  const wipe = (image: string) => luns.wipe({ image, nodes: [first] }, signal);
  const imagesOf = (proofs: readonly LunWipeProof[]) => [...new Set(proofs.map(({ image }) => image))];
  await t.test('LUN sets: images are wiped that are not active -> the boot goes on, proofs are of these', async (t) => {
    const proofs = [...(await wipe(old)), ...(await wipe(other))];
    t.strictSame(imagesOf(proofs), [old, other], 'staged over earlier the one, staged the other');
    t.match((await luns.read(signal))[0], { active: { image: fresh }, staged: null, before: null });
    t.equal(login(first), fresh);
    t.equal(await codeOf(luns.activate({ image: other, nodes: [first] }, signal)), 'LUN-012');
    t.equal(await codeOf(luns.rollBack({ image: fresh, nodes: [first] }, signal)), 'LUN-013');
  });

  await t.test('LUN sets: the booted image is wiped, twice -> the same proofs; the other node keeps it', async (t) => {
    const proofs = await wipe(fresh);
    t.strictSame(imagesOf(proofs), [fresh]);
    t.equal(new Set(proofs.map(({ lun }) => lun)).size, proofs.length);
    for (const { node, size_bytes, read_bytes, isZero, sha256 } of proofs) {
      t.strictSame({ node, isZero, read_bytes }, { node: first, isZero: true, read_bytes: size_bytes });
      t.match(sha256, /^[0-9a-f]{64}$/);
    }
    t.strictSame(await wipe(fresh), proofs);
    t.strictSame([login(first), login(second), boot(second)], [null, old, fresh]);
  });
}

async function nextTenant(t: Test, { luns, nodes, boot, login, images }: OpenedLunSets): Promise<void> {
  const [first, second] = nodes;
  const [, fresh, other] = images;
  await t.test(
    'LUN sets: the next tenant -> a LUN of its own, and of the last one neither LUN nor proof',
    async (t) => {
      await luns.stage({ image: other, nodes: [first] }, signal);
      await luns.activate({ image: other, nodes: [first] }, signal);
      t.equal(login(first), null, 'a boot whose LUN was wiped gets no other one');
      t.equal(boot(first), other);
      await luns.rollBack({ image: other, nodes: [first] }, signal);
      t.equal(boot(first), null, 'before it there was none');
      t.equal((await luns.wipe({ image: other, nodes: [first] }, signal)).length, 1);
      t.strictSame(
        (await luns.read(signal)).map(({ node }) => node),
        [second],
      );
    },
  );

  await t.test('LUN sets: what was before is switched to as well -> as it was, and back again', async (t) => {
    const order = { image: other, nodes: [second] };
    await luns.stage(order, signal);
    await luns.activate(order, signal);
    await luns.activate({ image: fresh, nodes: [second] }, signal);
    t.equal(boot(second), fresh);
    await luns.rollBack({ image: fresh, nodes: [second] }, signal);
    t.equal(boot(second), other);
  });
}
