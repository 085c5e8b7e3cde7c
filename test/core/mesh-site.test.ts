import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { parseSite, siteProblems } from '../../core/site/parse.js';
import { DEFAULT_DISK } from '../../core/site/site.js';
import { sizeOf } from '../../core/site/size.js';

const MESH = readFileSync(new URL('../../../scenarios/sites/mesh.site.yaml', import.meta.url), 'utf8');
const DISK = /^disk: .*$/m;

function told(text: string): readonly string[] {
  return siteProblems(text, 'a.site.yaml').map(({ line, column, what, mend }) => `${line}:${column}: ${what}. ${mend}`);
}

void t.test('site: the mesh file -> its node and its disk', async (t) => {
  const mib = 2 ** 20;
  const site = parseSite(MESH, 'mesh.site.yaml');
  t.match(site.nodes, [{ id: 'mesh1', kind: 'mesh', slot: 7 }]);
  const small = { boot_bytes: 64 * mib, swap_bytes: 16 * mib, reserved_bytes: 16 * mib, slot_bytes: 64 * mib };
  t.same(site.disk, { ...small, slots: 21 });
});

void t.test('site: neither slot nor disk -> slot 1, and the disk of the testbed', async (t) => {
  const site = parseSite(MESH.replace(DISK, '').replace('    slot: 7\n', ''), 'mesh.site.yaml');
  t.match(site.nodes, [{ kind: 'mesh', slot: 1 }]);
  t.same(site.disk, DEFAULT_DISK);
});

const WRONG: readonly (readonly [string, RegExp | string, string, string])[] = [
  ['a slot of a root node', '    kind: mesh\n', '', '12:5: only mesh nodes have a slot. Delete it, or add kind: mesh.'],
  ['slot 0', 'slot: 7', 'slot: 0', '13:11: 0 is too little. Give at least 1.'],
  ['slot 22', 'slot: 7', 'slot: 22', '13:11: 22 is too much. Give at most 21.'],
  [
    'a slot that the disk lacks',
    DISK,
    'disk: { slots: 6 }',
    '13:11: the disk has 6 slots, and no slot 7. Give at most 6, or raise disk.slots.',
  ],
  [
    'an initiator of a mesh node',
    '    slot: 7\n',
    '    initiators: [iqn.2026-11.example:a]\n',
    '13:5: a mesh node has no LUN, and so no initiators. Delete it.',
  ],
  [
    'a kind of its own',
    'kind: mesh',
    'kind: mash',
    '12:11: "mash" is not a known kind. Did you mean mesh? Known here: root, mesh.',
  ],
  [
    'no unit',
    DISK,
    'disk: { slot: 20 }',
    "18:15: 20 is not a partition's size from 8MiB to 2TB, such as 20GB or 64MiB. ",
  ],
  [
    'too small',
    DISK,
    'disk: { slot: 7MiB }',
    '18:15: "7MiB" is not a partition\'s size from 8MiB to 2TB, such as 20GB or 64MiB. ',
  ],
  [
    'too large',
    DISK,
    'disk: { swap: 3TB }',
    '18:15: "3TB" is not a partition\'s size from 8MiB to 2TB, such as 20GB or 64MiB. ',
  ],
  [
    'too large together',
    DISK,
    'disk: { slot: 110GB }',
    '18:1: all partitions together are beyond the 2 TiB that a master boot record can point to. ',
  ],
];

for (const [name, part, instead, first] of WRONG) {
  void t.test(`site: ${name} -> told with its place and a remedy`, async (t) => {
    const problems = told(MESH.replace(part, instead));
    t.ok(
      problems.some((problem) => problem.startsWith(first)),
      problems.join('\n'),
    );
  });
}

void t.test('size: for every number and unit, so many bytes', async (t) => {
  const units = fc.constantFrom(['MB', 1e6], ['GiB', 2 ** 30], ['TB', 1e12]) as fc.Arbitrary<readonly [string, number]>;
  fc.assert(
    fc.property(
      fc.nat(999_999),
      units,
      (count, [unit, unit_bytes]) => sizeOf(`${count}${unit}`) === count * unit_bytes,
    ),
  );
  for (const text of ['', '1', 'GB', '1.5GB', '1 GB', '1gb', '1000000MB', '-1GB']) t.equal(sizeOf(text), null, text);
});
