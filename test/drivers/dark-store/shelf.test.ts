import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import type { FaultCode } from '../../../core/faults/fault.js';
import { imageRef } from '../../../core/image/ref.js';
import { DarkStore } from '../../../drivers/dark-store/driver.js';
import { partcloneStream, SMALL, smallImage, writeImage } from '../../arbitraries/clonezilla.js';
import { codeOf, imageStoreContract, readWhole } from '../../contracts/image-store.contract.js';
import { scratchOf } from '../../run-metalrig.js';

t.setTimeout(120_000);
const ref = imageRef('testbed/image');
const kinds = ['mesh'] as const;
const { signal } = new AbortController();

imageStoreContract('dark store', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'metalrig-test-'));
  const bad = smallImage();
  bad.delete('sda1.ext4-ptcl-img.gz.ab');
  return {
    store: new DarkStore({ directory: join(directory, 'store') }),
    good: { kind: 'clonezilla', path: writeImage(join(directory, 'good'), smallImage()) },
    bad: { kind: 'clonezilla', path: writeImage(join(directory, 'bad'), bad) },
    refusal: 'IMG-006',
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true }),
  };
});

/** A store with one image in it, and where that lies. */
async function stocked(directory: string) {
  const path = writeImage(join(directory, 'source'), smallImage());
  const store = new DarkStore({ directory: join(directory, 'store') });
  await store.add({ ref, source: { kind: 'clonezilla', path }, kinds }, signal);
  return { store, path, image: join(directory, 'store', 'testbed', 'image') };
}

type Change = (files: Map<string, Buffer>, directory: string) => void;

const PART = 'sda3.ext3-ptcl-img.gz.aa';
const stream = (shape: Partial<typeof SMALL>): Buffer => partcloneStream({ ...SMALL, used: 5, seed: 3, ...shape });
const appended =
  (more: Uint8Array): Change =>
  (files) =>
    files.set(PART, Buffer.concat([files.get(PART) ?? Buffer.alloc(0), more]));
const holding =
  (content: Uint8Array, name = PART): Change =>
  (files) => {
    files.delete(PART);
    files.set(name, gzipSync(content));
  };
const texted =
  (name: string, text: string): Change =>
  (files) =>
    files.set(name, Buffer.from(text));
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

