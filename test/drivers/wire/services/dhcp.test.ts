import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import t from 'tap';
import fc from 'fast-check';
import { BROADCAST_IPV4, BROADCAST_MAC, formatIpv4, type Ipv4, type Mac } from '../../../../drivers/wire/address.js';
import { openNetbootMemory, type NetbootMemory } from '../../../../drivers/wire/services/netboot-memory.js';
import type { DhcpNode } from '../../../../drivers/wire/services/dhcp/answer.js';
import { buildDhcp, parseDhcp, type DhcpMessage } from '../../../../drivers/wire/services/dhcp/message.js';
import { OPTION, textOption, userClasses } from '../../../../drivers/wire/services/dhcp/options.js';
import { openDhcp, type DhcpServer, type DhcpServerOptions } from '../../../../drivers/wire/services/dhcp/server.js';
import { AS_IPXE, AS_ROM, request, say, sayBytes, type Heard, type Words } from './dhcp-client.js';
import { ipv4, mac } from './lab.js';
import { manualClock, type ManualClock } from './manual-clock.js';

const SERVER = ipv4('10.99.0.1');
const NODE = mac('52:54:00:99:00:01');
const STRANGER = mac('52:54:00:99:00:77');
const ROOT1: DhcpNode = {
  address: ipv4('10.99.0.101'),
  hostName: 'root1',
  bootFile: 'undionly.kpxe',
  rootPath: 'iscsi:10.99.0.1:::1:iqn.2026-01.example:root1',
  initiatorName: 'iqn.2026-01.example:node:root1',
};
const RANGE = { first: ipv4('10.99.0.200'), last: ipv4('10.99.0.203') };
const LEASE_S = 600;

interface Served {
  readonly server: DhcpServer;
  readonly clock: ManualClock;
  readonly memory: NetbootMemory;
}

function serve(options: Partial<DhcpServerOptions> = {}): Served {
  const clock = manualClock();
  const memory = openNetbootMemory();
  const server = openDhcp({
    clock,
    server: SERVER,
    subnet: {
      mask: ipv4('255.255.255.0'),
      router: ipv4('10.99.0.254'),
      nameServers: [ipv4('10.99.0.2'), ipv4('10.99.0.3')],
      domain: 'rack.example',
      lease_s: LEASE_S,
    },
    nodes: (asked) => (asked === NODE ? ROOT1 : null),
    range: RANGE,
    memory,
    ...options,
  });
  return { server, clock, memory };
}

/** The answer that must be there. */
function heard(answer: Heard | null): Heard {
  if (answer === null) throw new Error('the server kept silent');
  return answer;
}

/** DISCOVER and REQUEST as a client does them. */
function exchange(server: DhcpServer, words: Omit<Words, 'type'>): Heard {
  const offer = heard(say(server, { ...words, type: 'discover' }));
  return heard(say(server, { ...words, type: 'request', server: SERVER, wanted: offer.message.yiaddr }));
}

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

