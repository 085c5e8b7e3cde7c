import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { FaultError, faultOf } from '../../../core/faults/fault.js';
import { parseAptIndex } from '../../../drivers/payload/apt-index.js';
import { cacheDirectory, cacheEntry, requireSpace } from '../../../drivers/payload/cache.js';
import { newcArchive } from '../../../drivers/payload/cpio.js';
import { blockList, diskImage } from '../../../drivers/payload/disk-image.js';
import { EXT2_BLOCK_BYTES } from '../../../drivers/payload/ext2-format.js';
import { ext2Image } from '../../../drivers/payload/ext2.js';
import { grubConfiguration } from '../../../drivers/payload/grub.js';
import { dependenciesOf, loadOrder, strippedModule } from '../../../drivers/payload/kernel-modules.js';
import { guestDirectory } from '../../../drivers/payload/cached-build.js';
import { completeTree, parentsOf, type TreeEntry } from '../../../drivers/payload/tree.js';
import { treeOfSizes, trees } from './trees.js';

const UUID = new Uint8Array(16).fill(7);

void t.test('cpio: for every tree, the archive read back is the tree, parents first', async (t) => {
  fc.assert(
    fc.property(trees, (tree) => {
      const expected = completeTree(tree).map((entry) => [entry.path, entry.kind, contentHex(entry)]);
      t.same(readNewc(newcArchive(tree)), expected);
      const paths = expected.map(([path]) => path ?? '');
      return paths.every((path, at) => parentsOf(path).every((parent) => paths.slice(0, at).includes(parent)));
    }),
  );
});

void t.test('archive and filesystem: for every tree, the order it is told in changes no byte', async (t) => {
  const shuffled = trees.chain((tree) =>
    fc.tuple(fc.constant(tree), fc.shuffledSubarray([...tree], { minLength: tree.length })),
  );
  fc.assert(
    fc.property(shuffled, ([tree, other]) => {
      const same = Buffer.from(newcArchive(tree)).equals(newcArchive(other));
      return same && Buffer.from(ext2Image(tree, 256, UUID).bytes).equals(ext2Image(other, 256, UUID).bytes);
    }),
    { numRuns: 30 },
  );
  t.pass();
});

void t.test('ext2: for every size of file, its extent holds the file, and extents are apart', async (t) => {
  // Around every boundary of the block map: 12 direct blocks, then 1024 behind one table, then tables of tables.
  const boundaries = [0, 1, 4096, 12 * 4096, 12 * 4096 + 1, 1036 * 4096, 1036 * 4096 + 1, 2061 * 4096];
  const sizes = fc.array(fc.oneof(fc.constantFrom(...boundaries), fc.nat({ max: 100_000 })), { maxLength: 4 });
  fc.assert(
    fc.property(sizes, (list) => {
      const tree = treeOfSizes(list);
      const image = ext2Image(tree, 12_288, UUID);
      const taken = new Set<number>();
      for (const entry of tree) {
        const extent = image.files.get(entry.path);
        if (entry.kind !== 'file' || extent === undefined) return false;
        const at = extent.firstBlock * EXT2_BLOCK_BYTES;
        if (!Buffer.from(image.bytes.subarray(at, at + entry.content.length)).equals(entry.content)) return false;
        for (let block = 0; block < extent.blocks; block += 1) {
          if (taken.has(extent.firstBlock + block)) return false;
          taken.add(extent.firstBlock + block);
        }
      }
      return true;
    }),
    { numRuns: 12 },
  );
  t.throws(() => ext2Image(treeOfSizes([1_000_000]), 64, UUID), /does not fit/);
});

