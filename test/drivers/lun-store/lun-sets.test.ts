import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { faultOf } from '../../../core/faults/fault.js';
import { clearFile } from '../../../drivers/lun-store/clear-file.js';
import { LunSets } from '../../../drivers/lun-store/lun-sets.js';
import {
  BLOCK_BYTES,
  diskOf,
  filesWith,
  imageFile,
  IMAGES,
  Killed,
  KilledFiles,
  makeImages,
  NODES,
  SECRET,
  setSteps,
  take,
  type SetStep,
} from './set-story.js';
import { scratchOf } from '../../run-metalrig.js';

const { signal } = new AbortController();
t.setTimeout(120_000);

/** What came of a step: nothing, the code of its fault, or that the process was killed. */
async function outcomeOf(work: Promise<void>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (thrown) {
    if (thrown instanceof Killed) return 'killed';
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return fault.code;
  }
}

/** `after`: of how many thousandths of the story's operations. */
const kills = fc.record({ after: fc.integer({ min: 0, max: 999 }), kept: fc.constantFrom(0, 0.3, 0.9, 1) });

void t.test(
  'LUN sets: for every story and kill, asked again after it -> as if nothing had happened',
  { timeout: 120_000 },
  async (t) => {
    const directory = scratchOf(t);
    makeImages(directory);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(setSteps, kills, async (steps, { after, kept }) => {
        const [home, twinHome] = [join(directory, `${++number}`), join(directory, `${number}.twin`)];
        const operations = await operationsOf(steps, directory, `${home}.whole`);
        const files = new KilledFiles(Math.floor((after * operations) / 1000), kept);
        let sets = openedOrAgain(home, files);
        let twin = LunSets.open(twinHome);
        for (const step of steps) {
          if (step.does === 'reopen') {
            [sets, twin] = [reopened(sets), reopened(twin)];
            continue;
          }
          const before = twin.read();
          const due = await outcomeOf(take(twin, step, directory));
          let came = await outcomeOf(take(sets, step, directory));
          if (came === 'killed') {
            sets = reopened(sets);
            if (!isOneOf(sets, [before, twin.read()])) return false;
            came = await outcomeOf(take(sets, step, directory));
          }
          if (came !== due || !isOneOf(sets, [twin.read()])) return false;
        }
        sets = reopened(sets);
        const isSame = await endsAlike(sets, twin);
        sets.close();
        twin.close();
        return isSame && files.isKilled === operations > 0;
      }),
      { numRuns: 80 },
    );
    t.pass();
  },
);

/** How much a story does up to where it is opened again: kills drawn from that meet something. */
async function operationsOf(steps: readonly SetStep[], directory: string, home: string): Promise<number> {
  const files = new KilledFiles(Infinity, 1);
  const sets = LunSets.open(home, files);
  for (const step of steps) {
    if (step.does === 'reopen') break;
    await outcomeOf(take(sets, step, directory));
  }
  sets.close();
  return files.done;
}

/** It may be killed at once. */
function openedOrAgain(home: string, files: KilledFiles): LunSets {
  try {
    return LunSets.open(home, files);
  } catch (thrown) {
    if (!(thrown instanceof Killed)) throw thrown;
    return LunSets.open(home);
  }
}

function reopened(sets: LunSets): LunSets {
  sets.close();
  return LunSets.open(sets.directory);
}

function isOneOf(sets: LunSets, views: readonly unknown[]): boolean {
  return views.some((view) => JSON.stringify(view) === JSON.stringify(sets.read()));
}

/** The same disks under way and at the next boot; wiped, nothing of what nodes wrote is left in any file. */
async function endsAlike(sets: LunSets, twin: LunSets): Promise<boolean> {
  for (const node of NODES) {
    if (diskOf(sets, node) !== diskOf(twin, node)) return false;
    for (const one of [sets, twin]) one.newBoot(node);
    if (diskOf(sets, node) !== diskOf(twin, node)) return false;
  }
  for (const image of IMAGES) {
    const order = { image, nodes: NODES };
    const [proofs, due] = [await sets.wipe(order, signal), await twin.wipe(order, signal)];
    if (JSON.stringify(proofs) !== JSON.stringify(due)) return false;
  }
  return filesWith(sets.directory, SECRET).length === 0;
}

void t.test(
  'LUN sets: rolled back -> the very bytes that the node left; a clone of its own for each node',
  async (t) => {
    const { sets, directory } = opened(t);
    const steps: readonly SetStep[] = [
      { does: 'stage', image: 'spring', nodes: NODES },
      { does: 'activate', image: 'spring', nodes: NODES },
      { does: 'write', node: NODES[0] ?? never() },
      { does: 'stage', image: 'summer', nodes: NODES },
      { does: 'activate', image: 'summer', nodes: NODES },
    ];
    for (const step of steps) await take(sets, step, directory);
    t.strictSame(disks(sets), ['spring, written to', 'summer', 'summer'], 'the one that was up keeps its own');
    for (const node of NODES) sets.newBoot(node);
    t.strictSame(disks(sets), ['summer', 'summer', 'summer']);
    sets.rollBack({ image: 'summer', nodes: NODES });
    for (const node of NODES) sets.newBoot(node);
    t.strictSame(disks(sets), ['spring, written to', 'spring', 'spring']);
  },
);

