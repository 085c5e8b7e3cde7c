import { execFileSync } from 'node:child_process';
import t from 'tap';
import { ROOT } from './run-metalrig.js';

/** Two properties, the second with a number of cases of its own, as most of ours have. */
const DRAW = `
  import fc from 'fast-check';
  const drawn = [[], []];
  fc.assert(fc.property(fc.integer(), (number) => void drawn[0].push(number)));
  fc.assert(fc.property(fc.string(), (text) => void drawn[1].push(text)), { numRuns: 7 });
  console.log(JSON.stringify(drawn));
`;

function casesFrom(seed: string | undefined): readonly [readonly number[], readonly string[]] {
  const { METALRIG_TEST_SEED: _, ...environment } = process.env;
  const env = seed === undefined ? environment : { ...environment, METALRIG_TEST_SEED: seed };
  const argv = ['--import', './test/seed.mjs', '--input-type=module', '--eval', DRAW];
  return JSON.parse(execFileSync(process.execPath, argv, { cwd: ROOT, env, encoding: 'utf8', stdio: 'pipe' }));
}

void t.test('seed: a process of tests -> its properties have the cases of the seed, as many as they ask for', (t) => {
  const pinned = casesFrom(undefined);
  t.same(
    pinned.map(({ length }) => length),
    [100, 7],
  );
  t.same(casesFrom(undefined), pinned, 'the same each time');
  t.notSame(casesFrom('5'), pinned, 'others from another seed');
  t.notSame(casesFrom('random'), casesFrom('random'), 'others each time');
  t.throws(() => casesFrom('tomorrow'), /METALRIG_TEST_SEED is 'tomorrow'/);
  t.end();
});
