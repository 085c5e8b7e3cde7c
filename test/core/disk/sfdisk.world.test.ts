import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { diskLayout, sfdiskScript } from '../../../core/disk/layout.js';
import { DEFAULT_DISK, type DiskSizes } from '../../../core/site/site.js';
import { scratchOf } from '../../run-metalrig.js';

const SMALL: DiskSizes = { boot_bytes: 64e6, swap_bytes: 8e6, reserved_bytes: 8e6, slot_bytes: 32e6, slots: 21 };

interface Dumped {
  readonly partitiontable: {
    readonly partitions: readonly { readonly node: string; readonly start: number; readonly size: number }[];
  };
}

void t.test('sfdisk: the layout as a script -> the very partitions, and nothing to complain about', async (t) => {
  for (const disk of [DEFAULT_DISK, SMALL, { ...SMALL, slots: 1 }]) {
    const layout = diskLayout(disk);
    const file = join(scratchOf(t), 'disk.raw');
    const descriptor = openSync(file, 'w');
    ftruncateSync(descriptor, layout.size_sectors * 512);
    closeSync(descriptor);
    const run = (options: readonly string[], input = ''): string =>
      execFileSync('sfdisk', [...options, file], { input, encoding: 'utf8', stdio: 'pipe' });
    run(['--quiet'], sfdiskScript(layout));
    const { partitiontable } = JSON.parse(run(['--json'])) as Dumped;
    t.same(
      partitiontable.partitions.map(({ node, start, size }) => [node.replace(file, ''), start, size]),
      layout.partitions.map(({ number, start_sectors, size_sectors }) => [`${number}`, start_sectors, size_sectors]),
    );
    t.match(run(['--verify']), 'No errors detected');
  }
});
