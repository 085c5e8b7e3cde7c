import { seededRandom } from '../../core/random.js';
import { assert } from '../../core/unreachable.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import {
  ANY_IPV4,
  BROADCAST_IPV4,
  BROADCAST_MAC,
  parseIpv4,
  parseMac,
  type Ipv4,
  type Mac,
} from '../../drivers/wire/address.js';
import { ETHER_TYPE, writeEthernet } from '../../drivers/wire/frames/ethernet.js';
import { IP_PROTOCOL, readIpv4Packet, writeIpv4Header } from '../../drivers/wire/frames/ipv4.js';
import { readUdp, udpPacket } from '../../drivers/wire/frames/udp.js';
import { openWireHost } from '../../drivers/wire/host.js';
import { buildDhcp, parseDhcp, type DhcpMessage } from '../../drivers/wire/services/dhcp/message.js';
import { MESSAGE_TYPE, OPTION, addressBytes } from '../../drivers/wire/services/dhcp/options.js';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, openDhcp } from '../../drivers/wire/services/dhcp/server.js';
import { openNetbootMemory } from '../../drivers/wire/services/netboot-memory.js';
import { makeSwitch } from '../../drivers/wire/switch.js';
import type { Readings } from './figure.js';
import { startStopwatch } from './stopwatch.js';

const EXCHANGES = 20_000;
const WARM_UP = 2_000;
const SERVER = address('10.99.0.1');
const FIRST_MAC = 0x52540a000000;

/**
 * DISCOVER, OFFER, REQUEST, ACK a second: frames through the switch into our server and answers back as frames, as many
 * clients as exchanges. The clients' own work (building two frames, reading two) is in it.
 */
export function measureDhcpExchanges(): Readings {
  const client = openClients();
  for (let number = 0; number < WARM_UP; number += 1) client.exchange(number);
  const stop = startStopwatch();
  for (let number = WARM_UP; number < WARM_UP + EXCHANGES; number += 1) client.exchange(number);
  const { wall_s, cpu_s } = stop();
  return { exchanges_per_s: EXCHANGES / wall_s, exchanges_per_cpu_s: EXCHANGES / cpu_s };
}

interface Clients {
  /** @throws when the server does not acknowledge what it offered */
  exchange(number: number): void;
}

function openClients(): Clients {
  const wire = makeSwitch(systemClock());
  serve(wire);
  let heard: DhcpMessage | null = null;
  const port = wire.attach('clients', (frame) => {
    const packet = readIpv4Packet(frame);
    const udp = packet === null ? null : readUdp(frame, packet);
    if (udp !== null) heard = parseDhcp(frame.subarray(udp.payloadAt, udp.endAt));
    return 'taken';
  });
  const ask = (mac: Mac, options: ReadonlyMap<number, Buffer>): DhcpMessage => {
    heard = null;
    port.send(frameOf(mac, buildDhcp(question(mac, options))));
    // TypeScript does not see that the server answers within `send`.
    const answer = heard as DhcpMessage | null;
    assert(answer !== null, 'the server answers before send returns');
    return answer;
  };
  return {
    exchange(number) {
      const mac = macOf(FIRST_MAC + number);
      const type = (code: number): [number, Buffer] => [OPTION.messageType, Buffer.from([code])];
      const { yiaddr } = ask(mac, new Map([type(MESSAGE_TYPE.discover)]));
      const wanted = new Map([
        type(MESSAGE_TYPE.request),
        [OPTION.requestedAddress, addressBytes(yiaddr)],
        [OPTION.serverIdentifier, addressBytes(SERVER)],
      ] as const);
      const answer = ask(mac, wanted);
      const isAcknowledged = answer.options.get(OPTION.messageType)?.[0] === MESSAGE_TYPE.ack;
      assert(isAcknowledged && answer.yiaddr === yiaddr, 'what was offered is given');
    },
  };
}

function serve(wire: ReturnType<typeof makeSwitch>): void {
  const clock = systemClock();
  const host = openWireHost({
    mac: macOf(0x525400990001),
    address: SERVER,
    prefix_bits: 16,
    attach: (deliver) => wire.attach('services', deliver),
    clock,
  });
  const subnet = { mask: address('255.255.0.0'), router: null, nameServers: [], domain: null, lease_s: 3_600 };
  const range = { first: address('10.99.1.0'), last: address('10.99.250.255') };
  const dhcp = openDhcp({ clock, server: SERVER, subnet, nodes: () => null, range, memory: openNetbootMemory() });
  host.bindUdp(DHCP_SERVER_PORT, dhcp.service);
}

const transactions = seededRandom(1);

function question(mac: Mac, options: ReadonlyMap<number, Buffer>): DhcpMessage {
  const nowhere = { ciaddr: ANY_IPV4, yiaddr: ANY_IPV4, siaddr: ANY_IPV4, giaddr: ANY_IPV4 };
  const xid = Math.floor(transactions.next() * 2 ** 32);
  return { op: 1, hops: 0, xid, secs: 0, broadcast: false, ...nowhere, mac, sname: '', file: '', options };
}

function frameOf(mac: Mac, payload: Buffer): Buffer {
  const ends = { source: ANY_IPV4, sourcePort: DHCP_CLIENT_PORT };
  const frame = udpPacket({ ...ends, destination: BROADCAST_IPV4, destinationPort: DHCP_SERVER_PORT }, payload);
  const header = { source: ANY_IPV4, destination: BROADCAST_IPV4, protocol: IP_PROTOCOL.udp, identification: 0 };
  writeIpv4Header(frame, header);
  writeEthernet(frame, { destination: BROADCAST_MAC, source: mac, type: ETHER_TYPE.ipv4 });
  return frame;
}

function address(text: string): Ipv4 {
  const parsed = parseIpv4(text);
  assert(parsed !== null, `${text} is an address`);
  return parsed;
}

function macOf(number: number): Mac {
  const text = number
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:');
  const mac = parseMac(text);
  assert(mac !== null, `${text} is a MAC`);
  return mac;
}
