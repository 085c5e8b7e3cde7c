import t, { type Test } from 'tap';
import type { NodeId } from '../../core/ids.js';
import type { ConsolePort } from '../../core/ports/console.js';
import { ear } from './ear.js';
import { faultIn } from '../fault-in.js';

export interface OpenedConsole extends AsyncDisposable {
  readonly console: ConsolePort;
  /** A node whose console has said nothing yet. */
  readonly node: NodeId;
  /** The node says this. */
  readonly say: (text: string) => void;
  /** Comes when the node was typed this. */
  readonly typed: (text: string) => Promise<unknown>;
}

/** What every driver of ConsolePort keeps to. */
export function consoleContract(name: string, open: () => Promise<OpenedConsole>): void {
  void t.test(`console contract: ${name}`, async (t) => {
    const opened = await open();
    t.teardown(() => opened[Symbol.asyncDispose]());
    await tryConsole(t, opened);
  });
}

const { signal } = new AbortController();

async function tryConsole(t: Test, { console, node, say, typed }: OpenedConsole): Promise<void> {
  const writer = ear('writer', true);
  const reader = ear('reader', false);

  await t.test('console: the signal was aborted before -> it rejects, and takes no place', async (t) => {
    await t.rejects(console.attach(node, ear('gone', true), AbortSignal.abort()));
  });
  const writing = await console.attach(node, writer, signal);
  const watching = await console.attach(node, reader, signal);
  await writer.untilLine(true);

  await t.test('console: the node talks -> all hear the same, every byte of it', async (t) => {
    say('caf\u00e9 \u001b[1m\u0000\u00ff\r\nSeaBIOS (version 1.16.2)\r\n');
    await Promise.all([writer.until('1.16.2)\r\n'), reader.until('1.16.2)\r\n')]);
    t.equal(writer.text(), reader.text());
    t.ok(writer.text().includes('caf\u00e9 \u001b[1m\u0000\u00ff\r\n'));
  });

  await t.test('console: firmware talks -> nothing is typed unless it is forced', async (t) => {
    t.match(await faultIn(writing.type('\u0003')), { code: 'CON-004', side: 'firmware' });
    await writing.type('forced', { isForced: true });
    await typed('forced');
    t.pass();
  });

  await t.test('console: a shell asks -> the one who writes types, any byte; the others may not', async (t) => {
    say('root@node:~# ');
    await writer.until('root@node:~# ');
    await writing.type('~.\r~?\u0003\u00e9\u001b[A done');
    await typed('~.\r~?\u0003\u00e9\u001b[A done');
    t.match(await faultIn(watching.type('x')), { code: 'CON-003' });
    t.match(await faultIn(console.attach(node, ear('second', true), signal)), { code: 'CON-002', by: 'writer' });
  });

  await t.test('console: the writer leaves -> it hears nothing more, and another one may write', async (t) => {
    writing.leave();
    writing.leave();
    const next = await console.attach(node, ear('next', true), signal);
    say('after\r\n# ');
    await reader.until('after\r\n# ');
    t.notOk(writer.text().includes('after'));
    t.match(await faultIn(writing.type('x')), { code: 'CON-003' });
    await next.type('next');
    await typed('next');
  });
}
