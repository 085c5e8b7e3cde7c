import fc from 'fast-check';
import t from 'tap';
import { BROADCAST_IPV4, BROADCAST_MAC, readIpv4, readMac, type Ipv4 } from '../../../drivers/wire/address.js';
import type { Datagram } from '../../../drivers/wire/datagram.js';
import { ARP_REPLY, ARP_REQUEST, arpFrame, readArp } from '../../../drivers/wire/frames/arp.js';
import { checksumOf, sumWords } from '../../../drivers/wire/frames/checksum.js';
import { ETHER_TYPE, readEthernet, writeEthernet } from '../../../drivers/wire/frames/ethernet.js';
import {
  IP_PROTOCOL,
  isIpv4ChecksumRight,
  readIpv4Packet,
  writeIpv4Header,
} from '../../../drivers/wire/frames/ipv4.js';
import { routerAdvertisement } from '../../../drivers/wire/frames/router-advertisement.js';
import { isUdpChecksumRight, readUdp, udpPacket } from '../../../drivers/wire/frames/udp.js';
import { openWireHost } from '../../../drivers/wire/host.js';
import { HEADROOM_BYTES } from '../../../drivers/wire/ip-link.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';
import { handClock } from './switch-clock.js';

const ip = (last: number): Ipv4 => readIpv4(Buffer.from([10, 99, 0, last]), 0);
const OURS = readMac(Buffer.from('525400aa0001', 'hex'), 0);
const NODE = readMac(Buffer.from('525400990001', 'hex'), 0);

/** A host at 10.99.0.1/24 and the cable of a node at 10.99.0.101. */
function rack() {
  const clock = handClock();
  const wire = makeSwitch(clock);
  const host = openWireHost({
    mac: OURS,
    address: ip(1),
    prefix_bits: 24,
    attach: (deliver) => wire.attach('services', deliver),
    clock,
  });
  const heard: Buffer[] = [];
  const node = wire.attach('node', (frame) => {
    heard.push(frame);
    return 'taken';
  });
  return { clock, host, node, heard };
}

interface Sent {
  readonly protocol?: number;
  readonly to?: Ipv4;
  readonly from?: Ipv4;
}

/** A packet of the node's, headers filled in. */
function packet(bytes: Buffer, { protocol = IP_PROTOCOL.udp, to = ip(1), from = ip(101) }: Sent = {}): Buffer {
  writeIpv4Header(bytes, { source: from, destination: to, protocol, identification: 1 });
  writeEthernet(bytes, {
    destination: to === BROADCAST_IPV4 ? BROADCAST_MAC : OURS,
    source: NODE,
    type: ETHER_TYPE.ipv4,
  });
  return bytes;
}

function datagram(text: string, { to = ip(1), from = ip(101) }: Sent = {}): Buffer {
  const ends = { source: from, sourcePort: 2000, destination: to, destinationPort: 69 };
  return packet(udpPacket(ends, Buffer.from(text)), { to, from });
}

void t.test('host: ARP for its address -> a reply; for another one, or a reply -> silence', async (t) => {
  const { node, heard, host } = rack();
  const question = { operation: ARP_REQUEST, senderMac: NODE, senderAddress: ip(101), targetMac: NODE };
  node.send(arpFrame(BROADCAST_MAC, { ...question, targetAddress: ip(1) }));
  node.send(arpFrame(BROADCAST_MAC, { ...question, targetAddress: ip(7) }));
  node.send(arpFrame(OURS, { ...question, operation: ARP_REPLY, targetAddress: ip(1) }));
  t.equal(heard.length, 1);
  const [reply = Buffer.alloc(0)] = heard;
  t.equal(readEthernet(reply)?.destination, NODE);
  t.same(readArp(reply), {
    operation: ARP_REPLY,
    senderMac: OURS,
    senderAddress: ip(1),
    targetMac: NODE,
    targetAddress: ip(101),
  });
  host.send(ip(101), IP_PROTOCOL.tcp, Buffer.alloc(HEADROOM_BYTES + 20));
  t.equal(readEthernet(heard[1] ?? Buffer.alloc(0))?.destination, NODE, 'the asker is known from then on');
});

void t.test('host: an echo request and a router solicitation -> answered', async (t) => {
  const { node, heard } = rack();
  const echo = Buffer.alloc(HEADROOM_BYTES + 8);
  echo.writeUInt8(8, HEADROOM_BYTES);
  echo.writeUInt16BE(checksumOf(sumWords(echo, HEADROOM_BYTES, echo.length)), HEADROOM_BYTES + 2);
  node.send(packet(echo, { protocol: IP_PROTOCOL.icmp }));
  const [reply = Buffer.alloc(0)] = heard;
  const read = readIpv4Packet(reply);
  t.equal(read?.destination, ip(101));
  t.ok(read !== null && isIpv4ChecksumRight(reply, read));
  const solicitation = Buffer.alloc(62);
  writeEthernet(solicitation, {
    destination: readMac(Buffer.from('333300000002', 'hex'), 0),
    source: NODE,
    type: ETHER_TYPE.ipv6,
  });
  solicitation.writeUInt8(0x60, 14);
  solicitation.writeUInt8(IP_PROTOCOL.icmpv6, 20);
  solicitation.writeUInt8(133, 54);
  node.send(solicitation);
  t.ok(heard[1]?.equals(routerAdvertisement(OURS)));
});

