import fc from 'fast-check';
import t from 'tap';
import { nodeId, type NodeId } from '../../core/ids.js';
import { Sender } from '../../sim/fleet/sender.js';
import { VirtualClock } from '../../sim/clock.js';

/** Of every receiver's datagrams one in fifty is lost. */
const NETWORK = { bandwidth_bytes_per_s: 125_000_000, loss: 0.02, muster_ms: 15_000 };

interface Sent {
  readonly sent_bytes: number;
  /** When each node had all of it; null for one that left. */
  readonly ends: ReadonlyMap<NodeId, number | null>;
}

/** Nodes that take one image at once; of `leaving` each drops out at that percent. */
function send(count: number, size_bytes: number, leaving: ReadonlyMap<number, number> = new Map()): Sent {
  const clock = new VirtualClock();
  const sender = new Sender({ clock, ...NETWORK });
  const among = Array.from({ length: count }, (_, index) => nodeId(`mesh${index + 1}`));
  const ends = new Map<NodeId, number | null>(among.map((node) => [node, null]));
  for (const [index, node] of among.entries()) {
    const percent = leaving.get(index);
    const leave: () => void = sender.join({
      node,
      image: 'robots',
      size_bytes,
      among,
      marks: percent === undefined ? [] : [percent],
      onPercent: () => leave(),
      onEnd: () => void ends.set(node, clock.now()),
    });
  }
  clock.run();
  return { sent_bytes: sender.sendings.reduce((sum, sending) => sum + sending.sent_bytes, 0), ends };
}

const sizes = fc.integer({ min: 1_000_000, max: 20_000_000_000 });

void t.test(
  'sender: for every image, eight nodes take it at 1.3 times the time and the bytes of one at most',
  async (t) => {
    fc.assert(
      fc.property(sizes, (size_bytes) => {
        const [one, eight] = [send(1, size_bytes), send(8, size_bytes)];
        const took = ({ ends }: Sent) => Math.max(...[...ends.values()].map((end) => end ?? Infinity));
        return took(eight) <= 1.3 * took(one) && eight.sent_bytes <= 1.3 * size_bytes;
      }),
    );
    t.pass();
  },
);

void t.test('sender: for every node that drops out on the way -> all others have it as soon as without', async (t) => {
  fc.assert(
    fc.property(sizes, fc.nat(7), fc.integer({ min: 1, max: 99 }), (size_bytes, index, percent) => {
      const whole = send(8, size_bytes);
      const { ends } = send(8, size_bytes, new Map([[index, percent]]));
      return [...ends].every(([node, end], at) => end === (at === index ? null : whole.ends.get(node)));
    }),
  );
  t.pass();
});
