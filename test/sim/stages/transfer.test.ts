import fc from 'fast-check';
import t from 'tap';
import { sentBytes } from '../../../sim/stages/transfer.js';
import { randomBytes } from '../../drivers/wire/services/lab.js';
import { FAIR, MulticastLab } from '../../drivers/wire/services/multicast-lab.js';

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
        const { sent_bytes } = lab.run();
        const ratio = sentBytes({ size_bytes: image.length, receivers, loss }) / sent_bytes;
        if (ratio < 0.96 || ratio > 1.04) throw new Error(`the model says ${ratio} of what was sent`);
      }),
      { numRuns: 6 },
    );
    t.pass();
  },
);
