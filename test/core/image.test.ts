import { createHash } from 'node:crypto';
import { crc32 as platformCrc32 } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { faultOf } from '../../core/faults/fault.js';
import { crc32 } from '../../core/image/crc32.js';
import { parseSwapText, swapText } from '../../core/image/clonezilla-texts.js';
import { isFileSystem } from '../../core/image/file-systems.js';
import { fitsIn } from '../../core/image/fits.js';
import { manifestText, parseManifest, type ImageManifest } from '../../core/image/manifest.js';
import { deviceOf, parsePartName, partitionDevice, partName } from '../../core/image/part-name.js';
import { parseSfdiskDump, sfdiskDump, type Partition } from '../../core/image/partition-table.js';
import { readPartcloneHeader, streamBytes } from '../../core/image/partclone-header.js';
import { imageRef, refText } from '../../core/image/ref.js';
import { rootPartition } from '../../core/image/root-partition.js';
import { parseSums, sumsText } from '../../core/image/sums.js';
import { readSwapHeader, swapPage } from '../../core/image/swap.js';
import { partcloneStream, SMALL, SMALL_DUMP } from '../arbitraries/clonezilla.js';

const fileSystems = fc.constantFrom(
  ...['ext2', 'ext3', 'ext4', 'vfat', 'fat12', 'fat16', 'fat32'].filter(isFileSystem),
);
const disks = fc.constantFrom('sda', 'vdb', 'nvme0n1', 'mmcblk0');
const plain = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/);
const sha256s = fc.string().map((text) => createHash('sha256').update(text).digest('hex'));

const parts = fc.record({
  device: fc.tuple(disks, fc.integer({ min: 1, max: 60 })).map(([disk, number]) => deviceOf(disk, number)),
  fileSystem: fileSystems,
  compression: fc.constantFrom('gzip', 'zstd'),
  index: fc.option(fc.nat(675)),
});

const partitionImages = parts.chain((part) =>
  fc.record({
    device: fc.constant(part.device),
    fileSystem: fc.constant(part.fileSystem),
    compression: fc.constant(part.compression),
    files: fc.constant([partName({ ...part, index: 0 })]),
    size_bytes: fc.maxSafeNat(),
    used_bytes: fc.maxSafeNat(),
    stored: fc.record({ size_bytes: fc.maxSafeNat(), sha256: sha256s }),
    stream: fc.record({ size_bytes: fc.maxSafeNat() }),
  }),
);

const manifests: fc.Arbitrary<ImageManifest> = fc.record({
  version: fc.constant(1),
  project: plain,
  name: plain,
  addedAt: fc.constant('2026-11-21T12:00:00.000Z'),
  kinds: fc.subarray(['root', 'mesh'] as const),
  from: fc.constantFrom('disk', 'partition', 'clonezilla'),
  disk: fc.option(fc.record({ device: disks, size_bytes: fc.maxSafeNat() })),
  partitions: fc.array(partitionImages, { maxLength: 4 }),
  size_bytes: fc.maxSafeNat(),
});

void t.test('image: for every manifest, its text is read back as it was', async (t) => {
  fc.assert(
    fc.property(manifests, (manifest) => {
      t.same(parseManifest(manifestText(manifest)), manifest);
    }),
  );
  t.pass();
});

