import type { Fault } from '../../../../core/faults/fault.js';
import type { Connection } from './connection.js';
import { guarded } from './fault-sense.js';
import type { SessionParameters } from './negotiation.js';
import { FINAL, newHeader, NO_TAG, OPCODE } from './pdu.js';
import { writeResidual } from './residual.js';
import type { Task } from './task.js';

/** Status GOOD in the last Data-In instead of a response of its own (RFC 7143, section 11.7.3). */
const WITH_STATUS = 0x01;

interface ReadJobOptions {
  /** What is sent: never more than the initiator has room for. */
  readonly length: number;
  readonly residual: number;
  readonly parameters: SessionParameters;
  /** A buffer that stays as it is: the stream keeps it until the peer has it. */
  readonly source: (offset: number, length: number) => Buffer;
  readonly failed: (fault: Fault, packets: number) => void;
}

/** The Data-In PDUs of one command. Stops where the stream wants to be drained, and goes on by another `send`. */
export class ReadJob {
  readonly #connection: Connection;
  readonly #task: Task;
  readonly #options: ReadJobOptions;
  #offset = 0;
  #packets = 0;

  constructor(connection: Connection, task: Task, options: ReadJobOptions) {
    this.#connection = connection;
    this.#task = task;
    this.#options = options;
  }

  /** @returns whether all of it has been sent, or the command has failed */
  send(): boolean {
    const { length } = this.#options;
    while (this.#offset < length) {
      if (this.#connection.isBlocked || this.#connection.isClosed) return false;
      const data = this.#next();
      if (data === null) return true;
      this.#sendPart(data);
    }
    return true;
  }

  /** A part ends where a burst or the initiator's longest segment does. @returns null when the medium failed */
  #next(): Buffer | null {
    const { length, parameters, source, failed } = this.#options;
    const burstEnd = (Math.floor(this.#offset / parameters.maxBurst_bytes) + 1) * parameters.maxBurst_bytes;
    const part = Math.min(length - this.#offset, parameters.maxSend_bytes, burstEnd - this.#offset);
    return guarded<Buffer | null>(
      () => source(this.#offset, part),
      (fault) => {
        failed(fault, this.#packets);
        return null;
      },
    );
  }

  #sendPart(data: Buffer): void {
    const { length, residual, parameters } = this.#options;
    const end = this.#offset + data.length;
    const isLast = end === length;
    const isFinal = isLast || end % parameters.maxBurst_bytes === 0;
    const header = newHeader(OPCODE.dataIn, (isFinal ? FINAL : 0) | (isLast ? WITH_STATUS : 0));
    this.#task.lun.copy(header, 8);
    header.writeUInt32BE(this.#task.tag, 16);
    header.writeUInt32BE(NO_TAG, 20);
    header.writeUInt32BE(this.#packets++, 36);
    header.writeUInt32BE(this.#offset, 40);
    this.#offset = end;
    if (!isLast) return this.#connection.sendUnnumbered(header, data);
    writeResidual(header, residual);
    this.#connection.send(header, data, true);
  }
}
