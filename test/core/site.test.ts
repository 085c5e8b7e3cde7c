import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { REST_STAGES, STAGES } from '../../core/evidence.js';
import { faultOf, says } from '../../core/faults/fault.js';
import { parseSite, siteProblems } from '../../core/site/parse.js';
import { siteSchema } from '../../core/site/schema.js';
import { DEFAULT_DISK, targetName } from '../../core/site/site.js';

const BENCH = readFileSync(new URL('../../../scenarios/sites/bench.site.yaml', import.meta.url), 'utf8');

/** Every problem as a person reads it, without the remedy. */
function told(text: string): readonly string[] {
  return siteProblems(text, 'a.site.yaml').map(({ line, column, what }) => `${line}:${column}: ${what}`);
}

/** Parses, and holds every answer against the promise: a site, or a fault with a place inside of the text. */
function answersWell(text: string): boolean {
  const problems = siteProblems(text, 'a.site.yaml');
  const lines = text.split('\n');
  const placed = problems.every(({ line, column }) => {
    const width = lines[line - 1]?.length ?? -1;
    return line >= 1 && column >= 1 && column <= width + 1;
  });
  try {
    const site = parseSite(text, 'a.site.yaml');
    return problems.length === 0 && site.nodes.length > 0;
  } catch (thrown) {
    const fault = faultOf(thrown);
    return placed && fault?.code === 'CFG-002' && JSON.stringify(fault) === JSON.stringify(problems[0]);
  }
}

void t.test('site: the bench file -> every value typed, defaults filled in', async (t) => {
  const site = parseSite(BENCH, 'bench.site.yaml');
  t.same(site, {
    file: 'bench.site.yaml',
    name: 'bench',
    network: { subnet: '10.99.0.0', prefix: 24, server: '10.99.0.1', serverMac: '52:54:00:00:00:01' },
    bootFile: 'undionly.kpxe',
    iqn: 'iqn.2026-11.example.metalrig',
    images: [
      { name: 'lucid', kind: 'root' },
      { name: 'hollow', kind: 'no-boot-loader' },
      { name: 'panicky', kind: 'panic' },
    ],
    nodes: [
      {
        id: 'root1',
        kind: 'root',
        slot: null,
        world: 'emulated',
        mac: '52:54:00:99:00:11',
        address: '10.99.0.11',
        image: { name: 'lucid', kind: 'root' },
        memory_mb: 160,
        nic: 'virtio',
        initiators: [],
        chap: null,
        power: 'direct',
        console: 'direct',
        bmc: null,
        outlets: [],
      },
    ],
    pdus: [],
    deadlines: {},
    disk: DEFAULT_DISK,
  });
  t.same(
    site.nodes.map((node) => targetName(site, node.id)),
    ['iqn.2026-11.example.metalrig:root1'],
  );
});

const CROWDED = `version: 2
nane: x
network: {subnet: 10.99.0.5/24, server: 10.98.0.1}
boot_file: /x
iqn: x
images: {Lucid: {kind: rot}}
nodes:
  root1: {world: simm, mac: 52:54:00:99:00:11, address: 10.99.0.255, image: lucd, memory_mb: 1}
  root2: {world: sim, mac: 52:54:00:99:00:11, address: 10.99.0.11, image: Lucid, initiators: [a]}
  root3: {world: sim, mac: 01:00:5e:00:00:01, address: 10.99.0.11, image: Lucid, chap: {user: a}}
deadlines: {kernal: 5s, kernel: 5, firmware: 0s, up: 5s}
`;

void t.test('site: many faults in one file -> each told once, with its place, in order', async (t) => {
  t.same(told(CROWDED), [
    '1:1: the file lacks the key "name"',
    '1:10: 2 is not a known version',
    '2:1: unknown key "nane"',
    '3:19: 10.99.0.5/24 is an address inside of a subnet',
    '3:41: 10.98.0.1 is not an address for a host of 10.99.0.5/24',
    '4:12: "/x" is not a file name below the TFTP root such as undionly.kpxe',
    '5:6: "x" is not an iSCSI name such as iqn.2026-11.example.metalrig',
    '6:10: "Lucid" is not an image name: lower-case letters, digits, dots, hyphens, underscores',
    '8:18: "simm" is not a known world',
    '8:57: 10.99.0.255 is not an address for a host of 10.99.0.5/24',
    '8:77: there is no image "lucd" in this file',
    '8:94: 1 is too little',
    '9:28: "52:54:00:99:00:11" is given to root1 already',
    '9:75: "Lucid" is not an image name: lower-case letters, digits, dots, hyphens, underscores',
    '9:95: "a" is not an initiator name such as iqn.2026-11.example.metalrig:root1',
    '10:28: 01:00:5e:00:00:01 is not the address of one card',
    '10:56: "10.99.0.11" is given to root2 already',
    '10:75: "Lucid" is not an image name: lower-case letters, digits, dots, hyphens, underscores',
    '10:82: chap lacks the key "secret"',
    '11:13: unknown key "kernal"',
    '11:33: 5 is not a duration above zero and below 24 days, such as 30s, 1500ms, 2m or 1h',
    '11:46: "0s" is not a duration above zero and below 24 days, such as 30s, 1500ms, 2m or 1h',
    '11:50: unknown key "up"',
  ]);
  const mends = siteProblems(CROWDED, 'a.site.yaml').map(({ mend }) => mend);
  t.match(mends[2], /^Did you mean name\?/);
  t.match(mends[8], /^Did you mean sim\?/);
  t.match(mends[10], /^Did you mean Lucid\?/);
  t.match(mends[19], /^Did you mean kernel\?/);
  t.ok(mends.every((mend) => mend.endsWith('.') || mend.endsWith('?')));
});

