import fc from 'fast-check';
import t from 'tap';
import { seededRandom } from '../../../core/random.js';
import { corrupted, mendChecksum } from '../../../drivers/wire/faults/corrupt.js';
import { FactReader } from '../../../drivers/wire/faults/frame-facts.js';
import type { FaultRule } from '../../../drivers/wire/faults/rule.js';
import { HOLD_MS, makeWireFaults } from '../../../drivers/wire/faults/wire-faults.js';
import { ARP_REQUEST, arpFrame } from '../../../drivers/wire/frames/arp.js';
import { readIpv4Packet } from '../../../drivers/wire/frames/ipv4.js';
import { isTcpChecksumRight, TCP_FLAG } from '../../../drivers/wire/frames/tcp.js';
import { isUdpChecksumRight } from '../../../drivers/wire/frames/udp.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';
import { dhcp, ip, IPXE, NODE, SERVER, tcp, tftp } from './observer-frames.js';
import { handClock } from './switch-clock.js';

/** A node and the services on a switch, faults between them; `got` is what reached the services, by its last bytes. */
function rack(seed = 1) {
  const clock = handClock();
  const wire = makeSwitch(clock);
  const frames: Buffer[] = [];
  const told: Buffer[] = [];
  const node = wire.attach('node', (frame) => {
    told.push(frame);
    return 'taken';
  });
  const services = wire.attach('services', (frame) => {
    frames.push(frame);
    return 'taken';
  });
  const faults = makeWireFaults({ wire, clock, random: seededRandom(seed) });
  return { clock, wire, node, services, faults, frames, told };
}

/** TCP data that can be told apart. */
const numbered = (number: number): Buffer =>
  tcp({ from: 'node', sequence: number, payload: Buffer.from(`segment ${number}`) });
const numbersOf = (frames: readonly Buffer[]): readonly number[] => frames.map((frame) => frame.readUInt32BE(38));

void t.test(
  'fault rule: drop, by protocol and message -> only these are lost, and a tap still sees them',
  async (t) => {
    const { wire, services, faults, told } = rack();
    const lost: boolean[] = [];
    wire.onFrame((seen) => lost.push(seen.isLost));
    const rule = faults.add({ match: { protocol: 'dhcp', message: 'offer', to: NODE }, action: { kind: 'drop' } });
    services.send(dhcp({ type: 'offer' }));
    services.send(dhcp({ type: 'ack' }));
    t.same([told.length, rule.struck_frames, lost], [1, 1, [true, false]]);
    rule.heal();
    rule.heal();
    services.send(dhcp({ type: 'offer' }));
    t.equal(told.length, 2, 'healed');
  },
);

void t.test('fault rule: a later TFTP block -> dropped once, by its number among the matching', async (t) => {
  const { node, services, faults, told } = rack();
  faults.add({ match: { protocol: 'tftp', message: 'data', nth: 2 }, action: { kind: 'drop' } });
  node.send(tftp.read('undionly.kpxe'));
  for (const block of [1, 2, 2, 3]) services.send(tftp.data(block, 100));
  t.same(
    told.map((frame) => frame.readUInt16BE(44)),
    [1, 2, 3],
  );
});

void t.test('fault rule: delay, duplicate, reorder -> later, twice, swapped', async (t) => {
  const { clock, node, faults, frames } = rack();
  const delay = faults.add({ match: { protocol: 'tcp', nth: 1 }, action: { kind: 'delay', delay_ms: 20 } });
  node.send(numbered(1));
  node.send(numbered(2));
  clock.pass(19);
  t.same(numbersOf(frames), [2]);
  clock.pass(1);
  t.same(numbersOf(frames), [2, 1]);
  delay.heal();
  const duplicate = faults.add({ match: { protocol: 'iscsi' }, action: { kind: 'duplicate' } });
  node.send(numbered(3));
  t.same(numbersOf(frames).slice(2), [3, 3]);
  duplicate.heal();
  const reorder = faults.add({ match: { protocol: 'tcp', message: 'data' }, action: { kind: 'reorder' } });
  for (const number of [4, 5, 6]) node.send(numbered(number));
  node.send(tcp({ from: 'node', sequence: 99 }));
  t.same(numbersOf(frames).slice(4), [5, 4, 99], 'what does not match passes');
  clock.pass(HOLD_MS);
  node.send(numbered(7));
  reorder.heal();
  t.same(numbersOf(frames).slice(7), [6, 7], 'nothing stays held');
});

void t.test('fault rule: corrupt -> one bit of the payload; mended, its checksum is believed', async (t) => {
  const { node, faults, frames } = rack();
  const sent = numbered(1);
  const rule = faults.add({ match: { protocol: 'tcp' }, action: { kind: 'corrupt', isMended: false } });
  node.send(sent);
  rule.heal();
  faults.add({ match: { protocol: 'tcp' }, action: { kind: 'corrupt', isMended: true } });
  node.send(sent);
  t.same(
    frames.map((frame) => {
      const packet = readIpv4Packet(frame);
      return packet !== null && isTcpChecksumRight(frame, packet);
    }),
    [false, true],
  );
  t.notOk(frames.some((frame) => frame.subarray(54).equals(sent.subarray(54))));
  t.ok(sent.equals(numbered(1)), 'the frame that was sent is untouched');
});

