import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import { member, object, oneOf, text, whole } from '../../core/image/json-shape.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { Drive } from '../../core/ports/machine-room.js';

/** A QEMU that runs, as far as it takes to become its session again. */
export interface RunningRecord {
  readonly pid: number;
  /** The kernel's count of when it started: a number given out again is another process. */
  readonly start: string;
  /** The console's log, absolute, and how long it was when this power-on began. */
  readonly log: string;
  readonly logFrom_bytes: number;
  readonly media: Readonly<Partial<Record<Drive, string>>>;
}

/** What a node's place remembers of it. */
export interface UnitRecord {
  /** How often it was switched on. */
  readonly powerOns: number;
  /** What its firmware tries first: always, and before that once. */
  readonly always: BootDevice;
  readonly once: BootDevice | null;
  readonly running: RunningRecord | null;
}

export const NEW_UNIT: UnitRecord = { powerOns: 0, always: 'network', once: null, running: null };

const VERSION = 1;
const DEVICES: readonly BootDevice[] = ['network', 'disk', 'cdrom', 'usb'];
export const DRIVES: readonly Drive[] = ['cdrom', 'usb'];

/** @throws FaultError QMU-014 where the file is not one of these */
export function readUnitRecord(file: string): UnitRecord {
  if (!existsSync(file)) return NEW_UNIT;
  try {
    return parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new FaultError({ code: 'QMU-014', kind: 'record.unreadable', file, why }, thrown);
  }
}

/** Whole or not at all, whenever we are killed. A power cut of the host ends its QEMUs too, so nothing is flushed. */
export function writeUnitRecord(file: string, record: UnitRecord): void {
  writeFileSync(`${file}.new`, `${JSON.stringify({ version: VERSION, ...record })}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function parse(value: unknown): UnitRecord {
  const all = object(value, 'the record');
  if (member(all, 'version') !== VERSION) throw new RangeError(`version ${String(all['version'])} is not known`);
  const [once, running] = [member(all, 'once'), member(all, 'running')];
  return {
    powerOns: whole(member(all, 'powerOns')),
    always: oneOf(member(all, 'always'), DEVICES),
    once: once === null ? null : oneOf(once, DEVICES),
    running: running === null ? null : parseRunning(object(running, 'running')),
  };
}

function parseRunning(running: Readonly<Record<string, unknown>>): RunningRecord {
  const media = Object.entries(object(member(running, 'media'), 'media'));
  return {
    pid: whole(member(running, 'pid')),
    start: text(member(running, 'start'), /^\d+$/),
    log: text(member(running, 'log'), /^\//),
    logFrom_bytes: whole(member(running, 'logFrom_bytes')),
    media: Object.fromEntries(media.map(([drive, file]) => [oneOf(drive, DRIVES), text(file, /./)])),
  };
}
