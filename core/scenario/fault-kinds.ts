import type { BmcFault } from '../faults/bmc.js';
import type { BootFault } from '../faults/boot.js';
import type { EffectFault } from '../faults/effect.js';

/** What a node can end with, and so what a scenario may expect. */
export type ExpectedFaultKind = BmcFault['kind'] | BootFault['kind'] | EffectFault['kind'];

// A record, so that a kind that is added to a union and forgotten here does not compile.
const KINDS: Readonly<Record<ExpectedFaultKind, true>> = {
  'bmc.silent': true,
  'bmc.loginRefused': true,
  'bmc.powerUnmoved': true,
  'bmc.bootDeviceUnkept': true,
  'bmc.openToAll': true,
  'bmc.refused': true,
  'bmc.alien': true,
  'bmc.noConsole': true,
  'stage.late': true,
  'dhcp.unanswered': true,
  'bootFile.missing': true,
  'lun.refused': true,
  'lun.noBootLoader': true,
  'kernel.panic': true,
  'power.lost': true,
  'firmware.gaveUp': true,
  'lun.unreachable': true,
  'script.missing': true,
  'disk.noBootCode': true,
  'slot.noBootLoader': true,
  'effect.late': true,
  'effect.unoffered': true,
  'effect.broke': true,
};

export function isExpectedFaultKind(text: string): text is ExpectedFaultKind {
  return Object.hasOwn(KINDS, text);
}

export const EXPECTED_FAULT_KINDS: readonly ExpectedFaultKind[] = Object.keys(KINDS).filter(isExpectedFaultKind);
