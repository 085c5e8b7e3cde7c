import t from 'tap';
import fc from 'fast-check';
import type { PowerState } from '../../../core/ports/power.js';
import type { MachinePower } from '../../../core/ports/machine-power.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { snmpPdu } from '../../../drivers/pdu/driver.js';
import { outletPower } from '../../../drivers/pdu/outlet-power.js';
import { PDU_MODEL } from '../../../drivers/pdu/models/table.js';
import { powerContract } from '../../contracts/power.contract.js';
import { faultIn } from '../../fault-in.js';
import { node, openPduLab, QUICK, type PduLab } from './lab.js';
import { skippingClock } from './skipping-clock.js';

const { signal } = new AbortController();
const clock = systemClock();
const BOTH = ['left', 'right'] as const;
type Side = (typeof BOTH)[number];

interface TwoFeeds extends AsyncDisposable {
  readonly labs: Readonly<Record<Side, PduLab>>;
  readonly power: MachinePower;
  /** The same machine for somebody who does not wait long for these PDUs: where they are silent. */
  readonly hastyOf: (sides: readonly Side[]) => MachinePower;
}

/** A machine with a cord in outlet 3 of each of two PDUs of different families. */
async function openTwoFeeds(): Promise<TwoFeeds> {
  const left = await openPduLab({ model: PDU_MODEL['apc-rpdu'] });
  const right = await openPduLab({ model: PDU_MODEL['raritan-px2'], config: { name: 'right' } });
  const labs = { left, right };
  const timing = { ...QUICK, answer_ms: 25, tries: 1 };
  const hastyOf = (sides: readonly Side[]): MachinePower => {
    const feeds = BOTH.map((side) => {
      const { pdu, config } = labs[side];
      return { pdu: sides.includes(side) ? snmpPdu({ ...config, timing }, { clock }) : pdu, outlet: '3' };
    });
    return outletPower(feeds);
  };
  return {
    labs,
    power: hastyOf([]),
    hastyOf,
    async [Symbol.asyncDispose]() {
      await left[Symbol.asyncDispose]();
      await right[Symbol.asyncDispose]();
    },
  };
}

powerContract('pdu: two feeds', async () => {
  const { labs, power, ...opened } = await openTwoFeeds();
  // Switched is what has mains or not: on with the first feed, off with the last.
  const count = (state: PowerState): number => labs.left.log.filter((line) => line === `3 ${state}`).length;
  return {
    ...opened,
    node,
    power: { read: (_, signal) => power.read(signal), ensure: (_, want, signal) => power.ensure(want, signal) },
    switchings: () => ({ on: count('on'), off: count('off') }),
  };
});

void t.test('two feeds: for every order of asking, all are off before one is on', async (t) => {
  const stories = fc.array(fc.record({ want: fc.constantFrom<PowerState>('on', 'off'), waits: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      await using two = await openTwoFeeds();
      const seen: PowerState[] = [];
      for (const side of BOTH) {
        const { log } = two.labs[side];
        log.push = (...lines) => seen.push(...lines.map((line): PowerState => (line === '3 on' ? 'on' : 'off')));
      }
      const asked: Promise<void>[] = [];
      for (const { want, waits } of story) {
        asked.push(two.power.ensure(want, signal));
        if (waits) await Promise.all(asked);
      }
      await Promise.all(asked);
      // From all off: both on, both off, both on, ...
      return seen.every((state, index) => state === (index % 4 < 2 ? 'on' : 'off')) && seen.length % 2 === 0;
    }),
    { numRuns: 20 },
  );
  t.pass();
});

void t.test(
  'two feeds: for every story of hands and silences, off is never said of a machine that has mains',
  async (t) => {
    const side = fc.constantFrom(...BOTH);
    const steps = fc.oneof(
      fc.record({ side, press: fc.constantFrom<PowerState>('on', 'off') }),
      fc.record({ side, isSilent: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 6 }), async (story) => {
        await using two = await openTwoFeeds();
        for (const step of story) {
          const { emulated } = two.labs[step.side];
          if ('press' in step) emulated.press(3, step.press);
          else emulated.lies.isSilent = step.isSilent;
        }
        const isOn = BOTH.some((one) => two.labs[one].emulated.outlet(3) === 'on');
        const said = await two
          .hastyOf(BOTH)
          .read(signal)
          .catch(() => null);
        return said === null || said === (isOn ? 'on' : 'off');
      }),
      { numRuns: 20 },
    );
    t.pass();
  },
);

