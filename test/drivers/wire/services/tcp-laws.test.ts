import fc from 'fast-check';
import t from 'tap';
import { readIpv4 } from '../../../../drivers/wire/address.js';
import { HEADROOM_BYTES } from '../../../../drivers/wire/ip-link.js';
import {
  blankHeader,
  newPacket,
  payloadOffset,
  readSegment,
  seal,
} from '../../../../drivers/wire/services/tcp/segment.js';
import { advance, distance } from '../../../../drivers/wire/services/tcp/sequence.js';
import { CLIENT, FAIR, pattern, SERVER, TcpLab, type Weather } from './tcp-lab.js';
import { decodePlain, encodePlain, TWO_32 } from './tcp-segment.js';

const MINUTE_MS = 60_000;

const weathers: fc.Arbitrary<Weather> = fc.record({
  loss: fc.double({ min: 0, max: 0.15, noNaN: true }),
  duplication: fc.double({ min: 0, max: 0.15, noNaN: true }),
  corruption: fc.double({ min: 0, max: 0.1, noNaN: true }),
  jitter_ms: fc.constantFrom(0, 0.1, 1, 20),
});
/** Mostly so near the end of the numbers, signed and unsigned, that a few kilobytes go past it. */
const sequences = fc.oneof(
  fc.integer({ min: TWO_32 - 20_000, max: TWO_32 - 1 }),
  fc.integer({ min: TWO_32 / 2 - 20_000, max: TWO_32 / 2 - 1 }),
  fc.integer({ min: 0, max: TWO_32 - 1 }),
);
const chunks = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12_000 })), {
  maxLength: 12,
});

const conversations = fc.record({
  seed: fc.integer(),
  weather: weathers,
  clientStart: sequences,
  serverStart: sequences,
  mss_bytes: fc.constantFrom(100, 536, 1460, 9000),
  windowScale: fc.constantFrom(null, 0, 3, 14),
  capacity_bytes: fc.constantFrom(1000, 5000, 65_535, 400_000),
  up: chunks,
  down: chunks,
  /** The server's application stops reading for this long after each piece. */
  pause_ms: fc.constantFrom(0, 0, 1, 300),
  /** The client's reader does not read at first. */
  late_ms: fc.constantFrom(0, 0, 2000),
  corked: fc.boolean(),
  /** The server's application ends only when the client has. */
  endsLast: fc.boolean(),
});
type Conversation = typeof conversations extends fc.Arbitrary<infer T> ? T : never;

function joined(sizes: readonly number[], salt: number): Buffer {
  return pattern(
    sizes.reduce((sum, size) => sum + size, 0),
    salt,
  );
}

/** Holds a whole conversation, and says what is wrong with it, or null. */
function converse(plan: Conversation): string | null {
  const lab = new TcpLab(plan.seed, plan.weather, { next: () => plan.serverStart / TWO_32 });
  const received: Buffer[] = [];
  const counts = { ends: 0, closes: 0, atEnd_bytes: 0 };
  const down = joined(plan.down, 5);
  lab.tcp.listen(3260, (stream) => {
    stream.onData((bytes) => {
      received.push(Buffer.from(bytes));
      if (plan.pause_ms === 0) return;
      stream.pause();
      lab.clock.setTimer(plan.pause_ms, () => stream.resume());
    });
    stream.onEnd(() => {
      counts.ends += 1;
      counts.atEnd_bytes = Buffer.concat(received).length;
      if (plan.endsLast) stream.end();
    });
    stream.onClose(() => void (counts.closes += 1));
    if (plan.corked) stream.cork();
    let at = 0;
    for (const size of plan.down) stream.write(down.subarray(at, (at += size)));
    if (plan.corked) stream.uncork();
    if (!plan.endsLast) stream.end();
  });
  const { mss_bytes, windowScale, clientStart: initialSequence } = plan;
  // A capacity below the scale's step would be told as a shut window for ever.
  const capacity_bytes = Math.max(plan.capacity_bytes, 4 * 2 ** (windowScale ?? 0));
  const peer = lab.peer(1024, { mss_bytes, windowScale, capacity_bytes, initialSequence });
  peer.isReading = plan.late_ms === 0;
  lab.clock.setTimer(plan.late_ms, () => {
    peer.isReading = true;
    peer.read();
  });
  const up = joined(plan.up, 77);
  let at = 0;
  for (const size of plan.up) peer.write(up.subarray(at, (at += size)));
  peer.end();
  peer.connect();
  const isOver = (): boolean => counts.closes > 0 && counts.ends > 0 && peer.hasSeenEnd && peer.isHeard;
  lab.clock.run(20 * MINUTE_MS, () => isOver() && peer.isReading);
  if (peer.state === 'reset') return 'the client was reset';
  if (!Buffer.concat(received).equals(up))
    return `the server got ${Buffer.concat(received).length} of ${up.length} bytes`;
  if (counts.atEnd_bytes !== up.length) return `the end was told after ${counts.atEnd_bytes} of ${up.length} bytes`;
  if (!peer.received.equals(down)) return `the client got ${peer.received.length} of ${down.length} bytes`;
  return counts.ends === 1 && counts.closes === 1 && peer.hasSeenEnd && peer.isHeard ? null : JSON.stringify(counts);
}

