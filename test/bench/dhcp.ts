import { runProcess } from '../../drivers/process/run.js';
import { alone } from './alone.js';
import type { Figure, Need, Readings, Topic } from './figure.js';
import { DNSMASQ_NEEDS } from './peers/dnsmasq.js';
import { perfdhcpOnDnsmasq } from './peers/dnsmasq-load.js';
import { NAMESPACE_NEEDS } from './peers/namespace.js';
import { benchProgram } from './run-scenario.js';

const IN_PROCESS = 'our DHCP, in process';
const SERVED = 'our DHCP, by perfdhcp';
const DNSMASQ = 'dnsmasq, by perfdhcp';
/** More than either gives, of a thousand clients: as dnsmasq was measured to saturate near 1,000 a second. */
const WORDS = ['-r', '3000', '-R', '1000', '-p', '4', '-W', '500000'] as const;
const PERFDHCP: readonly Need[] = [{ program: 'perfdhcp', debianPackage: 'kea-admin' }, ...NAMESPACE_NEEDS];

const common = { unit: 'exchanges/s', reading: 'exchanges_per_s' } as const;
const figures: readonly Figure[] = [
  {
    ...common,
    name: 'dhcp-exchanges',
    measures: 'four-way exchanges, frames in and frames out, through switch and host',
    ours: IN_PROCESS,
    peer: null,
    target: { kind: 'at least', value: 2_000 },
  },
  {
    ...common,
    name: 'dhcp-perfdhcp',
    measures: '3,000/s asked for; ours behind a user-space VXLAN uplink, the peer on a veth pair',
    ours: SERVED,
    peer: DNSMASQ,
    target: { kind: 'at least', value: 2_000 },
  },
];

export const dhcp: Topic = {
  name: 'dhcp',
  figures,
  open: async ({ folder }) => ({
    contenders: [
      alone(IN_PROCESS),
      { name: SERVED, needs: [...PERFDHCP, { program: 'ethtool', debianPackage: 'ethtool' }], run: perfdhcpOnOurs },
      {
        name: DNSMASQ,
        needs: [...PERFDHCP, ...DNSMASQ_NEEDS],
        run: async () => rateIn(await perfdhcpOnDnsmasq(folder, WORDS)),
      },
    ],
    [Symbol.asyncDispose]: async () => {},
  }),
};

async function perfdhcpOnOurs(): Promise<Readings> {
  const way = process.getuid?.() === 0 ? ['--net', '--mount'] : ['--user', '--map-root-user', '--net', '--mount'];
  const argv = ['unshare', ...way, process.execPath, benchProgram('dhcp-lab'), ...WORDS] as const;
  const { output, errorTail } = await runProcess({ argv }, AbortSignal.timeout(60_000));
  return rateIn(`${output.toString()}${errorTail}`);
}

/** perfdhcp's own sum; it divides by the time with its half second of waiting at the end. */
function rateIn(output: string): Readings {
  const [, rate] = /Rate: ([\d.]+) 4-way exchanges\/second/.exec(output) ?? [];
  if (rate === undefined) throw new Error(`perfdhcp said ${output.slice(-200)}`);
  return { exchanges_per_s: Number(rate) };
}
