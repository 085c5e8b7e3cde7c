import fc from 'fast-check';
import t from 'tap';
import {
  diskLayout,
  isAddressable,
  sfdiskScript,
  slotPartition,
  slotPartitionNumber,
} from '../../../core/disk/layout.js';
import { DEFAULT_DISK, type DiskSizes } from '../../../core/site/site.js';

const MIB_SECTORS = 2_048;
const sizes = fc.integer({ min: 1, max: 100_000_000_000 });
const disks: fc.Arbitrary<DiskSizes> = fc.record({
  boot_bytes: sizes,
  swap_bytes: sizes,
  reserved_bytes: sizes,
  slot_bytes: sizes,
  slots: fc.integer({ min: 1, max: 21 }),
});

void t.test('disk layout: for every disk, parts lie in order, at whole MiB, and never on each other', async (t) => {
  fc.assert(
    fc.property(disks, (disk) => {
      const { partitions, size_sectors } = diskLayout(disk);
      const extended = partitions.find(({ role }) => role === 'extended');
      const data = partitions.filter(({ role }) => role !== 'extended');
      const end = (part: typeof extended): number => (part === undefined ? 0 : part.start_sectors + part.size_sectors);
      return (
        partitions.every(({ number }, index) => number === index + 1) &&
        partitions.every((part) => part.start_sectors % MIB_SECTORS === 0 && part.size_sectors % MIB_SECTORS === 0) &&
        data.every((part, index) => {
          // A slot's extended boot record lies in the MiB before it.
          const gap = part.role === 'slot' ? MIB_SECTORS : 0;
          return part.start_sectors === (index === 0 ? MIB_SECTORS : end(data[index - 1]) + gap);
        }) &&
        end(extended) === size_sectors &&
        end(data.at(-1)) === size_sectors
      );
    }),
  );
  t.pass();
});

void t.test('disk layout: for every disk, each part has at least its size, and less than a MiB more', async (t) => {
  fc.assert(
    fc.property(disks, (disk) => {
      const wanted = { boot: disk.boot_bytes, swap: disk.swap_bytes, reserved: disk.reserved_bytes };
      const asked = { ...wanted, slot: disk.slot_bytes };
      return diskLayout(disk).partitions.every(({ role, size_sectors }) => {
        const spare = role === 'extended' ? 0 : size_sectors * 512 - asked[role];
        return spare >= 0 && spare < 2 ** 20;
      });
    }),
  );
  t.pass();
});

void t.test("disk layout: the testbed's disk -> sda1 to sda25, slot 7 on sda11", async (t) => {
  const layout = diskLayout(DEFAULT_DISK);
  t.equal(layout.partitions.length, 25);
  t.equal(slotPartitionNumber(1), 5);
  t.match(slotPartition(layout, 7), { number: 11, role: 'slot', slot: 7 });
  t.throws(() => slotPartition(layout, 22), /slot 22/);
  t.ok(isAddressable(layout));
  t.notOk(isAddressable(diskLayout({ ...DEFAULT_DISK, slot_bytes: 2e12 })));
});

void t.test('sfdisk script: two small slots -> every start and size is given, the first one can boot', async (t) => {
  const mib = 2 ** 20;
  const layout = diskLayout({
    boot_bytes: 64 * mib,
    swap_bytes: 16 * mib,
    reserved_bytes: 16 * mib,
    slot_bytes: 64 * mib,
    slots: 2,
  });
  t.equal(
    sfdiskScript(layout),
    `label: dos
unit: sectors

start=2048, size=131072, type=83, bootable
start=133120, size=32768, type=82
start=165888, size=32768, type=83
start=198656, size=266240, type=5
start=200704, size=131072, type=83
start=333824, size=131072, type=83
`,
  );
});
