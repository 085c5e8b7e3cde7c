import {
  closeSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { faultOf } from '../../../core/faults/fault.js';
import { HostFile } from '../../../drivers/lun-store/byte-file.js';
import { Clone } from '../../../drivers/lun-store/clone.js';
import { ClonedBlocks } from '../../../drivers/lun-store/cloned-blocks.js';
import { Image } from '../../../drivers/lun-store/image.js';
import { openLun } from '../../../drivers/lun-store/open-lun.js';
import { BLOCK_BYTES, bytesOf, DISK_BYTES, diskSteps, patternedDisk } from './disk-story.js';
import type { DiskStep } from './disk-story.js';
import { FailingFile, shortages } from './failing-file.js';

const CLUSTER_BYTES = 4096;
const MAP_START = 0;
const DATA_START = 4096;
const BASE = patternedDisk();

/** The code of what `work` throws; null when it does not, or throws a bug. */
function codeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (thrown) {
    return faultOf(thrown)?.code ?? null;
  }
}

void t.test('clone: for every sequence of writes, unmaps, reads and reopenings, it is a plain disk', async (t) => {
  const directory = t.testdir({ 'base.img': BASE });
  const base = Image.open(join(directory, 'base.img'), { isReadOnly: true });
  t.teardown(() => base.close());
  let number = 0;
  fc.assert(
    fc.property(diskSteps, (steps) => {
      const path = join(directory, `${++number}.clone`);
      let clone = Clone.create(base, path);
      const model = Buffer.from(BASE);
      for (const step of steps) {
        if (step.does === 'reopen') {
          clone.close();
          clone = Clone.open(base, path);
        } else if (step.does === 'read') {
          const offset = step.block * BLOCK_BYTES;
          const length = step.blocks * BLOCK_BYTES;
          if (!clone.read(offset, length).equals(model.subarray(offset, offset + length))) return false;
        } else apply(clone, model, step);
      }
      const isSame = clone.read(0, DISK_BYTES).equals(model);
      clone.close();
      return isSame;
    }),
    { numRuns: 200 },
  );
  t.ok(readFileSync(join(directory, 'base.img')).equals(BASE), 'nobody wrote to the base');
});

type Change = Extract<DiskStep, { does: 'write' | 'unmap' }>;

/** What must be able to unmap or write, whatever is under it. */
interface Disk {
  write(offset: number, data: Uint8Array): void;
  readonly thin: { unmap(offset: number, length: number): void };
}

function apply(disk: Disk, model: Buffer, step: Change): void {
  const offset = step.block * BLOCK_BYTES;
  if (step.does === 'write') {
    const data = bytesOf(step);
    data.copy(model, offset);
    disk.write(offset, data);
  } else {
    model.fill(0, offset, offset + step.blocks * BLOCK_BYTES);
    disk.thin.unmap(offset, step.blocks * BLOCK_BYTES);
  }
}

function blocksOver(overlay: FailingFile): ClonedBlocks {
  const map = Buffer.from(overlay.bytes.subarray(MAP_START, MAP_START + Math.ceil(DISK_BYTES / CLUSTER_BYTES)));
  return new ClonedBlocks({
    size_bytes: DISK_BYTES,
    cluster_bytes: CLUSTER_BYTES,
    readBase: (offset, length) => BASE.subarray(offset, offset + length),
    overlay,
    path: 'memory',
    mapStart: MAP_START,
    dataStart: DATA_START,
    map,
  });
}

function diskOver(blocks: ClonedBlocks): Disk {
  return {
    write: (offset, data) => blocks.write(offset, data),
    thin: { unmap: (offset, length) => blocks.unmap(offset, length) },
  };
}

/** Whether every byte of `seen` is the one before the step that was cut short, or the one after it. */
function isTornAtMost(seen: Buffer, before: Buffer, after: Buffer): boolean {
  return seen.every((byte, at) => byte === before[at] || byte === after[at]);
}

