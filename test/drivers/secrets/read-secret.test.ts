import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Clock } from '../../../core/clock.js';
import { remedy, says } from '../../../core/faults/fault.js';
import type { SecretReference } from '../../../core/site/hands.js';
import { secretReader, type ReadSecret } from '../../../drivers/secrets/read-secret.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { faultIn } from '../../fault-in.js';

const { signal } = new AbortController();

async function folderWith(t: Test, files: Readonly<Record<string, readonly [text: string, mode: number]>>) {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, [text, mode]] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), mode);
  }
  return folder;
}

function reader(folder: string, environment: Readonly<Record<string, string>> = {}, clock?: Clock): ReadSecret {
  return secretReader({ folder, environment, clock: clock ?? systemClock() });
}

void t.test('secret: from a variable, a file, a command -> its text, without the end of its line', async (t) => {
  const folder = await folderWith(t, {
    kept: ['file secret\n', 0o600],
    windows: ['file secret\r\n', 0o400],
    print: ['#!/bin/sh\ncat kept\n', 0o700],
  });
  const read = reader(folder, { WORD: 'from the environment' });
  const found = (reference: SecretReference) => read(reference, signal);
  t.equal(await found({ from: 'env', name: 'WORD' }), 'from the environment');
  t.equal(await found({ from: 'file', path: 'kept' }), 'file secret');
  t.equal(await found({ from: 'file', path: join(folder, 'windows') }), 'file secret');
  t.equal(await found({ from: 'command', argv: ['cat', 'kept'] }), 'file secret');
  t.equal(await found({ from: 'command', argv: ['./print'] }), 'file secret', 'a program beside the site file');
});

void t.test('secret: a file that was changed -> the new text at the next call', async (t) => {
  const folder = await folderWith(t, { kept: ['old', 0o600] });
  const read = reader(folder);
  t.equal(await read({ from: 'file', path: 'kept' }, signal), 'old');
  await writeFile(join(folder, 'kept'), 'new');
  t.equal(await read({ from: 'file', path: 'kept' }, signal), 'new');
});

void t.test('secret: it cannot be had -> a Fault that says where it was looked for', async (t) => {
  const folder = await folderWith(t, {
    shown: ['x', 0o644],
    grouped: ['x', 0o640],
    empty: ['\n', 0o600],
    long: ['a'.repeat(1025), 0o600],
    lines: ['a\nb\n', 0o600],
    bell: ['a\u0007', 0o600],
  });
  await mkdir(join(folder, 'folder'), { mode: 0o700 });
  const read = reader(folder, { EMPTY: '' });
  const cases: readonly (readonly [SecretReference, object])[] = [
    [
      { from: 'env', name: 'UNSET' },
      { code: 'SEC-001', variable: 'UNSET' },
    ],
    [
      { from: 'env', name: 'EMPTY' },
      { code: 'SEC-007', where: 'the variable EMPTY', why: 'empty' },
    ],
    [
      { from: 'file', path: 'none' },
      { code: 'SEC-002', path: join(folder, 'none'), why: 'ENOENT' },
    ],
    [
      { from: 'file', path: 'folder' },
      { code: 'SEC-002', why: 'EISDIR' },
    ],
    [
      { from: 'file', path: 'shown' },
      { code: 'SEC-003', mode: '644' },
    ],
    [
      { from: 'file', path: 'grouped' },
      { code: 'SEC-003', mode: '640' },
    ],
    [
      { from: 'file', path: 'empty' },
      { code: 'SEC-007', why: 'empty' },
    ],
    [
      { from: 'file', path: 'long' },
      { code: 'SEC-007', why: 'too long' },
    ],
    [
      { from: 'file', path: 'lines' },
      { code: 'SEC-007', where: 'the file lines', why: 'several lines' },
    ],
    [
      { from: 'file', path: 'bell' },
      { code: 'SEC-007', why: 'control characters' },
    ],
    [
      { from: 'command', argv: ['sh', '-c', 'exit 3'] },
      { code: 'SEC-005', program: 'sh', exitCode: 3 },
    ],
    [
      { from: 'command', argv: ['sh', '-c', 'kill -9 $$'] },
      { code: 'SEC-005', exitCode: null },
    ],
    [
      { from: 'command', argv: ['true'] },
      { code: 'SEC-007', where: 'what true prints', why: 'empty' },
    ],
    [{ from: 'command', argv: ['no-such-program-here'] }, { code: 'HOST-001' }],
  ];
  for (const [reference, fault] of cases) {
    t.match(await faultIn(read(reference, signal)), fault);
  }
});

void t.test('secret: a command that never ends -> SEC-006 after its limit, and the command is gone', async (t) => {
  // Its limit passes at once: the driver knows time only from its clock.
  const clock: Clock = { ...systemClock(), setTimer: (_, fire) => systemClock().setTimer(0, fire) };
  const read = reader(tmpdir(), {}, clock);
  const fault = await faultIn(read({ from: 'command', argv: ['sleep', '600'] }, signal));
  t.match(fault, { code: 'SEC-006', program: 'sleep', waited_ms: 10_000 });
});

void t.test('secret: aborted before or meanwhile -> it rejects, and is no Fault', async (t) => {
  const read = reader(tmpdir(), { WORD: 'x' });
  await t.rejects(read({ from: 'env', name: 'WORD' }, AbortSignal.abort()), { name: 'AbortError' });
  const leaving = new AbortController();
  const waiting = read({ from: 'command', argv: ['sleep', '600'] }, leaving.signal);
  leaving.abort();
  await t.rejects(waiting, { name: 'AbortError' });
});

void t.test('secret: for every text that a command prints or a variable holds, no Fault repeats it', async () => {
  const texts = fc
    .stringMatching(/^[a-z]{8,20}[0-9]{2}$/)
    .chain((word) =>
      fc.constantFrom(`${word}\n${word}`, `${word}\u0001`, word.repeat(120)).map((text) => ({ word, text })),
    );
  await fc.assert(
    fc.asyncProperty(texts, async ({ word, text }) => {
      const fault = await faultIn(reader('/', { WORD: text })({ from: 'env', name: 'WORD' }, signal));
      return !`${says(fault)} ${remedy(fault)} ${JSON.stringify(fault)}`.includes(word);
    }),
  );
});
