import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../drivers/process/run.js';
import { PACKAGE_ROOT } from '../../tui/package.js';
import { readingsOf } from './alone.js';
import type { Bench, Contender, Figure, Topic } from './figure.js';
import { benchProgram } from './run-scenario.js';

const OURS = 'our machines';
const SIMPY = 'SimPy';
const SIMGRID = 'SimGrid';
const NODES = '10000';
/** Debian's Python: packages of Debian's are not seen by another one that may come first in PATH. */
const PYTHON = '/usr/bin/python3';
const source = (name: string): string => join(PACKAGE_ROOT, 'test', 'bench', 'peers', name);

const makespan = { unit: 's of model time', reading: 'makespan', ours: OURS, target: { kind: 'equal' } } as const;
const rate = { unit: 'boots/s', reading: 'boots_per_s', ours: OURS, target: { kind: 'shown' } } as const;
const figures: readonly Figure[] = [
  { ...makespan, name: 'pxe9-makespan-simpy', measures: `the model pxe9, ${NODES} nodes, 16 slots`, peer: SIMPY },
  { ...makespan, name: 'pxe9-makespan-grid', measures: `the same`, peer: SIMGRID },
  { ...rate, name: 'pxe9-rate-simpy', measures: 'the same runs, set-up included', peer: SIMPY },
  { ...rate, name: 'pxe9-rate-grid', measures: 'the same runs, set-up included', peer: SIMGRID },
];

export const simulators: Topic = {
  name: 'pxe9',
  figures,
  open: async (bench) => ({
    contenders: [
      playing(OURS, () => [process.execPath, benchProgram('pxe9'), NODES]),
      playing(
        SIMPY,
        () => [PYTHON, source('pxe9-simpy.py'), NODES],
        "SimPy's Python module: apt-get install python3-simpy",
      ),
      playing(SIMGRID, await simgrid(bench), 'SimGrid for C++: apt-get install g++ libsimgrid-dev libboost-dev'),
    ],
    [Symbol.asyncDispose]: async () => {},
  }),
};

type Argv = readonly [string, ...string[]];

/** @param remedy told with the reason when it cannot be run */
function playing(name: string, argv: (() => Argv) | null, remedy = ''): Contender {
  return {
    name,
    async run() {
      try {
        if (argv === null) throw new Error('does not compile');
        const readings = await readingsOf(argv());
        return { ...readings, boots_per_s: Number(NODES) / (readings['wall_s'] ?? 0) };
      } catch (thrown) {
        throw new Error(`${remedy} (${thrown instanceof Error ? thrown.message : String(thrown)})`, { cause: thrown });
      }
    },
  };
}

/** Compiled for this run; null where that fails. */
async function simgrid({ folder, wants }: Bench): Promise<(() => Argv) | null> {
  const program = join(folder, 'pxe9-simgrid');
  if (!wants(SIMGRID) || !existsSync('/usr/include/simgrid/s4u.hpp')) return null;
  const argv = ['g++', '-O2', '-std=c++17', source('pxe9-simgrid.cpp'), '-o', program, '-lsimgrid'] as const;
  const { exitCode } = await runProcess({ argv });
  // Small stacks without guard pages: the model's actors need next to none.
  const words = ['--cfg=contexts/stack-size:16', '--cfg=contexts/guard-size:0', '--log=root.thresh:warning'];
  return exitCode === 0 ? () => [program, NODES, ...words] : null;
}
