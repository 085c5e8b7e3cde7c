import t from 'tap';
import { arrows } from './arrows.js';
import { deadFiles } from './dead-files.js';
import { lockFile, machinePaths, oneTitle, topLevel } from './documents.js';
import { bannedNames, fileNames } from './names.js';
import { columns, fileLength, functionLength, parameters } from './sizes.js';
import { noAny, noDefaultExport, noEnum, noNonNull } from './syntax.js';
import { importsOf, resolved } from './syntax-tree.js';
import type { Rule } from './text-file.js';

interface Sample {
  readonly path?: string;
  readonly text: string;
  /** Lines that are complained about. */
  readonly lines: readonly number[];
}

function lines(count: number, line: string): string {
  return `${line}\n`.repeat(count);
}

const long = (start: string, end: string): string => `${start}\n${lines(49, '  f();')}${end}`;

const SAMPLES: readonly (readonly [string, Rule, readonly Sample[]])[] = [
  [
    'columns',
    columns,
    [
      { text: `a\n${'x'.repeat(120)}\n${'x'.repeat(121)}`, lines: [3] },
      { text: '💥'.repeat(120), lines: [] },
    ],
  ],
  [
    'file length',
    fileLength,
    [
      { text: lines(300, 'x'), lines: [] },
      { text: lines(301, 'x'), lines: [301] },
      { path: 'test/a.test.ts', text: lines(500, 'x'), lines: [] },
      { path: 'test/a.test.ts', text: lines(501, 'x'), lines: [501] },
    ],
  ],
  [
    'function length',
    functionLength,
    [
      { text: long('function a() {', '}'), lines: [1] },
      { text: long('const a = () => {', '};'), lines: [1] },
      { text: long('\nclass A { a() {', '} }'), lines: [2] },
      { text: `/** ${lines(60, 'x')} */ function a() {}`, lines: [] },
      { text: long("t.test('a', async (t) => {", '});'), lines: [] },
      { text: long("t.test('a', async (t) => { const f = () => {", '}; });'), lines: [1] },
    ],
  ],
  [
    'parameters',
    parameters,
    [
      { text: 'function a(b: 1, c: 2, d: 3): void {}', lines: [] },
      { text: 'function a(this: 0, b: 1, c: 2, d: 3): void {}', lines: [] },
      { text: 'function a(b: 1, c: 2, d: 3, e: 4): void {}', lines: [1] },
      { text: 'const a = (b: 1, c: 2, d: 3, e: 4) => 0;', lines: [1] },
      { text: 'class A { constructor(b: 1, c: 2, d: 3, e: 4) {} }', lines: [1] },
      { text: 'type A = (b: 1, c: 2, d: 3, e: 4) => 0;', lines: [] },
    ],
  ],
  [
    'any',
    noAny,
    [
      { text: 'let a: any;\nlet b: any[];', lines: [1, 2] },
      { text: "let a: unknown; // any\nlet b = 'any';", lines: [] },
    ],
  ],
  [
    'default export',
    noDefaultExport,
    [
      { text: 'export default 1;', lines: [1] },
      { text: 'export default function a() {}', lines: [1] },
      { text: 'export const a = 1;\nswitch (a) { default: break; }', lines: [] },
    ],
  ],
  ['non-null', noNonNull, [{ text: 'a!.b;\n!a;\na !== b;', lines: [1] }]],
  ['enum', noEnum, [{ text: 'enum A { b }\nconst c = 1;', lines: [1] }]],
  [
    'arrows',
    arrows,
    [
      { path: 'core/a.ts', text: "import { b } from './b.js';\nimport { c } from '../sim/c.js';", lines: [2] },
      { path: 'core/a/b.ts', text: "export { c } from '../../drivers/wire/c.js';", lines: [1] },
      { path: 'sim/a.ts', text: "import '../core/b.js';\nimport '../drivers/wire/c.js';", lines: [2] },
      {
        path: 'tui/a.ts',
        text: "import '../core/b.js';\nimport '../drivers/c/d.js';\nimport '../sim/e.js';",
        lines: [],
      },
      { path: 'drivers/wire/a/b.ts', text: "import '../c.js';\nimport '../d/e.js';", lines: [] },
      { path: 'drivers/qemu/a.ts', text: "import '../process/b.js';\nimport '../system-clock/c.js';", lines: [] },
      { path: 'drivers/qemu/a.ts', text: "import '../wire/b.js';", lines: [1] },
      { path: 'drivers/qemu/a.ts', text: "const b = await import('../wire/b.js');", lines: [1] },
      { path: 'drivers/qemu/a.ts', text: "new Worker(new URL('../wire/b.js', import.meta.url));", lines: [1] },
      { path: 'core/site/a.ts', text: "import { z } from 'zod';\nimport 'yaml';", lines: [] },
      { path: 'core/journal/a.ts', text: "import { z } from 'zod';\nimport 'xstate/graph';", lines: [1, 2] },
      {
        path: 'drivers/qemu/a.ts',
        text: "import 'node:child_process';\nimport 'node:fs';\nimport 'execa';",
        lines: [1, 3],
      },
      { path: 'drivers/process/a.ts', text: "import { spawn } from 'node:child_process';", lines: [] },
      { path: 'tui/dashboard/views.ts', text: "import type { Widgets } from 'blessed';", lines: [1] },
      { path: 'test/a.ts', text: "import '../core/b.js';\nimport 'node:child_process';", lines: [] },
    ],
  ],
  [
    'banned names',
    bannedNames,
    [
      {
        path: 'sim/a.ts',
        text: 'Date.now();\nMath.random();\nsetTimeout(f, 1);\nperformance.now();',
        lines: [1, 2, 3, 4],
      },
      {
        path: 'core/a.ts',
        text: 'clock.setTimeout(f);\nconst a = { setTimeout: 1 };\na.valueOf();\nvalueOf();',
        lines: [],
      },
      { path: 'core/a.ts', text: "import { setTimeout as sleep } from 'node:timers/promises';", lines: [1] },
      { path: 'drivers/system-clock/driver.ts', text: 'setTimeout(f, 1);', lines: [] },
      { path: 'tui/main.ts', text: 'Date.now();', lines: [] },
      { path: 'test/a.ts', text: 'setTimeout(f, 1);', lines: [] },
    ],
  ],
  [
    'file names',
    fileNames,
    [
      { path: 'core/utils.ts', text: '', lines: [1] },
      { path: 'core/string-helpers.ts', text: '', lines: [1] },
      { path: 'core/common/clock.ts', text: '', lines: [1] },
      { path: 'core/index.ts', text: '', lines: [1] },
      { path: 'core/baseline.ts', text: '', lines: [] },
    ],
  ],
  [
    'one title',
    oneTitle,
    [
      { path: 'a.md', text: '# A\n\n## b\n\n```sh\n# not a title\n```\n', lines: [] },
      { path: 'a.md', text: 'words\n', lines: [1] },
      { path: 'a.md', text: '# A\n\n# B\n', lines: [3] },
      { path: 'a.md', text: '\n# A\n', lines: [2] },
    ],
  ],
  [
    'machine paths',
    machinePaths,
    [
      { path: 'a.md', text: 'see /work/x\n(/home/you/x)\n/root/.cache', lines: [1, 2, 3] },
      { path: 'a.sh', text: 'mount /root/dev\ncd ${DIR}/work\ndist/work\n/homework', lines: [] },
    ],
  ],
  [
    'lock file',
    lockFile,
    [{ path: 'package-lock.json', text: '{\n"resolved": "http://a/b.tgz",\n"integrity": "sha512-x"\n}', lines: [2] }],
  ],
];

