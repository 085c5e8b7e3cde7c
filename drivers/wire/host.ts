import type { Clock } from '../../core/clock.js';
import { assert } from '../../core/unreachable.js';
import { BROADCAST_IPV4, BROADCAST_MAC, UNKNOWN_MAC, type Ipv4, type Mac } from './address.js';
import type { Datagram, DatagramService, SendDatagram } from './datagram.js';
import { ARP_REPLY, ARP_REQUEST, arpFrame, readArp, type Arp } from './frames/arp.js';
import { ETHER_TYPE, isGroupAddress, readEthernet, writeEthernet, type EthernetHeader } from './frames/ethernet.js';
import { echoReply, isEchoRequest } from './frames/icmp.js';
import { IP_PROTOCOL, isIpv4ChecksumRight, readIpv4Packet, writeIpv4Header, type Ipv4Packet } from './frames/ipv4.js';
import { isRouterSolicitation, routerAdvertisement } from './frames/router-advertisement.js';
import { isUdpChecksumRight, readUdp, udpPacket } from './frames/udp.js';
import type { IpLink } from './ip-link.js';
import { Neighbours } from './neighbours.js';
import type { Attach, Delivery, WirePort } from './wire-port.js';

/** IEEE 802.3: 1,500 bytes of payload and the header; nobody on the wire is promised more. */
export const LONGEST_SENT_BYTES = 1514;

export interface WireHostOptions {
  readonly mac: Mac;
  readonly address: Ipv4;
  /** Length of the subnet's prefix, 1 to 30. */
  readonly prefix_bits: number;
  readonly attach: Attach;
  readonly clock: Clock;
}

/** What was not answered, and why. */
export interface HostCounters {
  readonly malformed: number;
  readonly badChecksums: number;
  readonly fragments: number;
  /** Nobody is bound to the port or protocol. */
  readonly unbound: number;
  /** Ours: longer than a frame may be, or waiting for an address that does not answer. */
  readonly unsendable: number;
}

/** Takes the payload of an IPv4 packet for our address: a view of the frame, which nobody changes any more. */
export type ReceivePacket = (from: Ipv4, packet: Buffer) => void;

/** Our servers' presence on the wire: one MAC address, one IPv4 address. Answers ARP, echo and router solicitations. */
export interface WireHost extends IpLink {
  readonly mac: Mac;
  /** @returns unbinds. A port takes one service at a time. */
  bindUdp(port: number, service: DatagramService): () => void;
  /** @param protocol an IP protocol number other than ICMP's and UDP's. @returns unbinds */
  bindProtocol(protocol: number, receive: ReceivePacket): () => void;
  readonly sendDatagram: SendDatagram;
  counters(): HostCounters;
  close(): void;
}

export function openWireHost(options: WireHostOptions): WireHost {
  return new Host(options);
}

class Host implements WireHost {
  readonly mac: Mac;
  readonly address: Ipv4;
  readonly #prefix_bits: number;
  readonly #port: WirePort;
  readonly #neighbours: Neighbours;
  readonly #services = new Map<number, DatagramService>();
  readonly #protocols = new Map<number, ReceivePacket>();
  readonly #counters = { malformed: 0, badChecksums: 0, fragments: 0, unbound: 0, unsendable: 0 };
  #identification = 0;

  constructor(options: WireHostOptions) {
    this.mac = options.mac;
    this.address = options.address;
    this.#prefix_bits = options.prefix_bits;
    this.#neighbours = new Neighbours(options.clock, (address) => this.#ask(address));
    this.#port = options.attach((frame) => this.#receive(frame));
  }

