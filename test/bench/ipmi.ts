import { ipmiBmc, type IpmiBmc } from '../../drivers/ipmi/bmc.js';
import { ipmitoolArgv, ipmitoolEnvironment } from '../../drivers/ipmi/argv.js';
import { runProcess } from '../../drivers/process/run.js';
import { ear } from '../contracts/ear.js';
import { openTestBmc, PASSWORD, type TestBmc } from '../drivers/ipmi/test-bmc.js';
import type { Contender, Need, Readings, Topic } from './figure.js';
import { startStopwatch } from './stopwatch.js';

const OURS = 'metalrig';
const PEER = 'ipmitool';
const CONSOLE = 'serial over LAN';
const BMCS = 100;
const BYTES = 50;
const NEEDS: readonly Need[] = [
  { program: 'ipmitool', debianPackage: 'ipmitool' },
  { program: 'ipmi_sim', debianPackage: 'openipmi' },
];

export const ipmi: Topic = {
  name: 'ipmi',
  figures: [
    {
      name: 'ipmi-status',
      measures: `power of ${BMCS} BMCs, all at once, against plain ipmitool`,
      unit: 's',
      reading: 'all_s',
      ours: OURS,
      peer: PEER,
      target: { kind: 'at most', value: 1.5 },
    },
    {
      name: 'ipmi-cpu',
      measures: "our own CPU, a call, beside the tool's",
      unit: 'ms',
      reading: 'cpu_ms',
      ours: OURS,
      peer: null,
      target: { kind: 'at most', value: 5 },
    },
    {
      name: 'ipmi-console',
      measures: "a byte of the node's serial line until we have it",
      unit: 'ms',
      reading: 'byte_ms',
      ours: CONSOLE,
      peer: null,
      target: { kind: 'at most', value: 50 },
    },
  ],
  async open() {
    const opened = await Promise.all(Array.from({ length: BMCS }, () => openTestBmc()));
    const bmcs = opened.map(({ config, parts }) => ipmiBmc(config, parts));
    return {
      contenders: [ours(bmcs), plain(opened), consoleOf(opened[0])],
      async [Symbol.asyncDispose]() {
        await Promise.all(opened.map((bmc) => bmc[Symbol.asyncDispose]()));
      },
    };
  },
};

function ours(bmcs: readonly IpmiBmc[]): Contender {
  return {
    name: OURS,
    needs: NEEDS,
    async run(): Promise<Readings> {
      const stop = startStopwatch();
      await Promise.all(bmcs.map(({ power }) => power.read(new AbortController().signal)));
      const { wall_s, cpu_s } = stop();
      return { all_s: wall_s, cpu_ms: (1000 * cpu_s) / bmcs.length };
    },
  };
}

/** The same calls, each in the background of one shell. */
function plain(opened: readonly TestBmc[]): Contender {
  const calls = opened.map(({ config }) => ipmitoolArgv(config, { words: ['chassis', 'power', 'status'] }).join(' '));
  const script = `${calls.join(' &\n')} &\nwait`;
  return {
    name: PEER,
    needs: NEEDS,
    async run() {
      const stop = startStopwatch();
      const { output } = await runProcess({
        argv: ['/bin/sh', '-c', script],
        environment: ipmitoolEnvironment(PASSWORD),
      });
      const answers = output.toString().split('Chassis Power is off').length - 1;
      if (answers !== opened.length) throw new Error(`${answers} of ${opened.length} answered`);
      return { all_s: stop().wall_s };
    },
  };
}

function consoleOf(opened: TestBmc | undefined): Contender {
  return {
    name: CONSOLE,
    needs: NEEDS,
    async run() {
      if (opened === undefined) throw new Error('there is no BMC');
      await using line = ipmiBmc(opened.config, opened.parts).console;
      const listener = ear('bench', false);
      line.attach(listener);
      await listener.untilLine(true);
      let total_s = 0;
      for (let byte = 1; byte <= BYTES; byte++) {
        const stop = startStopwatch();
        opened.serial.say('x');
        await listener.until('x'.repeat(byte));
        total_s += stop().wall_s;
      }
      return { byte_ms: (1000 * total_s) / BYTES };
    },
  };
}
