import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { imageRef } from '../../core/image/ref.js';
import { DarkStore } from '../../drivers/dark-store/driver.js';
import { lunDiskOf, removeUnused } from '../../tui/compose/lun-disk.js';
import { scratchOf } from '../run-metalrig.js';

const { signal } = new AbortController();
const bootLoader = { bootSector: Buffer.alloc(512, 1), core: Buffer.alloc(1024, 2) };

void t.test(
  'LUN disks: one name in two projects, and one that is taken off the shelf and added anew -> none is written over',
  async (t) => {
    const directory = scratchOf(t);
    const store = new DarkStore({ directory: join(directory, 'shelf') });
    const disks = join(directory, 'disks');
    const add = async (text: string, label: string): Promise<void> => {
      const path = join(directory, label);
      writeFileSync(path, '');
      truncateSync(path, 2 ** 20);
      execFileSync('/sbin/mke2fs', ['-q', '-F', '-t', 'ext2', '-L', label, path]);
      await store.add({ ref: imageRef(text), source: { kind: 'partition', path }, kinds: ['root'] }, signal);
    };
    const diskOf = async (text: string): Promise<string> => {
      return (await lunDiskOf({ store, ref: imageRef(text), directory: disks, bootLoader }, signal)).file;
    };
    await add('garage/robots', 'first');
    await add('roof-lab/robots', 'second');
    const first = await diskOf('garage/robots');
    const written = { bytes: readFileSync(first), ...identity(first) };
    const second = await diskOf('roof-lab/robots');
    await store.remove(imageRef('garage/robots'));
    await add('garage/robots', 'third');
    const third = await diskOf('garage/robots');

    t.equal(new Set([first, second, third]).size, 3);
    for (const [disk, label] of [
      [first, 'first'],
      [second, 'second'],
      [third, 'third'],
    ] as const) {
      t.ok(readFileSync(disk).includes(label), `a clone of it finds what was added as ${label}`);
    }
    t.strictSame({ bytes: readFileSync(first), ...identity(first) }, written, 'clones of it are as they were');
    t.equal(await diskOf('roof-lab/robots'), second, 'the same image has the same disk');
    t.equal(readdirSync(disks).length, 3, 'and nothing else is left');
    removeUnused(disks, new Set([second]));
    t.strictSame(readdirSync(disks), [basename(second)], 'one that has no clones any more goes');
  },
);

function identity(file: string): { readonly inode: number; readonly modifiedAt: number } {
  const { ino: inode, mtimeMs: modifiedAt } = statSync(file);
  return { inode, modifiedAt };
}