void t.test('image: for every manifest with one member of another type, or without it, it is refused', async (t) => {
  fc.assert(
    fc.property(manifests, fc.nat(), fc.constantFrom(undefined, true, -1, 1.5, {}), (manifest, at, wrong) => {
      const keys = Object.keys(manifest);
      const broken = { ...manifest, [keys[at % keys.length] ?? '']: wrong };
      return typeof parseManifest(JSON.stringify(broken)) === 'string';
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => typeof parseManifest(text) === 'string'));
  t.pass();
});

void t.test('image: for every part of a partition, its name is read back; no other text is one', async (t) => {
  fc.assert(
    fc.property(parts, (part) => {
      t.same(parsePartName(partName(part)), part);
      t.equal(
        deviceOf(partitionDevice(part.device)?.disk ?? '', partitionDevice(part.device)?.number ?? 0),
        part.device,
      );
    }),
  );
  for (const name of [
    '',
    'parts',
    'sda1',
    'sda1.ext4',
    '../sda1.ext4-ptcl-img.gz.aa',
    'sda-pt.sf',
    'SDA1.ext4-ptcl-img.gz',
  ]) {
    t.equal(parsePartName(name), null, name);
  }
  t.equal(partitionDevice('sda'), null);
  t.equal(partitionDevice('sda0'), null);
});

void t.test('image: for every list of checksums, its text is read back; cut off or bent it is refused', async (t) => {
  const lists = fc.uniqueArray(fc.tuple(plain, sha256s), { selector: ([name]) => name, minLength: 1 });
  fc.assert(
    fc.property(lists, fc.nat(), (entries, place) => {
      const sums = new Map(entries);
      const text = sumsText(sums);
      const cut = text.slice(0, place % text.length);
      const isCutFound = cut === '' || cut.endsWith('\n') || typeof parseSums('SHA256SUMS', cut) === 'string';
      t.same(parseSums('SHA256SUMS', text), sums);
      return isCutFound && typeof parseSums('MD5SUMS', text) === 'string';
    }),
  );
  t.pass();
});

const tables = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 9999 }), sectors: fc.integer({ min: 1, max: 1e6 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((rows) => {
    let end = 0;
    return rows.map(({ gap, sectors }, at): Partition => {
      const start = end + gap;
      end = start + sectors;
      return { number: at + 1, start, sectors, type: '83', isBootable: at === 0 };
    });
  });

void t.test('image: for every partition table, what sfdisk is told is read back', async (t) => {
  fc.assert(
    fc.property(tables, disks, (partitions, disk) => {
      const table = { labelId: '0x1a2b3c4d', disk, partitions };
      t.same(parseSfdiskDump(sfdiskDump(table), disk), table);
    }),
  );
});

void t.test('image: partition tables that cannot be of a disk -> refused, and why', async (t) => {
  const rows: readonly (readonly [RegExp, string])[] = [
    [/only dos/, 'label: gpt\n'],
    [/no partitions/, 'label: dos\n'],
    [/no line/, '$(reboot)\n'],
    [/overlap/, '/dev/sda1 : start=1, size=9, type=83\n/dev/sda2 : start=9, size=9, type=83\n'],
    [/overlap|same number/, '/dev/sda1 : start=1, size=9, type=83\n/dev/sda1 : start=10, size=9, type=83\n'],
    [/extended one/, '/dev/sda5 : start=1, size=9, type=83\n'],
    [/extended one/, '/dev/sda1 : start=10, size=9, type=5\n/dev/sda5 : start=11, size=9, type=83\n'],
    [/more than one/, '/dev/sda1 : start=10, size=9, type=5\n/dev/sda2 : start=20, size=9, type=f\n'],
    [/no partition can be/, '/dev/sda1 : start=0, size=9, type=83\n'],
    [/no partition can be/, '/dev/sda1 : start=1, size=99999999999, type=83\n'],
    [/4096/, 'sector-size: 4096\n'],
  ];
  for (const [why, text] of rows) t.match(parseSfdiskDump(text, 'sda'), why, text);
  const old = '# partition table of /dev/sda\nunit: sectors\n\n/dev/sda1 : start=  2048, size= 2048, Id=83, bootable\n';
  t.match(parseSfdiskDump(old, 'sda'), { labelId: null, partitions: [{ start: 2048, type: '83', isBootable: true }] });
  t.match(parseSfdiskDump(SMALL_DUMP, 'sda'), { labelId: '0x12345678', partitions: { length: 3 } });
});

void t.test('image: for every partclone header with a flipped bit, it is refused', async (t) => {
  const stream = partcloneStream(SMALL);
  const header = readPartcloneHeader(stream);
  t.match(header, { fileSystem: 'EXTFS', blocks: 100, usedBlocks: 37, block_bytes: 1024, size_bytes: 102_400 });
  if (typeof header !== 'string') t.equal(streamBytes(header), stream.length);
  fc.assert(
    fc.property(fc.nat(109), fc.nat(7), (at, bit) => {
      const bent = Buffer.from(stream.subarray(0, 110));
      bent[at] = (bent[at] ?? 0) ^ (1 << bit);
      return typeof readPartcloneHeader(bent) === 'string';
    }),
  );
  t.match(readPartcloneHeader(stream.subarray(0, 109)), /ends after 109/);
});

void t.test('image: for every swap header, page and text are read back', async (t) => {
  const headers = fc.record({ uuid: fc.uuid(), label: fc.stringMatching(/^[a-z0-9 ]{0,16}$/) });
  fc.assert(
    fc.property(headers, (header) => {
      t.same(readSwapHeader(swapPage(header, 1_048_576)), header);
      t.same(parseSwapText(swapText(header)), header);
    }),
  );
});

void t.test('image: a partition and a place -> it fits up to the last byte', async (t) => {
  t.equal(fitsIn({ device: 'sda1', size_bytes: 10 }, 10), null);
  t.match(fitsIn({ device: 'sda1', size_bytes: 11 }, 10), { code: 'IMG-012', size_bytes: 11, room_bytes: 10 });
});

const fixed = { stored: { size_bytes: 1, sha256: '0'.repeat(64) }, stream: { size_bytes: 1 } };
const rest = { compression: 'zstd', files: [], used_bytes: 1, ...fixed } as const;

void t.test('image: for every set of partitions, the root is the only one, or the largest of Linux', async (t) => {
  const some = fc.array(fc.record({ fileSystem: fileSystems, size_bytes: fc.nat(9) }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(manifests, some, (manifest, found) => {
      const partitions = found.map((one, at) => ({ ...rest, ...one, device: `sda${at + 1}` }));
      const ofLinux = partitions.filter(({ fileSystem }) => fileSystem.startsWith('ext'));
      const image = { ...manifest, partitions };
      if (partitions.length > 1 && ofLinux.length === 0) return throwsNoRoot(image);
      const root = rootPartition(image);
      const largest = Math.max(...ofLinux.map(({ size_bytes }) => size_bytes));
      return partitions.length === 1 || (root.fileSystem.startsWith('ext') && root.size_bytes === largest);
    }),
  );
  t.pass();
});

function throwsNoRoot(manifest: ImageManifest): boolean {
  try {
    rootPartition(manifest);
    return false;
  } catch (thrown) {
    return faultOf(thrown)?.code === 'IMG-019';
  }
}

void t.test('image: for every name of an image, its text is the name again', async (t) => {
  fc.assert(
    fc.property(plain, plain, (project, name) => refText(imageRef(`${project}/${name}`)) === `${project}/${name}`),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => crc32(bytes) === platformCrc32(bytes)));
  t.pass();
});
