import { readCapacity10, readCapacity16 } from './capacity.js';
import { compareAndWrite, orWrite } from './compare-and-write.js';
import { readDefectData10, readDefectData12 } from './defect-data.js';
import { inquiry } from './inquiry.js';
import { modeSelect10, modeSelect6 } from './mode-select.js';
import { modeSense10, modeSense6 } from './mode-sense.js';
import type { Operation } from './operation.js';
import { persistentReserveIn } from './persistent-reserve-in.js';
import { read, write } from './read-write.js';
import { reportLuns } from './report-luns.js';
import { persistentReserveOut, release6, reserve6 } from './reserve.js';
import { reportSupportedOpcodes } from './supported-opcodes.js';
import { prefetch, requestSense, startStopUnit, synchronizeCache, testUnitReady } from './unit-control.js';
import { getLbaStatus, unmap } from './unmap.js';
import { verify, writeAndVerify } from './verify.js';
import { writeSame } from './write-same.js';

/** What is written for a command of 10, 12 or 16 bytes that names a range of blocks: its flags, then the rest. */
function ten(opcode: string, flags: string): string {
  return `${opcode}${flags}ffffffff00ffff00`;
}
function twelve(opcode: string, flags: string): string {
  return `${opcode}${flags}ffffffffffffffff0000`;
}
function sixteen(opcode: string, flags: string): string {
  return `${opcode}${flags}ffffffffffffffffffffffff0000`;
}

const OPERATIONS: readonly Operation[] = [
  { opcode: 0x00, access: 'free', usage: '000000000000', handler: testUnitReady },
  { opcode: 0x03, access: 'any', usage: '03010000ff00', handler: requestSense },
  { opcode: 0x08, access: 'read', usage: '081fffffff00', handler: read, isMedium: true },
  { opcode: 0x0a, access: 'write', usage: '0a1fffffff00', handler: write, isMedium: true },
  { opcode: 0x12, access: 'any', usage: '1201ffffff00', handler: inquiry },
  { opcode: 0x15, access: 'write', usage: '15110000ff00', handler: modeSelect6 },
  { opcode: 0x16, access: 'any', usage: '161100000000', handler: reserve6 },
  { opcode: 0x17, access: 'any', usage: '171100000000', handler: release6 },
  { opcode: 0x1a, access: 'read', usage: '1a08ffffff00', handler: modeSense6 },
  { opcode: 0x1b, access: 'write', usage: '1b010000f700', handler: startStopUnit },
  { opcode: 0x25, access: 'free', usage: '2500ffffffff00000100', handler: readCapacity10 },
  { opcode: 0x28, access: 'read', usage: ten('28', 'f8'), handler: read, isMedium: true },
  { opcode: 0x2a, access: 'write', usage: ten('2a', 'f8'), handler: write, isMedium: true },
  { opcode: 0x2e, access: 'write', usage: ten('2e', 'f6'), handler: writeAndVerify, isMedium: true },
  { opcode: 0x2f, access: 'read', usage: ten('2f', 'f6'), handler: verify, isMedium: true },
  { opcode: 0x34, access: 'read', usage: ten('34', '02'), handler: prefetch, isMedium: true },
  { opcode: 0x35, access: 'write', usage: ten('35', '06'), handler: synchronizeCache, isMedium: true },
  { opcode: 0x37, access: 'read', usage: '37001f00000000ffff00', handler: readDefectData10 },
  { opcode: 0x41, access: 'write', usage: ten('41', 'f8'), handler: writeSame, isMedium: true },
  { opcode: 0x42, access: 'write', usage: '42010000000000ffff00', handler: unmap, isMedium: true, isOnlyThin: true },
  { opcode: 0x55, access: 'write', usage: '55110000000000ffff00', handler: modeSelect10 },
  { opcode: 0x5a, access: 'read', usage: '5a18ffff000000ffff00', handler: modeSense10 },
  ...[0, 1, 2, 3].map(
    (action): Operation => ({
      opcode: 0x5e,
      action,
      access: 'free',
      usage: `5e0${action}0000000000ffff00`,
      handler: persistentReserveIn,
    }),
  ),
  ...[0, 1, 2, 3, 4, 5, 6].map(
    (action): Operation => ({
      opcode: 0x5f,
      action,
      access: 'free',
      usage: `5f0${action}ff0000ffffffff00`,
      handler: persistentReserveOut,
    }),
  ),
  { opcode: 0x88, access: 'read', usage: sixteen('88', 'f8'), handler: read, isMedium: true },
  {
    opcode: 0x89,
    access: 'write',
    usage: '89f8ffffffffffffffff000000ff0000',
    handler: compareAndWrite,
    isMedium: true,
  },
  { opcode: 0x8a, access: 'write', usage: sixteen('8a', 'f8'), handler: write, isMedium: true },
  { opcode: 0x8b, access: 'write', usage: sixteen('8b', 'f8'), handler: orWrite, isMedium: true },
  { opcode: 0x8e, access: 'write', usage: sixteen('8e', 'f6'), handler: writeAndVerify, isMedium: true },
  { opcode: 0x8f, access: 'read', usage: sixteen('8f', 'f6'), handler: verify, isMedium: true },
  { opcode: 0x90, access: 'read', usage: sixteen('90', '02'), handler: prefetch, isMedium: true },
  { opcode: 0x91, access: 'write', usage: sixteen('91', '06'), handler: synchronizeCache, isMedium: true },
  { opcode: 0x93, access: 'write', usage: sixteen('93', 'f9'), handler: writeSame, isMedium: true },
  { opcode: 0x9e, action: 0x10, access: 'free', usage: '9e100000000000000000ffffffff0000', handler: readCapacity16 },
  { opcode: 0x9e, action: 0x12, access: 'read', usage: '9e12ffffffffffffffffffffffff0000', handler: getLbaStatus },
  { opcode: 0xa0, access: 'any', usage: 'a000ff000000ffffffff0000', handler: reportLuns },
  {
    opcode: 0xa3,
    action: 0x0c,
    access: 'free',
    usage: 'a30c87ffffffffffffff0000',
    handler: reportSupportedOpcodes(() => OPERATIONS),
  },
  { opcode: 0xa8, access: 'read', usage: twelve('a8', 'f8'), handler: read, isMedium: true },
  { opcode: 0xaa, access: 'write', usage: twelve('aa', 'f8'), handler: write, isMedium: true },
  { opcode: 0xae, access: 'write', usage: twelve('ae', 'f6'), handler: writeAndVerify, isMedium: true },
  { opcode: 0xaf, access: 'read', usage: twelve('af', 'f6'), handler: verify, isMedium: true },
  { opcode: 0xb7, access: 'read', usage: 'b71f00000000ffffffff0000', handler: readDefectData12 },
];

/** By operation code; null where its service actions are told apart. */
const BY_OPCODE = new Map(OPERATIONS.map((one) => [one.opcode, one.action === undefined ? one : null]));

/** @returns an operation; 'no code' or 'no action' when there is none */
export function findOperation(cdb: Buffer): Operation | 'no code' | 'no action' {
  const opcode = cdb[0] ?? 0;
  const found = BY_OPCODE.get(opcode);
  if (found === undefined) return 'no code';
  if (found !== null) return found;
  const action = (cdb[1] ?? 0) & 0x1f;
  return OPERATIONS.find((one) => one.opcode === opcode && one.action === action) ?? 'no action';
}
