import type { Clock } from '../../../../core/clock.js';
import type { Ipv4, Mac } from '../../address.js';
import type { Datagram, DatagramService, SendDatagram } from '../../datagram.js';
import { netascii, type TftpFile } from './file.js';
import { negotiate } from './negotiate.js';
import { ERROR, errorPacket, parseTftp, type TftpPacket } from './packet.js';
import { openTransfer, type Transfer } from './transfer.js';

export interface TftpServerOptions {
  readonly clock: Clock;
  /** Finds a file by the name the client gave; leading slashes are taken off. Null: there is none. */
  readonly files: (name: string) => TftpFile | null;
  /** The client has acknowledged the last block of this file. */
  readonly onLoaded?: (mac: Mac, name: string) => void;
  /** Ports that transfers are answered from; 69 takes only requests. */
  readonly ports?: PortRange;
}

export interface PortRange {
  readonly first: number;
  /** Included. */
  readonly last: number;
}

export interface TftpServer {
  /** To be bound to UDP 69 and to every port of `ports`: `bindTftp` does so. */
  readonly service: DatagramService;
  readonly ports: PortRange;
  /** Files on their way at this moment. */
  transfers(): number;
  /** Ends them. */
  close(): void;
}

export const TFTP_PORT = 69;

/** The start of IANA's dynamic ports. Taken in turn: the same one comes again after 31 other transfers. */
const PORTS: PortRange = { first: 49152, last: 49183 };
const MOST_TRANSFERS = 256;
const MOST_TRANSFERS_A_CLIENT = 8;

/** A TFTP server that gives files away and takes none. @see RFC 1350, 2347, 2348, 2349, 7440 */
export function openTftp(options: TftpServerOptions): TftpServer {
  const server = new Server(options);
  return {
    service: server.receive,
    ports: server.ports,
    transfers: () => server.transfers(),
    close: () => server.close(),
  };
}

/** Binds a server to all its ports. @returns unbinds */
export function bindTftp(
  server: TftpServer,
  bindUdp: (port: number, service: DatagramService) => () => void,
): () => void {
  const { first, last } = server.ports;
  const ports = [TFTP_PORT, ...Array.from({ length: last - first + 1 }, (_, index) => first + index)];
  const unbinders = ports.map((port) => bindUdp(port, server.service));
  return () => unbinders.forEach((unbind) => unbind());
}

/** A client's end of a transfer as one number: 32 bits of address, 16 of port. */
type ClientEnd = number;

interface Running {
  readonly transfer: Transfer;
  readonly end: ClientEnd;
  readonly client: Ipv4;
  readonly port: number;
  /** The request as it came, to know it again. */
  readonly request: Buffer;
}

type Request = Extract<TftpPacket, { kind: 'read' | 'write' }>;

class Server {
  readonly ports: PortRange;
  readonly #options: TftpServerOptions;
  readonly #running = new Set<Running>();
  /** The same, to be found by the two TIDs of RFC 1350, section 4: our port, then the client's end. */
  readonly #byPort = new Map<number, Map<ClientEnd, Running>>();
  /** Transfers that ended lately, by client end: an acknowledgement that comes late or twice deserves no error. */
  readonly #ended = new Map<ClientEnd, number>();
  #nextPort: number;

  constructor(options: TftpServerOptions) {
    this.#options = options;
    this.ports = options.ports ?? PORTS;
    this.#nextPort = this.ports.first;
  }

  transfers(): number {
    return this.#running.size;
  }

  close(): void {
    for (const running of this.#running) this.#end(running);
  }

  readonly receive: DatagramService = (datagram, send) => {
    const packet = parseTftp(datagram.payload);
    const isRequest = packet?.kind === 'read' || packet?.kind === 'write';
    if (datagram.destinationPort !== TFTP_PORT) this.#onTransferPort(datagram, packet, send);
    else if (isRequest) this.#onRequest(datagram, packet, send);
    // An ERROR is never answered (RFC 1350, section 7).
    else if (packet?.kind !== 'error') refuse(datagram, send, [ERROR.illegalOperation, 'only read requests here']);
  };

  #onTransferPort(datagram: Datagram, packet: TftpPacket | null, send: SendDatagram): void {
    const end = clientEnd(datagram);
    const running = this.#byPort.get(datagram.destinationPort)?.get(end);
    if (running === undefined) {
      const isLate = this.#ended.get(end) === datagram.destinationPort;
      if (packet?.kind !== 'error' && !isLate) refuse(datagram, send, [ERROR.unknownTransfer, 'no such transfer']);
      return;
    }
    if (packet?.kind === 'ack') running.transfer.acknowledge(packet.block);
    else if (packet?.kind === 'error') this.#end(running);
    else if (packet !== null) {
      this.#end(running);
      refuse(datagram, send, [ERROR.illegalOperation, 'only acknowledgements here']);
    }
  }

