import { EXT2_BLOCK_BYTES } from './ext2-format.js';
import type { Ext2Image } from './ext2.js';

const SECTOR_BYTES = 512;
/** Where every partitioning tool of today puts the first partition: 1 MiB, which leaves a gap for GRUB's core. */
const PARTITION_SECTOR = 2048;
const LINUX_PARTITION_TYPE = 0x83;
/** The last cylinder, head 254, sector 63: what tools write beyond CHS's reach. iPXE takes its geometry from it. */
const CHS_END = [0xfe, 0xff, 0xff] as const;
const CHS_START = [0x20, 0x21, 0x00] as const;

export interface BootLoader {
  /** GRUB's boot.img. */
  readonly bootSector: Uint8Array;
  /** What grub-mkimage made. */
  readonly core: Uint8Array;
}

/**
 * A whole disk: MBR, GRUB's core behind it, one partition with the filesystem. Without a boot loader the MBR stays
 * empty up to the partition table and lacks its signature, as on a LUN whose image never got one installed.
 */
export function diskImage(filesystem: Pick<Ext2Image, 'bytes'>, bootLoader: BootLoader | null): Uint8Array {
  return Buffer.concat([diskHead(filesystem.bytes.length, bootLoader), filesystem.bytes]);
}

/** What stands before the partition of `diskImage`, for one that is written elsewhere. */
export function diskHead(partition_bytes: number, bootLoader: BootLoader | null): Uint8Array {
  const disk = Buffer.alloc(PARTITION_SECTOR * SECTOR_BYTES);
  disk.writeUInt32LE(0x6d657461, 440); // disk signature, any fixed number
  disk.set([0x80, ...CHS_START, LINUX_PARTITION_TYPE, ...CHS_END], 446);
  disk.writeUInt32LE(PARTITION_SECTOR, 454);
  disk.writeUInt32LE(partition_bytes / SECTOR_BYTES, 458);
  if (bootLoader !== null) installBootLoader(disk, bootLoader);
  return disk;
}

/**
 * What grub-bios-setup does for a disk, which itself wants to be root and a real disk.
 * @see grub-core/boot/i386/pc/boot.S of GRUB: GRUB_BOOT_MACHINE_BOOT_DRIVE, GRUB_BOOT_MACHINE_DRIVE_CHECK
 */
function installBootLoader(disk: Buffer, { bootSector, core }: BootLoader): void {
  if (core.length > (PARTITION_SECTOR - 1) * SECTOR_BYTES)
    throw new Error("GRUB's core does not fit before the partition");
  disk.set(bootSector.subarray(0, 440), 0);
  disk[0x64] = 0xff; // boot drive: the one that the BIOS names
  disk.set([0x90, 0x90], 0x66); // no check for a floppy: two no-operations over the jump
  disk.set(core, SECTOR_BYTES);
  disk.set([0x55, 0xaa], 510);
}

/**
 * Where a file lies, as GRUB's block list: `(hd0)2104+27712`, in sectors of the whole disk. So GRUB needs neither the
 * filesystem's nor the partition table's module, and looks up no block maps. Either way it reads 64 sectors at a time,
 * and in two parts, because its INT 13h driver stops at every 63rd sector of the disk.
 */
export function blockList(filesystem: Ext2Image, path: string): string {
  const extent = extentOf(filesystem, path);
  const sectorsPerBlock = EXT2_BLOCK_BYTES / SECTOR_BYTES;
  return `(hd0)${PARTITION_SECTOR + extent.firstBlock * sectorsPerBlock}+${extent.blocks * sectorsPerBlock}`;
}

/** Where in the disk a file's bytes begin. */
export function fileOffset_bytes(filesystem: Ext2Image, path: string): number {
  return PARTITION_SECTOR * SECTOR_BYTES + extentOf(filesystem, path).firstBlock * EXT2_BLOCK_BYTES;
}

function extentOf(filesystem: Ext2Image, path: string) {
  const extent = filesystem.files.get(path);
  if (extent === undefined) throw new Error(`${path} is not in the filesystem`);
  return extent;
}
