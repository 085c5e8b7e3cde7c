import { FINAL, newHeader, NO_TAG, OPCODE } from '../../../../drivers/wire/services/iscsi/pdu.js';
import { resultOf } from './iscsi-initiator.js';
import type { CommandResult, SeenPdu, TestInitiator } from './iscsi-initiator.js';

/** How the initiator hands its data over. */
export interface WritePlan {
  /** So much in the command's own PDU. */
  readonly immediate_bytes: number;
  /** So much more before it is asked, in PDUs of their own. */
  readonly unsolicited_bytes: number;
  readonly segment_bytes: number;
  /** Changes a Data-Out before it is sent. */
  readonly spoil?: (header: Buffer) => void;
}

export interface WriteOrder {
  readonly cdb: readonly number[];
  readonly data: Buffer;
  readonly plan: WritePlan;
}

/** WRITE(10) or another command with data for the target, by way of R2T where the plan leaves something. */
export function writeBy(initiator: TestInitiator, { cdb, data, plan }: WriteOrder): CommandResult {
  const immediate = data.subarray(0, plan.immediate_bytes);
  const early = Math.min(data.length, immediate.length + plan.unsolicited_bytes);
  const header = initiator.commandHeader(cdb, (early > immediate.length ? 0 : FINAL) | 0x20, data.length);
  const tag = header.readUInt32BE(16);
  let seen = [...initiator.send(header, immediate.length > 0 ? immediate : null)];
  if (early > immediate.length) {
    seen.push(...sendBurst(initiator, { tag, transferTag: NO_TAG, start: immediate.length, end: early, data, plan }));
  }
  for (let ask = askOf(seen); ask !== undefined; ask = askOf(seen)) {
    const start = ask.header.readUInt32BE(40);
    const transferTag = ask.header.readUInt32BE(20);
    const end = start + ask.header.readUInt32BE(44);
    seen = [...sendBurst(initiator, { tag, transferTag, start, end, data, plan })];
  }
  return resultOf(seen);
}

function askOf(seen: readonly SeenPdu[]): SeenPdu | undefined {
  return seen.find(({ opcode }) => opcode === OPCODE.readyToTransfer);
}

interface Burst {
  readonly tag: number;
  readonly transferTag: number;
  readonly start: number;
  readonly end: number;
  readonly data: Buffer;
  readonly plan: WritePlan;
}

function sendBurst(initiator: TestInitiator, burst: Burst): readonly SeenPdu[] {
  const { tag, transferTag, start, end, data, plan } = burst;
  const seen: SeenPdu[] = [];
  for (let at = start, number = 0; at < end; number++) {
    const next = Math.min(end, at + plan.segment_bytes);
    const header = newHeader(OPCODE.dataOut, next === end ? FINAL : 0);
    header[9] = 1;
    header.writeUInt32BE(tag, 16);
    header.writeUInt32BE(transferTag, 20);
    header.writeUInt32BE(number, 36);
    header.writeUInt32BE(at, 40);
    plan.spoil?.(header);
    seen.push(...initiator.send(header, data.subarray(at, next)));
    at = next;
  }
  return seen;
}
