import type { LogicalUnit } from './logical-unit.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, parameters } from './command.js';
import { modePages } from './mode-pages.js';
import type { PageControl } from './mode-pages.js';
import { SENSE } from './sense.js';

const PAGE_CONTROLS: readonly PageControl[] = ['current', 'changeable', 'default', 'saved'];

/** MODE SENSE(6) (SPC-4, section 6.13). */
export function modeSense6(command: ScsiCommand, unit: LogicalUnit): Answer {
  return modeSense(command, unit, 4);
}

/** MODE SENSE(10) (SPC-4, section 6.14). */
export function modeSense10(command: ScsiCommand, unit: LogicalUnit): Answer {
  return modeSense(command, unit, 8);
}

function modeSense({ cdb }: ScsiCommand, unit: LogicalUnit, header_bytes: 4 | 8): Answer {
  const control = PAGE_CONTROLS[(cdb[2] ?? 0) >> 6] ?? 'current';
  if (control === 'saved') return check(SENSE.savingNotSupported);
  const pages = modePages((cdb[2] ?? 0) & 0x3f, cdb[3] ?? 0, { unit, control });
  if (pages === null) return check(SENSE.invalidFieldInCdb);
  const withDescriptor = ((cdb[1] ?? 0) & 0x08) === 0;
  const descriptor = withDescriptor ? blockDescriptor(unit) : Buffer.alloc(0);
  const header = Buffer.alloc(header_bytes);
  const length = header_bytes + descriptor.length + pages.length;
  // DPOFUA (0x10): the two bits are understood; write protect is 0x80 (SBC-3, section 6.5.1).
  const specific = 0x10 | (unit.isWriteProtected ? 0x80 : 0);
  if (header_bytes === 4) {
    header[0] = length - 1;
    header[2] = specific;
    header[3] = descriptor.length;
  } else {
    header.writeUInt16BE(length - 2, 0);
    header[3] = specific;
    header.writeUInt16BE(descriptor.length, 6);
  }
  return parameters(
    Buffer.concat([header, descriptor, pages]),
    header_bytes === 4 ? (cdb[4] ?? 0) : cdb.readUInt16BE(7),
  );
}

/** Short block descriptor (SBC-3, section 6.5.2). */
function blockDescriptor(unit: LogicalUnit): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.min(unit.blocks, 0xffffffff), 0);
  bytes.writeUIntBE(unit.block_bytes, 5, 3);
  return bytes;
}