const REFUSED: readonly (readonly [string, FaultCode, Change])[] = [
  ['the part .ab is missing', 'IMG-006', (files) => files.delete('sda1.ext4-ptcl-img.gz.ab')],
  ['the last part is missing', 'IMG-008', (files) => files.delete('sda1.ext4-ptcl-img.gz.ac')],
  ['all parts of a partition are missing', 'IMG-006', (files) => files.delete(PART)],
  ['the file parts is missing', 'IMG-006', (files) => files.delete('parts')],
  ['the partition table is missing', 'IMG-006', (files) => files.delete('sda-pt.sf')],
  ['a wrong checksum', 'IMG-007', texted('MD5SUMS', `${md5(Buffer.from('sdb\n'))}  disk\n`)],
  ['a checksum of a file that is not there', 'IMG-006', texted('B2SUMS', `${'0'.repeat(128)}  sda9.img\n`)],
  ['a checksum of a path', 'IMG-010', texted('SHA1SUMS', `${'0'.repeat(40)}  ../../etc/passwd\n`)],
  ['an absolute path in the checksums', 'IMG-010', texted('MD5SUMS', `${'0'.repeat(32)}  /etc/passwd\n`)],
  ['checksums that are none', 'IMG-015', texted('MD5SUMS', 'hello\n')],
  ['garbage behind the compressed stream', 'IMG-008', appended(Buffer.from('garbage'))],
  ['zeros behind the compressed stream', 'IMG-008', appended(Buffer.alloc(512))],
  ['another gzip member behind the stream', 'IMG-008', appended(gzipSync('more'))],
  ['the partclone stream is cut off', 'IMG-008', holding(stream({}).subarray(0, -1))],
  ['the partclone stream goes on', 'IMG-008', holding(Buffer.concat([stream({}), Buffer.alloc(1)]))],
  ['no partclone stream', 'IMG-008', holding(Buffer.alloc(5000))],
  ['nothing in the stream', 'IMG-008', holding(Buffer.alloc(0))],
  ['an empty part', 'IMG-008', (files) => files.set(PART, Buffer.alloc(0))],
  ['a file named zstd that is gzip', 'IMG-008', holding(stream({}), 'sda3.ext3-ptcl-img.zst.aa')],
  ['an unknown file system', 'IMG-009', holding(stream({}), 'sda3.zfs-ptcl-img.gz.aa')],
  ['an image that dd made', 'IMG-009', holding(stream({}), 'sda3.dd-img.gz.aa')],
  ['a compression that we do not know', 'IMG-009', holding(stream({}), 'sda3.ext3-ptcl-img.lz4.aa')],
  ['FAT in a file named ext3', 'IMG-011', holding(stream({ fileSystem: 'FAT16' }))],
  ['a file system larger than its partition', 'IMG-012', holding(stream({ blocks: 1025 }))],
  ['more bytes than the partition has', 'IMG-012', holding(Buffer.alloc(2048 * 512 + 1), 'sda3.dd-ptcl-img.gz.aa')],
  ['raw, and nothing in it', 'IMG-008', holding(Buffer.alloc(0), 'sda3.dd-ptcl-img.gz.aa')],
  ['parts that climb out', 'IMG-015', texted('parts', 'sda1 ../sda3\n')],
  [
    'parts of a partition that the table lacks',
    'IMG-015',
    texted('sda-pt.sf', '/dev/sda3 : start=1, size=9999, type=83\n'),
  ],
  ['a part of a partition that is not in parts', 'IMG-015', texted('parts', 'sda1\n')],
  ['a partition table of another kind', 'IMG-015', texted('sda-pt.sf', 'label: gpt\n')],
  [
    'partitions that overlap',
    'IMG-015',
    texted('sda-pt.sf', '/dev/sda1 : start=2048, size=2049, type=83\n/dev/sda3 : start=4096, size=2048, type=83\n'),
  ],
  ['another disk in disk', 'IMG-015', texted('disk', 'sdb\n')],
  ['a name with an escape in it', 'IMG-010', texted('a\u001b[2Jb', '')],
  ['a name with a line feed', 'IMG-010', texted('a\nb', '')],
  ['a name like an option', 'IMG-010', texted('-rf', '')],
  ['a very long name', 'IMG-010', texted('a'.repeat(200), '')],
  ['a hidden file', 'IMG-010', texted('.bashrc', '')],
  ['a folder', 'IMG-010', (_, directory) => void mkdirSync(join(directory, 'folder'), { recursive: true })],
  ['a symbolic link', 'IMG-010', (_, directory) => symlinkSync('/etc/passwd', join(directory, 'Info-dmi.txt'))],
];

void t.test('dark store: hostile and broken directories -> refused with their code, the store as it was', async (t) => {
  for (const [what, code, change] of REFUSED) {
    const directory = scratchOf(t);
    const source = join(directory, 'source');
    mkdirSync(source);
    const files = smallImage();
    change(files, source);
    writeImage(source, files);
    const store = new DarkStore({ directory: join(directory, 'store') });
    const adding = store.add({ ref, source: { kind: 'clonezilla', path: source }, kinds }, signal);
    t.equal(await codeOf(adding), code, what);
    t.same(readdirSync(join(directory, 'store')), [], `${what}: nothing stays`);
  }
});

void t.test('dark store: checksums of every kind that fit -> accepted, and the files are as they were', async (t) => {
  const directory = scratchOf(t);
  const files = smallImage();
  for (const [name, algorithm] of [
    ['MD5SUMS', 'md5'],
    ['SHA1SUMS', 'sha1'],
    ['B2SUMS', 'blake2b512'],
  ] as const) {
    const lines = [...files].map(([file, bytes]) => `${createHash(algorithm).update(bytes).digest('hex')}  ${file}\n`);
    files.set(name, Buffer.from(lines.join('')));
  }
  const source = { kind: 'clonezilla', path: writeImage(join(directory, 'source'), files) } as const;
  const store = new DarkStore({ directory: join(directory, 'store') });
  const manifest = await store.add({ ref, source, kinds }, signal);
  t.match(manifest, {
    disk: { device: 'sda', size_bytes: 8192 * 512 },
    partitions: [
      { device: 'sda1', fileSystem: 'ext4', size_bytes: 102_400, used_bytes: 37 * 1024, files: { length: 3 } },
      { device: 'sda3', fileSystem: 'ext3', used_bytes: 5 * 1024 },
    ],
  });
  await store.export(ref, { kind: 'clonezilla', path: join(directory, 'out') }, signal);
  for (const [name, bytes] of files) t.ok(readFileSync(join(directory, 'out', name)).equals(bytes), name);
  t.equal(readdirSync(join(directory, 'out')).length, files.size + 1, 'and SHA256SUMS');
  const again = store.export(ref, { kind: 'clonezilla', path: join(directory, 'out') }, signal);
  t.equal(await codeOf(again), 'IMG-017');
});

