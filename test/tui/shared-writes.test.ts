import t from 'tap';
import { nodeId, type NodeId } from '../../core/ids.js';
import type { SharedWrite } from '../../tui/compose/shared-write.js';
import { SharedWrites } from '../../tui/compose/shared-writes.js';
import type { SlotImage } from '../../tui/compose/slot-image.js';
import { VirtualClock } from '../drivers/wire/services/virtual-clock.js';

const [A, B, C] = ['mesh1', 'mesh2', 'mesh3'].map((name) => nodeId(name)) as [NodeId, NodeId, NodeId];
const ALL = [A, B, C];
const WANTED = new AbortController().signal;
const SPRING = imageOf('spring');
const SUMMER = imageOf('summer');

function imageOf(sha256: string): SlotImage {
  return { size_bytes: 6, sha256, packing: 'none', open: () => nothing() };
}

async function* nothing(): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from('image.'));
}

/** Musters in virtual time, on a network where nobody hears anything. */
function open() {
  const clock = new VirtualClock();
  const ports = new Set<number>();
  const shared = new SharedWrites({
    clock,
    server: '10.99.0.1',
    addressOf: (node) => `10.99.0.2${node.at(-1)}`,
    onDelivered: () => {},
  });
  shared.meetOn(({ senderPort }) => {
    ports.add(senderPort);
    return { send: () => {}, close: () => void ports.delete(senderPort) };
  });
  const come = (node: NodeId, image = SPRING, signal: AbortSignal = WANTED) => {
    const coming: { came: SharedWrite | null | undefined } = { came: undefined };
    void shared.muster({ node, image, among: ALL }, signal).then((session) => (coming.came = session));
    return coming;
  };
  return { clock, ports, come };
}

/** What was decided is told. */
const told = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

void t.test(
  'shared writes: all are there -> one session for all, who is invited by name, until all have left',
  async (t) => {
    const { ports, come } = open();
    const first = come(A);
    const second = come(B);
    await told();
    t.equal(first.came, undefined, 'it waits');
    const third = come(C);
    const other = come(A, SUMMER);
    await told();
    const session = third.came;
    t.ok(session !== undefined && session !== null && first.came === session && second.came === session);
    t.equal(other.came, undefined, 'another image is another muster');
    t.strictSame(session?.nodes, ALL);
    t.match(session?.invitationOf(B), /^group=239\.66\.0\.1\n[^]*receiver=1\naddress=10\.99\.0\.22\n$/m);
    t.not(session?.invitationOf(A), session?.invitationOf(B));
    t.equal(session?.invitationOf(nodeId('mesh4')), null);
    session?.leave(A);
    session?.leave(A);
    t.equal(session?.invitationOf(A), null);
    session?.leave(B);
    t.equal(ports.size, 1);
    session?.leave(C);
    t.equal(ports.size, 0, 'the last one closes it');
    t.match(await session?.ended, { receivers: [{ outcome: 'cancelled' }, {}, {}] });
  },
);

void t.test('shared writes: some do not come -> the others go after a while; alone by itself', async (t) => {
  const { clock, come } = open();
  const two = [come(A), come(B)];
  const alone = come(C, SUMMER);
  clock.run(14_999);
  await told();
  t.strictSame(
    [...two, alone].map(({ came }) => came),
    [undefined, undefined, undefined],
  );
  clock.run(15_000);
  await told();
  t.strictSame(two[0]?.came?.nodes, [A, B]);
  t.equal(two[1]?.came, two[0]?.came);
  t.equal(alone.came, null);
});

void t.test('shared writes: who comes when the others are at it already -> waits for nobody', async (t) => {
  const { clock, come } = open();
  const two = [come(A), come(B)];
  clock.run(15_000);
  await told();
  const late = come(C);
  await told();
  t.equal(late.came, null);
  for (const node of [A, B]) two[0]?.came?.leave(node);
  const again = come(A);
  await told();
  t.equal(again.came, undefined, 'when they are done they may come anew');
});

void t.test('shared writes: who is called off -> is not counted, and the last one ends the muster', async (t) => {
  const { clock, come } = open();
  const off = new AbortController();
  const gone = come(A, SPRING, off.signal);
  const stays = come(B);
  off.abort();
  come(C);
  await told();
  t.equal(gone.came, null);
  t.equal(stays.came, undefined, 'the first may come again');
  const back = come(A);
  await told();
  t.strictSame(back.came?.nodes, [B, C, A]);
  const only = come(A, SUMMER, off.signal);
  await told();
  t.equal(only.came, null, 'called off before it came');
  clock.run(60_000);
});
