import type { Stage } from '../evidence.js';
import type { FaultTable } from './table.js';

/** BOOT: why a boot chain ended before `up`. */
export type BootFault =
  | { readonly code: 'BOOT-001'; readonly kind: 'stage.late'; readonly stage: Stage; readonly waited_ms: number }
  | { readonly code: 'BOOT-002'; readonly kind: 'dhcp.unanswered'; readonly stage: Stage }
  | { readonly code: 'BOOT-003'; readonly kind: 'bootFile.missing'; readonly file: string }
  | { readonly code: 'BOOT-004'; readonly kind: 'lun.refused'; readonly target: string; readonly status: string }
  | { readonly code: 'BOOT-005'; readonly kind: 'lun.noBootLoader'; readonly target: string }
  | { readonly code: 'BOOT-006'; readonly kind: 'kernel.panic'; readonly text: string }
  | { readonly code: 'BOOT-007'; readonly kind: 'power.lost'; readonly stage: Stage }
  | { readonly code: 'BOOT-008'; readonly kind: 'firmware.gaveUp'; readonly stage: Stage; readonly text: string }
  | { readonly code: 'BOOT-009'; readonly kind: 'lun.unreachable'; readonly target: string }
  | { readonly code: 'BOOT-010'; readonly kind: 'script.missing'; readonly file: string }
  | { readonly code: 'BOOT-011'; readonly kind: 'disk.noBootCode'; readonly disk: string }
  | { readonly code: 'BOOT-012'; readonly kind: 'slot.noBootLoader'; readonly slot: string };

export const bootFaults: FaultTable<BootFault> = {
  'BOOT-001': {
    says: (fault) => `nothing further was seen for ${fault.waited_ms} ms in stage ${fault.stage}`,
    remedy: (fault) =>
      `Read console and capture from the last evidence on; give ${fault.stage} a longer deadline if it still moved.`,
  },
  'BOOT-002': {
    says: (fault) => `the node asked for an address in stage ${fault.stage} and nobody answered`,
    remedy: () =>
      "Check that the DHCP service runs on the node's network and that its MAC address is in the site file.",
  },
  'BOOT-003': {
    says: (fault) => `the boot file ${JSON.stringify(fault.file)} is not on the TFTP server`,
    remedy: (fault) => `Put ${fault.file} into the TFTP root, or mend boot_file in the site file.`,
  },
  'BOOT-004': {
    says: (fault) => `the login to ${fault.target} was refused: ${fault.status}`,
    remedy: (fault) =>
      `Check that the node's address and initiator name are on the list of ${fault.target}, and its CHAP secret.`,
  },
  'BOOT-005': {
    says: (fault) => `${fault.target} was attached, and no boot loader started from it`,
    remedy: () => 'Check the first sector of the image: boot code and the 55 aa signature; install GRUB into its MBR.',
  },
  'BOOT-006': {
    says: (fault) => `the kernel panicked: ${fault.text}`,
    remedy: () =>
      'Read the console log above the panic; check the kernel command line, the initramfs and the root device.',
  },
  'BOOT-007': {
    says: (fault) => `power was lost in stage ${fault.stage}`,
    remedy: () => 'Check the outlet, the BMC event log and who asked for power off; then boot the node again.',
  },
  'BOOT-008': {
    says: (fault) => `the firmware gave up in stage ${fault.stage}: ${fault.text}`,
    remedy: () => 'Check the boot order and the services of that stage in the capture.',
  },
  'BOOT-009': {
    says: (fault) => `${fault.target} could not be reached`,
    remedy: () => 'Check that the iSCSI target listens on the portal in the root path and that the node can reach it.',
  },
  'BOOT-010': {
    says: (fault) => `the script ${JSON.stringify(fault.file)} is not on the HTTP server`,
    remedy: () => 'Check that the deploy service runs and knows this node, and that DHCP names the right script.',
  },
  'BOOT-011': {
    says: (fault) => `the node was handed over to ${fault.disk}, and no boot loader started from it`,
    remedy: () =>
      'Check the first sector of the disk: boot code and the 55 aa signature; deploy the node, which installs both.',
  },
  'BOOT-012': {
    says: (fault) => `no boot loader started from ${fault.slot}`,
    remedy: () => 'Deploy an image into that slot, or let the node boot another one.',
  },
};
