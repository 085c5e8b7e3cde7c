import type { Answer, ScsiCommand } from './command.js';
import { check, parameters } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import type { Operation } from './operation.js';
import { invalidField } from './sense.js';

/** RCTD: command timeouts are wanted as well. */
const WITH_TIMEOUTS = 0x80;
/** Byte of the CDB that holds the reporting options. */
const OPTIONS_FIELD = 2;
const SUPPORTED = 3;
const NOT_SUPPORTED = 1;

/** REPORT SUPPORTED OPERATION CODES (SPC-4, section 6.35) over a table of operations. */
export function reportSupportedOpcodes(all: () => readonly Operation[]) {
  return ({ cdb }: ScsiCommand, unit: LogicalUnit): Answer => {
    const operations = all().filter(({ isOnlyThin }) => isOnlyThin !== true || unit.store.thin !== undefined);
    const withTimeouts = ((cdb[2] ?? 0) & WITH_TIMEOUTS) !== 0;
    const options = (cdb[2] ?? 0) & 7;
    const allocation_bytes = cdb.readUInt32BE(6);
    if (options === 0) return parameters(list(operations, withTimeouts), allocation_bytes);
    const found = operations.filter(({ opcode }) => opcode === cdb[3]);
    const hasActions = found.some(({ action }) => action !== undefined);
    // 1 is for codes without service actions, 2 for those with, 3 takes both (SPC-4, table 277).
    if (options > 3 || (options === 1 && hasActions)) return check(invalidField(OPTIONS_FIELD));
    if (options === 2 && found.length > 0 && !hasActions) return check(invalidField(OPTIONS_FIELD));
    const action = cdb.readUInt16BE(4);
    const operation = found.find((one) => one.action === undefined || one.action === action);
    return parameters(oneCommand(operation, withTimeouts), allocation_bytes);
  };
}

function list(operations: readonly Operation[], withTimeouts: boolean): Buffer {
  const parts = operations.map(({ opcode, action, usage }) => {
    const bytes = Buffer.alloc(8);
    bytes[0] = opcode;
    bytes.writeUInt16BE(action ?? 0, 2);
    bytes[5] = (withTimeouts ? 2 : 0) | (action === undefined ? 0 : 1);
    bytes.writeUInt16BE(usage.length / 2, 6);
    return withTimeouts ? Buffer.concat([bytes, timeouts()]) : bytes;
  });
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length, 0);
  return Buffer.concat([header, body]);
}

function oneCommand(operation: Operation | undefined, withTimeouts: boolean): Buffer {
  if (operation === undefined) return Buffer.from([0, NOT_SUPPORTED, 0, 0]);
  const usage = Buffer.from(operation.usage, 'hex');
  const header = Buffer.from([0, SUPPORTED | (withTimeouts ? 0x80 : 0), 0, usage.length]);
  return Buffer.concat(withTimeouts ? [header, usage, timeouts()] : [header, usage]);
}

/** Nominal and recommended timeout of 0: none is given. */
function timeouts(): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(10, 0);
  return bytes;
}
