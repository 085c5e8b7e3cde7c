import fc from 'fast-check';
import t from 'tap';
import { multicastCost, unicastCost } from '../../../sim/stages/transfer.js';
import { randomBytes } from '../../drivers/wire/services/lab.js';
import { FAIR, MulticastLab } from '../../drivers/wire/services/multicast-lab.js';

const GIGABIT = 125_000_000;

void t.test(
  'transfer: for every loss and number of receivers, the model costs what the sender itself sends',
  async (t) => {
    const image = randomBytes(8 << 20);
    const cases = fc.record({
      loss: fc.double({ min: 0, max: 0.05, noNaN: true }),
      receivers: fc.integer({ min: 1, max: 12 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(cases, ({ loss, receivers, seed }) => {
        const weather = { ...FAIR, seed, loses: loss };
        const lab = new MulticastLab({ image, receivers, weather, terms: { budget: Infinity } });
        const sent_bytes = lab.run().sent_bytes;
        const size_bytes = image.length;
        const model = multicastCost({ size_bytes, receivers, loss, bandwidth_bytes_per_s: GIGABIT });
        const ratio = model.sent_bytes / sent_bytes;
        if (ratio < 0.96 || ratio > 1.04) throw new Error(`the model says ${ratio} of what was sent`);
      }),
      { numRuns: 6 },
    );
    t.pass();
  },
);

void t.test(
  'transfer: eight nodes take an image at 1.3 times the cost of one, by unicast at eight times',
  async (t) => {
    const one = { size_bytes: 4e9, receivers: 1, loss: 0.02, bandwidth_bytes_per_s: GIGABIT };
    const eight = { ...one, receivers: 8 };
    t.ok(multicastCost(eight).took_ms < 1.3 * multicastCost(one).took_ms);
    t.ok(multicastCost(eight).sent_bytes < 1.3 * one.size_bytes);
    t.ok(unicastCost(eight).took_ms > 7.9 * unicastCost(one).took_ms);
  },
);

void t.test('transfer: one node writes slowly -> all take its time', async (t) => {
  const { took_ms } = multicastCost({
    size_bytes: 1e9,
    receivers: 8,
    loss: 0,
    bandwidth_bytes_per_s: GIGABIT,
    slowest_bytes_per_s: 50e6,
  });
  t.ok(took_ms >= 20_000 && took_ms < 20_200, `${took_ms}`);
});