const STAIRS = Array.from({ length: 40 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');

const TRAPS: readonly (readonly [string, string, string])[] = [
  ['an empty file', '', '1:1: the file is empty'],
  ['only a byte order mark', '\uFEFF', '1:1: the file is empty'],
  ['only a comment', '# x\n', '1:1: the file is empty'],
  ['a number', '5', '1:1: 5 is not a mapping'],
  ['a list', '- a', '1:1: a list is not a mapping'],
  ['an anchor', 'a: &x 1', '1:4: anchors have no place in this file'],
  ['an alias', 'a: *x', '1:4: aliases have no place in this file'],
  ['a tag', 'a: !!js 1', '1:4: tags have no place in this file'],
  ['YAML 1.1', '%YAML 1.1\n---\na: no', '1:1: directives have no place in this file'],
  ['a key twice', 'a: 1\nb: 2\na: 3', '3:1: the key "a" stands twice in one mapping'],
  ['a tab', 'a:\n\tb: 1', '2:1: a tab is used for indentation'],
  ['an exponent', 'x: 1e3', '1:4: 1e3 would be read as the number 1000'],
  ['a leading zero', 'x: 010', '1:4: 010 would be read as the number 10'],
  ['a hexadecimal number', 'x: 0x1f', '1:4: 0x1f would be read as the number 31'],
  ['a list as key', '? [a]\n: 1', '1:3: a key that is not text'],
  ['a second document', 'a: 1\n---\nb: 1', '2:1: a second document begins here'],
  ['the prototype as key', '__proto__: 1', '1:1: "__proto__" is not a key'],
  ['ten thousand hyphens', '- '.repeat(10_000), '1:65: nested too deeply'],
  ['ten thousand brackets', '['.repeat(10_000), '1:33: nested too deeply'],
  ['ten thousand colons', 'a: '.repeat(10_000), '1:98: nested too deeply'],
  ['forty levels of indentation', STAIRS, '33:33: nested too deeply'],
  [
    'three million spaces',
    ' '.repeat(3_000_000),
    '1:1: the file has 3000000 characters; more than 1048576 are not read',
  ],
];

for (const [name, text, first] of TRAPS) {
  void t.test(`site: ${name} -> ${first}`, async (t) => {
    t.equal(told(text)[0], first);
    t.ok(answersWell(text));
  });
}

void t.test(
  'site: MAC addresses that look like sexagesimal numbers, keys that look like booleans -> text',
  async (t) => {
    const text = BENCH.replace('root1:', 'no:').replace('52:54:00:99:00:11', '12:34:50:10:20:30');
    t.same(
      parseSite(text, 'a').nodes.map(({ id, mac }) => [id, mac]),
      [['no', '12:34:50:10:20:30']],
    );
  },
);

const WORDS =
  'nodes·root1·world·sim·: ·- ·\n·  ·{·}·[·]·"·\'·#·&a·*a·!t·|·>·%·@·\t·1e3·no·~·\uFEFF·\0·💥·---·? ·<<·\r\n·,';
const words = fc.constantFrom(...WORDS.split('·'));
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
);
const mutants = fc
  .array(fc.tuple(fc.nat(BENCH.length), fc.nat(30), fc.oneof(words, fc.string({ maxLength: 4 }))), {
    minLength: 1,
    maxLength: 4,
  })
  .map((edits) => edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), BENCH));

void t.test('site: for every text, a site or a fault with a place inside of the text', async () => {
  fc.assert(fc.property(anyText, answersWell), { numRuns: 500 });
});

void t.test('site: for every mutation of a good file, a site or a fault with a place inside of it', async () => {
  fc.assert(fc.property(mutants, answersWell), { numRuns: 500 });
});

