import { scriptPath } from '../../../core/boot-script.js';
import type { NodeId } from '../../../core/ids.js';
import { TCP_FLAG, type TcpSegment } from '../frames/tcp.js';
import type { SegmentGlance } from './iscsi-watch.js';
import { Reassembly } from './reassembly.js';
import type { Report } from './report.js';

/** A longer first line is neither iPXE's question for its script nor the answer to that. */
const MOST_LINE_BYTES = 512;
/** Connections followed at a time; iPXE asks for its script on the first one. */
const MOST_FLOWS = 8;
/** RFC 9110, section 15.5: not found, gone. */
const MISSING: readonly string[] = ['404', '410'];

/** One TCP connection to an HTTP server, followed until its first question and answer are read. */
interface Flow {
  readonly firstSequence: number;
  /** Null once the question is read. */
  toServer: Line | null;
  /** Null until the server has answered the SYN. The flow is forgotten once this one is read. */
  toNode: Line | null;
}

/** Follows a node's iPXE asking for the script that it is to run. What else it loads is not looked into. */
export class HttpWatch {
  readonly #report: Report;
  readonly #script: string;
  readonly #flows = new Map<number, Flow>();

  constructor(node: NodeId, report: Report) {
    this.#report = report;
    this.#script = scriptPath(node);
  }

  /** Whether a segment would still be read: if not, nothing of it need be looked at. */
  wants({ nodePort, flags, isFromNode }: SegmentGlance): boolean {
    if (isFromNode && (flags & TCP_FLAG.syn) !== 0) return true;
    const flow = this.#flows.get(nodePort);
    return flow !== undefined && (!isFromNode || flow.toServer !== null);
  }

  takeFromNode({ flags, sequence, sourcePort }: TcpSegment, payload: Buffer): void {
    if ((flags & TCP_FLAG.syn) !== 0) this.#open(sourcePort, sequence);
    else if ((flags & TCP_FLAG.rst) !== 0) this.#flows.delete(sourcePort);
    else this.#flows.get(sourcePort)?.toServer?.push(sequence, payload);
  }

  takeToNode({ flags, sequence, destinationPort }: TcpSegment, payload: Buffer): void {
    const flow = this.#flows.get(destinationPort);
    if (flow === undefined) return;
    if ((flags & TCP_FLAG.rst) !== 0) this.#flows.delete(destinationPort);
    else if ((flags & TCP_FLAG.syn) === 0) flow.toNode?.push(sequence, payload);
    else flow.toNode ??= new Line(sequence + 1, (line) => this.#onAnswer(destinationPort, line));
  }

  #open(port: number, sequence: number): void {
    if (this.#flows.get(port)?.firstSequence === sequence) return;
    this.#flows.delete(port);
    const [oldest] = this.#flows.keys();
    if (this.#flows.size >= MOST_FLOWS && oldest !== undefined) this.#flows.delete(oldest);
    const toServer = new Line(sequence + 1, (line) => this.#onAsked(port, line));
    this.#flows.set(port, { firstSequence: sequence, toServer, toNode: null });
  }

  /** @param line `GET /boot/mesh1.ipxe HTTP/1.1`; null when it is too long */
  #onAsked(port: number, line: string | null): void {
    const [method, target = ''] = line?.split(' ') ?? [];
    const [path] = target.split('?');
    const flow = this.#flows.get(port);
    if (flow === undefined || method !== 'GET' || path !== this.#script) {
      this.#flows.delete(port);
      return;
    }
    flow.toServer = null;
    this.#report.reach('ipxe.script', `HTTP GET ${this.#script}`);
  }

  /** @param line `HTTP/1.1 404 Not Found`; null when it is too long */
  #onAnswer(port: number, line: string | null): void {
    const isAsked = this.#flows.get(port)?.toServer === null;
    this.#flows.delete(port);
    const [, status = ''] = line?.split(' ') ?? [];
    if (!isAsked || !MISSING.includes(status)) return;
    this.#report.trouble({ code: 'BOOT-010', kind: 'script.missing', file: this.#script });
  }
}

/** The first line of one direction of a connection, told once. */
class Line {
  readonly #order: Reassembly;
  readonly #onLine: (line: string | null) => void;
  #text = '';
  #isTold = false;

  constructor(next: number, onLine: (line: string | null) => void) {
    this.#order = new Reassembly(next);
    this.#onLine = onLine;
  }

  push(sequence: number, payload: Buffer): void {
    this.#order.push(sequence, payload, (bytes) => this.#take(bytes));
  }

  #take(bytes: Buffer): void {
    if (this.#isTold) return;
    this.#text += bytes.toString('latin1', 0, MOST_LINE_BYTES);
    const end = this.#text.indexOf('\n');
    if (end === -1 && this.#text.length < MOST_LINE_BYTES) return;
    this.#isTold = true;
    this.#onLine(end === -1 ? null : this.#text.slice(0, end).trimEnd());
  }
}
