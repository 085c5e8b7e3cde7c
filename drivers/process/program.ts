import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';

/** Programs that metalrig starts, and the Debian package that holds each: for the remedy when one is missing. */
export const DEBIAN_PACKAGE_OF: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  cat: 'coreutils',
  dd: 'coreutils',
  depmod: 'kmod',
  'dpkg-deb': 'dpkg',
  gzip: 'gzip',
  'grub-mkimage': 'grub-common',
  ipmi_sim: 'openipmi',
  ipmitool: 'ipmitool',
  iscsistart: 'open-iscsi',
  ldd: 'libc-bin',
  mke2fs: 'e2fsprogs',
  'partclone.extfs': 'partclone',
  'partclone.fat': 'partclone',
  'partclone.restore': 'partclone',
  pigz: 'pigz',
  'qemu-img': 'qemu-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  setpriv: 'util-linux',
  sfdisk: 'fdisk',
  snmpd: 'snmpd',
  snmpget: 'snmp',
  snmpset: 'snmp',
  snmpwalk: 'snmp',
  split: 'coreutils',
  tshark: 'tshark',
  zstd: 'zstd',
};

/** Where the program is, as a shell would find it; null when PATH has none that may be executed. */
export function findProgram(program: string, path = process.env['PATH'] ?? ''): string | null {
  if (program.includes('/')) return isExecutable(program) ? program : null;
  // An ordinary user's PATH on Debian lacks the sbin folders, where mke2fs and sfdisk live.
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

/** @throws FaultError HOST-001 when it is not there */
export function requireProgram(program: string): string {
  const file = findProgram(program);
  if (file !== null) return file;
  throw new FaultError({
    code: 'HOST-001',
    kind: 'program.missing',
    program,
    debianPackage: DEBIAN_PACKAGE_OF[program] ?? null,
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
