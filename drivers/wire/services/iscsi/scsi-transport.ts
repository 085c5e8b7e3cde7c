import type { Fault } from '../../../../core/faults/fault.js';
import type { Connection } from './connection.js';
import { guarded, senseOf } from './fault-sense.js';
import { FINAL, isFinal, lunOf, newHeader, NO_TAG, OPCODE, taskTagOf } from './pdu.js';
import type { Pdu } from './pdu.js';
import { ReadJob } from './read-job.js';
import { writeResidual } from './residual.js';
import { check, GOOD } from './scsi/command.js';
import type { Answer, StatusAnswer } from './scsi/command.js';
import { execute } from './scsi/execute.js';
import type { LogicalUnit } from './scsi/logical-unit.js';
import { encodeSense, SENSE } from './scsi/sense.js';
import type { Sense } from './scsi/sense.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

const READ = 0x40;
const WRITE = 0x20;

/** SCSI commands over one connection: the data phases and the status (RFC 7143, sections 11.3, 11.4, 11.7, 11.8). */
export class ScsiTransport {
  readonly #connection: Connection;
  readonly #session: Session;
  #reading: ReadJob | null = null;
  #lastTransferTag = 0;

  constructor(connection: Connection, session: Session) {
    this.#connection = connection;
    this.#session = session;
  }

  command({ header, data }: Pdu): void {
    const number = lunOf(header);
    const { target } = this.#session;
    const unit = (number === null ? undefined : target?.units.get(number)) ?? null;
    const command = {
      cdb: header.subarray(32, 48),
      nexus: this.#session,
      expected_bytes: expectedOut(header),
      luns: target?.luns ?? [],
    };
    const answer = this.#guarded(unit, false, () => execute(command, unit));
    const flags = header[1] ?? 0;
    if ((flags & WRITE) === 0) return this.#proceed(this.#task(header, unit, answer), answer);
    const task = this.#task(header, unit, answer);
    const { firstBurst_bytes } = this.#session.parameters;
    task.burstEnd = Math.min(task.expected_bytes, isFinal(header) ? data.length : firstBurst_bytes);
    if (data.length > 0) this.#store(task, data);
    if (isFinal(header)) this.#burstOver(task);
    else this.#session.tasks.set(task.tag, task);
  }

  dataOut(pdu: Pdu): void {
    const { header, data } = pdu;
    const task = this.#session.tasks.get(taskTagOf(header));
    // The task may have been aborted while its data were under way.
    if (task === undefined) return;
    const isInOrder =
      header.readUInt32BE(20) === task.transferTag &&
      header.readUInt32BE(36) === task.dataNumber &&
      header.readUInt32BE(40) === task.received_bytes &&
      task.received_bytes + data.length <= task.burstEnd;
    task.dataNumber = (task.dataNumber + 1) >>> 0;
    if (!isInOrder) task.failure ??= SENSE.dataPhaseCrc;
    if (task.failure === null) this.#store(task, data);
    if (isFinal(header)) this.#burstOver(task);
  }

  /** RFC 7143, section 7.8: the task ends with this sense once its burst is over. */
  damagedDataOut({ header }: Pdu): void {
    const task = this.#session.tasks.get(taskTagOf(header));
    if (task === undefined) return;
    task.failure ??= SENSE.dataPhaseCrc;
    if (isFinal(header)) this.#burstOver(task);
  }

  /** After the stream was drained. */
  continueReading(): void {
    if (this.#reading?.send() === true) this.#reading = null;
  }

  #task(header: Buffer, unit: LogicalUnit | null, answer: Answer): Task {
    const flags = header[1] ?? 0;
    const isWrite = (flags & WRITE) !== 0;
    const expected_bytes = header.readUInt32BE(20);
    const takes = answer.kind === 'write' || answer.kind === 'gather' ? answer.length : 0;
    const wanted_bytes = isWrite ? Math.min(takes, expected_bytes) : 0;
    return {
      tag: taskTagOf(header),
      lun: Buffer.from(header.subarray(8, 16)),
      unit,
      expected_bytes,
      isRead: (flags & READ) !== 0,
      isWrite,
      answer,
      wanted_bytes,
      gathered: answer.kind === 'gather' ? Buffer.allocUnsafe(wanted_bytes) : null,
      received_bytes: 0,
      burstEnd: 0,
      transferTag: NO_TAG,
      dataNumber: 0,
      readyNumber: 0,
      failure: null,
    };
  }

