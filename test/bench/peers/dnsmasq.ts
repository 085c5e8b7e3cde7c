import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startProcess } from '../../../drivers/process/start.js';
import type { Need } from '../figure.js';

export const DNSMASQ_NEEDS: readonly Need[] = [{ program: 'dnsmasq', debianPackage: 'dnsmasq-base' }];

export interface DnsmasqOptions {
  readonly folder: string;
  readonly bootFile: string;
  readonly iqn: string;
  readonly mac: string;
  readonly inside: (argv: readonly string[]) => readonly [string, ...string[]];
}

/**
 * Debian's DHCP and TFTP server on br0, set up as for a rack: boot file first, root path once the boot file was loaded.
 * QEMU's NIC ROM and undionly.kpxe ask in the very same words, so dnsmasq is told by its own hook for finished TFTP
 * transfers; it reads new files of `dhcp-hostsdir` at once. 175.176 spares iPXE its wait for proxies, router
 * advertisements its wait for IPv6, as our own services do.
 */
export function openDnsmasq({ folder, bootFile, iqn, mac, inside }: DnsmasqOptions): AsyncDisposable {
  const hosts = join(folder, 'hosts');
  mkdirSync(hosts, { recursive: true });
  writeFileSync(join(folder, 'loaded'), `${mac},set:loaded,10.99.0.11\n`);
  const hook = join(folder, 'hook');
  writeFileSync(hook, `#!/bin/sh\n[ "$1" = tftp ] && cp ${join(folder, 'loaded')} ${hosts}/\nexit 0\n`, {
    mode: 0o755,
  });
  const file = join(folder, 'dnsmasq.conf');
  writeFileSync(
    file,
    `port=0
interface=br0
bind-dynamic
user=
group=
dhcp-authoritative
quiet-dhcp
quiet-tftp
log-facility=${file}.log
no-ping
dhcp-leasefile=${join(folder, 'leases')}
dhcp-range=10.99.0.11,10.99.0.11,255.255.255.0,1h
dhcp-range=fd99::,ra-only
enable-ra
enable-tftp
tftp-root=${dirname(bootFile)}
dhcp-hostsdir=${hosts}
dhcp-script=${hook}
dhcp-option-force=encap:175,176,1b
dhcp-boot=tag:!loaded,undionly.kpxe
dhcp-option-force=tag:loaded,option:root-path,"iscsi:10.99.0.1:::1:${iqn}"
dhcp-option-force=tag:loaded,203,"${iqn}"
`,
  );
  return startProcess({ argv: inside(['dnsmasq', '--keep-in-foreground', `--conf-file=${file}`]) });
}
