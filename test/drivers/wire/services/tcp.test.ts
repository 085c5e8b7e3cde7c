import fc from 'fast-check';
import t from 'tap';
import type { Ipv4 } from '../../../../drivers/wire/address.js';
import { HEADROOM_BYTES } from '../../../../drivers/wire/ip-link.js';
import {
  blankHeader,
  newPacket,
  payloadOffset,
  readSegment,
  seal,
} from '../../../../drivers/wire/services/tcp/segment.js';
import { advance, distance } from '../../../../drivers/wire/services/tcp/sequence.js';
import { CLIENT, FAIR, listenTo, pattern, SERVER, TcpLab, type Weather } from './tcp-lab.js';
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
const addresses = fc.tuple(fc.integer({ min: 0, max: TWO_32 - 1 }), fc.integer({ min: 0, max: TWO_32 - 1 }));
const payloads = fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes));

void t.test(
  'tcp segment: for every header and payload, what is written is read by us and by another codec',
  async (t) => {
    const options = fc.record({
      isSyn: fc.boolean(),
      mss_bytes: fc.integer({ min: 1, max: 65_535 }),
      windowScale: fc.integer({ min: -1, max: 14 }),
    });
    fc.assert(
      fc.property(headers, options, payloads, addresses, (fields, { isSyn, mss_bytes, windowScale }, payload, ends) => {
        const optional = isSyn
          ? { flags: 0x12, mss_bytes, windowScale }
          : { flags: 0x18, mss_bytes: 0, windowScale: -1 };
        const header = { ...fields, ...optional };
        const packet = newPacket(header, payload.length);
        payload.copy(packet, payloadOffset(header));
        seal(packet, { from: ends[0] as Ipv4, to: ends[1] as Ipv4 });
        const segment = packet.subarray(HEADROOM_BYTES);
        const plain = decodePlain(segment, ends);
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

void t.test('tcp: the client ends first -> the server still sends all it has, then both are closed', async (t) => {
  const lab = new TcpLab(1);
  const { peer, stream, told } = lab.open();
  peer.write(Buffer.from('GET'));
  peer.end();
  lab.clock.run(lab.clock.now() + 100);
  t.same([Buffer.concat(told.data).toString(), told.ends, told.closes], ['GET', 1, 0]);
  const answer = pattern(300_000, 9);
  stream.write(answer);
  stream.end();
  lab.clock.run(lab.clock.now() + 1000);
  t.ok(peer.received.equals(answer));
  t.same([peer.hasSeenEnd, told.ends, told.closes], [true, 1, 1]);
});

void t.test(
  'tcp: the server ends first -> it still hears the client out, and a second SYN after that is a new connection',
  async (t) => {
    const lab = new TcpLab(2);
    const { peer, stream, told } = lab.open();
    stream.end();
    lab.clock.run(lab.clock.now() + 100);
    t.ok(peer.hasSeenEnd);
    peer.write(pattern(100_000, 4));
    peer.end();
    lab.clock.run(lab.clock.now() + 100);
    t.ok(Buffer.concat(told.data).equals(pattern(100_000, 4)));
    t.same([told.ends, told.closes], [1, 1]);
    const again = lab.peer(1024, { initialSequence: 900_000 });
    again.connect();
    lab.clock.run(lab.clock.now() + 100);
    t.equal(again.state, 'open');
  },
);

void t.test(
  'tcp: the reader stops -> sending stops at its window; it reads again and the update is lost -> a probe finds out',
  async (t) => {
    const lab = new TcpLab(3);
    const { peer, stream, told } = lab.open({ capacity_bytes: 20_000 });
    peer.isReading = false;
    const answer = pattern(700_000, 6);
    t.equal(stream.write(answer), false, 'over the mark');
    lab.clock.run(lab.clock.now() + 10 * MINUTE_MS);
    t.ok(lab.sent < 60, `a shut window is probed ever more seldom: ${lab.sent} segments in ten minutes`);
    t.equal(told.closes, 0);
    lab.isLost = (_segment, from) => from === 'client';
    peer.isReading = true;
    peer.read();
    lab.isLost = () => false;
    lab.clock.run(lab.clock.now() + 2 * MINUTE_MS);
    t.ok(peer.received.equals(answer));
    t.equal(told.drains, 1);
  },
);

void t.test(
  'tcp: the application pauses -> a mebibyte waits and the client is held back; it resumes -> all arrives',
  async (t) => {
    const lab = new TcpLab(4);
    const { peer, stream, told } = lab.open();
    stream.pause();
    const upload = pattern(1_500_000, 8);
    peer.write(upload);
    lab.clock.run(lab.clock.now() + 2000);
    t.equal(told.data.length, 0);
    t.equal(peer.heard.at(-1)?.window, 0, 'the window is shut');
    t.notOk(peer.isHeard);
    stream.resume();
    lab.clock.run(lab.clock.now() + 2000);
    t.ok(Buffer.concat(told.data).equals(upload));
  },
);

void t.test('tcp: a reset with the exact number closes; one that is only within the window does not', async (t) => {
  const lab = new TcpLab(5);
  const { peer, told } = lab.open();
  peer.reset(5);
  lab.clock.run(lab.clock.now() + 10);
  t.equal(told.closes, 0);
  t.equal(peer.heard.at(-1)?.flags, 'A', 'it is asked whether that was meant');
  peer.reset();
  lab.clock.run(lab.clock.now() + 10);
  t.equal(told.closes, 1);
  t.equal(told.ends, 0);
});

void t.test(
  'tcp: a node that lost its power comes back with the same port -> the dead connection gives way',
  async (t) => {
    const lab = new TcpLab(6);
    const { told } = lab.open({ initialSequence: 5000 });
    const again = lab.peer(1024, { initialSequence: 77_000_000 });
    again.connect();
    lab.clock.run(lab.clock.now() + 10);
    const [challenge] = again.heard;
    t.equal(challenge?.flags, 'A', 'the dead connection answers with where it is');
    // What a real client does with an acknowledgment that it can't place.
    again.raw('R', (challenge?.acknowledgment ?? 0) - 77_000_000 - 1, Buffer.alloc(0));
    lab.clock.run(lab.clock.now() + 1000);
    t.equal(told.closes, 1);
    t.equal(again.state, 'open');
  },
);

void t.test('tcp: nobody listens -> a reset that the client believes', async (t) => {
  const lab = new TcpLab(7);
  const peer = lab.peer(1024, { serverPort: 81 });
  peer.connect();
  lab.clock.run(10);
  t.equal(peer.state, 'reset');
  t.equal(peer.heard[0]?.acknowledgment, 1001);
});

void t.test(
  'tcp: a flood of SYNs -> what is kept stays bounded, and an honest client still gets through',
  async (t) => {
    const lab = new TcpLab(8);
    lab.tcp.listen(3260, (stream) => void listenTo(stream));
    for (let port = 2000; port < 12_000; port += 1) {
      const syn = { sourcePort: port, destinationPort: 3260, sequence: port, acknowledgment: 0, flags: 'S' };
      const bytes = encodePlain({ ...syn, window: 1000, options: [], payload: Buffer.alloc(0) }, [CLIENT, SERVER]);
      lab.tcp.receive(CLIENT, bytes);
    }
    t.equal(lab.sent, 10_000);
    const peer = lab.peer(1024);
    peer.connect();
    lab.clock.run(500);
    t.equal(peer.state, 'open');
    lab.sent = 0;
    lab.clock.run(5 * MINUTE_MS);
    t.ok(lab.sent <= 128 * 5, `only the half-open ones that were kept ask again: ${lab.sent}`);
  },
);

void t.test('tcp: one frame of many is lost -> it goes again at once, not after a timeout', async (t) => {
  const lab = new TcpLab(9);
  const { peer, stream } = lab.open();
  let frames = 0;
  lab.isLost = (segment, from) => from === 'server' && segment.length > 1000 && (frames += 1) % 40 === 3;
  const answer = pattern(1_000_000, 2);
  const from = lab.clock.now();
  stream.write(answer);
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === answer.length);
  t.ok(peer.received.equals(answer));
  t.ok(lab.clock.now() - from < 200, `took ${lab.clock.now() - from} ms, less than the shortest timeout`);
});

void t.test(
  'tcp: the first frame after a long silence is lost -> it goes again within the shortest timeout',
  async (t) => {
    const lab = new TcpLab(9);
    const { peer, stream } = lab.open();
    lab.clock.run(lab.clock.now() + 5 * MINUTE_MS);
    let frames = 0;
    lab.isLost = (_segment, from) => from === 'server' && (frames += 1) === 1;
    const from = lab.clock.now();
    stream.write(Buffer.from('answer'));
    lab.clock.run(from + MINUTE_MS, () => peer.received.length > 0);
    t.equal(peer.received.toString(), 'answer');
    t.ok(lab.clock.now() - from < 250, `took ${lab.clock.now() - from} ms`);
  },
);

void t.test(
  'tcp: a long way and a small window, nothing lost -> nothing is sent twice, however long it takes',
  async (t) => {
    const lab = new TcpLab(9);
    lab.delay_ms = 20;
    const { peer, stream } = lab.open({ capacity_bytes: 20_000 });
    const answer = pattern(1_000_000, 2);
    stream.write(answer);
    lab.clock.run(lab.clock.now() + MINUTE_MS);
    t.ok(peer.received.equals(answer));
    t.equal(
      peer.heard.reduce((sum, heard) => sum + heard.payload.length, 0),
      answer.length,
    );
  },
);

void t.test('tcp: a link that brings the answer before it returns -> both sides still get all, in order', async (t) => {
  const lab = new TcpLab(9);
  lab.isImmediate = true;
  const { peer, stream, told } = lab.open();
  stream.onData(() => void stream.write(pattern(50_000, 1)));
  peer.write(pattern(1000, 2));
  stream.write(pattern(500_000, 3));
  stream.end();
  lab.clock.run(lab.clock.now() + MINUTE_MS);
  t.ok(Buffer.concat(told.data).equals(pattern(1000, 2)));
  t.ok(peer.received.equals(Buffer.concat([pattern(50_000, 1), pattern(500_000, 3)])));
  t.ok(peer.hasSeenEnd);
});

void t.test('tcp: a receive ring that holds 48 frames -> a mebibyte arrives without a run of timeouts', async (t) => {
  const lab = new TcpLab(10);
  const { peer, stream } = lab.open({ capacity_bytes: 512 * 1024 });
  let ring = 0;
  lab.isLost = (segment, from) => {
    if (from === 'client' || segment.length < 100) return false;
    if (ring >= 48) return true;
    ring += 1;
    // A slow guest takes a frame every 20 microseconds.
    lab.clock.setTimer(ring * 0.02, () => void (ring -= 1));
    return false;
  };
  const answer = pattern(1024 * 1024, 3);
  const from = lab.clock.now();
  stream.write(answer);
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === answer.length);
  t.ok(peer.received.equals(answer));
  t.ok(lab.clock.now() - from < 500, `took ${lab.clock.now() - from} ms`);
});

void t.test('tcp: the wire is cut for good -> the connection is given up, and nothing is left ticking', async (t) => {
  const lab = new TcpLab(11);
  const { stream, told } = lab.open();
  lab.isLost = () => true;
  stream.write(pattern(10_000, 1));
  lab.clock.run(lab.clock.now() + 10 * MINUTE_MS);
  t.equal(told.closes, 1);
  t.equal(stream.write(Buffer.from('late')), false);
  lab.sent = 0;
  lab.clock.run(lab.clock.now() + 60 * MINUTE_MS);
  t.equal(lab.sent, 0);
});

void t.test('tcp: an idle node falls silent for good -> found out by asking, within half an hour', async (t) => {
  const lab = new TcpLab(12);
  const { told } = lab.open();
  lab.clock.run(lab.clock.now() + 60 * MINUTE_MS);
  t.equal(told.closes, 0, 'one that answers is kept');
  lab.isLost = () => true;
  lab.clock.run(lab.clock.now() + 30 * MINUTE_MS);
  t.equal(told.closes, 1);
});

void t.test(
  'tcp: a request answered within the same call -> one segment carries answer and acknowledgment',
  async (t) => {
    const lab = new TcpLab(13);
    const { peer, stream } = lab.open();
    stream.onData(() => {
      stream.write(Buffer.from('header'));
      stream.write(Buffer.from('body'));
    });
    lab.sent = 0;
    peer.write(Buffer.from('request'));
    lab.clock.run(lab.clock.now() + 100);
    t.equal(lab.sent, 1);
    t.equal(peer.received.toString(), 'headerbody');
  },
);

void t.test('tcp: the reader reads again after minutes and frames are lost just then -> no long wait', async (t) => {
  const lab = new TcpLab(3);
  const { peer, stream } = lab.open({ capacity_bytes: 20_000 });
  peer.isReading = false;
  const answer = pattern(100_000, 6);
  stream.write(answer);
  lab.clock.run(lab.clock.now() + 10 * MINUTE_MS);
  let losses = 0;
  lab.isLost = (segment, from) => from === 'server' && segment.length > 100 && (losses += 1) <= 10;
  const from = lab.clock.now();
  peer.isReading = true;
  peer.read();
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === answer.length);
  t.ok(peer.received.equals(answer));
  t.ok(lab.clock.now() - from < 2000, `took ${lab.clock.now() - from} ms`);
});

void t.test('tcp: the reader reads again and says so -> the rest follows at once, without a hole', async (t) => {
  const lab = new TcpLab(3);
  const { peer, stream } = lab.open({ capacity_bytes: 20_000 });
  peer.isReading = false;
  stream.write(pattern(39_000, 6));
  // Long enough for probes, none of which finds room.
  lab.clock.run(lab.clock.now() + MINUTE_MS);
  const from = lab.clock.now();
  peer.isReading = true;
  peer.read();
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === 39_000);
  t.ok(lab.clock.now() - from < 100, `took ${lab.clock.now() - from} ms`);
});
