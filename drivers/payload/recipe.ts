/** Which LUN images there are, and what makes each what it is. */
export const imageRecipes = {
  /** Boots to READY. */
  root: { hasBootLoader: true, hasInitramfs: true },
  /** The same, and nobody installed a boot loader: no code in the MBR, no signature. */
  'no-boot-loader': { hasBootLoader: false, hasInitramfs: true },
  /** GRUB loads no initramfs, so the kernel finds no root filesystem and panics: the usual way to come by a panic. */
  panic: { hasBootLoader: true, hasInitramfs: false },
} as const;

export type ImageName = keyof typeof imageRecipes;
export const imageNames: readonly ImageName[] = ['root', 'no-boot-loader', 'panic'];

/** What the payload is made of beside the kernel, whose package name changes with its version. */
export const PACKAGES = [
  'busybox-static', // the root filesystem's only program
  'grub-common', // grub-mkimage
  'grub-pc-bin', // GRUB's boot sector and modules for BIOS
  'ipxe', // undionly.kpxe
  'libdevmapper1.02.1', // grub-mkimage is linked to it, and a small host may lack it
  'tcc', // compiles the initramfs's init
] as const;

/** Loaded by the initramfs, with what they depend on: the card, the firmware's boot table, the LUN, the local disk. */
export const MODULES = ['virtio_pci', 'virtio_net', 'iscsi_ibft', 'iscsi_tcp', 'virtio_scsi', 'sd_mod'] as const;

/** GRUB's core: reads the disk through the BIOS, prints on the serial line, loads Linux. */
export const GRUB_MODULES = ['biosdisk', 'linux16', 'boot', 'echo', 'serial', 'terminal'] as const;

/** The kernel's command line. All but the first two only save time: together a quarter of the kernel's under TCG. */
export const KERNEL_ARGUMENTS = [
  'console=ttyS0,115200',
  'quiet',
  'cryptomgr.notests', // no self-tests of ciphers that nobody here uses
  'nokaslr', // no relocation of 40 MB
  'noreplace-smp', // no patching of locks for one CPU: each patch throws translated code away
  'edd=off', // no reading of the disks' first sectors through the BIOS, here over the network
  'no_timer_check', // a timer that QEMU emulates is there
  'nolapic_timer', // no 100 ms of measuring the local APIC's timer; the tick comes from the HPET
  'lsm=', // no AppArmor
  'audit=0',
] as const;

/** Free space in the root filesystem, for what a node writes there. */
export const FREE_BYTES = 8 * 1024 * 1024;
