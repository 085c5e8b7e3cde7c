import type { Observe, Stage } from '../../../core/evidence.js';
import type { NodeId } from '../../../core/ids.js';
import { readMac, type Mac } from '../address.js';
import { ETHER_TYPE } from '../frames/ethernet.js';
import { IP_PROTOCOL, isIpv4ChecksumRight, readIpv4Packet, type Ipv4Packet } from '../frames/ipv4.js';
import { isTcpChecksumRight, readTcp } from '../frames/tcp.js';
import { isUdpChecksumRight, readUdp } from '../frames/udp.js';
import { HEADROOM_BYTES } from '../ip-link.js';
import type { SeenFrame } from '../wire-port.js';
import { readDhcpMessage } from './dhcp-message.js';
import { DhcpWatch } from './dhcp-watch.js';
import { HttpWatch } from './http-watch.js';
import { IscsiWatch } from './iscsi-watch.js';
import { Report } from './report.js';
import { TftpWatch } from './tftp-watch.js';

const DHCP_SERVER_PORT = 67;
const DHCP_CLIENT_PORT = 68;
const TFTP_PORT = 69;
const HTTP_PORT = 80;
const ISCSI_PORT = 3260;

export interface BootObserverOptions {
  readonly nodes: ReadonlyMap<Mac, NodeId>;
  readonly observe: Observe;
}

/** Turns frames into boot evidence. No frame of any content makes it throw, and what it keeps is bounded. */
export interface BootObserver {
  /** For `Switch.onFrame`. */
  readonly take: (seen: SeenFrame) => void;
  /** The node was powered on: a new boot, everything may be told again. */
  reset(node: NodeId): void;
  /** The node is in the middle of a boot whose beginning somebody else has seen: these stages are not told again. */
  resume(node: NodeId, told: ReadonlySet<Stage>): void;
}

export function makeBootObserver(options: BootObserverOptions): BootObserver {
  return new WireObserver(options);
}

/** What is known of one node's boot. */
interface NodeWatch {
  readonly node: NodeId;
  readonly report: Report;
  readonly dhcp: DhcpWatch;
  readonly tftp: TftpWatch;
  readonly iscsi: IscsiWatch;
  readonly http: HttpWatch;
}

class WireObserver implements BootObserver {
  readonly #observe: Observe;
  readonly #watches = new Map<Mac, NodeWatch>();

  constructor({ nodes, observe }: BootObserverOptions) {
    this.#observe = observe;
    for (const [mac, node] of nodes) this.#watches.set(mac, watchOf(node, observe));
  }

  reset(node: NodeId): void {
    for (const [mac, watch] of this.#watches) {
      if (watch.node === node) this.#watches.set(mac, watchOf(node, this.#observe));
    }
  }