void t.test(
  'LUN sets: a boot begun, the rig stopped and another image active -> the boot goes on with its own',
  async (t) => {
    const { sets, directory } = opened(t);
    const [node = never()] = NODES;
    for (const image of ['spring', 'summer'] as const) {
      await take(sets, { does: 'stage', image, nodes: NODES }, directory);
      await take(sets, { does: 'activate', image, nodes: NODES }, directory);
      if (image === 'spring') t.equal(diskOf(sets, node), 'spring');
    }
    const again = reopened(sets);
    t.teardown(() => again.close());
    t.equal(diskOf(again, node), 'spring');
    again.newBoot(node);
    t.equal(diskOf(again, node), 'summer');
  },
);

void t.test('LUN sets: wiped -> the proof is of zeros, and of a LUN of zeros every byte reads as zero', async (t) => {
  const { sets, directory } = opened(t);
  const [node = never()] = NODES;
  const blank = join(directory, 'blank.img');
  writeFileSync(blank, '');
  truncateSync(blank, 1024 * 1024);
  const order = { image: 'blank', nodes: [node] };
  const renew = (): void => {
    sets.stage({ ...order, file: blank });
    sets.activate(order);
  };
  renew();
  const disk = sets.lunFor(node) ?? never();
  disk.write(0, Buffer.alloc(BLOCK_BYTES * 40, SECRET));
  disk.thin?.unmap(0, 4096);
  t.strictSame(filesWith(sets.directory, SECRET).length, 1, 'unmapped, its bytes still lie in the file');
  const [proof = never(), ...others] = await sets.wipe(order, signal);
  t.strictSame(others, []);
  t.strictSame(proof, {
    node,
    image: 'blank',
    lun: 'a/root1.1.lun',
    size_bytes: proof.size_bytes,
    read_bytes: proof.size_bytes,
    isZero: true,
    sha256: createHash('sha256').update(Buffer.alloc(proof.size_bytes)).digest('hex'),
  });
  t.ok(proof.size_bytes > 1024 * 1024, 'the map of what was written is part of it');
  t.equal(sets.lunFor(node), null);
  t.strictSame(filesWith(sets.directory, SECRET), []);
  renew();
  t.equal(sets.lunFor(node), null, 'the boot that was wiped under gets no other one');
  sets.newBoot(node);
  t.ok(
    Buffer.from(sets.lunFor(node)?.read(0, 1024 * 1024) ?? never()).every((byte) => byte === 0),
    'the next tenant reads zeros',
  );
});

void t.test('LUN sets: a second process, a damaged state, a LUN that is gone -> a fault that says so', async (t) => {
  const { sets, directory } = opened(t);
  await take(sets, { does: 'stage', image: 'spring', nodes: NODES }, directory);
  t.equal(await outcomeOf(Promise.resolve().then(() => void LunSets.open(sets.directory))), 'LUN-005');
  sets.close();
  const file = join(sets.directory, 'sets.json');
  const whole = readFileSync(file, 'utf8');
  for (const text of ['', '{', whole.slice(0, -20), whole.replace('spring', 'summer'), whole.replace(':2,', ':1,')]) {
    writeFileSync(file, text);
    t.equal(await outcomeOf(Promise.resolve().then(() => void LunSets.open(sets.directory))), 'LUN-014');
  }
  writeFileSync(file, whole);
  LunSets.open(sets.directory).close();
  t.equal(await outcomeOf(clearFile(join(directory, 'none'), signal).then(() => {})), 'LUN-001');
});

void t.test('LUN sets: a sparse file is cleared -> it takes no more room than it did', async (t) => {
  const file = join(scratchOf(t), 'sparse');
  writeFileSync(file, SECRET);
  truncateSync(file, 64 * 1024 * 1024);
  const before = statSync(file).blocks;
  const cleared = await clearFile(file, signal);
  t.match(cleared, { size_bytes: 64 * 1024 * 1024, read_bytes: 64 * 1024 * 1024, isZero: true });
  t.ok(statSync(file).blocks <= before + 2048, 'a chunk at most');
});

function opened(t: { teardown(fn: () => void): void }) {
  const directory = scratchOf(t);
  makeImages(directory);
  mkdirSync(join(directory, 'luns'));
  const sets = LunSets.open(join(directory, 'luns'));
  t.teardown(() => sets.close());
  return { sets, directory, file: imageFile(directory, 'spring') };
}

function disks(sets: LunSets): readonly (string | null)[] {
  return NODES.map((node) => diskOf(sets, node));
}

function never(): never {
  throw new Error('it is there');
}
