import { readdirSync, readFileSync } from 'node:fs';
import { nodeId } from '../../core/ids.js';
import { ipmiBmc, type IpmiBmc } from '../../drivers/ipmi/bmc.js';
import { IPMI_DEFAULTS } from '../../drivers/ipmi/config.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { openTestBmc, PASSWORD, type TestBmc } from '../drivers/emulated-bmc/test-bmc.js';
import type { Readings, Topic } from './figure.js';
import { startStopwatch } from './stopwatch.js';

const OURS = 'metalrig';
const BMCS = 100;
const MB = 1e6;

export const emulatedBmcs: Topic = {
  name: 'emulated-bmcs',
  figures: [
    {
      name: 'bmc-memory',
      measures: `${BMCS} emulated IPMI BMCs: their processes (PSS), and what we ourselves grew by`,
      unit: 'MB',
      reading: 'memory_mb',
      ours: OURS,
      peer: null,
      target: { kind: 'at most', value: 100 },
    },
    {
      name: 'bmc-status',
      measures: 'power of all of them at once, by our own driver',
      unit: 's',
      reading: 'all_s',
      ours: OURS,
      peer: null,
      target: { kind: 'at most', value: 1.5 },
    },
  ],
  async open() {
    const before_bytes = process.memoryUsage.rss();
    const opened = await Promise.all(Array.from({ length: BMCS }, () => openTestBmc()));
    const grown_bytes = process.memoryUsage.rss() - before_bytes;
    const drivers = opened.map(driverOf);
    const needs = [
      { program: 'ipmitool', debianPackage: 'ipmitool' },
      { program: 'ipmi_sim', debianPackage: 'openipmi' },
    ];
    const run = async (): Promise<Readings> => {
      const stop = startStopwatch();
      await Promise.all(drivers.map(({ power }) => power.read(new AbortController().signal)));
      return { all_s: stop().wall_s, memory_mb: (grown_bytes + simulators_bytes()) / MB };
    };
    return {
      contenders: [{ name: OURS, needs, run }],
      async [Symbol.asyncDispose]() {
        await Promise.all(opened.map((bmc) => bmc[Symbol.asyncDispose]()));
      },
    };
  },
};

function driverOf({ bmc }: TestBmc): IpmiBmc {
  const { address, port } = bmc;
  const config = { ...IPMI_DEFAULTS, node: nodeId('root1'), address, port, user: 'admin' };
  return ipmiBmc(config, { clock: systemClock(), notice: () => {}, password: () => Promise.resolve(PASSWORD) });
}

/** Proportional set size of every ipmi_sim there is. @see proc(5), smaps_rollup */
function simulators_bytes(): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => sum + pss_bytes(pid), 0);
}

/** 0 for another program, and for one that has just ended. */
function pss_bytes(pid: string): number {
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'ipmi_sim\n') return 0;
    const [, kib = '0'] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kib) * 1024;
  } catch {
    return 0;
  }
}