void t.test('tcp: for every conversation in any weather, both sides get exactly what the other wrote', async (t) => {
  fc.assert(
    fc.property(conversations, (plan) => {
      const wrong = converse(plan);
      if (wrong !== null) throw new Error(wrong);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

const headers = fc.record({
  sourcePort: fc.integer({ min: 0, max: 65_535 }),
  destinationPort: fc.integer({ min: 0, max: 65_535 }),
  sequence: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  acknowledgment: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  window: fc.integer({ min: 0, max: 65_535 }),
});
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => readIpv4(Buffer.from(bytes), 0));
const payloads = fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes));

void t.test(
  'tcp segment: for every header and payload, what is written is read by us and by another codec',
  async (t) => {
    const cases = fc.record({
      fields: headers,
      payload: payloads,
      from: address,
      to: address,
      isSyn: fc.boolean(),
      mss_bytes: fc.integer({ min: 1, max: 65_535 }),
      windowScale: fc.integer({ min: -1, max: 14 }),
    });
    fc.assert(
      fc.property(cases, ({ fields, isSyn, mss_bytes, windowScale, payload, from, to }) => {
        const optional = isSyn
          ? { flags: 0x12, mss_bytes, windowScale }
          : { flags: 0x18, mss_bytes: 0, windowScale: -1 };
        const header = { ...fields, ...optional };
        const packet = newPacket(header, payload.length);
        payload.copy(packet, payloadOffset(header));
        seal(packet, { from, to });
        const segment = packet.subarray(HEADROOM_BYTES);
        const plain = decodePlain(segment, [from, to]);
        const read = blankHeader();
        const payloadAt = readSegment(segment, read);
        return (
          JSON.stringify(read) === JSON.stringify({ ...blankHeader(), ...header }) &&
          segment.subarray(payloadAt).equals(payload) &&
          plain?.payload.equals(payload) === true &&
          plain.sequence === fields.sequence >>> 0 &&
          plain.window === fields.window &&
          plain.sourcePort === fields.sourcePort
        );
      }),
    );
    t.pass();
  },
);

void t.test('tcp sequence: for every start and distance, going there and measuring agree at the wrap', async (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (start, by) => {
      const there = advance(start, by);
      return distance(start, there) === by && there === ((start + by) | 0) && distance(there, start) === (-by | 0);
    }),
  );
  t.pass();
});

/** A connection with `sent` bytes said and heard on a fair wire, then whatever a property throws at it. */
function talking(seed: number): TcpLab {
  const lab = new TcpLab(seed);
  const { peer, stream } = lab.open();
  stream.write(pattern(5000, 1));
  peer.write(pattern(3000, 2));
  lab.clock.run(lab.clock.now() + 10);
  return lab;
}

void t.test('tcp: for every run of arbitrary bytes, nothing is thrown and every answer is in proportion', async (t) => {
  const noise = fc.array(
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.integer(), noise, (seed, segments) => {
      const lab = talking(seed);
      const before = lab.sent;
      for (const segment of segments) lab.tcp.receive(CLIENT, segment);
      lab.clock.run(lab.clock.now() + MINUTE_MS);
      return lab.sent - before <= segments.length;
    }),
  );
  t.pass();
});

void t.test(
  'tcp: for every run of well-made segments out of place, nothing is thrown and what is heard stays bounded',
  async (t) => {
    const near = fc.oneof(fc.integer({ min: -70_000, max: 70_000 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const letters = fc.subarray(['F', 'S', 'R', 'P', 'A', 'U']).map((flags) => flags.join(''));
    const shot = fc.record({
      near,
      acknowledged: near,
      flags: fc.oneof(fc.constant('A'), fc.constant('FA'), letters),
      window: fc.integer({ min: 0, max: 65_535 }),
      options: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
      payload: payloads,
      sourcePort: fc.constantFrom(1024, 1024, 1024, 9),
      destinationPort: fc.constantFrom(3260, 3260, 3260, 7),
      wait_ms: fc.constantFrom(0, 0, 1, 500, 70_000),
    });
    fc.assert(
      fc.property(fc.integer(), fc.array(shot, { maxLength: 40 }), fc.boolean(), (seed, shots, pauses) => {
        const lab = new TcpLab(seed, FAIR, { next: () => 0.25 });
        const { stream } = lab.open();
        if (pauses) stream.pause();
        let written_bytes = 0;
        stream.onData(() => {
          written_bytes += 3000;
          stream.write(pattern(3000, 3));
        });
        for (const { near: at, acknowledged, wait_ms, options, ...rest } of shots) {
          const sequence = (TWO_32 * 2 + 1001 + at) % TWO_32;
          const acknowledgment = (TWO_32 * 2 + TWO_32 / 4 + 1 + acknowledged) % TWO_32;
          lab.tcp.receive(CLIENT, encodePlain({ ...rest, options, sequence, acknowledgment }, [CLIENT, SERVER]));
          lab.clock.run(lab.clock.now() + wait_ms);
        }
        lab.clock.run(lab.clock.now() + 5 * MINUTE_MS);
        // At most 53 segments for what was written at the least MSS of an answer, a few answers a shot, and retries.
        return lab.sent < 100 + 50 * shots.length + written_bytes;
      }),
      { numRuns: 300 },
    );
    t.pass();
  },
);