void t.test('dark store: for every flipped bit of every file -> verify finds that file', async (t) => {
  const { store, image } = await stocked(scratchOf(t));
  t.same(await store.verify(ref, signal), []);
  const names = readdirSync(image).sort();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.nat(), fc.nat(7), async (name, place, bit) => {
      const path = join(image, name);
      const before = readFileSync(path);
      const after = Buffer.from(before);
      const at = place % after.length;
      after[at] = (after[at] ?? 0) ^ (1 << bit);
      writeFileSync(path, after);
      const problems = await store.verify(ref, signal);
      writeFileSync(path, before);
      return problems.some(({ file }) => file === name || name === 'SHA256SUMS');
    }),
    { numRuns: 300 },
  );
  t.same(await store.verify(ref, signal), [], 'and nothing else is wrong');
});

void t.test('dark store: a file gone, one too many, a link in its place -> verify says which', async (t) => {
  const { store, image } = await stocked(scratchOf(t));
  rmSync(join(image, 'parts'));
  writeFileSync(join(image, 'notes'), '');
  rmSync(join(image, 'sda-mbr'));
  symlinkSync('/etc/passwd', join(image, 'sda-mbr'));
  t.same(await store.verify(ref, signal), [
    { file: 'notes', problem: 'extra' },
    { file: 'parts', problem: 'missing' },
    { file: 'sda-mbr', problem: 'unreadable' },
  ]);
});

void t.test(
  'dark store: a stored part changes -> opened and exported it is IMG-004, the target is not there',
  async (t) => {
    const directory = scratchOf(t);
    const { store, image } = await stocked(directory);
    writeFileSync(join(image, PART), gzipSync(stream({ seed: 4 })));
    const { open } = await store.open(ref, 'sda3');
    t.equal(await codeOf(readWhole(open())), 'IMG-004');
    const path = join(directory, 'out');
    t.equal(await codeOf(store.export(ref, { kind: 'clonezilla', path }, signal)), 'IMG-004');
    t.same(readdirSync(directory).sort(), ['source', 'store']);
  },
);

void t.test('dark store: leftovers of dead processes -> cleared by the next use, of living ones not', async (t) => {
  const directory = scratchOf(t);
  const { store, path } = await stocked(directory);

  const leftover = (owner: string): string => {
    const folder = join(directory, 'store', `.work-${owner}`);
    mkdirSync(join(folder, 'trial', 'a', 'b'), { recursive: true });
    writeFileSync(join(folder, 'trial', 'a', 'b', 'sda1.ext4-ptcl-img.gz.aa'), 'half');
    return folder;
  };
  const dead = leftover(`${hostname()}-${process.pid}-1-1`);
  const elsewhere = leftover('another-host-77-12345-1');
  t.equal((await store.list()).length, 1, 'nor are they listed');
  await store.add({ ref: imageRef('testbed/second'), source: { kind: 'clonezilla', path }, kinds }, signal);
  t.notOk(existsSync(dead));
  t.ok(existsSync(elsewhere), 'another host may be at it');
});

void t.test('dark store: an image whose manifest is damaged -> listed as damaged, and told why', async (t) => {
  const { store, image } = await stocked(scratchOf(t));
  for (const text of [
    '',
    '{}',
    '{"version":2}',
    '[',
    readFileSync(join(image, 'metalrig.json'), 'utf8').replace('image', 'x'),
  ]) {
    writeFileSync(join(image, 'metalrig.json'), text);
    t.same(await store.list(), [{ ref, manifest: null }]);
    t.equal(await codeOf(store.manifest(ref)), 'IMG-004', text.slice(0, 20));
  }
});

void t.test('dark store: names that climb out or are none -> IMG-001', async (t) => {
  const names = [
    '',
    'a',
    'a/',
    '/a',
    '../b',
    'a/..',
    'a/b/c',
    './a',
    'A/b',
    'a/-b',
    '-a/b',
    'a/b\n',
    'a/.b',
    `a/${'b'.repeat(64)}`,
  ];
  for (const name of names) {
    t.throws(() => imageRef(name), /IMG-001/, JSON.stringify(name));
  }
});