void t.test('clone: for every moment a rack is killed at, nothing but the write under way is torn', async (t) => {
  fc.assert(
    fc.property(diskSteps, shortages, (steps, shortage) => {
      const overlay = new FailingFile(DATA_START + DISK_BYTES, shortage);
      const disk = diskOver(blocksOver(overlay));
      const model = Buffer.from(BASE);
      for (const step of steps) {
        if (!isChange(step)) continue;
        const before = Buffer.from(model);
        if (codeOf(() => apply(disk, model, step)) === null) continue;
        return isTornAtMost(blocksOver(overlay).read(0, DISK_BYTES), before, model);
      }
      return blocksOver(overlay).read(0, DISK_BYTES).equals(model);
    }),
    { numRuns: 700 },
  );
  t.pass();
});

void t.test('clone: for every disk that was full and has room again, what is written then is kept', async (t) => {
  fc.assert(
    fc.property(diskSteps, diskSteps, shortages, (steps, later, shortage) => {
      const overlay = new FailingFile(DATA_START + DISK_BYTES, shortage);
      const blocks = blocksOver(overlay);
      const disk = diskOver(blocks);
      const model = Buffer.from(BASE);
      for (const step of steps.filter(isChange)) {
        const before = Buffer.from(model);
        if (codeOf(() => apply(disk, model, step)) === null) continue;
        if (!isTornAtMost(blocks.read(0, DISK_BYTES), before, model)) return false;
        break;
      }
      overlay.giveRoom();
      for (const step of later.filter(isChange)) apply(disk, model, step);
      const [live, kept] = [blocks.read(0, DISK_BYTES), blocksOver(overlay).read(0, DISK_BYTES)];
      return later.filter(isChange).every(({ block, blocks: count }) => {
        const [start, end] = [block * BLOCK_BYTES, (block + count) * BLOCK_BYTES];
        const due = model.subarray(start, end);
        return live.subarray(start, end).equals(due) && kept.subarray(start, end).equals(due);
      });
    }),
    { numRuns: 700 },
  );
  t.pass();
});

function isChange(step: DiskStep): step is Change {
  return step.does === 'write' || step.does === 'unmap';
}

void t.test('clone: unmapped in part and in whole -> extents say which clusters are let go', async (t) => {
  const directory = t.testdir({ 'base.img': BASE });
  const base = Image.open(join(directory, 'base.img'), { isReadOnly: true });
  const clone = Clone.create(base, join(directory, 'a.clone'));
  clone.thin.unmap(CLUSTER_BYTES - BLOCK_BYTES, 2 * CLUSTER_BYTES + BLOCK_BYTES);
  t.same(clone.thin.extent(0, DISK_BYTES), { isMapped: true, length: CLUSTER_BYTES });
  t.same(clone.thin.extent(CLUSTER_BYTES, DISK_BYTES - CLUSTER_BYTES), { isMapped: false, length: 2 * CLUSTER_BYTES });
  t.same(clone.thin.extent(2 * CLUSTER_BYTES, 100), { isMapped: false, length: 100 });
  t.ok(clone.read(CLUSTER_BYTES - BLOCK_BYTES, 2 * CLUSTER_BYTES + BLOCK_BYTES).every((byte) => byte === 0));
  clone.close();
  t.equal(
    codeOf(() => clone.read(CLUSTER_BYTES, 1)),
    null,
    'zeros need no file',
  );
  t.equal(
    codeOf(() => clone.write(0, BASE)),
    'LUN-008',
    'a closed one takes no writes',
  );
  base.close();
});

void t.test('clone: of 10 GiB -> takes no more room than of 40 KiB', async (t) => {
  const directory = t.testdir({ 'base.img': '' });
  truncateSync(join(directory, 'base.img'), 10 * 1024 ** 3);
  const base = Image.open(join(directory, 'base.img'), { isReadOnly: true });
  const clone = Clone.create(base, join(directory, 'a.clone'));
  clone.write(10 * 1024 ** 3 - BLOCK_BYTES, Buffer.alloc(BLOCK_BYTES, 1));
  t.equal(clone.read(10 * 1024 ** 3 - BLOCK_BYTES, 1)[0], 1);
  t.ok(statSync(join(directory, 'a.clone')).blocks * 512 <= 64 * 1024);
  clone.close();
  base.close();
});

