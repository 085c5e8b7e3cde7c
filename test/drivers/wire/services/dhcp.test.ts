import { deepStrictEqual } from 'node:assert/strict';
import t from 'tap';
import fc from 'fast-check';
import { BROADCAST_IPV4, BROADCAST_MAC, formatIpv4, type Mac } from '../../../../drivers/wire/address.js';
import { openNetbootMemory } from '../../../../drivers/wire/services/netboot-memory.js';
import { OPTION, textOption } from '../../../../drivers/wire/services/dhcp/options.js';
import { openDhcp, type DhcpServerOptions } from '../../../../drivers/wire/services/dhcp/server.js';
import {
  AS_IPXE,
  AS_ROM,
  LEASE_S,
  NODE,
  RANGE,
  ROOT1,
  SERVER,
  STRANGER,
  exchange,
  heard,
  say,
  serve,
  type Heard,
} from './dhcp-client.js';
import { ipv4 } from './lab.js';
import { VirtualClock } from '../../../../sim/clock.js';

const code = (answer: Heard, option: number): string => textOption(answer.message.options, option);

void t.test('a PXE ROM -> address, next server, boot file, its identifier given back', async (t) => {
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

void t.test('an iPXE before and after the boot file was loaded -> the boot file, then the root path', async (t) => {
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

void t.test('an iPXE of a node with a script -> its URL once the boot file was loaded, and no root path', async (t) => {
  const script = 'http://10.99.0.1/boot/mesh1.ipxe';
  const { server, memory } = serve({ nodes: () => ({ ...ROOT1, script }) });
  const first = exchange(server, { mac: NODE, xid: 1, options: AS_IPXE });
  t.equal(first.message.file, 'undionly.kpxe');
  memory.markBootFileLoaded(NODE);
  const second = exchange(server, { mac: NODE, xid: 2, options: AS_IPXE });
  t.equal(code(second, OPTION.bootFileName), script);
  t.equal(second.message.file, '');
  t.equal(second.message.siaddr, 0);
  t.notOk(second.message.options.has(OPTION.rootPath));
  t.notOk(second.message.options.has(OPTION.initiatorName));
  t.notOk(second.message.options.has(OPTION.tftpServerName));
  const third = exchange(server, { mac: NODE, xid: 3, options: AS_IPXE });
  t.equal(third.message.file, 'undionly.kpxe', 'reset behind our back: the ROM again');
});

void t.test('a system that names the options it wants -> those, and what every client is told', async (t) => {
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

void t.test('for every course of boots, an iPXE gets its root path only once the boot file was loaded', async (t) => {
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
});

void t.test('an iPXE that asks again in the same transaction -> the root path again', async (t) => {
  const { server, memory } = serve();
  memory.markBootFileLoaded(NODE);
  exchange(server, { mac: NODE, xid: 5, options: AS_IPXE });
  const again = exchange(server, { mac: NODE, xid: 5, options: AS_IPXE });
  t.equal(code(again, OPTION.rootPath), ROOT1.rootPath);
});

void t.test('where an answer goes: unicast, broadcast flag, relay, renewal', async (t) => {
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

void t.test('silence: muted, unknown without a range, another server chosen, what only servers say', async (t) => {
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

void t.test('INFORM -> options, no address, no lease', async (t) => {
  const { server } = serve();
  const ciaddr = ipv4('10.99.0.50');
  const ack = heard(say(server, { type: 'inform', mac: STRANGER, ciaddr }));
  t.equal(ack.type, 'ack');
  t.strictSame([ack.message.yiaddr, ack.message.ciaddr, ack.datagram.destination], [0, ciaddr, ciaddr]);
  t.notOk(ack.message.options.has(OPTION.leaseTime));
  t.ok(ack.message.options.has(OPTION.subnetMask));
  t.equal(server.leases().length, 0);
});

void t.test('DECLINE and RELEASE -> the address is kept back, or free at once', async (t) => {
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
  clock.run(clock.now() + 600_000);
  t.equal(exchange(server, { mac: other }).message.yiaddr, yiaddr);
});

void t.test('two nodes with one address: the first keeps it until the site file gives it to the other', async (t) => {
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
});

function withoutRange(): DhcpServerOptions {
  return {
    clock: new VirtualClock(),
    server: SERVER,
    subnet: { mask: ipv4('255.255.255.0'), router: null, nameServers: [], domain: null, lease_s: LEASE_S },
    nodes: (asked) => (asked === NODE ? ROOT1 : null),
    memory: openNetbootMemory(),
  };
}
