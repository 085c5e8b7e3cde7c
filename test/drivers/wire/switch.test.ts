import fc from 'fast-check';
import t from 'tap';
import { BROADCAST_MAC } from '../../../drivers/wire/address.js';
import { FrameSplitter, LONGEST_FRAME_BYTES } from '../../../drivers/wire/frame-splitter.js';
import { AGEING_MS, MacTable, MOST_ADDRESSES } from '../../../drivers/wire/mac-table.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';
import { handClock } from './switch-clock.js';
import { frame, mac, NAMES, rack, type Name } from './switch-rack.js';

const sends = fc.array(
  fc.record({ via: fc.constantFrom(...NAMES), from: fc.nat(3), to: fc.oneof(fc.nat(3), fc.constant('all' as const)) }),
  { maxLength: 40 },
);

void t.test(
  'switch: for every sequence of frames, each goes where it was learned, else everywhere but back',
  async () => {
    fc.assert(
      fc.property(sends, (sequence) => {
        const { wire, inbox, ports } = rack(handClock());
        const learned = new Map<number, Name>();
        const expected: Record<Name, number> = { a: 0, b: 0, c: 0, d: 0 };
        for (const { via, from, to } of sequence) {
          learned.set(from, via);
          const place = to === 'all' ? undefined : learned.get(to);
          for (const name of NAMES) if (name !== via && (place === undefined || place === name)) expected[name]++;
          ports[via].send(frame(to === 'all' ? BROADCAST_MAC : mac(to), mac(from)));
        }
        return NAMES.every((name) => {
          const counted = wire.counters(name);
          const sentHere = sequence.filter(({ via }) => via === name).length;
          return (
            inbox[name].length === expected[name] &&
            counted?.sent_frames === expected[name] &&
            counted.sent_bytes === expected[name] * 60 &&
            counted.received_frames === sentHere &&
            counted.received_bytes === sentHere * 60 &&
            counted.dropped_frames === 0
          );
        });
      }),
    );
  },
);

void t.test(
  'switch: a full port, a dark port, a cut port -> a drop is counted for the full and the cut one',
  async (t) => {
    const { wire, inbox, answers, ports } = rack(handClock());
    answers.b = 'full';
    answers.c = 'unplugged';
    wire.setCut('d', true);
    ports.a.send(frame(BROADCAST_MAC, mac(1)));
    t.same(
      NAMES.map((name) => wire.counters(name)?.dropped_frames),
      [0, 1, 0, 1],
    );
    ports.d.send(frame(BROADCAST_MAC, mac(4)));
    t.equal(wire.counters('d')?.dropped_frames, 2, 'nothing comes in through a cut port either');
    wire.setCut('d', false);
    ports.a.send(frame(BROADCAST_MAC, mac(1)));
    t.equal(inbox.d.length, 1, 'healed');
  },
);

void t.test('switch: an answer sent from within a delivery -> every port sees the question first', async (t) => {
  const wire = makeSwitch(handClock());
  const heard: string[] = [];
  const asking = wire.attach('asking', () => 'taken');
  const answering = wire.attach('answering', () => {
    answering.send(frame(BROADCAST_MAC, mac(2), 'answer'));
    return 'taken';
  });
  wire.attach('listening', (bytes) => {
    heard.push(bytes.toString('latin1', 14, 16));
    return 'taken';
  });
  asking.send(frame(BROADCAST_MAC, mac(1), 'question'));
  t.same(heard, ['qu', 'an']);
});

void t.test('switch: a port closed or unplugged -> its addresses are flooded again', async (t) => {
  const { inbox, ports, wire } = rack(handClock());
  ports.b.send(frame(BROADCAST_MAC, mac(2)));
  ports.a.send(frame(mac(2), mac(1)));
  t.equal(inbox.c.length, 1, 'only the broadcast');
  ports.b.unplugged();
  ports.a.send(frame(mac(2), mac(1)));
  t.equal(inbox.c.length, 2, 'flooded');
  ports.b.close();
  ports.b.send(frame(BROADCAST_MAC, mac(2)));
  t.equal(inbox.c.length, 2, 'a closed port sends nothing');
  t.equal(inbox.b.length, 2, 'and hears nothing');
  const again = wire.attach('b', () => 'taken');
  again.send(frame(BROADCAST_MAC, mac(2)));
  t.equal(inbox.c.length, 3, 'the name may be taken again');
});

void t.test('switch: a tap sees every frame once, in order, with port and instant, until it ends', async (t) => {
  const clock = handClock();
  const { wire, ports } = rack(clock);
  const seen: unknown[] = [];
  const end = wire.onFrame((one) => seen.push([one.port, one.at, one.isLost, one.bytes.length]));
  ports.a.send(frame(BROADCAST_MAC, mac(1)));
  clock.pass(5);
  ports.b.send(Buffer.alloc(13));
  wire.setFaultHook(() => 'lost');
  ports.c.send(frame(BROADCAST_MAC, mac(3)));
  end();
  ports.a.send(frame(BROADCAST_MAC, mac(1)));
  t.same(seen, [
    ['a', 0, false, 60],
    ['c', 5, true, 60],
  ]);
  t.equal(wire.counters('b')?.dropped_frames, 1, 'a runt is dropped');
});

void t.test('MAC table: more addresses than fit, and old ones -> bounded, aged, moved', async (t) => {
  const table = new MacTable<string>();
  for (let number = 0; number < MOST_ADDRESSES + 10; number++) table.learn(mac(number), 'a', 0);
  t.equal(table.size, MOST_ADDRESSES);
  t.equal(table.find(mac(0), 0), undefined, 'the oldest made room');
  table.learn(mac(500), 'b', 0);
  t.equal(table.find(mac(500), 0), 'b', 'it moved');
  table.learn(mac(600), 'a', AGEING_MS - 1);
  t.same([table.find(mac(500), AGEING_MS), table.find(mac(600), AGEING_MS)], [undefined, 'a']);
});

void t.test('frame splitter: for every cutting of the stream, the frames come out whole', async () => {
  const cuttings = fc.tuple(
    fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
  );
  fc.assert(
    fc.property(cuttings, ([frames, sizes]) => {
      const stream = Buffer.concat(frames.flatMap((bytes) => [Buffer.from([0, 0, 0, bytes.length]), bytes]));
      const out: string[] = [];
      const splitter = new FrameSplitter((bytes) => out.push(bytes.toString('hex')));
      let at = 0;
      for (let turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % sizes.length] ?? 1);
        if (splitter.push(stream.subarray(at, end)) !== null) return false;
        at = end;
      }
      return out.join() === frames.map((bytes) => Buffer.from(bytes).toString('hex')).join();
    }),
  );
});

void t.test('frame splitter: for every garbage, it gives up at the first length that is too long', async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 20 });
  fc.assert(
    fc.property(chunks, (garbage) => {
      const stream = Buffer.concat(garbage);
      let at = 0;
      while (at + 4 <= stream.length && stream.readUInt32BE(at) <= LONGEST_FRAME_BYTES)
        at += 4 + stream.readUInt32BE(at);
      const tooLong = at + 4 <= stream.length ? stream.readUInt32BE(at) : null;
      const splitter = new FrameSplitter(() => undefined);
      const verdicts = garbage.map((chunk) => splitter.push(Buffer.from(chunk)));
      return (verdicts.find((verdict) => verdict !== null) ?? null) === tooLong;
    }),
  );
});
