import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { smallImage, writeImage } from '../arbitraries/clonezilla.js';
import { command, metalrig, scratchOf, type Ran } from '../run-metalrig.js';

t.setTimeout(180_000);
const NO_STACK = /\n\s+at /;

function desk(t: { teardown(fn: () => void): void }) {
  const cwd = scratchOf(t);
  writeImage(join(cwd, 'handed-in'), smallImage());
  const image = (...words: readonly string[]): Promise<Ran> =>
    command(['image', ...words], { cwd, environment: { METALRIG_STORE: join(cwd, 'shelf') } });
  return { cwd, image };
}

void t.test('image: added, listed, shown, verified, exported, removed -> each exit 0, within 80 columns', async (t) => {
  const { cwd, image } = desk(t);
  const steps = [
    ['add', 'wireless/day-one', 'handed-in', '--no-boot', '--kind', 'mesh'],
    ['list'],
    ['list', 'wireless'],
    ['show', 'wireless/day-one'],
    ['verify'],
    ['verify', 'wireless/day-one'],
    ['export', 'wireless/day-one', 'back'],
    ['remove', 'wireless/day-one'],
    ['list'],
  ];
  for (const words of steps) {
    const { code, out, err } = await image(...words);
    t.equal(code, 0, words.join(' '));
    t.same([err, out.includes('\u001b')], ['', false]);
    t.ok(
      out.split('\n').every((line) => line.length <= 80),
      out,
    );
  }
  t.ok(readFileSync(join(cwd, 'back', 'parts')).equals(Buffer.from('sda1 sda3\n')));
  t.same(readdirSync(join(cwd, 'shelf')), []);
});

void t.test('image: with --json -> one object a line, the last one the result', async (t) => {
  const { image } = desk(t);
  const added = await image('add', 'a/b', 'handed-in', '--no-boot', '--json');
  t.match(added.lines.at(-1), { type: 'image', name: 'b', partitions: [{ device: 'sda1' }, { device: 'sda3' }] });
  const listed = await image('list', '--json');
  t.match(listed.lines, [
    { type: 'image', project: 'a', name: 'b', isDamaged: false },
    { type: 'list', images: 1 },
  ]);
  const verified = await image('verify', '--json');
  t.match(verified.lines, [
    { type: 'verified', isSound: true },
    { type: 'report', damaged: 0 },
  ]);
  const removed = await image('remove', 'a/b', '--json');
  t.match(removed.lines, [{ type: 'removed', project: 'a', name: 'b' }]);
});

void t.test('image: a flipped byte on the shelf -> verify exit 1 and the file, list still lists it', async (t) => {
  const { cwd, image } = desk(t);
  await image('add', 'a/b', 'handed-in', '--no-boot');
  const path = join(cwd, 'shelf', 'a', 'b', 'sda-mbr');
  writeFileSync(path, readFileSync(path).fill(1, 100, 101));
  const { code, out } = await image('verify');
  t.equal(code, 1);
  t.match(out, 'damaged  a/b');
  t.match(out, /changed +"sda-mbr"/);
  t.equal((await image('list')).code, 0);
});

void t.test('image: what cannot be kept, or is typed wrong -> exit 2, what and remedy, nothing stays', async (t) => {
  const { cwd, image } = desk(t);
  const broken = smallImage();
  broken.delete('sda1.ext4-ptcl-img.gz.ab');
  writeImage(join(cwd, 'broken'), broken);
  const wrong = [
    ['add', 'a/b', 'broken', '--no-boot'],
    ['add', 'a/b', 'nowhere'],
    ['add', '../b', 'handed-in'],
    ['add', 'a/b', 'handed-in', '--no-boot', '--kind', 'mars'],
    ['add', 'a/b', 'handed-in', '--no-boot', '--compress', 'rar'],
    ['add', 'a/b', 'handed-in', '--no-boot', '--split', '0'],
    ['add', 'a/b'],
    ['show', 'a/b'],
    ['remove', 'a/b'],
    ['export', 'a/b', 'out'],
    ['burn', 'a/b'],
  ];
  for (const words of wrong) {
    const { code, err } = await image(...words);
    t.equal(code, 2, words.join(' '));
    t.notMatch(err, NO_STACK);
    t.match(err, /^[A-Z]+-\d{3} .+\n {2}\S/, 'a code, what, and a remedy');
  }
  t.notOk(existsSync(join(cwd, 'shelf', 'a')));
});

void t.test('image: the host has no gzip -> exit 3, and the package that holds it', async (t) => {
  const { cwd } = desk(t);
  const environment = { METALRIG_STORE: join(cwd, 'shelf'), PATH: join(cwd, 'nothing-here') };
  const { code, err } = await metalrig(['image', 'add', 'a/b', 'handed-in', '--no-boot'], { cwd, environment });
  t.equal(code, 3);
  t.match(err, 'apt-get install gzip');
  t.same(readdirSync(join(cwd, 'shelf')), []);
});
