import type { Handler } from './command.js';
import { readCapacity10, readCapacity16 } from './capacity.js';
import { inquiry } from './inquiry.js';
import { modeSense10, modeSense6 } from './mode-sense.js';
import { read, write } from './read-write.js';
import { reportLuns } from './report-luns.js';
import { prefetch, requestSense, startStopUnit, synchronizeCache, testUnitReady } from './unit-control.js';

export interface Operation {
  readonly handler: Handler;
}

/** Operation code, or operation code and service action as `opcode << 8 | action | SERVICE_ACTION`. */
const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  [0x00, { handler: testUnitReady }],
  [0x03, { handler: requestSense }],
  [0x08, { handler: read }],
  [0x0a, { handler: write }],
  [0x12, { handler: inquiry }],
  [0x1a, { handler: modeSense6 }],
  [0x1b, { handler: startStopUnit }],
  [0x25, { handler: readCapacity10 }],
  [0x28, { handler: read }],
  [0x2a, { handler: write }],
  [0x34, { handler: prefetch }],
  [0x35, { handler: synchronizeCache }],
  [0x5a, { handler: modeSense10 }],
  [0x88, { handler: read }],
  [0x8a, { handler: write }],
  [0x90, { handler: prefetch }],
  [0x91, { handler: synchronizeCache }],
  [0xa0, { handler: reportLuns }],
  [0xa8, { handler: read }],
  [0xaa, { handler: write }],
]);

/** SERVICE ACTION IN(16): READ CAPACITY(16) is its action 10h. */
const SERVICE_ACTION_IN = 0x9e;

export function findOperation(cdb: Buffer): Operation | null {
  const opcode = cdb[0] ?? 0;
  if (opcode === SERVICE_ACTION_IN) return ((cdb[1] ?? 0) & 0x1f) === 0x10 ? { handler: readCapacity16 } : null;
  return OPERATIONS.get(opcode) ?? null;
}