  resume(node: NodeId, told: ReadonlySet<Stage>): void {
    this.reset(node);
    for (const watch of this.#watches.values()) if (watch.node === node) watch.report.passOver(told);
  }

  readonly take = (seen: SeenFrame): void => {
    const frame = seen.bytes;
    if (!this.#isInteresting(frame)) return;
    const packet = readIpv4Packet(frame);
    // A damaged frame is no evidence: its receiver will not believe it either.
    if (packet === null || packet.isFragment || !isIpv4ChecksumRight(frame, packet)) return;
    if (packet.protocol === IP_PROTOCOL.udp) this.#takeUdp(frame, packet, seen.isLost);
    else this.#takeTcp(frame, packet, seen.isLost);
  };

  /**
   * UDP, or TCP of an iSCSI or HTTP connection that still has something to tell. Read straight from the bytes, before
   * anything is checked: every frame on the wire comes through here, and most are of a disk that is being read.
   */
  #isInteresting(frame: Buffer): boolean {
    if (frame.length < HEADROOM_BYTES + 8 || frame.readUInt16BE(12) !== ETHER_TYPE.ipv4) return false;
    const protocol = frame[23];
    if (protocol === IP_PROTOCOL.udp) return true;
    const portsAt = 14 + ((frame[14] ?? 0) & 15) * 4;
    if (protocol !== IP_PROTOCOL.tcp || portsAt + 14 > frame.length) return false;
    const [sourcePort, destinationPort] = [frame.readUInt16BE(portsAt), frame.readUInt16BE(portsAt + 2)];
    const isFromNode = isService(destinationPort);
    if (!isFromNode && !isService(sourcePort)) return false;
    const watch = this.#watchOf(frame, isFromNode ? destinationPort : sourcePort, isFromNode);
    const nodePort = isFromNode ? sourcePort : destinationPort;
    return watch?.wants({ nodePort, flags: frame[portsAt + 13] ?? 0, isFromNode }) === true;
  }

  #takeUdp(frame: Buffer, packet: Ipv4Packet, isLost: boolean): void {
    const udp = readUdp(frame, packet);
    if (udp === null) return;
    const { sourcePort, destinationPort } = udp;
    const isDhcp = destinationPort === DHCP_SERVER_PORT || destinationPort === DHCP_CLIENT_PORT;
    const from = this.#watches.get(readMac(frame, 6))?.tftp;
    const to = isLost ? undefined : this.#watches.get(readMac(frame, 0))?.tftp;
    const isAsked = from !== undefined && destinationPort === TFTP_PORT;
    const isAnswer = from?.port === sourcePort;
    const isData = to?.port === destinationPort;
    // The checksum is taken last: most datagrams on the wire are nobody's boot.
    if (!(isDhcp || isAsked || isAnswer || isData) || !isUdpChecksumRight(frame, packet)) return;
    const payload = frame.subarray(udp.payloadAt, udp.endAt);
    if (isDhcp) this.#takeDhcp(payload, isLost);
    else if (isAsked) from.takeRequest(sourcePort, payload);
    else if (isAnswer) from.takeAnswer(payload);
    if (isData) to.takeData(payload);
  }

  /** By the client's hardware address: answers may be broadcast, and questions may come through a relay. */
  #takeDhcp(payload: Buffer, isLost: boolean): void {
    const message = readDhcpMessage(payload);
    if (message === null || (isLost && !message.isFromClient)) return;
    const watch = this.#watches.get(message.client);
    if (watch === undefined) return;
    if (watch.dhcp.startsAnew(message)) this.reset(watch.node);
    const current = this.#watches.get(message.client);
    current?.dhcp.take(message, current.tftp.hasLoaded);
  }

  #takeTcp(frame: Buffer, packet: Ipv4Packet, isLost: boolean): void {
    const segment = readTcp(frame, packet);
    if (segment === null) return;
    const { sourcePort, destinationPort } = segment;
    const isFromNode = isService(destinationPort);
    if (isLost && !isFromNode) return;
    const watch = this.#watchOf(frame, isFromNode ? destinationPort : sourcePort, isFromNode);
    if (watch === undefined || !isTcpChecksumRight(frame, packet)) return;
    const payload = frame.subarray(segment.payloadAt, segment.endAt);
    if (isFromNode) watch.takeFromNode(segment, payload, packet.destination);
    else watch.takeToNode(segment, payload);
  }

  /** Who follows what the node and that service say to each other. */
  #watchOf(frame: Buffer, servicePort: number, isFromNode: boolean): IscsiWatch | HttpWatch | undefined {
    const node = this.#watches.get(readMac(frame, isFromNode ? 6 : 0));
    return servicePort === HTTP_PORT ? node?.http : node?.iscsi;
  }
}

function isService(port: number): boolean {
  return port === ISCSI_PORT || port === HTTP_PORT;
}

function watchOf(node: NodeId, observe: Observe): NodeWatch {
  const report = new Report(node, observe);
  const [dhcp, tftp, iscsi] = [new DhcpWatch(report), new TftpWatch(report), new IscsiWatch(report)];
  return { node, report, dhcp, tftp, iscsi, http: new HttpWatch(node, report) };
}
