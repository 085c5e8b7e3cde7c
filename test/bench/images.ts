import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestText, type ImageManifest } from '../../core/image/manifest.js';
import { compressArgv, decompressArgv, restoreArgv, saveArgv } from '../../drivers/dark-store/argv.js';
import { runProcess } from '../../drivers/process/run.js';
import { PACKAGE_ROOT } from '../../tui/package.js';
import type { Contender, Figure, Need, Readings, Topic } from './figure.js';

const OURS_IN = 'image add';
const PEER_IN = 'partclone to zstd';
const OURS_OUT = 'image export';
const PEER_OUT = 'zstd to partclone';
const LIST = 'image list';
const SPARSE = 'image add, sparse';

/** Half noise, half what shrinks, as the file systems of real nodes; in the page cache for both. */
const NOISE_MB = 150;
const TEXT_MB = 150;
const USED_MB = NOISE_MB + TEXT_MB;
const IMAGES = 10_000;
const PROJECTS = 100;
const LIMIT_MS = 300_000;

const NEEDS: readonly Need[] = [
  { program: 'partclone.extfs', debianPackage: 'partclone' },
  { program: 'zstd', debianPackage: 'zstd' },
  { program: 'mke2fs', debianPackage: 'e2fsprogs' },
];

const speed = { unit: 'MB/s', reading: 'mb_per_s', target: { kind: 'ratio at least', value: 0.8 } } as const;
const figures: readonly Figure[] = [
  { ...speed, name: 'image-import', measures: 'used MB of an ext4 partition', ours: OURS_IN, peer: PEER_IN },
  { ...speed, name: 'image-restore', measures: 'used MB of an ext4 partition', ours: OURS_OUT, peer: PEER_OUT },
  {
    name: 'image-memory',
    measures: 'RSS of metalrig, import of a sparse 20 GiB',
    unit: 'MB',
    reading: 'rss_mb',
    ours: SPARSE,
    peer: null,
    target: { kind: 'at most', value: 250 },
  },
  {
    name: 'image-list',
    measures: `${IMAGES} images, start to end of the program`,
    unit: 's',
    reading: 'wall_s',
    ours: LIST,
    peer: null,
    target: { kind: 'at most', value: 1 },
  },
];

export const images: Topic = {
  name: 'images',
  figures,
  async open({ folder, wants }) {
    if ([OURS_IN, PEER_IN, OURS_OUT, PEER_OUT].some(wants)) await makePartition(folder);
    if (wants(OURS_OUT) || wants(PEER_OUT))
      await metalrig(folder, ['add', 'bench/kept', 'part', '--no-boot', '--store', 'kept']);
    if (wants(LIST)) fillShelf(join(folder, 'shelf'));
    if (wants(SPARSE)) await timed(folder, 'truncate -s 20G sparse; mke2fs -q -t ext4 sparse');
    const store = join(folder, 'store');
    const add = (source: string) => metalrig(folder, ['add', 'bench/one', source, '--no-boot', '--store', 'store']);
    const contenders: readonly Contender[] = [
      { name: OURS_IN, needs: NEEDS, run: () => fresh(store, () => add('part')) },
      { name: PEER_IN, needs: NEEDS, run: () => peerImport(folder) },
      { name: OURS_OUT, needs: NEEDS, run: () => fresh(join(folder, 'back'), () => ourRestore(folder)) },
      { name: PEER_OUT, needs: NEEDS, run: () => peerRestore(folder) },
      { name: SPARSE, needs: NEEDS, run: () => fresh(store, () => add('sparse')) },
      { name: LIST, run: () => metalrig(folder, ['list', '--store', 'shelf']) },
    ];
    return { contenders, [Symbol.asyncDispose]: async () => {} };
  },
};

async function makePartition(folder: string): Promise<void> {
  const script = `mkdir content; head -c ${NOISE_MB}000000 /dev/urandom >content/noise
    openssl enc -aes-128-ctr -pass pass:bench -nosalt </dev/zero 2>/dev/null | head -c ${TEXT_MB}000000 |
      od -An -tx1 -v | head -c ${TEXT_MB}000000 >content/text
    truncate -s 600M part; mke2fs -q -t ext4 -d content part; rm -r content; cat part >/dev/null`;
  await timed(folder, script);
}