void t.test('host: a datagram for a bound port -> its service is told, and what it answers arrives', async (t) => {
  const { host, node, heard } = rack();
  const told: Datagram[] = [];
  const unbind = host.bindUdp(69, (one, send) => {
    told.push(one);
    const { source, sourcePort, destinationPort } = one;
    const turned = { source: ip(1), sourcePort: destinationPort, destination: source, destinationPort: sourcePort };
    send({ ...turned, peerMac: one.peerMac, payload: Buffer.from(`not ${one.payload.toString()}`) });
  });
  node.send(datagram('found'));
  t.match(told, [{ peerMac: NODE, source: ip(101), sourcePort: 2000, destination: ip(1), destinationPort: 69 }]);
  const [answer = Buffer.alloc(0)] = heard;
  const read = readIpv4Packet(answer);
  const udp = read === null ? null : readUdp(answer, read);
  if (read === null || udp === null) throw new Error('the answer is not read');
  t.ok(isIpv4ChecksumRight(answer, read) && isUdpChecksumRight(answer, read));
  t.equal(answer.toString('latin1', udp.payloadAt, udp.endAt), 'not found');
  node.send(datagram('at large', { to: BROADCAST_IPV4, from: readIpv4(Buffer.alloc(4), 0) }));
  node.send(datagram('at the subnet', { to: ip(255) }));
  t.same(
    told.map((one) => one.payload.toString()),
    ['found', 'at large', 'at the subnet'],
  );
  unbind();
  node.send(datagram('gone'));
  t.same([told.length, host.counters().unbound], [3, 1]);
  t.throws(() => [1, 2].map(() => host.bindUdp(70, () => undefined)), 'two services on one port are a bug');
});

void t.test(
  'host: fragments, bad checksums, torn packets, other hosts -> nobody is told, and it is counted',
  async (t) => {
    const { host, node } = rack();
    host.bindUdp(69, () => t.fail('told'));
    const fragment = datagram('a part');
    fragment.writeUInt16BE(0x2000, 20);
    fragment.writeUInt16BE(0, 24);
    fragment.writeUInt16BE(checksumOf(sumWords(fragment, 14, 34)), 24);
    node.send(fragment);
    const hurt = datagram('payload');
    hurt.writeUInt8(0, 45);
    node.send(hurt);
    const hurtHeader = datagram('header');
    hurtHeader.writeUInt8(1, 22);
    node.send(hurtHeader);
    node.send(datagram('torn').subarray(0, 40));
    node.send(datagram('elsewhere', { to: ip(9) }));
    const strange = datagram('for another MAC address');
    strange.writeUInt8(0x54, 0);
    node.send(strange);
    t.same(host.counters(), { malformed: 1, badChecksums: 2, fragments: 1, unbound: 0, unsendable: 0 });
  },
);

void t.test('host: a transport sends to an unknown address -> asked for once a second, sent when known', async (t) => {
  const { clock, host, node, heard } = rack();
  const received: string[] = [];
  host.bindProtocol(IP_PROTOCOL.tcp, (from, bytes) => received.push(`${from === ip(101)} ${bytes.toString()}`));
  for (let count = 0; count < 5; count++) host.send(ip(101), IP_PROTOCOL.tcp, Buffer.alloc(HEADROOM_BYTES + 20));
  t.same([heard.length, readArp(heard[0] ?? Buffer.alloc(0))?.targetAddress], [1, ip(101)]);
  t.equal(host.counters().unsendable, 2, 'three wait');
  clock.pass(1000);
  host.send(ip(101), IP_PROTOCOL.tcp, Buffer.alloc(HEADROOM_BYTES + 7));
  t.equal(heard.length, 2, 'asked again');
  node.send(packet(Buffer.concat([Buffer.alloc(HEADROOM_BYTES), Buffer.from('syn')]), { protocol: IP_PROTOCOL.tcp }));
  t.same(received, ['true syn']);
  t.equal(heard[2]?.length, HEADROOM_BYTES + 7, 'what waited last has left');
  host.send(readIpv4(Buffer.from([8, 8, 8, 8]), 0), IP_PROTOCOL.tcp, Buffer.alloc(HEADROOM_BYTES));
  host.send(ip(101), IP_PROTOCOL.tcp, Buffer.alloc(1515));
  t.equal(host.counters().unsendable, 4, 'no gateway, and no frame over 1,514 bytes');
});

void t.test('host: for every run of bytes, nothing is thrown and at most one frame comes back', async () => {
  const fronts = fc.constantFrom('525400aa0001 525400990001 0800 45', 'ffffffffffff 525400990001 0806 0001', '');
  fc.assert(
    fc.property(fronts, fc.uint8Array({ maxLength: 90 }), (front, rest) => {
      const { node, heard } = rack();
      node.send(Buffer.concat([Buffer.from(front.replaceAll(' ', ''), 'hex'), rest]));
      return heard.length <= 1;
    }),
  );
});