  #onRequest(datagram: Datagram, request: Request, send: SendDatagram): void {
    if (request.kind === 'write') return refuse(datagram, send, [ERROR.accessViolation, 'nothing is written here']);
    const end = clientEnd(datagram);
    const ofClient = [...this.#running].filter((running) => running.client === datagram.source);
    const same = ofClient.find((running) => running.end === end && running.request.equals(datagram.payload));
    if (same !== undefined && !same.transfer.hasProgressed()) return same.transfer.sendWindow();
    // From here on even the same request gets a transfer of its own. If it was a late duplicate, the client refuses the
    // unknown TID; if the client has started anew, it refuses the old one.
    const file = this.#find(request);
    if (!('size_bytes' in file)) return refuse(datagram, send, file);
    if (this.#running.size >= MOST_TRANSFERS || ofClient.length >= MOST_TRANSFERS_A_CLIENT) {
      return refuse(datagram, send, [ERROR.undefined, 'too many transfers, ask again later']);
    }
    this.#start(datagram, { request, file }, send);
  }

  #find(request: Request): TftpFile | Refusal {
    if (request.mode !== 'octet' && request.mode !== 'netascii') return [ERROR.illegalOperation, 'mode octet, please'];
    const file = this.#options.files(nameOf(request));
    if (file === null) return [ERROR.fileNotFound, 'file not found'];
    if (request.mode === 'octet') return file;
    return netascii(file) ?? [ERROR.undefined, 'too long for netascii, mode octet, please'];
  }

  #start(datagram: Datagram, asked: { request: Request; file: TftpFile }, send: SendDatagram): void {
    const { peerMac, source, sourcePort, destination } = datagram;
    const end = clientEnd(datagram);
    const port = this.#takePort();
    const reply = { peerMac, source: destination, sourcePort: port, destination: source, destinationPort: sourcePort };
    const transfer = openTransfer({
      clock: this.#options.clock,
      file: asked.file,
      terms: negotiate(asked.request.options, asked.file.size_bytes),
      send: (payload) => send({ ...reply, payload }),
      onEnd: (outcome) => {
        this.#end(running);
        if (outcome === 'loaded') this.#options.onLoaded?.(peerMac, nameOf(asked.request));
      },
    });
    // A copy of the request: the datagram is a view of a frame that is not ours.
    const running: Running = { transfer, end, client: source, port, request: Buffer.from(datagram.payload) };
    this.#running.add(running);
    const ofPort = this.#byPort.get(port) ?? new Map<ClientEnd, Running>();
    this.#byPort.set(port, ofPort);
    const before = ofPort.get(end);
    if (before !== undefined) this.#end(before);
    ofPort.set(end, running);
    transfer.sendWindow();
  }

  #takePort(): number {
    const port = this.#nextPort;
    this.#nextPort = port >= this.ports.last ? this.ports.first : port + 1;
    return port;
  }

  #end(running: Running): void {
    running.transfer.cancel();
    if (!this.#running.delete(running)) return;
    this.#byPort.get(running.port)?.delete(running.end);
    this.#ended.delete(running.end);
    this.#ended.set(running.end, running.port);
    const oldest = this.#ended.keys().next().value;
    if (this.#ended.size > MOST_TRANSFERS && oldest !== undefined) this.#ended.delete(oldest);
  }
}

type Refusal = readonly [code: number, text: string];

function nameOf(request: Request): string {
  return request.file.replace(/^\/+/, '');
}

function clientEnd(datagram: Datagram): ClientEnd {
  return datagram.source * 65536 + datagram.sourcePort;
}

function refuse(datagram: Datagram, send: SendDatagram, [code, text]: Refusal): void {
  send({
    peerMac: datagram.peerMac,
    source: datagram.destination,
    sourcePort: datagram.destinationPort,
    destination: datagram.source,
    destinationPort: datagram.sourcePort,
    payload: errorPacket(code, text),
  });
}