void t.test('faults: cut for a span, cut again, healed, cleared -> nothing passes until then', async (t) => {
  const { clock, node, services, faults, frames, told } = rack();
  const heal = faults.cut('node', 1000);
  node.send(numbered(1));
  services.send(dhcp({ type: 'offer' }));
  clock.pass(999);
  node.send(numbered(2));
  clock.pass(1);
  node.send(numbered(3));
  t.same([numbersOf(frames), told.length], [[3], 0]);
  faults.cut('node');
  heal();
  node.send(numbered(4));
  t.same(numbersOf(frames), [3], 'healing an older cut heals nothing');
  faults.add({ match: { protocol: 'any' }, action: { kind: 'drop' } });
  faults.clear();
  node.send(numbered(5));
  t.same(numbersOf(frames), [3, 5]);
});

const rules: fc.Arbitrary<FaultRule> = fc.record({
  match: fc.record(
    {
      protocol: fc.constantFrom('any' as const, 'tcp' as const),
      nth: fc.integer({ min: 1, max: 10 }),
      count: fc.integer({ min: 1, max: 10 }),
      chance: fc.double({ min: 0, max: 1, noNaN: true }),
    },
    { requiredKeys: ['protocol'] },
  ),
  action: fc.constantFrom<FaultRule['action']>(
    { kind: 'drop' },
    { kind: 'delay', delay_ms: 7 },
    { kind: 'duplicate' },
    { kind: 'reorder' },
  ),
});

void t.test('faults: for every set of rules, frames are only lost by drops and doubled by duplicates', async () => {
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 4 }), fc.integer(), fc.nat(30), (set, seed, many) => {
      const run = (): readonly [readonly number[], boolean] => {
        const { clock, node, faults, frames } = rack(seed);
        const inForce = set.map((rule) => ({ kind: rule.action.kind, fault: faults.add(rule) }));
        for (let number = 0; number < many; number++) node.send(numbered(number));
        faults.clear();
        clock.pass(7);
        const struck = (wanted: string): number =>
          inForce.reduce((sum, { kind, fault }) => sum + (kind === wanted ? fault.struck_frames : 0), 0);
        const numbers = numbersOf(frames);
        const distinct = new Set(numbers).size;
        return [numbers, distinct === many - struck('drop') && numbers.length === distinct + struck('duplicate')];
      };
      const [first, isRight] = run();
      const [second] = run();
      return isRight && first.join() === second.join();
    }),
  );
});

void t.test('facts: of every kind of frame -> protocol and message', async (t) => {
  const reader = new FactReader();
  const told = (frame: Buffer): string => {
    const { protocols, message } = reader.read(frame);
    return `${protocols.at(-1)} ${message}`;
  };
  const arp = { operation: ARP_REQUEST, senderMac: NODE, senderAddress: ip(101), targetMac: SERVER };
  const { syn, ack, fin, rst } = TCP_FLAG;
  const tcpWith = (flags: number): Buffer => tcp({ from: 'node', sequence: 1, flags });
  t.same(
    [
      tftp.data(1, 5),
      tftp.read('a'),
      tftp.options('blksize', '512'),
      tftp.data(1, 5),
      tftp.acknowledgement(1),
      tftp.error(1),
      dhcp({ type: 'discover', ...IPXE }),
      arpFrame(SERVER, { ...arp, targetAddress: ip(1) }),
      ...[syn, syn | ack, ack, fin | ack, rst].map(tcpWith),
      numbered(1),
      Buffer.alloc(14),
    ].map(told),
    [
      'udp null',
      'tftp read',
      'tftp optionAcknowledgement',
      'tftp data',
      'tftp acknowledgement',
      'tftp error',
      'dhcp discover',
      'arp request',
      ...['syn', 'synAck', 'acknowledgement', 'fin', 'rst'].map((message) => `iscsi ${message}`),
      'iscsi data',
      'any null',
    ],
  );
});

void t.test('facts and corruption: for every frame, nothing is thrown and exactly one bit differs', async () => {
  const noise = fc.uint8Array({ minLength: 14, maxLength: 90 }).map((bytes) => Buffer.from(bytes));
  const real = fc.constantFrom(numbered(3), tftp.data(1, 40), tftp.data(1, 0), dhcp({ type: 'offer' }));
  fc.assert(
    fc.property(fc.oneof(real, noise), fc.integer(), (frame, seed) => {
      const facts = new FactReader().read(frame);
      const hurt = corrupted(frame, facts, seededRandom(seed));
      let bits = 0;
      for (const [at, byte] of hurt.entries()) bits += (byte ^ (frame[at] ?? 0)).toString(2).replaceAll('0', '').length;
      mendChecksum(hurt);
      const packet = readIpv4Packet(hurt);
      const isUdp = packet !== null && facts.protocols.includes('udp');
      return bits === 1 && (!isUdp || isUdpChecksumRight(hurt, packet));
    }),
  );
});
