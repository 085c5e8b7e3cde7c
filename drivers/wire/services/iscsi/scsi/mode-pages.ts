import type { LogicalUnit } from './logical-unit.js';

export type PageControl = 'current' | 'changeable' | 'default' | 'saved';

interface Asked {
  readonly unit: LogicalUnit;
  readonly control: PageControl;
}

export const CONTROL_PAGE = 0x0a;
/** Bits of the control page that MODE SELECT may change: D_SENSE in its byte 2, SWP in byte 4. */
export const DESCRIPTOR_SENSE_BIT = 0x04;
export const WRITE_PROTECT_BIT = 0x08;

/** Pages in ascending order, as page 3Fh returns them (SPC-4, section 7.5.1; SBC-3, section 6.5). */
const PAGES: ReadonlyMap<number, (asked: Asked) => Buffer> = new Map([
  [0x02, () => page(0x02, 14)],
  [0x08, cachingPage],
  [CONTROL_PAGE, controlPage],
  [0x1c, () => page(0x1c, 10)],
]);

/** @returns the page, all of them for 3Fh, or null when there is no such page or subpage */
export function modePages(code: number, subpage: number, asked: Asked): Buffer | null {
  if (code === 0x3f) return subpage === 0 || subpage === 0xff ? allPages(asked) : null;
  const make = PAGES.get(code);
  return make === undefined || subpage !== 0 ? null : make(asked);
}

function allPages(asked: Asked): Buffer {
  return Buffer.concat([...PAGES.values()].map((make) => make(asked)));
}

function page(code: number, length: number): Buffer {
  const bytes = Buffer.alloc(2 + length);
  bytes[0] = code;
  bytes[1] = length;
  return bytes;
}

/** WCE: what is written is on stable storage after SYNCHRONIZE CACHE or with FUA, not before. */
function cachingPage({ control }: Asked): Buffer {
  const bytes = page(0x08, 18);
  if (control !== 'changeable') bytes[2] = 0x04;
  return bytes;
}

function controlPage({ unit, control }: Asked): Buffer {
  const bytes = page(CONTROL_PAGE, 10);
  const isChangeable = control === 'changeable';
  const { descriptorSense, softwareWriteProtect } = unit.control;
  if (isChangeable || (control === 'current' && descriptorSense)) bytes[2] = DESCRIPTOR_SENSE_BIT;
  if (isChangeable || (control === 'current' && softwareWriteProtect)) bytes[4] = WRITE_PROTECT_BIT;
  return bytes;
}
