import type { SiteNode } from '../site/site.js';
import { isBmcMishap } from './bmc-mishaps.js';
import { MISHAP_KINDS, type MishapKind } from './scenario.js';

/** What each does, for people who choose one. */
export const MISHAP_WORDS: Readonly<Record<MishapKind, string>> = {
  'dhcp.mute': 'nobody answers its DHCP requests',
  'boot-file.wrong': 'DHCP names a boot file that the TFTP server does not have',
  'lun.refuse': 'the target refuses its login',
  'lun.no-boot-loader': 'its LUN has no boot code',
  'script.missing': 'the HTTP server does not have its script',
  'disk.no-boot-code': 'its disk has no boot code',
  'slot.no-boot-loader': 'its slot has no boot loader',
  'kernel.panic': 'its kernel panics',
  'wire.offer-lost': 'its first DHCP offer is lost on the wire',
  'wire.cut': 'its network cable is pulled',
  'power.cut': 'its power is cut',
  'bmc.wrong-password': 'its BMC refuses our password',
  'bmc.gone': 'its BMC does not answer at all',
  'bmc.stale-power': 'its BMC goes on telling the power state of now',
  'bmc.boot-device-lost': 'its BMC accepts a boot device and keeps none',
  'bmc.power-on-ignored': 'its BMC accepts power on, and nothing happens',
  'bmc.cycle-stays-off': "its BMC's own power cycle leaves it off",
  'bmc.mute-after-burst': 'its BMC falls silent after commands in quick succession',
  'bmc.needs-reset': 'its BMC refuses every command until it is reset',
  'bmc.any-password': 'its BMC lets anybody in',
  'bmc.slow': 'its BMC answers only just in time',
};

/** A root node boots from a LUN, a mesh node from the script that it loads and from its own disk. */
const OF_ONE_KIND: Readonly<Partial<Record<MishapKind, SiteNode['kind']>>> = {
  'lun.refuse': 'root',
  'lun.no-boot-loader': 'root',
  'script.missing': 'mesh',
  'disk.no-boot-code': 'mesh',
  'slot.no-boot-loader': 'mesh',
};

/** What can go wrong with a node at all, by what it has. */
export function mishapsOf({ kind, bmc }: Pick<SiteNode, 'kind' | 'bmc'>): readonly MishapKind[] {
  return MISHAP_KINDS.filter((mishap) => {
    if (isBmcMishap(mishap)) return bmc !== null;
    return (OF_ONE_KIND[mishap] ?? kind) === kind;
  });
}