/** What was made by the run before is gone, so that each makes it anew. */
async function fresh(path: string, run: () => Promise<Readings>): Promise<Readings> {
  rmSync(path, { recursive: true, force: true });
  return await run();
}

function ourRestore(folder: string): Promise<Readings> {
  return metalrig(folder, ['export', 'bench/kept', 'back', '--partition', 'sda1', '--store', 'kept']);
}

/** As Clonezilla pipes them, with the same options as ours, and on stable storage at the end as well. */
async function peerImport(folder: string): Promise<Readings> {
  const save = saveArgv('ext4', 'part', 'log').join(' ');
  const compress = compressArgv('zstd', false).join(' ');
  return { mb_per_s: USED_MB / (await timed(folder, `${save} | ${compress} >peer.zst; sync peer.zst`)) };
}

async function peerRestore(folder: string): Promise<Readings> {
  const restore = restoreArgv({ path: 'peer.back', offset_bytes: 0, log: 'log' }).join(' ');
  const parts = 'cat kept/bench/kept/sda1.ext4-ptcl-img.zst.*';
  const pipe = `${parts} | ${decompressArgv('zstd', false).join(' ')} | ${restore}`;
  const script = `rm -f peer.back; truncate -s 600M peer.back; ${pipe}`;
  return { mb_per_s: USED_MB / (await timed(folder, script)) };
}

/** Seconds that a script of the shell takes. @throws when it fails */
async function timed(directory: string, script: string): Promise<number> {
  const argv = ['bash', '-euc', `export PATH=$PATH:/usr/sbin\n${script}`] as const;
  const startedAt = performance.now();
  const { exitCode, errorTail } = await runProcess({ argv, directory }, AbortSignal.timeout(LIMIT_MS));
  if (exitCode !== 0) throw new Error(`${script} ended with ${exitCode}: ${errorTail.slice(-200)}`);
  return (performance.now() - startedAt) / 1000;
}

/** The program as users run it, its start included. */
async function metalrig(directory: string, words: readonly string[]): Promise<Readings> {
  const usage = join(directory, 'usage.json');
  const reporter = new URL('./report-usage.js', import.meta.url).href;
  const main = join(PACKAGE_ROOT, 'dist', 'bundle', 'main.js');
  const argv = [process.execPath, '--import', reporter, main, 'image', ...words] as const;
  const startedAt = performance.now();
  const environment = { METALRIG_BENCH_USAGE: usage };
  const { exitCode, errorTail } = await runProcess({ argv, directory, environment }, AbortSignal.timeout(LIMIT_MS));
  const wall_s = (performance.now() - startedAt) / 1000;
  if (exitCode !== 0) throw new Error(`image ${words.join(' ')} ended with ${exitCode}: ${errorTail}`);
  const { rss_mb } = JSON.parse(readFileSync(usage, 'utf8')) as { readonly rss_mb: number };
  return { wall_s, rss_mb, mb_per_s: USED_MB / wall_s };
}

/** Manifests alone: a listing reads nothing else. */
function fillShelf(directory: string): void {
  const partitions: ImageManifest['partitions'] = [1, 5, 6].map((number) => ({
    device: `sda${number}`,
    fileSystem: 'ext4',
    size_bytes: 1e9,
    used_bytes: 5e8,
    compression: 'zstd',
    files: [`sda${number}.ext4-ptcl-img.zst.aa`],
    stored: { size_bytes: 2e8, sha256: 'a'.repeat(64) },
    stream: { size_bytes: 5e8 },
  }));
  for (let number = 0; number < IMAGES; number += 1) {
    const project = `project-${number % PROJECTS}`;
    const name = `image-${number}`;
    const image = join(directory, project, name);
    mkdirSync(image, { recursive: true });
    const rest = { addedAt: '2026-11-21T12:00:00.000Z', kinds: ['root', 'mesh'], from: 'disk', disk: null } as const;
    const manifest: ImageManifest = { version: 1, project, name, ...rest, partitions, size_bytes: 6e8 };
    writeFileSync(join(image, 'metalrig.json'), manifestText(manifest));
  }
}
