import fc from 'fast-check';
import t from 'tap';
import { formatMac, readIpv4, readMac, type Ipv4, type Mac } from '../../../drivers/wire/address.js';
import { ARP_FRAME_BYTES, ARP_REPLY, ARP_REQUEST, arpFrame, readArp } from '../../../drivers/wire/frames/arp.js';
import { checksumOf, sumWords } from '../../../drivers/wire/frames/checksum.js';
import { ETHER_TYPE, isGroupAddress, readEthernet, writeEthernet } from '../../../drivers/wire/frames/ethernet.js';
import { echoReply, isEchoRequest } from '../../../drivers/wire/frames/icmp.js';
import {
  IP_PROTOCOL,
  isIpv4ChecksumRight,
  readIpv4Packet,
  writeIpv4Header,
} from '../../../drivers/wire/frames/ipv4.js';
import { isRouterSolicitation, routerAdvertisement } from '../../../drivers/wire/frames/router-advertisement.js';
import { isUdpChecksumRight, readUdp, udpPacket } from '../../../drivers/wire/frames/udp.js';

const bytes = (size: { minLength?: number; maxLength?: number }): fc.Arbitrary<Buffer> =>
  fc.uint8Array(size).map((array) => Buffer.from(array));
const macs: fc.Arbitrary<Mac> = bytes({ minLength: 6, maxLength: 6 }).map((six) => readMac(six, 0));
const addresses: fc.Arbitrary<Ipv4> = bytes({ minLength: 4, maxLength: 4 }).map((four) => readIpv4(four, 0));
const ports = fc.integer({ min: 0, max: 65535 });

/** One word at a time, straight from the definition (RFC 1071). */
function naiveChecksum(data: Buffer): number {
  const even = data.length % 2 === 0 ? data : Buffer.concat([data, Buffer.alloc(1)]);
  let sum = 0n;
  for (let at = 0; at < even.length; at += 2) sum += BigInt(even.readUInt16BE(at));
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
  return Number(~sum & 0xffffn);
}

void t.test('checksum: for every buffer, offset and split, it equals the naive sum', async (t) => {
  fc.assert(
    fc.property(bytes({ maxLength: 200 }), fc.nat(20), fc.nat(100), (data, front, half) => {
      const shifted = Buffer.concat([Buffer.alloc(front, 0xaa), data]);
      const middle = front + Math.min(half * 2, data.length - (data.length % 2));
      const sum = sumWords(shifted, front, middle) + sumWords(shifted, middle, shifted.length);
      return checksumOf(sum) === naiveChecksum(data);
    }),
  );
  t.equal(checksumOf(sumWords(Buffer.alloc(65536, 0xff), 0, 65536)), 0, 'the largest sum folds');
});

void t.test('ethernet: for every header, reading gives back what was written', async () => {
  fc.assert(
    fc.property(macs, macs, ports, (destination, source, type) => {
      const frame = Buffer.alloc(14);
      writeEthernet(frame, { destination, source, type });
      const read = readEthernet(frame);
      const isGroup = (frame.readUInt8(0) & 1) === 1;
      return (
        read?.destination === destination &&
        read.source === source &&
        read.type === type &&
        isGroupAddress(destination) === isGroup
      );
    }),
  );
});

void t.test('arp: for every request and reply, reading gives back what was written', async (t) => {
  const arps = fc.record({
    operation: fc.constantFrom(ARP_REQUEST, ARP_REPLY),
    senderMac: macs,
    senderAddress: addresses,
    targetMac: macs,
    targetAddress: addresses,
  });
  fc.assert(
    fc.property(macs, arps, bytes({ maxLength: 20 }), (destination, arp, padding) => {
      t.same(readArp(Buffer.concat([arpFrame(destination, arp), padding])), arp);
    }),
  );
  t.equal(readArp(Buffer.alloc(ARP_FRAME_BYTES)), null);
});