void t.test('clone: its base or its file is not as it was -> a fault that says so', async (t) => {
  const directory = t.testdir({ 'base.img': BASE, 'odd.img': 'x', 'empty.img': '' });
  const [basePath, path] = [join(directory, 'base.img'), join(directory, 'a.clone')];
  const open = (file: string): Image => Image.open(file, { isReadOnly: true });
  const base = open(basePath);
  const clone = Clone.create(base, path);
  t.equal(
    codeOf(() => Clone.create(base, path)),
    'LUN-009',
  );
  t.equal(
    codeOf(() => Clone.open(base, path)),
    'LUN-005',
  );
  clone.write(0, Buffer.alloc(BLOCK_BYTES, 9));
  clone.close();
  writeFileSync(`${path}.lock`, '999999999 1 1\n');
  Clone.open(base, path).close();
  t.equal(
    codeOf(() => open(join(directory, 'none.img'))),
    'LUN-001',
  );
  t.equal(
    codeOf(() => open(join(directory, 'odd.img'))),
    'LUN-007',
  );
  t.equal(
    codeOf(() => open(join(directory, 'empty.img'))),
    'LUN-007',
  );
  t.equal(
    codeOf(() => Clone.open(base, basePath)),
    'LUN-006',
  );
  const found = openLun({ file: path, isReadOnly: false });
  t.equal(found.read(0, 1)[0], 9, 'a clone finds its base by itself');
  found.close();

  const damaged = join(directory, 'b.clone');
  Clone.create(base, damaged).close();
  overwrite(damaged, 100, 0xff);
  t.equal(
    codeOf(() => Clone.open(base, damaged)),
    'LUN-006',
  );
  truncateSync(path, DISK_BYTES);
  t.equal(
    codeOf(() => Clone.open(base, path)),
    'LUN-002',
  );

  overwrite(basePath, 0, 0x55);
  utimesSync(basePath, 1, 1);
  t.equal(
    codeOf(() => base.read(0, BLOCK_BYTES)),
    'LUN-011',
    'changed while it is served',
  );
  Clone.create(base, join(directory, 'c.clone')).close();
  base.close();
  t.equal(
    codeOf(() => Clone.open(open(basePath), join(directory, 'c.clone'))),
    'LUN-003',
  );
  t.equal(
    codeOf(() => openLun({ file: join(directory, 'c.clone'), isReadOnly: false })),
    'LUN-003',
  );
});

function overwrite(path: string, position: number, byte: number): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Buffer.from([byte]), 0, 1, position);
  closeSync(descriptor);
}

void t.test('image: a disk that is full, and a raw one that is written -> a fault, and what was written', async (t) => {
  const full = new HostFile('/dev/full', 'r+');
  t.equal(
    codeOf(() => full.write(Buffer.alloc(1), 0)),
    'LUN-004',
  );
  full.close();
  const directory = t.testdir({ 'raw.img': BASE });
  const store = openLun({ file: join(directory, 'raw.img'), isReadOnly: false });
  t.equal(
    codeOf(() => openLun({ file: join(directory, 'raw.img'), isReadOnly: false })),
    'LUN-005',
  );
  store.write(BLOCK_BYTES, Buffer.alloc(BLOCK_BYTES, 3));
  store.flush();
  store.close();
  t.equal(readFileSync(join(directory, 'raw.img'))[BLOCK_BYTES], 3);
});

void t.test('image: for every sequence of reads, the cache changes nothing', async (t) => {
  const bytes = Buffer.alloc(5 * 65536 + 512);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + (at >> 9)) % 256;
  const directory = t.testdir({ 'base.img': bytes });
  const image = Image.open(join(directory, 'base.img'), { isReadOnly: true });
  const reads = fc.array(fc.tuple(fc.nat(bytes.length / 512 - 1), fc.integer({ min: 1, max: 140 }), fc.nat(6)));
  fc.assert(
    fc.property(reads, (runs) => {
      for (const [block, blocks, more] of runs) {
        // A run of reads in a row is what brings chunks into the cache.
        for (let turn = 0; turn <= more; turn++) {
          const start = Math.min(bytes.length, (block + turn * blocks) * 512);
          const length = Math.min(blocks * 512, bytes.length - start);
          if (length > 0 && !image.read(start, length).equals(bytes.subarray(start, start + length))) return false;
        }
      }
      return true;
    }),
  );
  image.close();
  t.pass();
});
