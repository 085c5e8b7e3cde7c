import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runProcess } from '../../../drivers/process/run.js';
import { imageRef } from '../../../core/image/ref.js';
import { DarkStore } from '../../../drivers/dark-store/driver.js';
import { codeOf } from '../../contracts/image-store.contract.js';
import { metalrig, ROOT, scratchOf, type Ran } from '../../run-metalrig.js';

t.setTimeout(300_000);
const ref = imageRef('testbed/real');
const kinds = ['root'] as const;
const { signal } = new AbortController();

/** Runs a script of the shell in a folder; what goes wrong there is an error of the test. */
async function sh(directory: string, script: string): Promise<string> {
  const { exitCode, output, errorTail } = await runProcess({
    argv: ['bash', '-euo', 'pipefail', '-c', script],
    directory,
  });
  if (exitCode !== 0) throw new Error(`${script}\n${errorTail}`);
  return output.toString();
}

/** The kernel's sbin folders are not in every user's PATH. */
const TOOLS = 'export PATH=$PATH:/usr/sbin:/sbin\n';

/** A disk as mesh nodes have it, small: ext3, swap, one that nobody knows, FAT and ext4 in the extended partition. */
const MAKE_DISK = `${TOOLS}
mkdir content; head -c 3000000 /dev/urandom >content/noise; echo hello >content/hello; mkdir content/folder
truncate -s 20M one; mke2fs -q -t ext3 -d content one
truncate -s 8M swap; mkswap -q -L swp swap
truncate -s 10M fat; mkfs.fat -F 16 fat >/dev/null
truncate -s 16M six; mke2fs -q -t ext4 -d content six
truncate -s 72M disk.img
sfdisk -q disk.img <<'END'
label: dos
start=2048, size=40960, type=83, bootable
start=43008, size=16384, type=82
start=61440, size=1024, type=83
start=63488, type=5
start=65536, size=20480, type=e
start=88064, size=32768, type=83
END
head -c 440 /dev/urandom | dd of=disk.img conv=notrunc status=none
head -c 30000 /dev/urandom | dd of=disk.img bs=512 seek=1 conv=notrunc status=none
dd if=one of=disk.img bs=512 seek=2048 conv=notrunc status=none
dd if=swap of=disk.img bs=512 seek=43008 conv=notrunc status=none
dd if=<(echo reserved) of=disk.img bs=512 seek=61800 conv=notrunc status=none
dd if=fat of=disk.img bs=512 seek=65536 conv=notrunc status=none
dd if=six of=disk.img bs=512 seek=88064 conv=notrunc status=none
`;

/** Clonezilla's own pipes, word for word, into an image directory of a saved partition. */
const CLONEZILLA = `${TOOLS}
mkdir saved
echo "sda1 sda3 sda5 sda6" >saved/parts
dd if=disk.img of=three bs=512 skip=61440 count=1024 status=none
partclone.dd -z 10485760 -L log -s three --output - 2>/dev/null |
  pigz -c --fast -b 1024 --rsyncable | split -a 2 -b 1MB - saved/sda3.dd-ptcl-img.gz.
sfdisk -d disk.img | sed 's,disk.img,/dev/sda,' >saved/sda-pt.sf
partclone.ext3 -z 10485760 -L log -c -s one --output - 2>/dev/null |
  pigz -c --fast -b 1024 --rsyncable | split -a 2 -b 1MB - saved/sda1.ext3-ptcl-img.gz.
partclone.vfat -z 10485760 -L log -c -s fat --output - 2>/dev/null |
  zstdmt -c -3 2>/dev/null | split -a 2 -b 1MB - saved/sda5.vfat-ptcl-img.zst.
partclone.ext4 -z 10485760 -L log -c -s six --output - 2>/dev/null |
  zstdmt -c -3 2>/dev/null | split -a 2 -b 1MB - saved/sda6.ext4-ptcl-img.zst.
(cd saved; md5sum * >MD5SUMS; b2sum * >B2SUMS)
`;

void t.test('dark store: what partclone wrote by the pipes of Clonezilla -> accepted, sound, restored', async (t) => {
  const directory = scratchOf(t);
  await sh(directory, MAKE_DISK + CLONEZILLA);
  const store = new DarkStore({ directory: join(directory, 'store') });
  const source = { kind: 'clonezilla', path: join(directory, 'saved') } as const;
  const manifest = await store.add({ ref, source, kinds }, signal);
  t.match(manifest, {
    disk: null,
    partitions: [{ fileSystem: 'ext3' }, { fileSystem: 'dd' }, { fileSystem: 'vfat' }, { fileSystem: 'ext4' }],
  });
  t.same(await store.verify(ref, signal), []);
  for (const [device, name] of [
    ['sda1', 'one'],
    ['sda6', 'six'],
  ] as const) {
    const path = join(directory, `${name}.restored`);
    await store.export(ref, { kind: 'partition', device, path }, signal);
    await sh(directory, `${TOOLS} e2fsck -fn ${name}.restored; cmp ${name} ${name}.restored`);
  }
  await store.export(ref, { kind: 'partition', device: 'sda3', path: join(directory, 'three.restored') }, signal);
  await sh(directory, 'cmp three three.restored');
  await store.export(ref, { kind: 'partition', device: 'sda5', path: join(directory, 'fat.restored') }, signal);
  await sh(directory, `${TOOLS} fsck.fat -n fat.restored; cmp -n $(stat -c %s fat.restored) fat fat.restored`);
});

