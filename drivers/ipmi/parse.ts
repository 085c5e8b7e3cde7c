import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import type { Identity } from '../../core/ports/identity.js';
import type { PowerState } from '../../core/ports/power.js';
import type { IpmiCommand } from './argv.js';

/** @returns null when that is no answer to `chassis power status` */
export function powerOf(output: string): PowerState | null {
  const [, state] = /^Chassis Power is (on|off)\s*$/m.exec(output) ?? [];
  return state === 'on' || state === 'off' ? state : null;
}

/** What a BMC says its next boot is. */
export interface BootFlags {
  /** Cleared by the BMC when the node started, when 60 s have passed, or by one that never sets it. */
  readonly isValid: boolean;
  readonly lasts: BootOrder['lasts'];
  readonly isUefi: boolean;
  /** null: no override, or a device that we do not set. */
  readonly device: BootDevice | null;
}

/** Device selectors: IPMI 2.0, table 28-14, parameter 5, data 2, bits 5 to 2. */
const SELECTORS: Readonly<Record<number, BootDevice>> = { 1: 'network', 2: 'disk', 5: 'cdrom', 15: 'usb' };

/**
 * Reads `chassis bootparam get 5`.
 * @returns null when that is no answer to it
 * @see IPMI 2.0, table 28-14, parameter 5
 */
export function bootFlagsOf(output: string): BootFlags | null {
  const [, data] = /^Boot parameter data: ([0-9a-f]{4,})/m.exec(output) ?? [];
  if (data === undefined) return null;
  const flags = parseInt(data.slice(0, 2), 16);
  const selector = (parseInt(data.slice(2, 4), 16) >> 2) & 0xf;
  return {
    isValid: (flags & 0x80) !== 0,
    lasts: (flags & 0x40) !== 0 ? 'always' : 'once',
    isUefi: (flags & 0x20) !== 0,
    device: SELECTORS[selector] ?? null,
  };
}

/** ipmitool's words; `floppy` is the selector of any removable medium, which is how BMCs call a USB stick. */
const BOOT_WORDS: Readonly<Record<BootDevice, string>> = {
  network: 'pxe',
  disk: 'disk',
  cdrom: 'cdrom',
  usb: 'floppy',
};

/** ipmitool ends with 0 when the BMC refused, so that only its own words count. */
export function bootdevCommand({ device, lasts }: BootOrder, isUefi: boolean): IpmiCommand {
  const word = BOOT_WORDS[device];
  const options = [...(lasts === 'always' ? ['persistent'] : []), ...(isUefi ? ['efiboot'] : [])];
  const words = ['chassis', 'bootdev', word, ...(options.length > 0 ? [`options=${options.join(',')}`] : [])];
  return { words, says: `Set Boot Device to ${word}` };
}

/** What `mc info`, `mc guid` and `fru print 0` say; the latter two '' where the BMC has none. */
export interface IdentityTexts {
  readonly info: string;
  readonly guid: string;
  readonly fru: string;
}

/** @returns null when `info` is no answer to `mc info` */
export function identityOf({ info, guid, fru }: IdentityTexts): Identity | null {
  const version = field(info, 'IPMI Version');
  if (version === null) return null;
  return {
    protocol: 'ipmi',
    protocolVersion: version,
    manufacturer:
      field(fru, 'Product Manufacturer') ?? field(fru, 'Board Mfg') ?? known(field(info, 'Manufacturer Name')),
    product: field(fru, 'Product Name') ?? field(fru, 'Board Product') ?? known(field(info, 'Product Name')),
    serial: field(fru, 'Product Serial') ?? field(fru, 'Chassis Serial') ?? field(fru, 'Board Serial'),
    firmware: field(info, 'Firmware Revision'),
    guid: field(guid, 'System GUID')?.toLowerCase() ?? null,
  };
}

/** ipmitool knows some makers and products by number, and says so of the others. */
function known(name: string | null): string | null {
  return name === null || /^Unknown\b/.test(name) ? null : name;
}

function field(text: string, name: string): string | null {
  const [, value = ''] = new RegExp(`^ *${name} *: *(.*?) *$`, 'm').exec(text) ?? [];
  return value === '' ? null : value;
}
