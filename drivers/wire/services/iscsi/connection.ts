import type { ByteStream } from '../../byte-stream.js';
import { CommandWindow } from './command-window.js';
import { FullFeature } from './full-feature.js';
import { Login, LOGIN_STATUS } from './login.js';
import type { LoginReply, LoginStatus } from './login.js';
import { MOST_RECEIVED_BYTES } from './negotiation.js';
import { FINAL, newHeader, NO_TAG, OPCODE, opcodeOf, taskTagOf } from './pdu.js';
import type { Digests, Pdu } from './pdu.js';
import { PduReader } from './pdu-reader.js';
import type { ReadProblem } from './pdu-reader.js';
import { PduWriter } from './pdu-writer.js';
import { Session } from './session.js';
import type { SessionEnd } from './session.js';
import type { TargetSet } from './target.js';
import { encodeText } from './text.js';

/** AsyncEvent 2: the target drops this connection. */
const DROPS_CONNECTION = 2;
/** Sessions of one target: far more than a rack has initiators for one disk. */
const MOST_SESSIONS = 256;
/** What a login's text may take in one PDU before anything is negotiated (RFC 7143, section 13.12). */
const LOGIN_LIMIT_BYTES = 8192;

/** One connection: PDUs in, PDUs out, the login, and then the full feature phase. */
export class Connection {
  readonly stream: ByteStream;
  readonly targets: TargetSet;
  readonly window = new CommandWindow();
  readonly #reader: PduReader;
  readonly #writer: PduWriter;
  readonly #login: Login;
  #statusNumber = 1;
  #isBlocked = false;
  #isClosed = false;
  #hasBegun = false;
  /** CID: the initiator's name for this connection. */
  #identifier = 0;
  #session: Session | null = null;
  #full: FullFeature | null = null;