void t.test(
  'two feeds: one PDU is silent -> on is known by the other, off is not; neither can be ensured',
  async (t) => {
    await using two = await openTwoFeeds();
    two.labs.left.emulated.lies.isSilent = true;
    const hasty = two.hastyOf(['left']);
    t.match(await faultIn(hasty.read(signal)), { code: 'PDU-001', pdu: 'left' });
    two.labs.right.emulated.press(3, 'on');
    t.equal(await hasty.read(signal), 'on');
    t.match(await faultIn(hasty.ensure('off', signal)), { code: 'PDU-001', pdu: 'left' });
    two.labs.left.emulated.lies.isSilent = false;
    await two.power.ensure('off', signal);
    t.equal(two.labs.right.emulated.outlet(3), 'off', 'asked again, it is done');
  },
);

void t.test(
  'two feeds: one is switched on by somebody while the other is switched off -> not off, PDU-010',
  async (t) => {
    await using two = await openTwoFeeds();
    await two.power.ensure('on', signal);
    const { left, right } = two.labs;
    right.log.push = () => {
      left.emulated.press(3, 'on');
      return 0;
    };
    t.match(await faultIn(two.power.ensure('off', signal)), { code: 'PDU-010', pdu: 'left', outlet: '3', want: 'off' });
  },
);

const HOUR_MS = 3_600_000;

void t.test(
  'pdu: a budget -> no more outlets of a bank are switched on in its time; off is not held back',
  async (t) => {
    const clock = skippingClock();
    const budget = { switchings: 2, within_ms: HOUR_MS };
    const timing = { ...QUICK, turn_ms: 10 * HOUR_MS };
    await using lab = await openPduLab({ clock, config: { budget, banks: { 7: 'other' }, timing } });
    for (const outlet of ['1', '2', '7']) await lab.pdu.ensure(outlet, 'on', signal);
    const third = lab.pdu.ensure('3', 'on', signal);
    await lab.pdu.ensure('1', 'off', signal);
    t.strictSame(lab.log, ['1 on', '2 on', '7 on', '1 off'], 'those of the other bank, and off, wait for nobody');
    const waited_ms = await clock.skipLongWait();
    t.ok(waited_ms > 0.9 * HOUR_MS && waited_ms <= HOUR_MS, 'until an hour after the first');
    await third;
    t.equal(lab.log.at(-1), '3 on');
  },
);

void t.test(
  'pdu: a budget that lets it wait beyond its time -> PDU-012 at once, and nothing is switched',
  async (t) => {
    const budget = { switchings: 1, within_ms: HOUR_MS };
    await using lab = await openPduLab({ config: { budget, banks: { 1: 'a', 2: 'a' } } });
    await lab.pdu.ensure('1', 'on', signal);
    const fault = await faultIn(lab.pdu.ensure('2', 'on', signal));
    t.match(fault, { code: 'PDU-012', bank: 'a', switchings: 1, within_ms: HOUR_MS });
    await lab.pdu.ensure('2', 'off', signal);
    t.strictSame(lab.log, ['1 on']);
  },
);

void t.test('pdu: a pause between outlets -> the next one waits for it, off too', async (t) => {
  const clock = skippingClock();
  await using lab = await openPduLab({
    clock,
    config: { timing: { ...QUICK, pause_ms: HOUR_MS, turn_ms: 2 * HOUR_MS } },
  });
  await lab.pdu.ensure('1', 'on', signal);
  for (const [outlet, want] of [
    ['2', 'on'],
    ['1', 'off'],
  ] as const) {
    const asked = lab.pdu.ensure(outlet, want, signal);
    t.ok((await clock.skipLongWait()) > 0.9 * HOUR_MS);
    await asked;
    t.equal(lab.log.at(-1), `${outlet} ${want}`);
  }
});

void t.test('pdu: those before take too long -> PDU-013, and the queue goes on', async (t) => {
  await using lab = await openPduLab({ config: { timing: { ...QUICK, answer_ms: 150, tries: 1, turn_ms: 30 } } });
  lab.emulated.lies.isSilent = true;
  const first = faultIn(lab.pdu.read('1', signal));
  t.match(await faultIn(lab.pdu.read('2', signal)), { code: 'PDU-013', outlet: '2', waited_ms: 30 });
  t.match(await first, { code: 'PDU-001' });
  lab.emulated.lies.isSilent = false;
  t.equal(await snmpPdu({ ...lab.config, timing: QUICK }, { clock }).read('2', signal), 'off');
});
