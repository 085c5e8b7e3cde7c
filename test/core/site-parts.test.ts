import fc from 'fast-check';
import t from 'tap';
import { STAGES } from '../../core/evidence.js';
import { durationOf } from '../../core/site/duration.js';
import { nearest } from '../../core/site/nearest.js';
import { addressNumber, addressText, isHost, parseSubnet, spanOf } from '../../core/site/network.js';
import { placeOf } from '../../core/site/problem.js';

void t.test('place: for every text and offset, the line and column lead back to the offset', async () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '\n', 'é', '💥', ' '), { maxLength: 60 }), fc.nat(60), (parts, count) => {
      const before = parts.slice(0, count).join('');
      const { line, column } = placeOf(parts.join(''), before.length);
      const lines = before.split('\n');
      return line === lines.length && column === Array.from(lines.at(-1) ?? '').length + 1;
    }),
  );
});

void t.test('duration: for every count and unit, the span in ms; anything else is none', async (t) => {
  const units = [
    ['ms', 1],
    ['s', 1_000],
    ['m', 60_000],
    ['h', 3_600_000],
  ] as const;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom(...units), (count, [unit, unit_ms]) => {
      return durationOf(`${count}${unit}`) === count * unit_ms;
    }),
  );
  t.same(['', '5', 's', '1.5s', '-1s', '1e3s', ' 1s', '1 s', '1S', '1d', '1s2'].map(durationOf), Array(11).fill(null));
});

void t.test('network: for every address and prefix, the span holds it and its text reads back', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 8, max: 30 }), (address, prefix) => {
      const span = spanOf(address, prefix);
      const subnet = parseSubnet(`${addressText(address)}/${prefix}`);
      return (
        span.first <= address &&
        address <= span.last &&
        span.last - span.first + 1 === 2 ** (32 - prefix) &&
        span.first % (span.last - span.first + 1) === 0 &&
        !isHost(span, span.first) &&
        !isHost(span, span.last) &&
        subnet?.address === address &&
        addressNumber(addressText(address)) === address
      );
    }),
  );
});

/** `pxe.dhcp` is one letter short of `ipxe.dhcp`, and two letters leave nothing of `up`. */
const UNLIKE = STAGES.filter((stage) => stage.length > 3 && !stage.endsWith('.dhcp'));

void t.test(
  'nearest: for every stage unlike the others, with one letter wrong, the stage; for a strange word, none',
  async (t) => {
    fc.assert(
      fc.property(fc.constantFrom(...UNLIKE), fc.nat(20), fc.constantFrom('', 'q', 'zz'), (stage, at, put) => {
        const typed = stage.slice(0, at) + put.slice(0, 1) + stage.slice(at + 1);
        return nearest(typed, STAGES) === stage;
      }),
    );
    t.equal(nearest('kernle', STAGES), 'kernel');
    t.equal(nearest('zebra', STAGES), null);
    t.equal(nearest('x'.repeat(100_000), STAGES), null);
  },
);
