import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import t from 'tap';
import fc from 'fast-check';
import type { Ipv4, Mac } from '../../../../drivers/wire/address.js';
import { buildDhcp, parseDhcp, type DhcpMessage } from '../../../../drivers/wire/services/dhcp/message.js';
import { OPTION, userClasses } from '../../../../drivers/wire/services/dhcp/options.js';
import {
  AS_IPXE,
  LEASE_S,
  NODE,
  RANGE,
  ROOT1,
  SERVER,
  STRANGER,
  request,
  say,
  sayBytes,
  serve,
  type Words,
} from './dhcp-client.js';

const addresses = fc.nat(0xffffffff).map((value) => value as Ipv4);
const optionCodes = fc.integer({ min: 1, max: 254 }).filter((code) => code !== OPTION.overload);
const values = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
const texts = (most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[ -~]{0,${most}}$`));
const messages: fc.Arbitrary<DhcpMessage> = fc.record(
  {
    op: fc.constantFrom(1, 2),
    hops: fc.nat(255),
    xid: fc.nat(0xffffffff),
    secs: fc.nat(65535),
    broadcast: fc.boolean(),
    ciaddr: addresses,
    yiaddr: addresses,
    siaddr: addresses,
    giaddr: addresses,
    mac: fc.maxSafeNat().map((value) => (value % 2 ** 48) as Mac),
    sname: texts(63),
    file: texts(127),
    options: fc.array(fc.tuple(optionCodes, values), { maxLength: 8 }).map((entries) => new Map(entries)),
  },
  { noNullPrototype: true },
);

void t.test('for every message, what is built is parsed back', async (t) => {
  fc.assert(
    fc.property(messages, (message) => {
      deepStrictEqual(parseDhcp(buildDhcp(message, 65_535)), message);
    }),
  );
  t.pass();
});
void t.test('for every limit, an answer keeps to it and keeps option 82', async (t) => {
  fc.assert(
    fc.property(messages, fc.integer({ min: 548, max: 1472 }), (message, limit_bytes) => {
      const options = new Map([...message.options, [OPTION.relayAgentInformation, Buffer.alloc(200, 1)] as const]);
      const bytes = buildDhcp({ ...message, options }, limit_bytes);
      ok(bytes.length <= limit_bytes && bytes.length >= 300);
      equal(parseDhcp(bytes)?.options.get(OPTION.relayAgentInformation)?.length, 200);
    }),
  );
  t.pass();
});
void t.test('for every string of bytes, the server says at most one word and does not throw', async (t) => {
  const frame = buildDhcp(request({ type: 'discover', mac: STRANGER, options: AS_IPXE }));
  const spoilt = fc
    .tuple(fc.array(fc.tuple(fc.nat(399), fc.nat(255)), { maxLength: 20 }), fc.nat(400))
    .map(([changes, length]) => {
      const bytes = Buffer.concat([frame, Buffer.alloc(100)]);
      for (const [at, value] of changes) bytes.writeUInt8(value, at);
      return bytes.subarray(0, length);
    });
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    spoilt,
  );
  const { server } = serve();
  fc.assert(
    fc.property(anything, (payload) => {
      sayBytes(server, { mac: STRANGER, payload });
      ok(server.leases().length <= 5);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
void t.test('options in sname and file: overload 3 -> joined in the order options, file, sname', async (t) => {
  const bytes = buildDhcp({ ...request({ type: 'discover', mac: NODE }), options: new Map() });
  Buffer.from([52, 1, 3, 12, 2, 0x61, 0x62, 255]).copy(bytes, 240);
  Buffer.from([12, 1, 0x63, 255]).copy(bytes, 108);
  Buffer.from([0, 0, 12, 1, 0x64, 255]).copy(bytes, 44);
  const parsed = parseDhcp(bytes);
  t.equal(parsed?.options.get(OPTION.hostName)?.toString(), 'abcd');
  t.equal(parsed?.file, '');
  t.notOk(parsed?.options.has(OPTION.overload));
});
void t.test('user class: with lengths and bare -> the classes', async (t) => {
  const classes = (text: string): readonly string[] => userClasses(new Map([[OPTION.userClass, Buffer.from(text)]]));
  t.strictSame(classes('iPXE'), ['iPXE']);
  t.strictSame(classes('\x04iPXE'), ['iPXE']);
  t.strictSame(classes('\x04iPXE\x03abc'), ['iPXE', 'abc']);
  t.strictSame(classes(''), []);
});

type Move = readonly [client: number, type: Words['type'], about: number, wait_s: number];

void t.test('dhcp leases: for every course of messages and times, no address is two clients at once', async (t) => {
  const clients = [NODE, ...[1, 2, 3, 4, 5, 6].map((number) => (STRANGER + number) as Mac)];
  const types = fc.constantFrom<Words['type'][]>('discover', 'request', 'request', 'decline', 'release');
  const move: fc.Arbitrary<Move> = fc.tuple(fc.nat(6), types, fc.nat(6), fc.constantFrom(0, 0, 1, 30, 61, 299, 601));
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (course) => {
      const { server, clock } = serve();
      const held = new Map<Ipv4, { readonly client: number; readonly until: number }>();
      for (const [client, type, about, wait_s] of course) {
        clock.run(clock.now() + wait_s * 1000);
        // Addresses around the range: one before it, its four, one after it, and the node's own.
        const address = (about === 6 ? ROOT1.address : RANGE.first - 1 + about) as Ipv4;
        const named = type === 'release' ? { ciaddr: address, server: SERVER } : { wanted: address };
        const authority = type === 'decline' ? { server: SERVER } : {};
        const mine = clients[client] ?? NODE;
        const isFull = server.leases().filter((lease) => lease.mac !== NODE).length >= 4;
        const answer = say(server, { type, mac: mine, ...named, ...authority });
        const holder = held.get(address);
        if ((type === 'release' || type === 'decline') && holder?.client === client) held.delete(address);
        if (type === 'discover' && !isFull)
          ok(answer !== null, 'while an address is free, whoever asks is offered one');
        if (answer === null || answer.type === 'nak') continue;
        const given = answer.message.yiaddr;
        const before = held.get(given);
        ok(before === undefined || before.client === client || before.until <= clock.now(), 'it is free');
        ok(
          client === 0 ? given === ROOT1.address : given >= RANGE.first && given <= RANGE.last,
          'it is for this client',
        );
        if (answer.type === 'ack') held.set(given, { client, until: clock.now() + LEASE_S * 1000 });
      }
      const listed = server.leases().map((lease) => lease.address);
      equal(new Set(listed).size, listed.length);
    }),
    { numRuns: 500 },
  );
  t.pass();
});
