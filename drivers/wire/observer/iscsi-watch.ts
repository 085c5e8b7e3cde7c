import { formatIpv4, type Ipv4 } from '../address.js';
import { TCP_FLAG, type TcpSegment } from '../frames/tcp.js';
import { readLogin, readLoginAnswer, type InitiatorIdentity, type Login } from './login.js';
import { PduScanner, type Pdu } from './pdu-scanner.js';
import { Reassembly } from './reassembly.js';
import type { Report } from './report.js';

/** RFC 7143, section 11: opcodes. */
const OPCODE = { command: 0x01, loginRequest: 0x03, loginResponse: 0x23 } as const;
/** SBC-4: READ(6), (10), (12), (16), with the offset of the logical block address in the CDB. */
const READS: ReadonlyMap<number, number> = new Map([
  [0x08, 0],
  [0x28, 2],
  [0xa8, 2],
  [0x88, 6],
]);
/** Connections followed at a time; a boot has three. */
const MOST_FLOWS = 32;
/** The third SYN without an answer: 3 s with iPXE. */
const SYNS_UNANSWERED = 3;

/** One direction as long as it is followed. */
interface Direction {
  readonly order: Reassembly;
  readonly scanner: PduScanner;
}

/** One TCP connection of the node to an iSCSI portal. */
interface Flow {
  readonly firstSequence: number;
  readonly portal: string;
  syns: number;
  isEstablished: boolean;
  login: Login | null;
  isFirmware: boolean;
  toTarget: Direction | null;
  toNode: Direction | null;
}

/** What tells whose segment it is. */
export interface SegmentGlance {
  readonly nodePort: number;
  readonly flags: number;
  readonly isFromNode: boolean;
}

/** Follows a node's iSCSI connections as far as they tell how its boot goes on, and no further. */
export class IscsiWatch {
  readonly #report: Report;
  readonly #flows = new Map<number, Flow>();
  #firmware: InitiatorIdentity | null = null;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Whether a segment would still be read: if not, nothing of it need be looked at. */
  wants({ nodePort, flags, isFromNode }: SegmentGlance): boolean {
    if ((flags & (TCP_FLAG.syn | TCP_FLAG.rst)) !== 0) return true;
    const flow = this.#flows.get(nodePort);
    return flow !== undefined && (isFromNode ? flow.toTarget : flow.toNode) !== null;
  }

  takeFromNode(segment: TcpSegment, payload: Buffer, portal: Ipv4): void {
    const { flags, sequence, sourcePort } = segment;
    if ((flags & TCP_FLAG.syn) !== 0) this.#open(segment, `${formatIpv4(portal)}:${segment.destinationPort}`);
    else if ((flags & TCP_FLAG.rst) !== 0) this.#flows.delete(sourcePort);
    else pass(this.#flows.get(sourcePort)?.toTarget, sequence, payload);
  }

  takeToNode(segment: TcpSegment, payload: Buffer): void {
    const { flags, sequence, destinationPort } = segment;
    const flow = this.#flows.get(destinationPort);
    if (flow === undefined) return;
    if ((flags & TCP_FLAG.rst) !== 0) {
      this.#flows.delete(destinationPort);
      if (!flow.isEstablished) this.#unreachable(flow);
    } else if ((flags & TCP_FLAG.syn) !== 0) {
      if (flow.isEstablished) return;
      flow.isEstablished = true;
      flow.toNode = direction(sequence + 1, [], (pdu) => this.#onAnswer(flow, pdu));
    } else pass(flow.toNode, sequence, payload);
  }

  #open(segment: TcpSegment, portal: string): void {
    const known = this.#flows.get(segment.sourcePort);
    if (known?.firstSequence === segment.sequence) {
      known.syns++;
      if (known.syns >= SYNS_UNANSWERED && !known.isEstablished) this.#unreachable(known);
      return;
    }
    const flow: Flow = {
      firstSequence: segment.sequence,
      portal,
      syns: 1,
      isEstablished: false,
      login: null,
      isFirmware: false,
      toTarget: direction(segment.sequence + 1, [OPCODE.loginRequest], (pdu) => this.#onAsked(flow, pdu)),
      toNode: null,
    };
    this.#flows.delete(segment.sourcePort);
    const [oldest] = this.#flows.keys();
    if (this.#flows.size >= MOST_FLOWS && oldest !== undefined) this.#flows.delete(oldest);
    this.#flows.set(segment.sourcePort, flow);
  }

  #unreachable(flow: Flow): void {
    this.#report.trouble({ code: 'BOOT-009', kind: 'lun.unreachable', target: flow.portal });
  }

  #onAsked(flow: Flow, pdu: Pdu): void {
    if (pdu.opcode === OPCODE.loginRequest && flow.login === null) this.#onLogin(flow, readLogin(pdu.header, pdu.data));
    else if (pdu.opcode === OPCODE.command && flow.isFirmware) this.#onCommand(flow, pdu.header);
    if (flow.login !== null && !flow.isFirmware) flow.toTarget = null;
  }

  #onLogin(flow: Flow, login: Login): void {
    flow.login = login;
    if (login.isDiscovery) return;
    flow.isFirmware = this.#isFirmware(login.identity);
    if (flow.isFirmware) this.#firmware ??= login.identity;
    const what = `iSCSI login to ${login.target} as ${login.initiator}, initiator ${login.identity.name}`;
    this.#report.reach(flow.isFirmware ? 'iscsi.login' : 'userland', what);
  }

  /** Who is not known by its ISID is told by order: firmware logs in first, and another one later is the kernel's. */
  #isFirmware(identity: InitiatorIdentity): boolean {
    if (identity.kind !== 'unknown') return identity.kind === 'firmware';
    return this.#firmware === null || this.#firmware.authority === identity.authority;
  }

  #onCommand(flow: Flow, header: Buffer): void {
    const addressAt = READS.get(header.readUInt8(32));
    if (addressAt === undefined) return;
    const block = header.readUInt32BE(32 + addressAt) & (addressAt === 0 ? 0x1fffff : 0xffffffff);
    this.#report.reach('iscsi.boot', `first read of ${flow.login?.target ?? 'a LUN'}, block ${block >>> 0}`);
    flow.toTarget = null;
  }

  #onAnswer(flow: Flow, pdu: Pdu): void {
    if (pdu.opcode !== OPCODE.loginResponse) return;
    const answer = readLoginAnswer(pdu.header);
    if (answer.state !== 'goesOn') flow.toNode = null;
    if (answer.state !== 'refused') return;
    const target = flow.login?.target ?? flow.portal;
    this.#report.trouble({ code: 'BOOT-004', kind: 'lun.refused', target, status: answer.status });
  }
}

function direction(next: number, withData: readonly number[], onPdu: (pdu: Pdu) => void): Direction {
  return { order: new Reassembly(next), scanner: new PduScanner(withData, onPdu) };
}

function pass(to: Direction | null | undefined, sequence: number, payload: Buffer): void {
  to?.order.push(sequence, payload, (bytes) => to.scanner.push(bytes));
}
