import { formatIpv4, type Ipv4 } from '../../address.js';
import type { BootStage } from './boot-stage.js';
import type { DhcpMessage } from './message.js';
import { IPXE_OPTION, MESSAGE_TYPE, OPTION, PXE_OPTION } from './options.js';
import { addressBytes, encapsulated, secondsBytes } from './options.js';

/** What a node is told. */
export interface DhcpNode {
  readonly address: Ipv4;
  /** Option 12; iPXE makes its initiator name from it where option 203 is not given. */
  readonly hostName: string;
  /** What a PXE ROM loads by TFTP: `undionly.kpxe`. */
  readonly bootFile: string;
  /** `iscsi:10.99.0.1:::1:iqn...` (RFC 4173, section 5), null: the node has no network root. */
  readonly rootPath: string | null;
  /**
   * `http://10.99.0.1/boot/mesh1.ipxe`: what the loaded iPXE is to run instead of attaching a root path, which it is
   * not told then; null: it attaches its root path. At most 255 characters, the length of an option.
   */
  readonly script: string | null;
  /** The node's own IQN, null: iPXE makes one up. */
  readonly initiatorName: string | null;
}

/** What all nodes of a subnet have in common. */
export interface DhcpSubnet {
  readonly mask: Ipv4;
  readonly router: Ipv4 | null;
  readonly nameServers: readonly Ipv4[];
  readonly domain: string | null;
  readonly lease_s: number;
}

export interface Answer {
  readonly type: 'offer' | 'ack' | 'inform';
  readonly stage: BootStage;
  /** Null: a stranger with an address of the range. */
  readonly node: DhcpNode | null;
}

/** Makes the options of a server's answers, those that never change once for all. */
export function answerOptions(
  server: Ipv4,
  subnet: DhcpSubnet,
): (request: DhcpMessage, answer: Answer) => ReadonlyMap<number, Buffer> {
  const identity: Entries = [[OPTION.serverIdentifier, addressBytes(server)]];
  const lease = leaseOptions(subnet);
  const network = networkOptions(server, subnet);
  const fromServer = [[OPTION.tftpServerName, Buffer.from(formatIpv4(server))]] satisfies Entries;

  return (request, { type, stage, node }) => {
    const options = new Map<number, Buffer>([[OPTION.messageType, TYPE_BYTES[type]], ...identity]);
    // An INFORM has an address already, so it is told no lease (RFC 2131, section 4.3.5).
    if (type !== 'inform') add(options, lease);
    add(options, network);
    if (node !== null) add(options, [[OPTION.hostName, Buffer.from(node.hostName)], ...nodeOptions(stage, node)]);
    if (node !== null && stage !== 'ipxe.loaded') add(options, fromServer);
    if (stage === 'rom') add(options, romOptions(request));
    if (stage === 'system') keepAsked(options, request);
    const echoed = request.options.get(OPTION.relayAgentInformation);
    if (echoed !== undefined) options.set(OPTION.relayAgentInformation, echoed);
    return options;
  };
}

type Entries = readonly (readonly [code: number, value: Buffer])[];

const TYPE_BYTES = {
  offer: Buffer.from([MESSAGE_TYPE.offer]),
  ack: Buffer.from([MESSAGE_TYPE.ack]),
  inform: Buffer.from([MESSAGE_TYPE.ack]),
} as const;

/** Without it iPXE waits some 3 s for a ProxyDHCP server after every offer (measured). */
const NO_PXE_DHCP: Entries = [[OPTION.ipxe, encapsulated(new Map([[IPXE_OPTION.noPxeDhcp, Buffer.from([1])]]))]];

/** Bit 3: load the boot file named here, ask no boot server and show no menu (PXE specification 2.1, table 2-1). */
const BOOT_FILE_ONLY = encapsulated(new Map([[PXE_OPTION.discoveryControl, Buffer.from([8])]]));

/** What a client that is no firmware is told unasked (RFC 2131, table 3, and the mask, which nobody does without). */
const ALWAYS: ReadonlySet<number> = new Set([
  OPTION.messageType,
  OPTION.serverIdentifier,
  OPTION.leaseTime,
  OPTION.renewalTime,
  OPTION.rebindingTime,
  OPTION.subnetMask,
]);

function leaseOptions(subnet: DhcpSubnet): Entries {
  // T1 and T2 as RFC 2131, section 4.4.5, has them.
  return [
    [OPTION.leaseTime, secondsBytes(subnet.lease_s)],
    [OPTION.renewalTime, secondsBytes(subnet.lease_s * 0.5)],
    [OPTION.rebindingTime, secondsBytes(subnet.lease_s * 0.875)],
  ];
}

function networkOptions(server: Ipv4, subnet: DhcpSubnet): Entries {
  const broadcast = ((server | ~subnet.mask) >>> 0) as Ipv4;
  // The mask has to stand before the router (RFC 2132, section 3.3).
  return [
    [OPTION.subnetMask, addressBytes(subnet.mask)],
    ...optional(OPTION.router, subnet.router === null ? null : addressBytes(subnet.router)),
    ...optional(OPTION.domainNameServer, subnet.nameServers.length === 0 ? null : addressBytes(...subnet.nameServers)),
    ...optional(OPTION.domainName, subnet.domain === null ? null : Buffer.from(subnet.domain)),
    [OPTION.broadcastAddress, addressBytes(broadcast)],
  ];
}

function nodeOptions(stage: BootStage, node: DhcpNode): Entries {
  const { script } = node;
  const rootPath = optional(OPTION.rootPath, node.rootPath === null ? null : Buffer.from(node.rootPath));
  const initiator = optional(
    OPTION.initiatorName,
    node.initiatorName === null ? null : Buffer.from(node.initiatorName),
  );
  const bootFile: Entries = [[OPTION.bootFileName, Buffer.from(node.bootFile)]];
  const byStage: Readonly<Record<BootStage, Entries>> = {
    rom: bootFile,
    'ipxe.rom': [...NO_PXE_DHCP, ...bootFile],
    'ipxe.loaded': [...NO_PXE_DHCP, ...(script === null ? [...rootPath, ...initiator] : scriptOptions(script))],
    system: [...bootFile, ...rootPath, ...initiator],
  };
  return byStage[stage];
}

/** No server names and no `file` field beside it: a URL says all, and may be longer than that field. */
function scriptOptions(script: string): Entries {
  return [[OPTION.bootFileName, Buffer.from(script)]];
}

/** A PXE ROM takes only answers that call themselves PXE and give back its machine identifier (RFC 4578, 2.3). */
function romOptions(request: DhcpMessage): Entries {
  return [
    [OPTION.vendorClass, Buffer.from('PXEClient')],
    [OPTION.vendorSpecific, BOOT_FILE_ONLY],
    ...optional(OPTION.clientMachine, request.options.get(OPTION.clientMachine) ?? null),
  ];
}

function optional(code: number, value: Buffer | null): Entries {
  return value === null ? [] : [[code, value]];
}

function add(options: Map<number, Buffer>, entries: Entries): void {
  for (const [code, value] of entries) options.set(code, value);
}

function keepAsked(options: Map<number, Buffer>, request: DhcpMessage): void {
  const asked = request.options.get(OPTION.parameterRequestList);
  for (const code of options.keys()) {
    if (!ALWAYS.has(code) && asked !== undefined && !asked.includes(code)) options.delete(code);
  }
}