void t.test('kernel modules: for every web of dependencies, each is loaded once and after what it needs', async (t) => {
  // Module n may need modules below n only, so there are no circles.
  const webs = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(webs, (web) => {
      const needs = new Map(web.map((list, at) => [`m${at}`, list.filter((n) => n < at).map((n) => `m${n}`)]));
      const order = loadOrder([`m${web.length - 1}`], needs, new Set(['m0']));
      const early = (name: string): boolean =>
        (needs.get(name) ?? []).every((needed) => needed === 'm0' || order.indexOf(needed) < order.indexOf(name));
      return new Set(order).size === order.length && order.every(early) && order.every((name) => !(name === 'm0'));
    }),
  );
  t.throws(() => loadOrder(['nowhere'], new Map(), new Set()), /no module nowhere/);
  t.same(dependenciesOf(Buffer.from('xx\0license=GPL\0depends=virtio-ring,virtio\0intree=Y\0')), [
    'virtio_ring',
    'virtio',
  ]);
  t.same(dependenciesOf(Buffer.from('xx\0depends=\0')), []);
});

void t.test(
  'kernel modules: for every module, signed or not, stripping takes the signature and nothing else',
  async (t) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 50 }),
        fc.option(fc.uint8Array({ maxLength: 50 })),
        (module, signature) => {
          const trailer = Buffer.alloc(12);
          trailer.writeUInt32BE(signature?.length ?? 0, 8);
          const signed = [module, signature ?? [], trailer, Buffer.from('~Module signature appended~\n')];
          const whole = signature === null ? module : Buffer.concat(signed.map((part) => Uint8Array.from(part)));
          return Buffer.from(strippedModule(whole)).equals(module);
        },
      ),
    );
    t.equal(Buffer.from(strippedModule(Buffer.from('a\0.BTF\0b'))).toString(), 'a\0.btf\0b');
  },
);

void t.test('apt index: a listing of two -> names, checksums and dependencies; any text -> no exception', async (t) => {
  const listing = `Package: tcc
Version: 0.9.27-1
Architecture: amd64
Depends: libc6 (>= 2.14), a | b, c:any
Description: small ANSI C compiler
 TCC is a compiler.
Size: 292872
SHA256: ${'8'.repeat(64)}

Package: gone
Version: 1
Status: install ok installed
`;
  t.same(parseAptIndex(listing), [
    {
      name: 'tcc',
      version: '0.9.27-1',
      architecture: 'amd64',
      sha256: '8'.repeat(64),
      size_bytes: 292_872,
      depends: ['libc6', 'a', 'c'],
    },
  ]);
  fc.assert(fc.property(fc.string(), (text) => parseAptIndex(text).length >= 0));
});

void t.test(
  'GRUB: the configuration of an image -> its marks around its files, in the order of the stages',
  async (t) => {
    const template = await readFile(join(guestDirectory(), 'grub.cfg'), 'utf8');
    const text = grubConfiguration(template, { kernel: '(hd0)1+2', initramfs: '(hd0)3+4' }, ['quiet']);
    t.equal(
      text,
      `serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
echo METALRIG STAGE bootloader
linux16 (hd0)1+2 quiet
initrd16 (hd0)3+4
echo METALRIG STAGE kernel
boot
`,
    );
    t.notMatch(grubConfiguration(template, { kernel: '(hd0)1+2', initramfs: null }, []), /initrd|@/);
  },
);

void t.test('disk image: with and without a boot loader -> signature and code, or neither', async (t) => {
  const filesystem = ext2Image(treeOfSizes([5000]), 64, UUID);
  const bootSector = new Uint8Array(512).fill(0xaa);
  const disk = Buffer.from(diskImage(filesystem, { bootSector, core: new Uint8Array(700).fill(0xbb) }));
  t.same([disk[510], disk[511], disk[0], disk[0x64]], [0x55, 0xaa, 0xaa, 0xff]);
  t.same([disk.readUInt32LE(454), disk.readUInt32LE(458)], [2048, 64 * 8]);
  const [, start, sectors] = /^\(hd0\)(\d+)\+(\d+)$/.exec(blockList(filesystem, 'file0')) ?? [];
  const at = Number(start) * 512;
  t.same([disk[at], Number(sectors)], [1, 16]);
  const bare = Buffer.from(diskImage(filesystem, null));
  t.ok(bare.subarray(0, 440).every((byte) => byte === 0));
  t.same([bare[510], bare[511]], [0, 0]);
  t.throws(() => diskImage(filesystem, { bootSector, core: new Uint8Array(1024 * 1024) }), /does not fit/);
});

