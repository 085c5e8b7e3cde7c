import type { Answer, ScsiCommand } from './command.js';
import { check, parameters } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import { SENSE } from './sense.js';

const ACTIONS: readonly ((unit: LogicalUnit) => Buffer)[] = [
  readKeys,
  readReservation,
  reportCapabilities,
  readFullStatus,
];

/** PERSISTENT RESERVE IN (SPC-4, section 6.15). */
export function persistentReserveIn({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const make = ACTIONS[(cdb[1] ?? 0) & 0x1f];
  return make === undefined ? check(SENSE.invalidFieldInCdb) : parameters(make(unit), cdb.readUInt16BE(7));
}

function withGeneration(unit: LogicalUnit, parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(8);
  const body = Buffer.concat(parts);
  header.writeUInt32BE(unit.reservations.persistent.generation, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

function keyBytes(key: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(key);
  return bytes;
}

function readKeys(unit: LogicalUnit): Buffer {
  return withGeneration(
    unit,
    unit.reservations.persistent.registrations().map(([, key]) => keyBytes(key)),
  );
}

/** Where all registrants hold it, the key is 0 (SPC-4, section 6.15.3.2). */
function readReservation(unit: LogicalUnit): Buffer {
  const { persistent } = unit.reservations;
  if (persistent.held === null) return withGeneration(unit, []);
  const { nexus, type } = persistent.held;
  const body = Buffer.alloc(16);
  keyBytes(nexus === null ? 0n : (persistent.keyOf(nexus) ?? 0n)).copy(body);
  body[13] = type;
  return withGeneration(unit, [body]);
}

/** All six types, none of the options; TMV says that the type mask is valid (SPC-4, section 6.15.4). */
function reportCapabilities(): Buffer {
  return Buffer.from([0, 8, 0, 0x80, 0xea, 0x01, 0, 0]);
}

function readFullStatus(unit: LogicalUnit): Buffer {
  const { persistent } = unit.reservations;
  const parts = persistent.registrations().map(([nexus, key]) => {
    const name = transportId(nexus);
    const head = Buffer.alloc(24);
    keyBytes(key).copy(head);
    if (persistent.isHolder(nexus)) {
      head[12] = 0x01;
      head[13] = persistent.held?.type ?? 0;
    }
    // Relative target port identifier 1: a target has one port here.
    head.writeUInt16BE(1, 18);
    head.writeUInt32BE(name.length, 20);
    return Buffer.concat([head, name]);
  });
  return withGeneration(unit, parts);
}

/** TransportID of an iSCSI initiator port: format 01b, protocol 5 (SPC-4, section 7.6.4.6). */
function transportId(nexus: string): Buffer {
  const text = Buffer.from(`${nexus}\0`, 'utf8');
  const padded = Math.max(20, Math.ceil(text.length / 4) * 4);
  const bytes = Buffer.alloc(4 + padded);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(padded, 2);
  text.copy(bytes, 4);
  return bytes;
}
