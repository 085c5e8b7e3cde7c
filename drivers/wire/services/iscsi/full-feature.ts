import type { Connection } from './connection.js';
import { FINAL, isImmediate, NO_TAG, newHeader, OPCODE, opcodeOf, taskTagOf } from './pdu.js';
import type { Pdu } from './pdu.js';
import { ScsiTransport } from './scsi-transport.js';
import type { Session } from './session.js';
import { manageTasks } from './task-management.js';
import { TextExchange } from './text-exchange.js';

/** Reasons of a Reject (RFC 7143, section 11.17.1). */
const REJECT = { dataDigest: 0x02, snack: 0x03, protocol: 0x04, notSupported: 0x05 } as const;
/** Commands that came before one that is due. As many as the window has; each holds 1 PDU. */
const MOST_HELD_BYTES = 4 * 1024 * 1024;

/** The full feature phase of a connection (RFC 7143, section 4.2). */
export class FullFeature {
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #scsi: ScsiTransport;
  readonly #text: TextExchange;
  readonly #held = new Map<number, Pdu>();
  #held_bytes = 0;

  constructor(connection: Connection, session: Session) {
    this.#connection = connection;
    this.#session = session;
    this.#scsi = new ScsiTransport(connection, session);
    this.#text = new TextExchange(connection, session);
  }

  /** Numbered PDUs are taken in the order of their CmdSN; immediate ones and Data-Out at once. */
  pdu(pdu: Pdu): void {
    const { header } = pdu;
    const opcode = opcodeOf(header);
    if (opcode === OPCODE.dataOut) return this.#scsi.dataOut(pdu);
    if (opcode === OPCODE.snack) return this.#reject(pdu, REJECT.snack);
    if (isImmediate(header)) return this.#take(opcode, pdu);
    const { window } = this.#session;
    const number = header.readUInt32BE(24);
    const place = window.place(number);
    if (place === 'outside') return;
    if (place === 'early') return this.#hold(number, pdu);
    this.#takeNext(opcode, pdu);
    this.#takeHeld();
  }

  /** @returns false to stop reading */
  dataDigestError(pdu: Pdu): boolean {
    this.#reject(pdu, REJECT.dataDigest);
    if (opcodeOf(pdu.header) === OPCODE.dataOut) this.#scsi.damagedDataOut(pdu);
    // A command with damaged immediate data leaves a hole in the numbers, which only a new session mends at level 0.
    else this.#connection.finish();
    return !this.#connection.isClosed && !this.#connection.isBlocked;
  }

  /** After the stream was drained. */
  continueReading(): void {
    this.#scsi.continueReading();
    this.#takeHeld();
  }

  /** Commands that came early and are due now, as long as the stream takes their answers. */
  #takeHeld(): void {
    while (!this.#connection.isBlocked && !this.#connection.isClosed) {
      const next = this.#unhold();
      if (next === null) return;
      this.#takeNext(opcodeOf(next.header), next);
    }
  }

  #takeNext(opcode: number, pdu: Pdu): void {
    this.#session.window.advance(this.#session.tasks.size);
    this.#take(opcode, pdu);
  }

  #take(opcode: number, pdu: Pdu): void {
    switch (opcode) {
      case OPCODE.scsiCommand:
        return this.#session.target === null ? this.#reject(pdu, REJECT.protocol) : this.#scsi.command(pdu);
      case OPCODE.nopOut:
        return this.#nop(pdu);
      case OPCODE.taskManagement:
        return manageTasks(this.#connection, this.#session, pdu);
      case OPCODE.text:
        if (!this.#text.request(pdu)) this.#reject(pdu, REJECT.protocol);
        return;
      case OPCODE.logout:
        return this.#logout(pdu);
      case OPCODE.login:
        return this.#reject(pdu, REJECT.protocol);
      default:
        return this.#reject(pdu, REJECT.notSupported);
    }
  }

  /** The PDU's bytes are the stream's own again when its handler returns, so that what is held is copied. */
  #hold(number: number, { header, additionalHeader, data }: Pdu): void {
    if (this.#held.has(number)) return;
    this.#held_bytes += data.length;
    if (this.#held_bytes > MOST_HELD_BYTES) return this.#connection.abort();
    this.#held.set(number, {
      header: Buffer.from(header),
      additionalHeader: Buffer.from(additionalHeader),
      data: Buffer.from(data),
    });
  }

  #unhold(): Pdu | null {
    if (this.#held.size === 0) return null;
    const number = this.#session.window.expected;
    const pdu = this.#held.get(number);
    if (pdu === undefined) return null;
    this.#held.delete(number);
    this.#held_bytes -= pdu.data.length;
    return pdu;
  }

  /** A ping is answered with its own data (RFC 7143, section 11.18); one without a tag wants no answer. */
  #nop({ header, data }: Pdu): void {
    if (taskTagOf(header) === NO_TAG) return;
    const response = newHeader(OPCODE.nopIn, FINAL);
    header.copy(response, 8, 8, 20);
    response.writeUInt32BE(NO_TAG, 20);
    const most = this.#session.parameters.maxSend_bytes;
    this.#connection.send(response, data.length === 0 ? null : Buffer.from(data.subarray(0, most)), true);
  }

  /** RFC 7143, section 11.14: reasons 0 (session) and 1 (connection) are the same to us; 2 needs recovery level 2. */
  #logout({ header }: Pdu): void {
    const reason = (header[1] ?? 0) & 0x7f;
    const response = newHeader(OPCODE.logoutResponse, FINAL);
    response[2] = reason > 1 ? 2 : 0;
    header.copy(response, 16, 16, 20);
    this.#connection.send(response, null, true);
    if (reason <= 1) this.#connection.finish();
  }

  #reject({ header }: Pdu, reason: number): void {
    const response = newHeader(OPCODE.reject, FINAL);
    response[2] = reason;
    response.writeUInt32BE(NO_TAG, 16);
    this.#connection.send(response, Buffer.from(header), true);
  }
}