void t.test('dhcp codec', async (t) => {
  await t.test('for every message, what is built is parsed back', async (t) => {
    fc.assert(
      fc.property(messages, (message) => {
        deepStrictEqual(parseDhcp(buildDhcp(message, 65_535)), message);
      }),
    );
    t.pass();
  });
  await t.test('for every limit, an answer keeps to it and keeps option 82', async (t) => {
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
  await t.test('for every string of bytes, the server says at most one word and does not throw', async (t) => {
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
  await t.test('options in sname and file: overload 3 -> joined in the order options, file, sname', async (t) => {
    const bytes = buildDhcp({ ...request({ type: 'discover', mac: NODE }), options: new Map() });
    Buffer.from([52, 1, 3, 12, 2, 0x61, 0x62, 255]).copy(bytes, 240);
    Buffer.from([12, 1, 0x63, 255]).copy(bytes, 108);
    Buffer.from([0, 0, 12, 1, 0x64, 255]).copy(bytes, 44);
    const parsed = parseDhcp(bytes);
    t.equal(parsed?.options.get(OPTION.hostName)?.toString(), 'abcd');
    t.equal(parsed?.file, '');
    t.notOk(parsed?.options.has(OPTION.overload));
  });
  await t.test('user class: with lengths and bare -> the classes', async (t) => {
    const classes = (text: string): readonly string[] => userClasses(new Map([[OPTION.userClass, Buffer.from(text)]]));
    t.strictSame(classes('iPXE'), ['iPXE']);
    t.strictSame(classes('\x04iPXE'), ['iPXE']);
    t.strictSame(classes('\x04iPXE\x03abc'), ['iPXE', 'abc']);
    t.strictSame(classes(''), []);
  });
});

void t.test('dhcp stages', async (t) => {
  const code = (answer: Heard, option: number): string => textOption(answer.message.options, option);

  await t.test('a PXE ROM -> address, next server, boot file, its identifier given back', async (t) => {
    const { server } = serve();
    const ack = exchange(server, { mac: NODE, options: AS_ROM });
    t.equal(ack.type, 'ack');
    t.equal(formatIpv4(ack.message.yiaddr), '10.99.0.101');
    t.equal(ack.message.siaddr, SERVER);
    t.equal(ack.message.file, 'undionly.kpxe');
    t.equal(code(ack, OPTION.tftpServerName), '10.99.0.1');
    t.equal(code(ack, OPTION.bootFileName), 'undionly.kpxe');
    t.equal(code(ack, OPTION.vendorClass), 'PXEClient');
    t.strictSame(ack.message.options.get(OPTION.vendorSpecific), Buffer.from([6, 1, 8]));
    t.strictSame(ack.message.options.get(OPTION.clientMachine), Buffer.alloc(17, 7));
    t.notOk(ack.message.options.has(OPTION.rootPath));
  });

  await t.test('an iPXE before and after the boot file was loaded -> the boot file, then the root path', async (t) => {
    const { server, memory } = serve();
    const first = exchange(server, { mac: NODE, xid: 1, options: AS_IPXE });
    t.equal(first.message.file, 'undionly.kpxe');
    t.strictSame(first.message.options.get(OPTION.ipxe), Buffer.from([176, 1, 1]));
    t.notOk(first.message.options.has(OPTION.rootPath));
    t.notOk(first.message.options.has(OPTION.vendorClass));
    memory.markBootFileLoaded(NODE);
    const second = exchange(server, { mac: NODE, xid: 2, options: AS_IPXE });
    t.equal(code(second, OPTION.rootPath), ROOT1.rootPath);
    t.equal(code(second, OPTION.hostName), 'root1');
    t.equal(code(second, OPTION.initiatorName), ROOT1.initiatorName);
    t.strictSame(second.message.options.get(OPTION.ipxe), Buffer.from([176, 1, 1]));
    t.equal(second.message.file, '');
    t.notOk(second.message.options.has(OPTION.bootFileName));
  });

  await t.test('a system that names the options it wants -> those, and what every client is told', async (t) => {
    const { server } = serve();
    const wants = [[OPTION.parameterRequestList, Buffer.from([OPTION.router, OPTION.hostName])]] as const;
    const ack = exchange(server, { mac: NODE, options: wants });
    t.strictSame(
      [...ack.message.options.keys()].sort((a, b) => a - b),
      [1, 3, 12, 51, 53, 54, 58, 59],
    );
    t.strictSame(ack.message.options.get(OPTION.renewalTime)?.readUInt32BE(), LEASE_S / 2);
    t.strictSame(ack.message.options.get(OPTION.rebindingTime)?.readUInt32BE(), LEASE_S * 0.875);
  });

  await t.test(
    'for every course of boots, an iPXE gets its root path only once the boot file was loaded',
    async (t) => {
      const happenings = fc.array(fc.constantFrom('rom', 'ipxe', 'loaded', 'power-on', 'system', 'warm reset'), {
        maxLength: 30,
      });
      fc.assert(
        fc.property(happenings, (course) => {
          const { server, memory } = serve();
          let expected: 'rom' | 'loaded' | 'rooted' = 'rom';
          let xid = 1;
          for (const happening of course) {
            if (happening === 'rom') {
              exchange(server, { mac: NODE, xid: ++xid, options: AS_ROM });
              expected = 'rom';
            } else if (happening === 'loaded') {
              memory.markBootFileLoaded(NODE);
              expected = 'loaded';
            } else if (happening === 'power-on') {
              memory.reset(NODE);
              expected = 'rom';
            } else if (happening === 'system') exchange(server, { mac: NODE, xid: ++xid });
            else {
              // After its root path an iPXE asks no more, so one that does is the ROM of a new boot, whoever reset it.
              if (expected === 'rooted') expected = 'rom';
              const answer = exchange(server, { mac: NODE, xid: ++xid, options: AS_IPXE });
              const isLoaded: boolean = expected === 'loaded';
              deepStrictEqual(
                [answer.message.options.has(OPTION.rootPath), answer.message.file === ''],
                [isLoaded, isLoaded],
              );
              if (isLoaded) expected = 'rooted';
            }
          }
        }),
      );
      t.pass();
    },
  );

  await t.test('an iPXE that asks again in the same transaction -> the root path again', async (t) => {
    const { server, memory } = serve();
    memory.markBootFileLoaded(NODE);
    exchange(server, { mac: NODE, xid: 5, options: AS_IPXE });
    const again = exchange(server, { mac: NODE, xid: 5, options: AS_IPXE });
    t.equal(code(again, OPTION.rootPath), ROOT1.rootPath);
  });
});

void t.test('dhcp messages', async (t) => {
  await t.test('where an answer goes: unicast, broadcast flag, relay, renewal', async (t) => {
    const { server } = serve();
    const to = (answer: Heard | null): unknown => {
      const { peerMac, destination, destinationPort } = heard(answer).datagram;
      return { peerMac, destination, destinationPort };
    };
    const address = ROOT1.address;
    t.strictSame(to(say(server, { type: 'discover', mac: NODE })), {
      peerMac: NODE,
      destination: address,
      destinationPort: 68,
    });
    const everybody = { peerMac: BROADCAST_MAC, destination: BROADCAST_IPV4, destinationPort: 68 };
    t.strictSame(to(say(server, { type: 'discover', mac: NODE, broadcast: true })), everybody);
    const renewed = say(server, { type: 'request', mac: NODE, ciaddr: address });
    t.strictSame(to(renewed), { peerMac: NODE, destination: address, destinationPort: 68 });
    t.equal(heard(renewed).message.ciaddr, address);
    const refused = say(server, { type: 'request', mac: NODE, wanted: ipv4('10.99.0.9') });
    t.equal(refused?.type, 'nak');
    t.strictSame(to(refused), everybody);
    const giaddr = ipv4('10.99.0.253');
    const information = Buffer.from([1, 2, 3, 4]);
    const relayed = say(server, {
      type: 'discover',
      mac: NODE,
      giaddr,
      options: [[OPTION.relayAgentInformation, information]],
    });
    t.strictSame(to(relayed), { peerMac: NODE, destination: giaddr, destinationPort: 67 });
    t.strictSame(heard(relayed).message.options.get(OPTION.relayAgentInformation), information);
    const relayedRefusal = heard(say(server, { type: 'request', mac: NODE, giaddr, wanted: ipv4('10.98.0.9') }));
    t.strictSame([relayedRefusal.type, relayedRefusal.message.broadcast], ['nak', true]);
    t.equal(say(server, { type: 'discover', mac: NODE, giaddr: ipv4('10.1.0.1') }), null);
  });

  await t.test('silence: muted, unknown without a range, another server chosen, what only servers say', async (t) => {
    const { server } = serve({ mute: (asked) => asked === NODE });
    t.equal(say(server, { type: 'discover', mac: NODE }), null);
    t.not(say(server, { type: 'discover', mac: STRANGER }), null);
    t.equal(say(server, { type: 'request', mac: STRANGER, server: ipv4('10.99.0.66'), wanted: RANGE.first }), null);
    t.equal(server.leases().length, 0, 'what was offered is free again');
    const closed = openDhcp(withoutRange());
    t.equal(say(closed, { type: 'discover', mac: STRANGER }), null);
    t.equal(say(closed, { type: 'inform', mac: STRANGER, ciaddr: ipv4('10.99.0.50') }), null);
    t.not(say(closed, { type: 'discover', mac: NODE }), null);
  });

  await t.test('INFORM -> options, no address, no lease', async (t) => {
    const { server } = serve();
    const ciaddr = ipv4('10.99.0.50');
    const ack = heard(say(server, { type: 'inform', mac: STRANGER, ciaddr }));
    t.equal(ack.type, 'ack');
    t.strictSame([ack.message.yiaddr, ack.message.ciaddr, ack.datagram.destination], [0, ciaddr, ciaddr]);
    t.notOk(ack.message.options.has(OPTION.leaseTime));
    t.ok(ack.message.options.has(OPTION.subnetMask));
    t.equal(server.leases().length, 0);
  });

  await t.test('DECLINE and RELEASE -> the address is kept back, or free at once', async (t) => {
    const { server, clock } = serve({ range: { first: RANGE.first, last: RANGE.first } });
    const { yiaddr } = exchange(server, { mac: STRANGER }).message;
    const other = (STRANGER + 1) as Mac;
    t.equal(say(server, { type: 'discover', mac: other }), null);
    say(server, { type: 'release', mac: STRANGER, ciaddr: yiaddr, server: SERVER });
    t.equal(exchange(server, { mac: other }).message.yiaddr, yiaddr);
    say(server, { type: 'decline', mac: STRANGER, wanted: yiaddr, server: SERVER });
    t.equal(server.leases()[0]?.state, 'bound', "nobody declines another's address");
    say(server, { type: 'decline', mac: other, wanted: yiaddr, server: SERVER });
    t.equal(server.leases()[0]?.state, 'declined');
    t.equal(say(server, { type: 'discover', mac: other }), null);
    clock.advance(600_000);
    t.equal(exchange(server, { mac: other }).message.yiaddr, yiaddr);
  });

  await t.test(
    'two nodes with one address: the first keeps it until the site file gives it to the other',
    async (t) => {
      let owner = NODE;
      const both = serve({ nodes: (asked) => (asked === NODE || asked === STRANGER ? ROOT1 : null) }).server;
      exchange(both, { mac: NODE });
      t.equal(say(both, { type: 'discover', mac: STRANGER }), null);
      const moved = serve({ nodes: (asked) => (asked === owner ? ROOT1 : null) }).server;
      exchange(moved, { mac: NODE });
      owner = STRANGER;
      t.equal(exchange(moved, { mac: STRANGER }).message.yiaddr, ROOT1.address);
      t.strictSame(
        moved.leases().map((lease) => [lease.address, lease.mac]),
        [[ROOT1.address, STRANGER]],
      );
    },
  );
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
        clock.advance(wait_s * 1000);
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

function withoutRange(): DhcpServerOptions {
  return {
    clock: manualClock(),
    server: SERVER,
    subnet: { mask: ipv4('255.255.255.0'), router: null, nameServers: [], domain: null, lease_s: LEASE_S },
    nodes: (asked) => (asked === NODE ? ROOT1 : null),
    memory: openNetbootMemory(),
  };
}