void t.test(
  'site: for every line of a good file that is spoilt, the first fault is at that line or names what is missing',
  async (t) => {
    const lines = BENCH.trimEnd().split('\n');
    const keyed = lines.flatMap((line, index) => (/^ *[a-z_0-9]+:( |$)/.test(line) ? [index] : []));
    fc.assert(
      fc.property(fc.constantFrom(...keyed), fc.constantFrom('zz', 'qqq'), (index, stray) => {
        const indent = /^ */.exec(lines[index] ?? '')?.[0] ?? '';
        // A stray key before the line is a sibling of it: unknown in a mapping of ours, badly shaped among names.
        const text = [...lines.slice(0, index), `${indent}${stray}: 7`, ...lines.slice(index)].join('\n');
        return siteProblems(text, 'a').some(({ line }) => line === index + 1);
      }),
    );
    t.equal(told(BENCH).length, 0);
  },
);

void t.test('site: for every secret written into the file itself, no message repeats it', async () => {
  const secrets = fc.stringMatching(/^[a-z]{8,20}[0-9]{2}$/);
  const places = fc.constantFrom(
    (secret: string) => `secret: ${secret}`,
    (secret: string) => `secret: [${secret}]`,
    (secret: string) => `secret: {env: "${secret} ${secret}"}`,
    (secret: string) => `secret: {${secret}: 1}`,
    (secret: string) => `secret: {env: X, ${secret}: 1}`,
    (secret: string) => `secret: &${secret} 1`,
    (secret: string) => `secret: "${secret}`,
    (secret: string) => `secret: ${secret}: ${secret}`,
  );
  fc.assert(
    fc.property(secrets, places, (secret, place) => {
      const text = `${BENCH}    chap:\n      user: u\n      ${place(secret)}\n`;
      const faults = siteProblems(text, 'a');
      return faults.length > 0 && !faults.some((fault) => `${says(fault)} ${fault.mend}`.includes(secret));
    }),
  );
});

const sites = fc
  .record({
    prefix: fc.constantFrom(24, 22, 16),
    count: fc.integer({ min: 1, max: 20 }),
    world: fc.constantFrom('sim', 'emulated', 'real'),
    nic: fc.constantFrom('virtio', 'e1000'),
    memory_mb: fc.integer({ min: 128, max: 65_536 }),
    deadlines: fc.dictionary(
      fc.constantFrom(...STAGES.filter((stage) => !REST_STAGES.some((rest) => rest === stage))),
      fc.integer({ min: 1, max: 999 }).map((n) => `${n}s`),
      { noNullPrototype: true },
    ),
  })
  .map(({ prefix, count, deadlines, ...node }) => ({
    version: 1,
    name: 'made',
    network: { subnet: `10.96.0.0/${prefix}`, server: '10.96.0.1', server_mac: '02:00:00:00:00:AA' },
    boot_file: 'pxe/undionly.kpxe',
    iqn: 'iqn.2026-11.example.made',
    images: { lucid: { kind: 'root' } },
    nodes: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `node-${index}`,
        { ...node, image: 'lucid', mac: `02:00:00:00:01:${hex(index)}`, address: `10.96.0.${index + 2}` },
      ]),
    ),
    deadlines,
  }));

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

void t.test('site: for every site, what is written is what is read', async () => {
  fc.assert(
    // JSON is YAML 1.2: written without a YAML library of our own.
    fc.property(sites, fc.constantFrom(0, 2), (written, indent) => {
      const site = parseSite(JSON.stringify(written, null, indent), 'a');
      const nodes = site.nodes.map((node) => [
        node.id,
        {
          world: node.world,
          nic: node.nic,
          memory_mb: node.memory_mb,
          image: node.image.name,
          mac: node.mac,
          address: node.address,
        },
      ]);
      const deadlines = Object.entries(site.deadlines).map(([stage, span_ms]) => [stage, `${span_ms / 1000}s`]);
      return (
        isDeepStrictEqual(Object.fromEntries(nodes), written.nodes) &&
        isDeepStrictEqual(Object.fromEntries(deadlines), written.deadlines) &&
        `${site.network.subnet}/${site.network.prefix}` === written.network.subnet &&
        site.network.serverMac === '02:00:00:00:00:aa'
      );
    }),
  );
});

void t.test('schema: the site file -> closed objects, and every key of a full file in it', async (t) => {
  const { properties, required, additionalProperties } = siteSchema();
  t.same(required, ['version', 'name', 'network', 'boot_file', 'iqn', 'images', 'nodes']);
  const keys = Object.keys({ ...(typeof properties === 'object' ? properties : {}) });
  t.equal(keys.join(' '), 'version name network boot_file iqn images nodes pdus deadlines disk');
  t.equal(additionalProperties, false);
});
