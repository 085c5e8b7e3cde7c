/** Where GRUB for BIOS lies in its package, and in the ramdisk. */
export const GRUB_DIRECTORY = 'usr/lib/grub/i386-pc';

/** Package -> files that the deploy ramdisk takes from it: programs by their place, libraries by the name asked for. */
export const RAMDISK_FILES: Readonly<Record<string, readonly string[]>> = {
  'busybox-static': ['bin/busybox'], // shell, wget, sha256sum, gunzip and all that is small
  e2fsprogs: ['sbin/mke2fs', 'etc/mke2fs.conf'],
  fdisk: ['sbin/sfdisk'],
  'grub-pc-bin': [`${GRUB_DIRECTORY}/boot.img`, `${GRUB_DIRECTORY}/grub-bios-setup`],
  libblkid1: [library('libblkid.so.1')],
  libc6: [loaded('ld-linux-x86-64.so.2'), ...['c.so.6', 'm.so.6', 'dl.so.2'].map((name) => loaded(`lib${name}`))],
  'libcom-err2': [loaded('libcom_err.so.2')],
  'libdevmapper1.02.1': [loaded('libdevmapper.so.1.02.1')],
  libext2fs2: [loaded('libext2fs.so.2'), loaded('libe2p.so.2')],
  libfdisk1: [library('libfdisk.so.1')],
  'libgcc-s1': [loaded('libgcc_s.so.1')], // opened by partclone at run time, when its threads end
  'liblz4-1': [library('liblz4.so.1')],
  liblzma5: [loaded('liblzma.so.5')],
  libncursesw6: [loaded('libncursesw.so.6')],
  'libpcre2-8-0': [library('libpcre2-8.so.0')],
  libreadline8: [loaded('libreadline.so.8')],
  libselinux1: [loaded('libselinux.so.1')],
  libsmartcols1: [library('libsmartcols.so.1')],
  libssl3: [library('libcrypto.so.3')],
  libtinfo6: [loaded('libtinfo.so.6')],
  libudev1: [library('libudev.so.1')],
  libuuid1: [library('libuuid.so.1')],
  partclone: ['usr/sbin/partclone.restore'],
  zlib1g: [loaded('libz.so.1')],
  zstd: ['usr/bin/zstd'],
};

/** What the mesh payload is made of beside the kernel. */
export const MESH_PACKAGES: readonly string[] = [...Object.keys(RAMDISK_FILES), 'grub-common', 'tcc'];

/**
 * Compiled into the core of every GRUB on a mesh node's disk, so that none of them has to find its modules: what our
 * own configurations say, and what Debian's do.
 */
export const LOCAL_GRUB_MODULES: readonly string[] = [
  'biosdisk part_msdos part_gpt ext2 normal configfile test regexp echo minicmd serial terminal chain linux linux16',
  'search search_fs_uuid search_label loadenv ls cat sleep reboot halt',
].flatMap((names) => names.split(' '));

/** Debian is half way through moving everything below usr/: the one half of the libraries lies here... */
function loaded(name: string): string {
  return `lib/x86_64-linux-gnu/${name}`;
}

/** ...and the other half here. */
function library(name: string): string {
  return `usr/lib/x86_64-linux-gnu/${name}`;
}