for (const compression of ['gzip', 'zstd'] as const) {
  void t.test(`dark store: a raw disk by ${compression} -> partclone restores what is exported`, async (t) => {
    const directory = scratchOf(t);
    await sh(directory, MAKE_DISK);
    const store = new DarkStore({ directory: join(directory, 'store'), compression, split_bytes: 1_000_000 });
    const source = { kind: 'disk', path: join(directory, 'disk.img') } as const;
    const manifest = await store.add({ ref, source, kinds }, signal);
    t.same(
      manifest.partitions.map(({ device, fileSystem }) => `${device} ${fileSystem}`),
      ['sda1 ext3', 'sda3 dd', 'sda5 vfat', 'sda6 ext4'],
    );
    t.ok(manifest.partitions.every(({ files }) => files.length < 10) && manifest.partitions[0]?.files.length === 4);
    await store.export(ref, { kind: 'clonezilla', path: join(directory, 'out') }, signal);
    const unpack = compression === 'gzip' ? 'gzip -dc' : 'zstd -dcq';
    // A new file it only makes sometimes: what stat leaves of one that is not there is looked at (partclone 0.3.23).
    const restore = `${TOOLS} truncate -s 16M six.back
      cat out/sda6.ext4-ptcl-img.* | ${unpack} | partclone.restore -f 0 -C -L log -s - -O six.back
      e2fsck -fn six.back; cmp six six.back
      cd out; sha256sum -c --quiet SHA256SUMS; sfdisk -q -n ../blank <sda-pt.sf`;
    await sh(directory, `truncate -s 72M blank\n${restore}`);
    const again = { kind: 'clonezilla', path: join(directory, 'out') } as const;
    const copy = await store.add({ ref: imageRef('testbed/copy'), source: again, kinds }, signal);
    t.same(copy.partitions, manifest.partitions, 'what is exported can be handed in again');
    await store.export(ref, { kind: 'disk', path: join(directory, 'disk.back') }, signal);
    await store.lunDisk(ref, { path: join(directory, 'disk.lun'), headOf: noHead }, signal);
    await sh(directory, 'cmp disk.img disk.back; cmp disk.img disk.lun');
  });
}

/** An image of a whole disk has its own. */
function noHead(): never {
  throw new Error('asked for the head of a saved disk');
}

void t.test('dark store: a LUN of a partition -> the root behind the head; called off, nothing is left', async (t) => {
  const directory = scratchOf(t);
  await sh(directory, MAKE_DISK);
  const store = new DarkStore({ directory: join(directory, 'store') });
  await store.add({ ref, source: { kind: 'partition', path: join(directory, 'six') }, kinds }, signal);
  const order = { path: join(directory, 'lun'), headOf: (bytes: number) => Buffer.alloc(4096, String(bytes)) };
  const stopped = new AbortController();
  const stopping = new DarkStore({ directory: join(directory, 'store'), onProgress: () => stopped.abort() });
  const before = readdirSync(directory);
  t.equal(await codeOf(stopping.lunDisk(ref, order, stopped.signal)), 'CLI-002');
  t.same(readdirSync(directory), before);
  await store.lunDisk(ref, order, signal);
  const head = Buffer.alloc(4096, String(16 * 1024 * 1024));
  t.ok(readFileSync(order.path).subarray(0, head.length).equals(head), 'the head knows how long its partition is');
  await sh(directory, `cmp -i 4096:0 lun six; test $(du -k lun | cut -f1) -lt 8000`);
  t.equal(await codeOf(store.lunDisk(ref, order, signal)), 'IMG-017', 'and it is not written over');
  await sh(directory, `rm lun; printf x | dd of=$(ls store/testbed/real/*.aa) bs=1 seek=1000000 conv=notrunc`);
  t.equal(await codeOf(store.lunDisk(ref, order, signal)), 'IMG-004', 'what is stored was changed');
  t.same(readdirSync(directory), before);
});