void t.test('udp: for every datagram, headers and checksums come out right and any flipped bit shows', async (t) => {
  const ends = fc.record({ source: addresses, sourcePort: ports, destination: addresses, destinationPort: ports });
  fc.assert(
    fc.property(ends, bytes({ maxLength: 100 }), fc.nat(), (from, payload, flip) => {
      const frame = udpPacket(from, payload);
      writeIpv4Header(frame, { ...from, protocol: IP_PROTOCOL.udp, identification: 7 });
      frame.writeUInt16BE(ETHER_TYPE.ipv4, 12);
      const padded = Buffer.concat([frame, Buffer.alloc(9, 0x55)]);
      const packet = readIpv4Packet(padded);
      if (packet === null) return t.fail('a datagram of ours is not read');
      const udp = readUdp(padded, packet);
      if (udp === null) return t.fail('its segment is not read');
      t.same([packet.source, packet.destination, packet.isFragment], [from.source, from.destination, false]);
      t.same([udp.sourcePort, udp.destinationPort], [from.sourcePort, from.destinationPort]);
      t.ok(padded.subarray(udp.payloadAt, udp.endAt).equals(payload));
      t.ok(isIpv4ChecksumRight(padded, packet) && isUdpChecksumRight(padded, packet));
      const hurtAt = udp.payloadAt + (flip % (payload.length + 1));
      if (hurtAt < udp.endAt) {
        padded.writeUInt8(padded.readUInt8(hurtAt) ^ (1 << flip % 8), hurtAt);
        t.notOk(isUdpChecksumRight(padded, packet), 'a flipped bit in the payload');
      }
      padded.writeUInt8(padded.readUInt8(26) ^ 1, 26);
      t.notOk(isIpv4ChecksumRight(padded, packet), 'a flipped bit in the header');
    }),
    { numRuns: 50 },
  );
});

void t.test('icmp: an echo request -> the same data back with a right checksum', async (t) => {
  const request = Buffer.alloc(34 + 8 + 5);
  request.writeUInt8(8, 34);
  request.write('hello', 42);
  request.writeUInt16BE(checksumOf(sumWords(request, 34, request.length)), 36);
  const ends = {
    source: readIpv4(Buffer.from([10, 0, 0, 2]), 0),
    destination: readIpv4(Buffer.from([10, 0, 0, 1]), 0),
  };
  writeIpv4Header(request, { ...ends, protocol: IP_PROTOCOL.icmp, identification: 1 });
  request.writeUInt16BE(ETHER_TYPE.ipv4, 12);
  const packet = readIpv4Packet(request);
  if (packet === null) throw new Error('the request is not read');
  t.ok(isEchoRequest(request, packet));
  const reply = echoReply(request, packet);
  t.equal(reply.readUInt8(34), 0);
  t.equal(reply.toString('latin1', 42), 'hello');
  t.equal(checksumOf(sumWords(reply, 34, reply.length)), 0);
  request.writeUInt8(1, 45);
  t.notOk(isEchoRequest(request, packet), 'a damaged request is no request');
});

void t.test('router advertisement: for every MAC address, it comes from its EUI-64 with a right checksum', async () => {
  fc.assert(
    fc.property(macs, (mac) => {
      const frame = routerAdvertisement(mac);
      const pseudo = Buffer.concat([frame.subarray(22, 54), Buffer.from([0, 0, 0, 16, 0, 0, 0, 58])]);
      const [a, b, c, d, e, f] = formatMac(mac).split(':');
      const first = (Number.parseInt(a ?? '', 16) ^ 2).toString(16).padStart(2, '0');
      return (
        naiveChecksum(Buffer.concat([pseudo, frame.subarray(54)])) === 0 &&
        frame.toString('hex', 22, 38) === `fe80000000000000${first}${b}${c}fffe${d}${e}${f}`
      );
    }),
  );
});

void t.test('codecs: for every run of bytes, whatever its header claims, reading throws nothing', async (t) => {
  const claims = fc.constantFrom('0800450000', '08004f00ffff', '080600010800060400010', '86dd60000000001011ff3aff', '');
  const frames = fc
    .tuple(bytes({ minLength: 12, maxLength: 12 }), claims, bytes({ maxLength: 80 }))
    .map(([front, claim, rest]) => Buffer.concat([front, Buffer.from(claim, 'hex'), rest]));
  fc.assert(
    fc.property(fc.oneof(frames, bytes({ maxLength: 60 })), (frame) => {
      readEthernet(frame);
      readArp(frame);
      isRouterSolicitation(frame);
      const packet = readIpv4Packet(frame);
      if (packet === null) return;
      isIpv4ChecksumRight(frame, packet);
      isEchoRequest(frame, packet);
      const udp = readUdp(frame, packet);
      if (udp !== null) isUdpChecksumRight(frame, packet);
    }),
    { numRuns: 2000 },
  );
  t.pass('nothing was thrown');
});
