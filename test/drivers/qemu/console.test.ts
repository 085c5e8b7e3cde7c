import t from 'tap';
import fc from 'fast-check';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleTextReader, type ConsoleText } from '../../../drivers/qemu/console-text.js';
import { openConsole } from '../../../drivers/qemu/console.js';
import { VirtualClock } from '../../../sim/clock.js';
import { pieces } from './fixtures.js';

void t.test('console text: what SeaBIOS and iPXE really send -> lines without escapes', async (t) => {
  const bytes =
    '\u001bc\u001b[?7l\u001b[2J\u001b[0mSeaBIOS (version 1.16.2)\r\n\n\n' +
    '\u001b[0;1miPXE 1.0.0+git-20190125.36a4c85-5.1\u001b[0m ' +
    '-- Open Source Network Boot Firmware -- \u001b[0;36mhttp\r\n' +
    '://ipxe.org\r\n\u001b[0mFeatures: DNS\r\nPress Ctrl-B...\b \b\b \b\bnet0: open\r\nGRUB loading.';
  t.strictSame(consoleTextReader()(Buffer.from(bytes)), [
    whole('SeaBIOS (version 1.16.2)'),
    whole('iPXE 1.0.0+git-20190125.36a4c85-5.1 -- Open Source Network Boot Firmware -- http://ipxe.org'),
    whole('Features: DNS'),
    whole('Press Ctrl-B...'),
    whole('net0: open'),
    { text: 'GRUB loading.', isWhole: false },
  ]);
});

void t.test('console text: for every console and every cutting of its bytes -> the same whole lines', async (t) => {
  const words = fc.constantFrom(
    'SeaBIOS',
    '\r\n',
    '\n',
    '\r',
    '\b',
    '\u001b[2J',
    '\u001b[0;1m',
    '\u001b[5;1H',
    'x'.repeat(80),
    'é',
    ' ',
    '\u001b',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), fc.array(fc.nat(9), { maxLength: 30 }), (list, cuts) => {
      const bytes = Buffer.from(list.join(''));
      const read = consoleTextReader();
      const cut = pieces(bytes, cuts).flatMap((piece) => [...read(piece)]);
      t.strictSame(wholeLines(cut), wholeLines(consoleTextReader()(bytes)));
    }),
  );
});

void t.test('console: a banner, twice -> one key each; the log holds every byte', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'console-'));
  const path = join(directory, 'root1.log');
  const keys: string[] = [];
  const opened = openConsole({
    clock: new VirtualClock(),
    path,
    onText() {},
    sendKey: (key) => keys.push(key),
    onFault: (fault) => t.fail(fault.code),
  });
  const sent = [
    'Press Ctrl-B for the iPXE comm',
    'and line...',
    '\b \b',
    '\r\n',
    'Press Ctrl-B for the iPXE command line\u001b[0m',
    '...\r\n',
    '\u0000\u00ff',
  ];
  for (const text of sent) opened.take(Buffer.from(text, 'latin1'));
  await opened.close();
  t.strictSame(keys, [' ', ' ']);
  t.equal(await readFile(path, 'latin1'), sent.join(''));
  await rm(directory, { recursive: true });
});

void t.test('console: the log cannot be written -> QMU-011, and reading goes on', async (t) => {
  const faults: unknown[] = [];
  const texts: ConsoleText[] = [];
  const opened = openConsole({
    clock: new VirtualClock(),
    path: '/nowhere/root1.log',
    onText: (text) => texts.push(text),
    sendKey() {},
    onFault: (fault) => faults.push(fault),
  });
  opened.take(Buffer.from('a\n'));
  await opened.close();
  t.match(faults, [{ code: 'QMU-011', why: 'ENOENT' }]);
  t.strictSame(texts, [whole('a')]);
});

function whole(text: string): ConsoleText {
  return { text, isWhole: true };
}

function wholeLines(texts: readonly ConsoleText[]): readonly string[] {
  return texts.filter((text) => text.isWhole).map((text) => text.text);
}