  /** Puts data where they belong; what goes beyond the wanted length is taken and dropped. */
  #store(task: Task, data: Buffer): void {
    const { answer, unit } = task;
    const useful = data.subarray(0, Math.max(0, task.wanted_bytes - task.received_bytes));
    if (useful.length > 0 && task.gathered !== null) useful.copy(task.gathered, task.received_bytes);
    if (useful.length > 0 && answer.kind === 'write' && unit !== null && task.failure === null) {
      const failed = this.#guarded(unit, true, () => {
        unit.store.write(answer.offset + task.received_bytes, useful);
        return null;
      });
      if (failed?.kind === 'status') task.failure = failed.sense;
    }
    task.received_bytes += data.length;
  }

  /** The initiator has sent all that it may: it is asked for more, or the command goes on. */
  #burstOver(task: Task): void {
    const isShort = task.transferTag !== NO_TAG && task.received_bytes < task.burstEnd;
    if (isShort) task.failure ??= SENSE.dataPhaseCrc;
    if (task.failure === null && task.received_bytes < task.wanted_bytes) return this.#askForMore(task);
    this.#session.tasks.delete(task.tag);
    this.#session.window.open(this.#session.tasks.size);
    this.#proceed(task, task.failure === null ? this.#finished(task) : check(task.failure));
  }

  #finished(task: Task): Answer {
    const { answer, gathered } = task;
    if (answer.kind === 'write') return this.#guarded(task.unit, true, answer.finish);
    if (answer.kind === 'gather')
      return this.#guarded(task.unit, true, () => answer.finish(gathered ?? Buffer.alloc(0)));
    return answer;
  }

  /** Ready To Transfer (RFC 7143, section 11.8), one at a time. */
  #askForMore(task: Task): void {
    const length = Math.min(this.#session.parameters.maxBurst_bytes, task.wanted_bytes - task.received_bytes);
    this.#lastTransferTag = (this.#lastTransferTag + 1) % NO_TAG;
    task.transferTag = this.#lastTransferTag;
    task.burstEnd = task.received_bytes + length;
    task.dataNumber = 0;
    const header = newHeader(OPCODE.readyToTransfer, FINAL);
    task.lun.copy(header, 8);
    header.writeUInt32BE(task.tag, 16);
    header.writeUInt32BE(task.transferTag, 20);
    header.writeUInt32BE(task.readyNumber++, 36);
    header.writeUInt32BE(task.received_bytes, 40);
    header.writeUInt32BE(length, 44);
    this.#session.tasks.set(task.tag, task);
    this.#connection.send(header, null, false);
  }

  #proceed(task: Task, answer: Answer): void {
    switch (answer.kind) {
      case 'status':
        return this.#respond(task, answer, { moved: movedBy(task), packets: 0 });
      case 'data':
        return this.#read(task, answer.bytes.length, (offset, length) =>
          answer.bytes.subarray(offset, offset + length),
        );
      case 'read':
        return this.#read(task, answer.length, storeAt(task.unit, answer.offset));
      case 'write':
      case 'gather':
        // The command wants data, and the initiator has not said by the W bit that it sends any.
        return this.#respond(task, GOOD, { moved: answer.length, packets: 0 });
    }
  }

  #read(task: Task, length: number, source: (offset: number, length: number) => Buffer): void {
    const sent = task.isRead ? Math.min(length, task.expected_bytes) : 0;
    if (sent === 0) return this.#respond(task, GOOD, { moved: length, packets: 0 });
    const job = new ReadJob(this.#connection, task, {
      length: sent,
      residual: length - task.expected_bytes,
      parameters: this.#session.parameters,
      source,
      failed: (fault, packets) => {
        this.#tell(task.unit, fault);
        this.#respond(task, check(senseOf(fault, false)), { moved: length, packets });
      },
    });
    if (!job.send()) this.#reading = job;
  }

  /** SCSI Response (RFC 7143, section 11.4). */
  #respond(task: Task, answer: StatusAnswer, { moved, packets }: { moved: number; packets: number }): void {
    const header = newHeader(OPCODE.scsiResponse, FINAL);
    header[3] = answer.status;
    header.writeUInt32BE(task.tag, 16);
    header.writeUInt32BE(packets + task.readyNumber, 36);
    writeResidual(header, moved - task.expected_bytes);
    this.#connection.send(header, this.#senseData(task, answer.sense), true);
  }

  /** Two bytes of length, then the sense data (RFC 7143, section 11.4.7). */
  #senseData({ unit }: Task, sense: Sense | null): Buffer | null {
    if (sense === null) return null;
    const bytes = encodeSense(sense, unit?.control.descriptorSense ?? false);
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  }

  #guarded<T>(unit: LogicalUnit | null, isWrite: boolean, work: () => T): T | StatusAnswer {
    return guarded<T | StatusAnswer>(work, (fault) => {
      this.#tell(unit, fault);
      return check(senseOf(fault, isWrite));
    });
  }

  #tell(unit: LogicalUnit | null, fault: Fault): void {
    const target = this.#session.target?.config.iqn ?? '';
    this.#connection.targets.observe({ kind: 'fault', target, lun: unit?.number ?? 0, fault });
  }
}

function expectedOut(header: Buffer): number {
  return ((header[1] ?? 0) & WRITE) === 0 ? 0 : header.readUInt32BE(20);
}

/** What a command without data for the initiator has moved: what it took. */
function movedBy({ answer }: Task): number {
  return answer.kind === 'write' || answer.kind === 'gather' ? answer.length : 0;
}

/** Blocks of a unit, as views of what the store gave. */
function storeAt(unit: LogicalUnit | null, start: number): (offset: number, length: number) => Buffer {
  return (offset, length) => {
    const bytes = unit?.store.read(start + offset, length) ?? Buffer.alloc(0);
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  };
}