  bindUdp(port: number, service: DatagramService): () => void {
    return bind(this.#services, port, service);
  }

  bindProtocol(protocol: number, receive: ReceivePacket): () => void {
    assert(protocol !== IP_PROTOCOL.udp && protocol !== IP_PROTOCOL.icmp, `protocol ${protocol} is the host's own`);
    return bind(this.#protocols, protocol, receive);
  }

  counters(): HostCounters {
    return { ...this.#counters };
  }

  close(): void {
    this.#port.close();
  }

  send(to: Ipv4, protocol: number, packet: Buffer): void {
    writeIpv4Header(packet, { source: this.address, destination: to, protocol, identification: this.#nextId() });
    const mac = to === BROADCAST_IPV4 ? BROADCAST_MAC : this.#neighbours.find(to);
    if (mac !== undefined) this.#sendPacket(mac, packet);
    else if (!this.#isNear(to) || !this.#neighbours.hold(to, packet)) this.#counters.unsendable++;
  }

  readonly sendDatagram: SendDatagram = (datagram) => {
    const { source, destination } = datagram;
    const packet = udpPacket(datagram, datagram.payload);
    writeIpv4Header(packet, { source, destination, protocol: IP_PROTOCOL.udp, identification: this.#nextId() });
    this.#sendPacket(datagram.peerMac, packet);
  };

  #nextId(): number {
    this.#identification = (this.#identification + 1) & 0xffff;
    return this.#identification;
  }

  #sendPacket(destination: Mac, packet: Buffer): void {
    if (packet.length > LONGEST_SENT_BYTES) {
      this.#counters.unsendable++;
      return;
    }
    writeEthernet(packet, { destination, source: this.mac, type: ETHER_TYPE.ipv4 });
    this.#port.send(packet);
  }

  #ask(target: Ipv4): void {
    const arp = { operation: ARP_REQUEST, targetMac: UNKNOWN_MAC, targetAddress: target };
    this.#port.send(arpFrame(BROADCAST_MAC, { ...arp, senderMac: this.mac, senderAddress: this.address }));
  }

  #isNear(address: Ipv4): boolean {
    return (address ^ this.address) >>> (32 - this.#prefix_bits) === 0;
  }

  #receive(frame: Buffer): Delivery {
    const ethernet = readEthernet(frame);
    // A frame for an address that the switch has not learned yet reaches us as well: not ours.
    if (ethernet === null || (ethernet.destination !== this.mac && !isGroupAddress(ethernet.destination)))
      return 'taken';
    if (ethernet.type === ETHER_TYPE.ipv4) this.#receiveIpv4(frame, ethernet);
    else if (ethernet.type === ETHER_TYPE.arp) this.#receiveArp(frame);
    else if (isRouterSolicitation(frame)) this.#port.send(routerAdvertisement(this.mac));
    return 'taken';
  }

  #receiveArp(frame: Buffer): void {
    const arp = readArp(frame);
    if (arp === null) {
      this.#counters.malformed++;
      return;
    }
    this.#learn(arp.senderAddress, arp.senderMac);
    if (arp.operation !== ARP_REQUEST || arp.targetAddress !== this.address) return;
    const answer: Arp = {
      operation: ARP_REPLY,
      senderMac: this.mac,
      senderAddress: this.address,
      targetMac: arp.senderMac,
      targetAddress: arp.senderAddress,
    };
    this.#port.send(arpFrame(arp.senderMac, answer));
  }

  #receiveIpv4(frame: Buffer, ethernet: EthernetHeader): void {
    const packet = readIpv4Packet(frame);
    if (packet === null) this.#counters.malformed++;
    else if (!isIpv4ChecksumRight(frame, packet)) this.#counters.badChecksums++;
    else if (this.#isForUs(packet.destination)) {
      this.#learn(packet.source, ethernet.source);
      if (packet.isFragment) this.#counters.fragments++;
      else if (packet.protocol === IP_PROTOCOL.udp) this.#receiveUdp(frame, packet, ethernet.source);
      else if (packet.destination === this.address) this.#receiveOther(frame, packet);
    }
  }

  #receiveUdp(frame: Buffer, packet: Ipv4Packet, peerMac: Mac): void {
    const udp = readUdp(frame, packet);
    if (udp === null) {
      this.#counters.malformed++;
      return;
    }
    if (!isUdpChecksumRight(frame, packet)) {
      this.#counters.badChecksums++;
      return;
    }
    const service = this.#services.get(udp.destinationPort);
    if (service === undefined) {
      this.#counters.unbound++;
      return;
    }
    const { source, destination } = packet;
    const { sourcePort, destinationPort } = udp;
    const payload = frame.subarray(udp.payloadAt, udp.endAt);
    service(
      { peerMac, source, sourcePort, destination, destinationPort, payload } satisfies Datagram,
      this.sendDatagram,
    );
  }

  #receiveOther(frame: Buffer, packet: Ipv4Packet): void {
    const receive = this.#protocols.get(packet.protocol);
    if (receive !== undefined) receive(packet.source, frame.subarray(packet.payloadAt, packet.endAt));
    else if (isEchoRequest(frame, packet)) this.send(packet.source, IP_PROTOCOL.icmp, echoReply(frame, packet));
    else this.#counters.unbound++;
  }

  #isForUs(destination: Ipv4): boolean {
    if (destination === this.address || destination === BROADCAST_IPV4) return true;
    const host_bits = 0xffffffff >>> this.#prefix_bits;
    return this.#isNear(destination) && (destination & host_bits) >>> 0 === host_bits;
  }

  #learn(address: Ipv4, mac: Mac): void {
    if (!this.#isNear(address) || address === this.address || isGroupAddress(mac)) return;
    for (const packet of this.#neighbours.learn(address, mac)) this.#sendPacket(mac, packet);
  }
}

/** One taker a number; taking a number twice is a bug of whoever composed the host. */
function bind<Taker>(table: Map<number, Taker>, number: number, taker: Taker): () => void {
  assert(!table.has(number), `${number} is bound already`);
  table.set(number, taker);
  return () => {
    if (table.get(number) === taker) table.delete(number);
  };
}
