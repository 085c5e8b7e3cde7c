import { assert } from '../../../../core/unreachable.js';
import { ANY_IPV4, BROADCAST_IPV4, type Ipv4, type Mac } from '../../../../drivers/wire/address.js';
import type { Datagram } from '../../../../drivers/wire/datagram.js';
import { buildDhcp, parseDhcp, type DhcpMessage } from '../../../../drivers/wire/services/dhcp/message.js';
import { MESSAGE_TYPE, OPTION, addressBytes } from '../../../../drivers/wire/services/dhcp/options.js';
import { openDhcp, type DhcpServer, type DhcpServerOptions } from '../../../../drivers/wire/services/dhcp/server.js';
import { openNetbootMemory, type NetbootMemory } from '../../../../drivers/wire/services/netboot-memory.js';
import type { DhcpNode } from '../../../../drivers/wire/services/dhcp/answer.js';
import { ipv4, mac } from './lab.js';
import { VirtualClock } from '../../../../sim/clock.js';

export const SERVER = ipv4('10.99.0.1');
export const NODE = mac('52:54:00:99:00:01');
export const STRANGER = mac('52:54:00:99:00:77');
export const ROOT1: DhcpNode = {
  address: ipv4('10.99.0.101'),
  hostName: 'root1',
  bootFile: 'undionly.kpxe',
  script: null,
  rootPath: 'iscsi:10.99.0.1:::1:iqn.2026-01.example:root1',
  initiatorName: 'iqn.2026-01.example:node:root1',
};
export const RANGE = { first: ipv4('10.99.0.200'), last: ipv4('10.99.0.203') };
export const LEASE_S = 600;

export interface Served {
  readonly server: DhcpServer;
  readonly clock: VirtualClock;
  readonly memory: NetbootMemory;
}

export function serve(options: Partial<DhcpServerOptions> = {}): Served {
  const clock = new VirtualClock();
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
export function heard(answer: Heard | null): Heard {
  if (answer === null) throw new Error('the server kept silent');
  return answer;
}

/** DISCOVER and REQUEST as a client does them. */
export function exchange(server: DhcpServer, words: Omit<Words, 'type'>): Heard {
  const offer = heard(say(server, { ...words, type: 'discover' }));
  return heard(say(server, { ...words, type: 'request', server: SERVER, wanted: offer.message.yiaddr }));
}

export type RequestType = Exclude<keyof typeof MESSAGE_TYPE, 'offer' | 'ack' | 'nak'>;

export interface Words {
  readonly type: RequestType;
  readonly mac: Mac;
  readonly xid?: number;
  readonly broadcast?: boolean;
  readonly ciaddr?: Ipv4;
  readonly giaddr?: Ipv4;
  /** Option 50. */
  readonly wanted?: Ipv4;
  /** Option 54. */
  readonly server?: Ipv4;
  readonly options?: readonly (readonly [number, Buffer])[];
}

/** What came back: the datagram and the message in it. */
export interface Heard {
  readonly datagram: Datagram;
  readonly message: DhcpMessage;
  readonly type: 'offer' | 'ack' | 'nak';
}

/** What an iPXE says of itself: a bare user class, and it takes large answers (read off a capture). */
export const AS_IPXE = [
  [OPTION.vendorClass, Buffer.from('PXEClient:Arch:00000:UNDI:002001')],
  [OPTION.userClass, Buffer.from('iPXE')],
  [OPTION.maximumMessageSize, Buffer.from([5, 192])],
] as const;

/** What a vendor's PXE ROM says of itself. */
export const AS_ROM = [
  [OPTION.vendorClass, Buffer.from('PXEClient:Arch:00000:UNDI:002001')],
  [OPTION.clientMachine, Buffer.alloc(17, 7)],
] as const;

export function request(words: Words): DhcpMessage {
  const options = new Map<number, Buffer>([[OPTION.messageType, Buffer.from([MESSAGE_TYPE[words.type]])]]);
  if (words.wanted !== undefined) options.set(OPTION.requestedAddress, addressBytes(words.wanted));
  if (words.server !== undefined) options.set(OPTION.serverIdentifier, addressBytes(words.server));
  for (const [code, value] of words.options ?? []) options.set(code, value);
  return {
    op: 1,
    hops: 0,
    xid: words.xid ?? 1,
    secs: 0,
    broadcast: words.broadcast ?? false,
    ciaddr: words.ciaddr ?? ANY_IPV4,
    yiaddr: ANY_IPV4,
    siaddr: ANY_IPV4,
    giaddr: words.giaddr ?? ANY_IPV4,
    mac: words.mac,
    sname: '',
    file: '',
    options,
  };
}

/** Says it to the server. @returns what the server answered, null for silence */
export function say(server: DhcpServer, words: Words): Heard | null {
  return sayBytes(server, { mac: words.mac, payload: buildDhcp(request(words)), source: words.ciaddr ?? ANY_IPV4 });
}

export function sayBytes(
  server: DhcpServer,
  sent: { readonly mac: Mac; readonly payload: Buffer; readonly source?: Ipv4 },
): Heard | null {
  const answers: Datagram[] = [];
  server.service(
    {
      peerMac: sent.mac,
      source: sent.source ?? ANY_IPV4,
      sourcePort: 68,
      destination: BROADCAST_IPV4,
      destinationPort: 67,
      payload: sent.payload,
    },
    (datagram) => void answers.push(datagram),
  );
  assert(answers.length <= 1, 'one message has one answer');
  const [datagram] = answers;
  if (datagram === undefined) return null;
  const message = parseDhcp(datagram.payload);
  assert(message !== null && message.op === 2, 'a server answers in DHCP');
  return { datagram, message, type: answerType(message) };
}

function answerType(message: DhcpMessage): Heard['type'] {
  const code = message.options.get(OPTION.messageType)?.[0];
  const found = (['offer', 'ack', 'nak'] as const).find((name) => MESSAGE_TYPE[name] === code);
  assert(found !== undefined, `${code} is what servers say`);
  return found;
}
