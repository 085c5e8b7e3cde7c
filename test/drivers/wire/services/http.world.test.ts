import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runProcess } from '../../../../drivers/process/run.js';
import { nodeStream } from '../../../../drivers/wire/node-stream.js';
import { serveHttp } from '../../../../drivers/wire/services/http/http.js';
import { pattern } from './tcp-lab.js';

// curl against our HTTP server, over a loopback socket and the adapter that makes a stream of it.

const LARGE = pattern(32 << 20, 1);
const folder = mkdtempSync(join(tmpdir(), 'http-'));

/** The most that a socket held for a client, sampled whenever a piece is read. */
let held_bytes = 0;
const server: Server = createServer((socket) => {
  serveHttp(nodeStream(socket), (path) => {
    if (path !== '/large') return null;
    const read = (offset: number, length: number): Buffer => {
      held_bytes = Math.max(held_bytes, socket.writableLength);
      return LARGE.subarray(offset, offset + length);
    };
    return { size_bytes: LARGE.length, read };
  });
});
await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
const address = server.address();
const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
t.teardown(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function curl(
  ...argv: readonly string[]
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const { exitCode, output } = await runProcess({ argv: ['curl', '-sS', '-m', '60', ...argv] });
  return { exitCode, output: output.toString('latin1') };
}

function got(name: string): Buffer {
  return readFileSync(join(folder, name));
}

await t.test('http: curl fetches 32 MiB -> byte for byte, and little is held for it', async (t) => {
  t.match(await curl('-o', join(folder, 'all'), '-w', '%{http_code}', `${url}/large`), { exitCode: 0, output: '200' });
  t.ok(got('all').equals(LARGE));
  t.ok(held_bytes < 2 << 20, `${held_bytes} bytes were held`);
});

await t.test('http: curl asks for parts -> 206 and just those, 416 beyond the end', async (t) => {
  const part = join(folder, 'part');
  t.match(await curl('-o', part, '-w', '%{http_code}', '-r', '1000000-2999999', `${url}/large`), { output: '206' });
  t.ok(got('part').equals(LARGE.subarray(1_000_000, 3_000_000)));
  t.match(await curl('-o', part, '-w', '%{http_code}', '-r', '-5', `${url}/large`), { output: '206' });
  t.ok(got('part').equals(LARGE.subarray(-5)));
  t.match(await curl('-o', part, '-w', '%{http_code}', '-r', '99999999-', `${url}/large`), { output: '416' });
});

await t.test('http: curl asks several times -> one connection serves them all', async (t) => {
  const format = ['-w', '%{http_code} %{num_connects}\n', '-o', join(folder, 'some')];
  const { output } = await curl(
    '-I',
    ...format,
    `${url}/large`,
    ...format,
    `${url}/nothing`,
    ...format,
    `${url}/large`,
  );
  t.same(output.trim().split('\n'), ['200 1', '404 0', '200 0']);
});

await t.test('http: curl posts a body nobody reads -> 405, and the connection goes on', async (t) => {
  const format = ['-w', '%{http_code} %{num_connects}\n', '-o', join(folder, 'some')];
  const post = await curl(
    '-d',
    // Short enough to leave with its head: of a longer one curl stops sending at the answer, and hangs up.
    'x'.repeat(100),
    ...format,
    `${url}/large`,
    '--next',
    '-sS',
    '-r',
    '0-4',
    ...format,
    `${url}/large`,
  );
  t.same(post.output.trim().split('\n'), ['405 1', '206 0']);
});

await t.test('http: curl gives up half-way -> the server goes on serving others', async (t) => {
  const { exitCode } = await curl('--limit-rate', '1M', '-m', '0.3', '-o', join(folder, 'cut'), `${url}/large`);
  t.equal(exitCode, 28, 'its time was up');
  t.match(await curl('-r', '0-3', '-o', join(folder, 'some'), '-w', '%{http_code}', `${url}/large`), { output: '206' });
});