void t.test('cache', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'metalrig-cache-'));
  t.teardown(() => rm(parent, { recursive: true }));
  const failing = async (code: string): Promise<unknown> => {
    const fill = (): Promise<void> => Promise.reject(Object.assign(new Error(code), { code }));
    return cacheEntry(parent, 'never', fill).catch((thrown: unknown) => faultOf(thrown)?.code ?? thrown);
  };
  await t.test('two fill the same entry at once -> both get the same whole one, nothing is left aside', async (t) => {
    let fills = 0;
    const fill = async (directory: string): Promise<void> => {
      fills += 1;
      await writeFile(join(directory, 'a'), 'whole');
    };
    const [one, two] = await Promise.all([cacheEntry(parent, 'x', fill), cacheEntry(parent, 'x', fill)]);
    t.equal(one, two);
    t.equal(await readFile(join(one, 'a'), 'utf8'), 'whole');
    await cacheEntry(parent, 'x', () => Promise.reject(new Error('it is there already')));
    t.ok(fills >= 1);
    t.same(await readdir(parent), ['x']);
  });
  await t.test('filling fails -> its own fault, and no entry, whole or half', async (t) => {
    t.equal(await failing('ENOSPC'), 'PAY-004');
    t.equal(await failing('EACCES'), 'PAY-005');
    t.match(await failing('EWHATEVER'), { message: 'EWHATEVER' });
    const own = new FaultError({ code: 'PAY-007', kind: 'payload.interrupted' });
    await t.rejects(
      cacheEntry(parent, 'never', () => Promise.reject(own)),
      own,
    );
    t.same(await readdir(parent), ['x']);
  });
  await t.test(
    'a process died while filling -> its leavings go with the next fill, those of the living stay',
    async (t) => {
      // Beyond the largest pid that Linux gives out (2^22), so never a living process.
      await mkdir(join(parent, '.building-99999999-abc'));
      await mkdir(join(parent, `.building-1-abc`));
      await cacheEntry(parent, 'y', async () => {});
      t.same((await readdir(parent)).sort(), ['.building-1-abc', 'x', 'y']);
    },
  );
  await t.test('a file where the directory should be -> PAY-005', async (t) => {
    await writeFile(join(parent, 'file'), '');
    const fault = await cacheEntry(join(parent, 'file'), 'z', async () => {}).catch((thrown: unknown) =>
      faultOf(thrown),
    );
    t.match(fault, { code: 'PAY-005' });
  });
  await requireSpace(parent, 1);
  const full = await requireSpace(parent, Number.MAX_SAFE_INTEGER).catch((thrown: unknown) => faultOf(thrown));
  t.match(full, { code: 'PAY-004', directory: parent });
  t.equal(cacheDirectory({ XDG_CACHE_HOME: '/var/c' }), '/var/c/metalrig');
  t.match(cacheDirectory({ XDG_CACHE_HOME: 'relative' }), /\/\.cache\/metalrig$/);
});

/** The archive's entries, read by the letter of cpio(5). */
function readNewc(archive: Uint8Array): readonly (readonly string[])[] {
  const bytes = Buffer.from(archive);
  const kinds: Readonly<Record<number, string>> = { 4: 'directory', 8: 'file', 10: 'symlink', 2: 'characterDevice' };
  const entries: string[][] = [];
  for (let at = 0; ; ) {
    if (bytes.toString('latin1', at, at + 6) !== '070701') throw new Error(`no magic at ${at}`);
    const field = (index: number): number =>
      parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const nameEnd = at + 110 + field(11);
    const path = bytes.toString('utf8', at + 110, nameEnd - 1);
    const contentAt = Math.ceil(nameEnd / 4) * 4;
    if (path === 'TRAILER!!!') return entries;
    const content = bytes.subarray(contentAt, contentAt + field(6));
    entries.push([path, kinds[field(1) >> 12] ?? '?', content.toString('hex')]);
    at = Math.ceil((contentAt + field(6)) / 4) * 4;
  }
}

function contentHex(entry: TreeEntry): string {
  if (entry.kind === 'file') return Buffer.from(entry.content).toString('hex');
  return entry.kind === 'symlink' ? Buffer.from(entry.target).toString('hex') : '';
}