void t.test('dark store: raw disks that cannot be kept -> refused, and the store is empty', async (t) => {
  const directory = scratchOf(t);
  const script = `${TOOLS}
    truncate -s 20M gpt.img; echo 'label: gpt' | cat - <(echo 'size=4M') | sfdisk -q gpt.img
    truncate -s 20M unknown.img; printf 'label: dos\\nstart=2048, size=4096, type=83\\n' | sfdisk -q unknown.img
    truncate -s 20M cut.img; mke2fs -q -t ext4 fs 18M; printf 'label: dos\\nstart=2048, type=83\\n' | sfdisk -q cut.img
    dd if=fs of=cut.img bs=512 seek=2048 conv=notrunc status=none; truncate -s 10M cut.img; truncate -s 20M zeros.img`;
  await sh(directory, script);
  const store = new DarkStore({ directory: join(directory, 'store') });
  for (const [name, code] of [
    ['gpt.img', 'IMG-009'],
    ['unknown.img', 'IMG-009'],
    ['zeros.img', 'IMG-009'],
    ['cut.img', 'IMG-012'],
  ] as const) {
    const source = { kind: 'disk', path: join(directory, name) } as const;
    t.equal(await codeOf(store.add({ ref, source, kinds }, signal)), code, name);
  }
  const damaged = { kind: 'partition', path: join(directory, 'damaged') } as const;
  await sh(
    directory,
    `${TOOLS} mke2fs -q -t ext4 damaged 8M; dd if=/dev/zero of=damaged bs=1k seek=2 count=30 conv=notrunc`,
  );
  t.equal(await codeOf(store.add({ ref, source: damaged, kinds }, signal)), 'IMG-016', 'partclone cannot read it');
  t.same(readdirSync(join(directory, 'store')), []);
});

void t.test('dark store: the disk is full, for each kind of source -> IMG-013, nothing half-imported', async (t) => {
  const directory = scratchOf(t);
  await sh(directory, MAKE_DISK + CLONEZILLA);
  const main = join(ROOT, 'dist', 'bundle', 'main.js');
  for (const source of ['disk.img', 'six', 'saved']) {
    // A mount namespace of its own: the small disk is gone with it.
    const script = `mkdir -p small; mount -t tmpfs -o size=2m none small
      '${process.execPath}' '${main}' image add a/b ${source} --no-boot --store small/store --json || echo "exit $?"
      ls -A small/store | sed 's/^/left: /'`;
    const inNamespace = `unshare --user --map-root-user --mount bash -c "$SCRIPT"`;
    const { output } = await runProcess({
      argv: ['bash', '-c', inNamespace],
      directory,
      environment: { SCRIPT: script },
    });
    t.match(output.toString(), /"code":"IMG-013"/, source);
    t.match(output.toString(), /exit 1\n$/, 'and nothing is left behind it');
  }
});

/** Noise does not shrink: the import takes long enough to be in the middle of. */
function writeNoise(path: string, size_bytes: number): void {
  const descriptor = openSync(path, 'w');
  writeSync(descriptor, randomFillSync(Buffer.alloc(size_bytes)));
  closeSync(descriptor);
}

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGKILL', null],
] as const) {
  void t.test(`dark store: ${name} while an image is read -> nothing of it now, or after the next use`, async (t) => {
    const cwd = scratchOf(t);
    mkdirSync(join(cwd, 'content'));
    mkdirSync(join(cwd, 'store'));
    writeNoise(join(cwd, 'content', 'noise'), 200_000_000);
    await sh(cwd, `${TOOLS} mke2fs -q -t ext4 -d content large 260M; mke2fs -q -t ext4 small 4M`);
    const environment = { METALRIG_STORE: join(cwd, 'store') };
    const killed = await killedInTheMiddle(cwd, environment, name);
    t.equal(killed.code, code);
    const left = readdirSync(join(cwd, 'store'));
    t.equal(left.length, name === 'SIGINT' ? 0 : 1, left.join(' '));
    t.equal((await metalrig(['image', 'list', '--json'], { cwd, environment })).lines.length, 1, 'no image is listed');
    t.equal((await metalrig(['image', 'add', 'a/c', 'small', '--no-boot'], { cwd, environment })).code, 0);
    t.same(readdirSync(join(cwd, 'store')), ['a']);
    t.same(readdirSync(join(cwd, 'store', 'a')), ['c']);
  });
}

/** Ends `image add` as soon as its hidden directory is there: partclone has hundreds of megabytes before it then. */
async function killedInTheMiddle(
  cwd: string,
  environment: Readonly<Record<string, string>>,
  name: NodeJS.Signals,
): Promise<Ran> {
  let kill = (): void => {};
  const watcher = watch(join(cwd, 'store'), () => kill());
  const onStart = (pid: number): void => {
    kill = () => {
      watcher.close();
      process.kill(pid, name);
    };
  };
  return metalrig(['image', 'add', 'a/b', 'large', '--no-boot'], { cwd, environment, onStart }).finally(() =>
    watcher.close(),
  );
}

void t.test('dark store: RSS -> does not grow with the image', async (t) => {
  const cwd = scratchOf(t);
  await sh(cwd, `${TOOLS} truncate -s 20G large; mke2fs -q -t ext4 large`);
  const usage = join(cwd, 'usage.json');
  const reporter = new URL('../../bench/report-usage.js', import.meta.url).href;
  const main = join(ROOT, 'dist', 'bundle', 'main.js');
  const { exitCode } = await runProcess({
    argv: [
      process.execPath,
      '--import',
      reporter,
      main,
      'image',
      'add',
      'a/b',
      'large',
      '--no-boot',
      '--store',
      'store',
    ],
    directory: cwd,
    environment: { METALRIG_BENCH_USAGE: usage },
  });
  t.equal(exitCode, 0);
  const { rss_mb } = JSON.parse(readFileSync(usage, 'utf8')) as { readonly rss_mb: number };
  t.ok(rss_mb < 250, `${rss_mb} MB`);
});
