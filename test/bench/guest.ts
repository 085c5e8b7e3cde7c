import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { newcArchive } from '../../drivers/payload/cpio.js';
import type { Payload } from '../../drivers/payload/payload.js';
import { findProgram } from '../../drivers/process/program.js';
import { runProcess } from '../../drivers/process/run.js';
import type { TreeEntry } from '../../drivers/payload/tree.js';
import type { Need } from './figure.js';

/** What the guests run besides the payload's own init. */
export const GUEST_NEEDS: readonly Need[] = [{ program: 'busybox', debianPackage: 'busybox-static' }];

/** The line that ends a guest's boot; drivers/qemu knows it as well. */
export const GUEST_READY = 'METALRIG READY node=bench image=guest';

/**
 * The first program of a bench guest; `rdinit=/bench-init` names it, so that the payload's /init stays what it is.
 * `lun` plays the iBFT that firmware would have left, lets the payload's init log in by it, and reads the disk.
 */
const BENCH_INIT = `#!/bin/busybox sh
busybox mount -t devtmpfs dev /dev; busybox mount -t proc proc /proc; busybox mount -t sysfs sys /sys
exec </dev/console >/dev/console 2>&1
for word in $(busybox cat /proc/cmdline); do
  case $word in role=*) role=\${word#role=};; seconds=*) seconds=\${word#seconds=};; esac
done
load() { while read -r name; do busybox insmod "/modules/$name.ko" 2>/dev/null; done </modules/order; }
address() { load; busybox ifconfig eth0 "$1" netmask 255.255.255.0 up; }
case $role in
idle) ;;
server) address 10.99.0.2; iperf3 -s >/dev/null & ;;
client)
  address 10.99.0.3
  until busybox ping -c 1 -W 1 10.99.0.2 >/dev/null; do :; done
  iperf3 -c 10.99.0.2 -t "$seconds" -f m | busybox sed 's/^/BENCH /'
  echo BENCH-OVER ;;
lun)
  busybox mount -t tmpfs none /sys/firmware
  for part in initiator target0 ethernet0; do busybox mkdir -p /sys/firmware/ibft/$part; done
  cd /sys/firmware/ibft
  echo iqn.2026-11.example.metalrig:bench >initiator/initiator-name
  echo iqn.2026-11.example.metalrig:bench >target0/target-name
  echo 10.99.0.1 >target0/ip-addr; echo 3260 >target0/port; echo 01000000 >target0/lun
  echo 52:54:00:99:00:03 >ethernet0/mac; echo 10.99.0.3 >ethernet0/ip-addr
  echo 255.255.255.0 >ethernet0/subnet-mask; echo >ethernet0/gateway
  /init &
  until [ -b /dev/sda ]; do busybox usleep 50000; done
  echo BENCH-READS; busybox dd if=/dev/sda of=/dev/null bs=1M; echo BENCH-HAS-READ ;;
esac
echo '${GUEST_READY}'
while :; do busybox sleep 1000; done
`;

/** The payload's initramfs with busybox and these host programs, and the libraries they need, put into it. */
export async function benchInitramfs(payload: Payload, folder: string, programs: readonly string[]): Promise<string> {
  const entries: TreeEntry[] = [
    { kind: 'file', path: 'bench-init', mode: 0o755, content: Buffer.from(BENCH_INIT) },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    // iperf3 keeps its data there.
    { kind: 'directory', path: 'tmp', mode: 0o777 },
  ];
  const libraries = new Set<string>();
  for (const program of ['busybox', ...programs]) {
    const file = required(program);
    entries.push({ kind: 'file', path: `bin/${program}`, mode: 0o755, content: await readFile(file) });
    for (const library of await librariesOf(file)) libraries.add(library);
  }
  for (const library of libraries) {
    entries.push({ kind: 'file', path: library.slice(1), mode: 0o755, content: await readFile(library) });
  }
  const packed = gunzipSync(await readFile(payload.initramfs));
  // A second archive may follow the first at a multiple of four bytes; the kernel unpacks both.
  const gap = Buffer.alloc((4 - (packed.length % 4)) % 4);
  const file = join(folder, 'bench-initramfs.cpio');
  await writeFile(file, Buffer.concat([packed, gap, newcArchive(entries)]));
  return file;
}

function required(program: string): string {
  const file = findProgram(program);
  if (file === null) throw new Error(`${program} is not installed`);
  return file;
}

/** Paths that `ldd` names: `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)`, and the loader alone. */
async function librariesOf(file: string): Promise<readonly string[]> {
  const { output } = await runProcess({ argv: ['ldd', file] });
  return [...output.toString().matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}
