import type { Clock } from '../../../../core/clock.js';
import { ANY_IPV4, BROADCAST_IPV4, BROADCAST_MAC, type Ipv4, type Mac } from '../../address.js';
import type { Datagram, DatagramService } from '../../datagram.js';
import type { NetbootMemory } from '../netboot-memory.js';
import { answerOptions, type DhcpNode, type DhcpSubnet } from './answer.js';
import { bootStage, type BootStage } from './boot-stage.js';
import { openLeases, type AddressRange, type Lease, type Lessee } from './leases.js';
import { buildDhcp, parseDhcp, replyLimit_bytes, type DhcpMessage } from './message.js';
import { MESSAGE_TYPE, OPTION, addressBytes } from './options.js';
import { openVerdicts, type Verdict } from './verdict.js';

export interface DhcpServerOptions {
  readonly clock: Clock;
  /** Our address on the wire: server identifier, next server and TFTP server. */
  readonly server: Ipv4;
  readonly subnet: DhcpSubnet;
  /** What the site file knows of a MAC; asked anew for each message. Its addresses lie outside `range`. */
  readonly nodes: (mac: Mac) => DhcpNode | null;
  /** For MACs that the site file does not know; without it they get no answer. */
  readonly range?: AddressRange;
  readonly memory: NetbootMemory;
  /** A node that gets no answer, for the scenario in which DHCP is silent. */
  readonly mute?: (mac: Mac) => boolean;
}

export interface DhcpServer {
  /** To be bound to UDP 67. */
  readonly service: DatagramService;
  leases(): readonly Lease[];
}

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

/**
 * A DHCP server that is the only authority on its wire: where an address is not the client's it says NAK, not nothing.
 * @see RFC 2131, section 4.3
 */
export function openDhcp(options: DhcpServerOptions): DhcpServer {
  const { server, subnet, nodes, memory } = options;
  const leases = openLeases({
    clock: options.clock,
    range: options.range ?? null,
    lease_ms: subnet.lease_s * 1000,
    fixedOf: (mac) => nodes(mac)?.address ?? null,
  });
  const optionsOf = answerOptions(server, subnet);
  const verdictOn = openVerdicts({ leases, server, mask: subnet.mask, hasRange: options.range !== undefined });

  function positive(request: DhcpMessage, verdict: PositiveVerdict, node: DhcpNode | null): DhcpMessage {
    const stage = bootStage(request, memory);
    const isRootGiven = verdict.type === 'ack' && stage === 'ipxe.loaded';
    if (isRootGiven) memory.markRootPathGiven(request.mac, request.xid);
    const boots = node !== null && namesBootFile(stage);
    return {
      ...reply(request),
      yiaddr: verdict.address,
      ciaddr: verdict.type === 'offer' ? ANY_IPV4 : request.ciaddr,
      siaddr: boots ? server : ANY_IPV4,
      file: boots ? node.bootFile : '',
      options: optionsOf(request, { type: verdict.type, stage, node }),
    };
  }

  const service: DatagramService = (datagram, send) => {
    const request = parseDhcp(datagram.payload);
    if (request === null || request.op !== 1 || options.mute?.(request.mac) === true) return;
    const node = nodes(request.mac);
    const verdict = verdictOn(request, lesseeOf(request, node));
    if (verdict === null) return;
    const message = verdict.type === 'nak' ? refusal(request, server) : positive(request, verdict, node);
    send({
      ...addressee(request, datagram, verdict),
      source: server,
      sourcePort: DHCP_SERVER_PORT,
      payload: buildDhcp(message, replyLimit_bytes(request)),
    });
  };
  return { service, leases: () => leases.list() };
}

type PositiveVerdict = Exclude<Verdict, { type: 'nak' }>;

function namesBootFile(stage: BootStage): boolean {
  return stage === 'rom' || stage === 'ipxe.rom';
}

function lesseeOf(request: DhcpMessage, node: DhcpNode | null): Lessee {
  const { mac } = request;
  // A node is its MAC: its ROM, its iPXE and its system give different client identifiers for the one machine.
  if (node !== null) return { key: mac, mac, fixed: node.address };
  const identifier = request.options.get(OPTION.clientIdentifier);
  const isMac = identifier?.length === 7 && identifier[0] === 1 && identifier.readUIntBE(1, 6) === mac;
  const key = identifier === undefined || isMac ? mac : identifier.toString('hex');
  return { key, mac, fixed: null };
}

function reply(request: DhcpMessage): DhcpMessage {
  return { ...request, op: 2, hops: 0, secs: 0, sname: '', file: '', ciaddr: ANY_IPV4, siaddr: ANY_IPV4 };
}

/** @see RFC 2131, table 3, column DHCPNAK */
function refusal(request: DhcpMessage, server: Ipv4): DhcpMessage {
  const options = new Map<number, Buffer>([
    [OPTION.messageType, Buffer.from([MESSAGE_TYPE.nak])],
    [OPTION.serverIdentifier, addressBytes(server)],
    [OPTION.message, Buffer.from('this address is not yours')],
  ]);
  const echoed = request.options.get(OPTION.relayAgentInformation);
  if (echoed !== undefined) options.set(OPTION.relayAgentInformation, echoed);
  // Behind a relay the client is told by broadcast (RFC 2131, section 4.3.2).
  return { ...reply(request), yiaddr: ANY_IPV4, broadcast: request.broadcast || request.giaddr !== ANY_IPV4, options };
}

/** Where an answer goes. @see RFC 2131, section 4.1 */
function addressee(
  request: DhcpMessage,
  asked: Datagram,
  verdict: Verdict,
): Pick<Datagram, 'peerMac' | 'destination' | 'destinationPort'> {
  if (request.giaddr !== ANY_IPV4) {
    return { peerMac: asked.peerMac, destination: request.giaddr, destinationPort: DHCP_SERVER_PORT };
  }
  const destinationPort = DHCP_CLIENT_PORT;
  const everybody = { peerMac: BROADCAST_MAC, destination: BROADCAST_IPV4, destinationPort };
  if (verdict.type === 'nak') return everybody;
  if (request.ciaddr !== ANY_IPV4) return { peerMac: asked.peerMac, destination: request.ciaddr, destinationPort };
  if (verdict.type === 'inform') return { peerMac: asked.peerMac, destination: asked.source, destinationPort };
  if (request.broadcast) return everybody;
  return { peerMac: request.mac, destination: verdict.address, destinationPort };
}
