import { cp, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { faultOf } from '../../../core/faults/fault.js';
import { cacheDirectory } from '../../../drivers/payload/cache.js';
import { ext2Image } from '../../../drivers/payload/ext2.js';
import { buildPayload, type Payload } from '../../../drivers/payload/payload.js';
import { completeTree } from '../../../drivers/payload/tree.js';
import { runProcess, type RunResult } from '../../../drivers/process/run.js';
import { startProcess } from '../../../drivers/process/start.js';
import { treeOfSizes, trees } from './trees.js';

// A build is 6 s of one idle core, and there are four of them.
t.setTimeout(600_000);
const directory = await mkdtemp(join(tmpdir(), 'metalrig-payload-'));
t.teardown(() => rm(directory, { recursive: true }));
// The cache of this user: on a host that has run the rig before, no package is downloaded again.
const payload = await buildPayload();

void t.test('payload: built twice in different places, both at once -> the same bytes, one entry each', async (t) => {
  const caches = ['one', 'elsewhere/two'].map((name) => join(directory, name));
  for (const cache of caches) {
    await mkdir(cache, { recursive: true });
    await cp(join(cacheDirectory(), 'packages'), join(cache, 'packages'), { recursive: true });
  }
  const [one = '', two = ''] = caches;
  const builds = await Promise.all([one, two].map((cache) => buildPayload({ cache })));
  const expected = await checksums(payload);
  for (const built of builds) t.equal(await checksums(built), expected);
  t.equal((await readdir(join(one, 'payload'))).length, 1);
});

void t.test(
  'payload: a damaged image and a damaged package in the cache -> said, and built again to the same',
  async (t) => {
    const cache = join(directory, 'one');
    const lines: string[] = [];
    const before = await buildPayload({ cache });
    await truncate(before.images.panic, 1000);
    const after = await buildPayload({ cache, progress: (line) => lines.push(line) });
    t.match(lines[0], /panic\.img is damaged/);
    t.equal(await checksums(after), await checksums(payload));
  },
);

void t.test('payload: the cache is a file, the build is called off -> PAY-005, PAY-007, nothing left', async (t) => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  const codeOf = async (building: Promise<Payload>): Promise<unknown> =>
    building.then(
      () => 'built',
      (thrown: unknown) => faultOf(thrown)?.code ?? thrown,
    );
  t.equal(await codeOf(buildPayload({ cache: file })), 'PAY-005');
  const cache = join(directory, 'called-off');
  await cp(join(cacheDirectory(), 'packages'), join(cache, 'packages'), { recursive: true });
  const controller = new AbortController();
  const progress = (line: string): void => {
    if (line.startsWith('unpacking')) controller.abort();
  };
  t.equal(await codeOf(buildPayload({ cache, progress, signal: controller.signal })), 'PAY-007');
  t.same(await readdir(join(cache, 'payload')), []);
});

void t.test(
  'filesystem: for every tree, e2fsck finds nothing to mend, and debugfs reads every file back',
  async (t) => {
    const image = join(directory, 'ext2.img');
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        await writeFile(image, ext2Image(tree, 256, new Uint8Array(16).fill(9)).bytes);
        const check = await run('e2fsck', '-fn', image);
        t.equal(check.exitCode, 0, check.output.toString());
        for (const entry of tree) {
          if (entry.kind !== 'file') continue;
          t.same((await run('debugfs', '-R', `cat "/${entry.path}"`, image)).output, Buffer.from(entry.content));
        }
      }),
      { numRuns: 15 },
    );
    // One that needs a table of tables of blocks.
    const [large] = treeOfSizes([10_000_000]);
    if (large?.kind !== 'file') throw new Error('no file');
    await writeFile(image, ext2Image([large], 8192, new Uint8Array(16).fill(9)).bytes);
    t.equal((await run('e2fsck', '-fn', image)).exitCode, 0);
    t.ok((await run('debugfs', '-R', 'cat /file0', image)).output.subarray(0, 10_000_000).equals(large.content));
    const whole = await run('e2fsck', '-fn', `${payload.images.root}?offset=1048576`);
    t.equal(whole.exitCode, 0, whole.output.toString());
  },
);

void t.test('initramfs: read by busybox cpio -> init, its console, and the modules in loading order', async (t) => {
  const archive = gunzipSync(await readFile(payload.initramfs));
  const argv = ['busybox', 'cpio', '-t'] as const;
  const listed = (await runProcess({ argv, input: archive })).output.toString().trim().split('\n');
  t.same(
    listed,
    completeTree(listed.map((path) => ({ kind: 'directory', path, mode: 0 }))).map(({ path }) => path),
  );
  for (const path of ['init', 'dev/console', 'modules/order', 'modules/iscsi_tcp.ko'])
    t.ok(listed.includes(path), path);
});

void t.test('images: booted as a local disk -> each shows its own stages, and ends as it should', async (t) => {
  const stages = ['METALRIG STAGE bootloader', 'METALRIG STAGE kernel'];
  // A local disk leaves no iBFT, so the initramfs says so and ends, which the kernel calls a panic too.
  const endings = {
    root: [...stages, 'metalrig: the firmware left no iBFT', 'Kernel panic - not syncing: Attempted to kill init!'],
    'no-boot-loader': ['Boot failed: not a bootable disk', 'No bootable device.'],
    panic: [...stages, 'Kernel panic - not syncing: VFS: Unable to mount root fs'],
  } as const;
  for (const name of ['root', 'no-boot-loader', 'panic'] as const) {
    const expected = endings[name];
    const console = await consoleOf(payload.images[name], expected.at(-1) ?? '');
    const places = expected.map((line) => console.indexOf(line));
    t.ok(!places.includes(-1), `${name}: ${expected.join(' | ')}\n${console}`);
    t.same(
      places,
      [...places].sort((left, right) => left - right),
      'in this order',
    );
  }
});

/** What the disk says on the serial line until `last` was said, or for 60 s. */
async function consoleOf(image: string, last: string): Promise<string> {
  const node = [
    'qemu-system-x86_64',
    '-accel',
    'tcg',
    '-machine',
    'pc,graphics=off',
    '-m',
    '256',
    '-nodefaults',
  ] as const;
  const disk = ['-drive', `file=${image},format=raw,snapshot=on,if=ide`, '-display', 'none', '-serial', 'stdio'];
  let text = '';
  const limit = AbortSignal.timeout(60_000);
  const machine = startProcess({
    argv: [...node, ...disk, '-no-reboot'],
    onOutput(bytes) {
      text += bytes.toString('latin1');
      if (text.includes(last)) machine.kill('SIGKILL');
    },
  });
  limit.addEventListener('abort', () => machine.kill('SIGKILL'));
  await machine.ended;
  return text;
}

function run(...argv: readonly [string, ...string[]]): Promise<RunResult> {
  return runProcess({ argv });
}

async function checksums(built: Payload): Promise<string> {
  t.equal(basename(built.bootFile), 'undionly.kpxe');
  return readFile(join(dirname(built.kernel), 'SHA256SUMS'), 'utf8');
}
