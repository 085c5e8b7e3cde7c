import t from 'tap';
import fc from 'fast-check';
import { runProcess } from '../../drivers/process/run.js';
import { isTargetMet, spreadOf, type Figure, type Spread, type Target, type Topic } from './figure.js';
import { measureTopic } from './measure.js';
import { benchProgram } from './run-scenario.js';
import { tableLines } from './table.js';
import { TOPICS } from './topics.js';

const figure = (target: Target): Figure => {
  return { name: 'speed', measures: 'things', unit: 'things/s', reading: 'rate', ours: 'ours', peer: 'theirs', target };
};

/** Two contenders that tell their turns; the peer breaks in its second run, or is not there. */
function fakeTopic(turns: string[], peer: 'whole' | 'breaks' | 'absent'): Topic {
  const needs = peer === 'absent' ? [{ program: 'no-such-program', debianPackage: 'its-package' }] : [];
  const run = (name: string, rate: number) => async () => {
    turns.push(name);
    const again = name === 'theirs' && turns.length === 4;
    if (peer === 'breaks' && again) throw new Error('out of paper');
    return { rate: rate + turns.length };
  };
  return {
    name: 'fake',
    figures: [figure({ kind: 'ratio at least', value: 2 })],
    open: async () => ({
      contenders: [
        { name: 'ours', run: run('ours', 100) },
        { name: 'theirs', needs, run: run('theirs', 10) },
      ],
      [Symbol.asyncDispose]: async () => void turns.push('closed'),
    }),
  };
}

const options = { runs: 3, isWanted: () => true, progress: () => {} };

void t.test('bench: two contenders -> they take turns, medians and their ratio stand beside the target', async (t) => {
  const turns: string[] = [];
  const [result] = await measureTopic(fakeTopic(turns, 'whole'), options);
  t.same(turns, ['ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs', 'closed']);
  t.match(result, { ours: { median: 103, min: 101, max: 105 }, peer: { median: 14 }, isMet: true, missing: [] });
});

void t.test(
  'bench: a peer that breaks, or is not installed -> ours is measured all the same, the table says why',
  async (t) => {
    const broken = await measureTopic(fakeTopic([], 'breaks'), options);
    t.match(broken, [{ ours: { runs: { length: 3 } }, missing: [/theirs could not be measured: out of paper/] }]);
    const absent = await measureTopic(fakeTopic([], 'absent'), options);
    t.match(absent, [{ ours: { runs: { length: 3 } }, peer: null, ratio: null, isMet: null }]);
    t.match(tableLines(absent).join('\n'), /apt-get install its-package/);
  },
);

void t.test('bench: for every list of runs the median lies between the ends and halves them', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 1e9 }), { minLength: 1 }), (runs) => {
      const { median, min, max } = spreadOf(runs) ?? { median: -1, min: 0, max: 0 };
      const below = runs.filter((run) => run < median).length;
      const above = runs.filter((run) => run > median).length;
      return min <= median && median <= max && 2 * below <= runs.length && 2 * above <= runs.length;
    }),
  );
  t.equal(spreadOf([]), null);
});

void t.test('bench: targets of every kind -> met at the bound, missed beyond it, unknown without a peer', async (t) => {
  const at = (median: number): Spread => ({ median, min: median, max: median, runs: [median] });
  const rows: readonly (readonly [Target, number, boolean | null, number, boolean | null])[] = [
    [{ kind: 'at least', value: 10 }, 10, true, 9.9, false],
    [{ kind: 'at most', value: 10 }, 10, true, 10.1, false],
    [{ kind: 'ratio at least', value: 2 }, 10, true, 9.9, false],
    [{ kind: 'ratio at most', value: 2 }, 10, true, 10.1, false],
    [{ kind: 'excess at most', value: 5 }, 10, true, 10.1, false],
    [{ kind: 'equal' }, 5, true, 5.1, false],
    [{ kind: 'shown' }, 5, null, 0, null],
  ];
  for (const [target, good, isGood, bad, isBad] of rows) {
    t.equal(isTargetMet(target, at(good), at(5)), isGood, target.kind);
    t.equal(isTargetMet(target, at(bad), at(5)), isBad, target.kind);
    t.equal(isTargetMet(target, null, at(5)), null, target.kind);
  }
  t.equal(isTargetMet({ kind: 'ratio at least', value: 1 }, at(1), null), null);
});

void t.test('bench: every figure of every topic -> a name of its own, a table of at most 80 columns', async (t) => {
  const figures = TOPICS.flatMap((topic) => topic.figures.map((one) => ({ topic: topic.name, figure: one })));
  const names = figures.map(({ figure: { name } }) => name);
  t.equal(new Set([...names, ...TOPICS.map(({ name }) => name)]).size, names.length + TOPICS.length);
  const ours: Spread = { median: 234567.8, min: 234567.8, max: 876543.2, runs: [] };
  const lines = tableLines(
    figures.map((one) => ({ ...one, ours, peer: ours, missing: ['a '.repeat(90)], ratio: 123.45, isMet: false })),
  );
  t.same(
    lines.filter((line) => line.length > 80),
    [],
  );
});

void t.test(
  'bench: the program with a wrong word -> exit 2 and the names that there are; --help -> exit 0',
  async (t) => {
    const wrong = await runProcess({ argv: [process.execPath, benchProgram('main'), '--only', 'nothing'] });
    t.equal(wrong.exitCode, 2);
    t.match(wrong.errorTail, /there is no topic or figure nothing; there are sim/);
    const help = await runProcess({ argv: [process.execPath, benchProgram('main'), '--help'] });
    t.equal(help.exitCode, 0);
    t.match(help.output.toString(), /usage: npm run bench/);
  },
);