for (const [name, rule, samples] of SAMPLES) {
  void t.test(`rule ${name}: good and bad samples -> just the bad lines`, async (t) => {
    for (const { path = 'core/a.ts', text, lines: expected } of samples) {
      t.same(
        rule({ path, text }).map(({ line }) => line),
        expected,
        `${path}: ${text.slice(0, 80)}`,
      );
    }
    t.ok(samples.some(({ lines: expected }) => expected.length > 0));
  });
}

void t.test(
  'rule dead files: an import chain from the bin, and one from a test only -> the latter is dead',
  async (t) => {
    const files = [
      { path: 'tui/main.ts', text: "import './cli.js';" },
      { path: 'tui/cli.ts', text: "import type { A } from '../core/a.js';" },
      { path: 'core/a.ts', text: "new URL('./worker.js', import.meta.url);" },
      { path: 'core/worker.ts', text: '' },
      { path: 'core/lonely.ts', text: '' },
      { path: 'test/core/lonely.test.ts', text: "import '../../core/lonely.js';" },
    ];
    t.same(
      deadFiles(files).map(({ path }) => path),
      ['core/lonely.ts'],
    );
  },
);

void t.test('rule top level: a folder that is not in the list -> told', async (t) => {
  t.same(
    topLevel(['core', 'lib', 'docs']).map(({ path }) => path),
    ['lib'],
  );
});

void t.test('imports: every way to name a module -> found, and resolved to its source', async (t) => {
  const text =
    "import a from 'a';\nexport * from './b.js';\nawait import('../c.js');\nimport type { D } from '../../d/e.js';";
  const found = importsOf({ path: 'x/y/z.ts', text }).map(({ specifier }) => resolved('x/y/z.ts', specifier));
  t.same(found, [null, 'x/y/b.ts', 'x/c.ts', 'd/e.ts']);
});