  constructor(stream: ByteStream, targets: TargetSet) {
    this.stream = stream;
    this.targets = targets;
    this.#writer = new PduWriter(stream);
    this.#login = new Login({
      address: stream.remote.address,
      randomBytes: targets.randomBytes,
      findTarget: (iqn) => targets.find(iqn)?.config ?? null,
    });
    this.#reader = new PduReader(LOGIN_LIMIT_BYTES, {
      pdu: (pdu) => this.#pdu(pdu),
      dataDigestError: (pdu) => this.#full?.dataDigestError(pdu) ?? false,
      problem: (problem) => this.#problem(problem),
    });
  }

  /** Listens from now on. */
  open(): void {
    const { stream } = this;
    stream.onData((bytes) => this.#corked(() => this.#reader.push(bytes)));
    stream.onDrain(() => this.#drained());
    stream.onEnd(() => this.finish());
    stream.onClose(() => this.#closed());
  }

  /** Whether what is sent should wait for `onDrain`. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a PDU; one that carries a status takes the next StatSN, any other only shows it. */
  send(header: Buffer, data: Buffer | null, carriesStatus: boolean): void {
    header.writeUInt32BE(this.#statusNumber, 24);
    if (carriesStatus) this.#statusNumber = (this.#statusNumber + 1) >>> 0;
    this.sendUnnumbered(header, data);
  }

  /** Data-In without status has no StatSN (RFC 7143, section 11.7.4). */
  sendUnnumbered(header: Buffer, data: Buffer | null): void {
    header.writeUInt32BE(this.window.expected, 28);
    header.writeUInt32BE(this.window.most, 32);
    if (this.#writer.write(header, data) || this.#isBlocked) return;
    this.#isBlocked = true;
    this.stream.pause();
  }

  /** Closes our direction after what is queued, and takes nothing any more. */
  finish(): void {
    if (this.#isClosed) return;
    this.#closed();
    this.stream.end();
  }

  abort(): void {
    if (this.#isClosed) return;
    this.#closed();
    this.stream.abort();
  }

  #corked(work: () => void): void {
    this.stream.cork();
    work();
    this.stream.uncork();
  }

  #drained(): void {
    if (!this.#isBlocked || this.#isClosed) return;
    this.#isBlocked = false;
    this.#corked(() => {
      this.#full?.continueReading();
      if (!this.#isBlocked) this.#reader.resume();
    });
    if (!this.#isBlocked) this.stream.resume();
  }

  #pdu(pdu: Pdu): boolean {
    if (this.#full !== null) this.#full.pdu(pdu);
    else if (opcodeOf(pdu.header) === OPCODE.login) this.#loginRequest(pdu);
    else this.abort();
    return !this.#isBlocked && !this.#isClosed;
  }

  #problem(problem: ReadProblem): void {
    // A header that is damaged or a segment longer than declared: the next PDU cannot be found (RFC 7143, section 7.7).
    if (problem === 'too long' || problem === 'header digest') this.abort();
  }

  #loginRequest(pdu: Pdu): void {
    if (!this.#hasBegun) this.window.start(pdu.header.readUInt32BE(24));
    this.#hasBegun = true;
    this.#identifier = pdu.header.readUInt16BE(20);
    const reply = this.#login.request(pdu);
    if (reply.kind === 'refused') {
      this.#refuse(pdu, reply.status);
      return;
    }
    const status = reply.kind === 'done' ? this.#beginSession(pdu) : LOGIN_STATUS.success;
    if (status === LOGIN_STATUS.success) this.#loginResponse(pdu, reply);
    else this.#refuse(pdu, status);
    if (this.#session !== null) this.#beginFullFeature(this.#session);
  }

  #beginSession({ header }: Pdu): LoginStatus {
    const isid = header.toString('hex', 8, 14);
    const handle = header.readUInt16BE(14);
    const target = this.#login.isDiscovery ? null : this.targets.find(this.#login.targetName);
    if (target?.attach() === false) return LOGIN_STATUS.notFound;
    const session = new Session({
      initiatorName: this.#login.initiatorName,
      isid,
      target,
      handle: handle === 0 ? this.targets.nextHandle() : handle,
      parameters: this.#login.parameters,
      window: this.window,
      close: (why) => this.#closeSession(why),
    });
    // Session reinstatement (RFC 7143, section 6.3.5): the same initiator port logs in again, its old session is over.
    const old = [...(target?.sessions ?? [])].find(({ name }) => name === session.name);
    if (handle !== 0 && old?.handle !== handle) return LOGIN_STATUS.noSuchSession;
    old?.close('reinstated');
    if ((target?.sessions.size ?? 0) >= MOST_SESSIONS) return LOGIN_STATUS.outOfResources;
    this.#session = session;
    target?.join(session);
    return LOGIN_STATUS.success;
  }

  /** An initiator that is told that its connection goes need not find out by a timeout (RFC 7143, section 11.9). */
  #closeSession(why: SessionEnd): void {
    if (why === 'reinstated' || this.#full === null) return this.abort();
    const header = newHeader(OPCODE.asyncMessage, FINAL);
    header.writeUInt32BE(NO_TAG, 16);
    header[36] = DROPS_CONNECTION;
    header.writeUInt16BE(this.#identifier, 38);
    this.send(header, null, true);
    this.finish();
  }

  #beginFullFeature(session: Session): void {
    const { headerDigest, dataDigest } = session.parameters;
    const digests: Digests = { header: headerDigest, data: dataDigest };
    this.#writer.digests = digests;
    this.#reader.digests = digests;
    this.#reader.limit_bytes = MOST_RECEIVED_BYTES;
    this.#full = new FullFeature(this, session);
    this.#tell('login');
  }

  #loginResponse({ header }: Pdu, reply: Exclude<LoginReply, { kind: 'refused' }>): void {
    const response = newHeader(OPCODE.loginResponse, reply.flags);
    header.copy(response, 8, 8, 14);
    response.writeUInt16BE(reply.kind === 'done' ? (this.#session?.handle ?? 0) : header.readUInt16BE(14), 14);
    response.writeUInt32BE(taskTagOf(header), 16);
    this.send(response, encodeText(reply.pairs), true);
  }

  #refuse({ header }: Pdu, status: LoginStatus): void {
    const response = newHeader(OPCODE.loginResponse, 0);
    header.copy(response, 8, 8, 16);
    response.writeUInt32BE(taskTagOf(header), 16);
    response.writeUInt16BE(status, 36);
    this.send(response, null, true);
    const { initiatorName, targetName } = this.#login;
    const address = this.stream.remote.address;
    this.targets.observe({ kind: 'refused', address, initiator: initiatorName, target: targetName, status });
    this.finish();
  }

  #tell(kind: 'login' | 'ended'): void {
    const { initiatorName, targetName } = this.#login;
    this.targets.observe({ kind, address: this.stream.remote.address, initiator: initiatorName, target: targetName });
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader.close();
    const session = this.#session;
    if (session === null) return;
    session.abortTasks(null);
    session.target?.leave(session);
    this.#tell('ended');
  }
}
