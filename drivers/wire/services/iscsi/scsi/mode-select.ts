import type { Answer, ScsiCommand } from './command.js';
import { check, GOOD } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import { CONTROL_PAGE, DESCRIPTOR_SENSE_BIT, modePages, WRITE_PROTECT_BIT } from './mode-pages.js';
import type { Sense } from './sense.js';
import { SENSE } from './sense.js';

/** PF: the pages have the standard's format. */
const PAGE_FORMAT = 0x10;
/** SP: to be saved over a power cycle, which nothing here is. */
const SAVE_PAGES = 0x01;

/** MODE SELECT(6) (SPC-4, section 6.11). */
export function modeSelect6(command: ScsiCommand, unit: LogicalUnit): Answer {
  return modeSelect(command, unit, { header_bytes: 4, length: command.cdb[4] ?? 0 });
}

/** MODE SELECT(10) (SPC-4, section 6.12). */
export function modeSelect10(command: ScsiCommand, unit: LogicalUnit): Answer {
  return modeSelect(command, unit, { header_bytes: 8, length: command.cdb.readUInt16BE(7) });
}

interface Form {
  readonly header_bytes: 4 | 8;
  readonly length: number;
}

function modeSelect({ cdb, nexus }: ScsiCommand, unit: LogicalUnit, { header_bytes, length }: Form): Answer {
  const flags = cdb[1] ?? 0;
  if ((flags & PAGE_FORMAT) === 0 || (flags & SAVE_PAGES) !== 0) return check(SENSE.invalidFieldInCdb);
  if (length === 0) return GOOD;
  if (length < header_bytes) return check(SENSE.parameterListLength);
  return {
    kind: 'gather',
    length,
    finish: (data) => {
      if (data.length < header_bytes) return check(SENSE.parameterListLength);
      const descriptors = header_bytes === 4 ? (data[3] ?? 0) : data.readUInt16BE(6);
      const problem = takePages(unit, data.subarray(header_bytes + descriptors), nexus.name);
      return problem === null ? GOOD : check(problem);
    },
  };
}

/** All pages are looked at before any is taken. */
function takePages(unit: LogicalUnit, pages: Buffer, nexus: string): Sense | null {
  let control: Buffer | null = null;
  for (let at = 0; at < pages.length; at += 2 + (pages[at + 1] ?? 0)) {
    const page = pages.subarray(at, at + 2 + (pages[at + 1] ?? 0));
    const code = (page[0] ?? 0) & 0x3f;
    const isWhole = page.length >= 2 && page.length === 2 + (page[1] ?? 0);
    if (!isWhole) return SENSE.parameterListLength;
    if (!changesOnlyWhatMayChange(unit, code, page)) return SENSE.invalidFieldInParameters;
    if (code === CONTROL_PAGE) control = page;
  }
  if (control !== null) takeControl(unit, control, nexus);
  return null;
}

function changesOnlyWhatMayChange(unit: LogicalUnit, code: number, page: Buffer): boolean {
  const current = modePages(code, 0, { unit, control: 'current' });
  const changeable = modePages(code, 0, { unit, control: 'changeable' });
  if (code === 0x3f || current === null || changeable === null || page.length !== current.length) return false;
  // PS (0x80 of byte 0) is reserved here.
  return page.every((byte, at) => at < 2 || ((byte ^ (current[at] ?? 0)) & ~(changeable[at] ?? 0)) === 0);
}

function takeControl(unit: LogicalUnit, page: Buffer, nexus: string): void {
  unit.control.descriptorSense = ((page[2] ?? 0) & DESCRIPTOR_SENSE_BIT) !== 0;
  unit.control.softwareWriteProtect = ((page[4] ?? 0) & WRITE_PROTECT_BIT) !== 0;
  unit.attend(SENSE.modeChanged, nexus);
}
