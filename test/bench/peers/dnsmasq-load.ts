import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../../../drivers/process/start.js';
import { runProcess } from '../../../drivers/process/run.js';
import { pause } from '../pause.js';
import { openNamespace } from './namespace.js';

/** perfdhcp against dnsmasq over a pair of kernel interfaces. @returns what perfdhcp printed */
export async function perfdhcpOnDnsmasq(folder: string, words: readonly string[]): Promise<string> {
  await using clients = await openNamespace('');
  const { pid } = clients;
  await using servers = await openNamespace(
    `ip link add s0 type veth peer name c0 netns ${pid}; ip addr add 10.99.0.1/16 dev s0; ip link set s0 up`,
  );
  const network = 'ip addr add 10.99.0.50/16 dev c0; ip link set c0 up';
  await runProcess({ argv: clients.inside(['sh', '-c', network]) });
  const file = join(folder, 'dnsmasq.conf');
  const leases = join(folder, `leases-${pid}`);
  writeFileSync(
    file,
    `port=0\ninterface=s0\nbind-dynamic\nuser=\ngroup=\ndhcp-authoritative\nno-ping\ndhcp-lease-max=65000
dhcp-leasefile=${leases}\nquiet-dhcp\nlog-facility=${file}.log\ndhcp-range=10.99.1.0,10.99.250.255,255.255.0.0,1h\n`,
  );
  const argv = servers.inside(['dnsmasq', '--keep-in-foreground', `--conf-file=${file}`]);
  await using _dnsmasq = startProcess({ argv });
  await pause(READY_MS);
  const perfdhcp = clients.inside(['perfdhcp', '-4', '-l', 'c0', ...words, '10.99.0.1']);
  const { output } = await runProcess({ argv: perfdhcp }, AbortSignal.timeout(60_000));
  return output.toString();
}

/** dnsmasq does not say when it listens; it takes 20 ms on an idle machine. */
const READY_MS = 500;
