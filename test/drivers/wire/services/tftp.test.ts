import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import t from 'tap';
import fc from 'fast-check';
import type { Ipv4 } from '../../../../drivers/wire/address.js';
import { fileOf, netascii } from '../../../../drivers/wire/services/tftp/file.js';
import { negotiate } from '../../../../drivers/wire/services/tftp/negotiate.js';
import {
  OPCODE,
  ackPacket,
  errorPacket,
  parseTftp,
  requestPacket,
} from '../../../../drivers/wire/services/tftp/packet.js';
import { bindTftp } from '../../../../drivers/wire/services/tftp/server.js';
import { randomBytes } from './lab.js';
import { CLIENT, NO_OPTIONS, download, serve, type Weather } from './tftp-lab.js';

const weathers: fc.Arbitrary<Weather> = fc.record({
  seed: fc.nat(1_000_000),
  loses: fc.constantFrom(0, 1, 10, 40),
  doubles: fc.constantFrom(0, 1, 20, 100),
  delay_ms: fc.constantFrom(0, 1, 20, 300),
});
const wishes = fc
  .record({
    blksize: fc.option(fc.constantFrom('8', '100', '1468', '65464')),
    windowsize: fc.option(fc.constantFrom('1', '2', '7', '64')),
    tsize: fc.option(fc.constant('0')),
  })
  .map((record) => new Map(Object.entries(record).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))));

void t.test('for every weather, size and option, the file arrives exactly and is told loaded once', async (t) => {
  const sizes = fc.oneof(fc.nat(4000), fc.constantFrom(0, 1, 511, 512, 513, 1024, 1468 * 3));
  fc.assert(
    fc.property(sizes, wishes, weathers, (size_bytes, options, weather) => {
      const bytes = randomBytes(size_bytes);
      const { served, client } = download(bytes, options, weather);
      ok(client.result()?.equals(bytes), `arrived: ${client.error()}`);
      deepStrictEqual(served.loaded, ['file']);
      equal(served.server.transfers(), 0);
    }),
    { numRuns: 200 },
  );
  t.pass();
});

void t.test('for every quick link that doubles all, each block is sent once: no apprentice', async (t) => {
  fc.assert(
    fc.property(fc.nat(20_000), wishes, fc.nat(1000), (size_bytes, options, seed) => {
      const weather = { seed, loses: 0, doubles: 100, delay_ms: 0 };
      const { served } = download(randomBytes(size_bytes), options, weather);
      const ports = new Set(served.sent.map(({ port }) => port));
      const sent = served.sent.filter(({ payload }) => payload.readUInt16BE(0) === OPCODE.data).length;
      const { blockSize_bytes, window_blocks } = negotiate(options, size_bytes);
      // The doubled request has its window sent again, or in a second transfer, which the client then refuses.
      const blocks = Math.floor(size_bytes / blockSize_bytes) + 1;
      ok(sent <= blocks + ports.size * window_blocks, `${sent} sent for ${blocks}`);
    }),
  );
  t.pass();
});

void t.test('more than 65,535 blocks: numbers roll over to 0 -> exact', async (t) => {
  const bytes = randomBytes(8 * 66_000 + 3);
  const options = new Map(Object.entries({ blksize: '8', windowsize: '64' }));
  const { client } = download(bytes, options, { seed: 3, loses: 0, doubles: 0, delay_ms: 0 });
  t.ok(client.result()?.equals(bytes));
});

void t.test('a client that falls silent -> 1, 2, 4, 8, 8, 8 s apart, then given up', async (t) => {
  const { clock, say, take, server, loaded } = serve({ file: randomBytes(2000) });
  say(69, requestPacket('file', 'octet', NO_OPTIONS));
  const times: number[] = [];
  for (let at_s = 0; at_s < 100; at_s++) {
    times.push(...take().map(() => at_s));
    clock.run(clock.now() + 1000);
  }
  t.strictSame(times, [0, 1, 3, 7, 15, 23]);
  t.strictSame([server.transfers(), clock.step(), loaded], [0, false, []]);
});

void t.test(
  'the server is closed while files are on their way -> nothing is sent any more, and nothing is waited for',
  async (t) => {
    const { clock, say, take, server, loaded } = serve({ file: randomBytes(2000) });
    say(69, requestPacket('file', 'octet', NO_OPTIONS));
    t.equal(take().length, 1);
    server.close();
    t.strictSame([server.transfers(), clock.step(), take(), loaded], [0, false, [], []]);
  },
);

void t.test('the client names a timeout -> its own interval', async (t) => {
  const { clock, say, take } = serve({ file: randomBytes(2000) });
  say(69, requestPacket('file', 'octet', new Map([['timeout', '3']])));
  take();
  clock.run(clock.now() + 2999);
  t.equal(take().length, 0);
  clock.run(clock.now() + 1);
  t.equal(take().length, 1);
});

void t.test('a repeated acknowledgement: at once -> ignored; after 200 ms -> what comes next again', async (t) => {
  const { clock, say, take } = serve({ file: randomBytes(2000) });
  say(69, requestPacket('file', 'octet', NO_OPTIONS));
  const [first] = take();
  const port = first?.port ?? 0;
  say(port, ackPacket(1));
  take();
  say(port, ackPacket(1));
  say(port, ackPacket(0));
  say(port, ackPacket(7));
  t.equal(take().length, 0);
  clock.run(clock.now() + 200);
  say(port, ackPacket(1));
  t.strictSame(
    take().map(({ payload }) => payload.readUInt16BE(2)),
    [2],
  );
});

void t.test('iPXE asks for the size, breaks off, and asks again -> a new transfer', async (t) => {
  const { say, take, server, loaded } = serve({ file: randomBytes(100) });
  say(69, requestPacket('file', 'octet', new Map([['tsize', '0']])));
  const [first] = take();
  t.equal(first?.payload.toString('latin1', 2), 'tsize\x00100\x00');
  say(first?.port ?? 0, errorPacket(8, 'only asking'));
  t.strictSame([take(), server.transfers()], [[], 0]);
  say(69, requestPacket('file', 'octet', NO_OPTIONS));
  const [second] = take();
  say(second?.port ?? 0, ackPacket(1));
  t.strictSame([second?.payload.length, loaded, server.transfers()], [104, ['file'], 0]);
  say(second?.port ?? 0, ackPacket(1));
  t.equal(take().length, 0, 'a late acknowledgement is no unknown transfer');
});

void t.test(
  'the same request twice: before and after progress -> the answer again, then a transfer apart',
  async (t) => {
    const { say, take, server } = serve({ file: randomBytes(2000) });
    const request = requestPacket('file', 'octet', NO_OPTIONS);
    say(69, request);
    say(69, request);
    const [first, again] = take();
    t.strictSame(again, first);
    say(first?.port ?? 0, ackPacket(1));
    take();
    say(69, request);
    const [other] = take();
    t.not(other?.port, first?.port);
    t.equal(server.transfers(), 2);
    say(other?.port ?? 0, errorPacket(5, 'not mine'));
    say(first?.port ?? 0, ackPacket(2));
    t.strictSame(
      take().map(({ payload }) => payload.readUInt16BE(2)),
      [3],
    );
  },
);

const refusals: readonly (readonly [string, number, Buffer, number])[] = [
  ['a file that is not there', 69, requestPacket('nope', 'octet', NO_OPTIONS), 1],
  ['a write', 69, Buffer.from('\x00\x02file\x00octet\x00', 'latin1'), 2],
  ['mode mail', 69, requestPacket('file', 'mail', NO_OPTIONS), 4],
  ['data at port 69', 69, Buffer.from([0, 3, 0, 1, 9]), 4],
  ['an acknowledgement of no transfer', 49_160, ackPacket(1), 5],
  ['netascii of more than 1 MiB', 69, requestPacket('long', 'netascii', NO_OPTIONS), 0],
];
for (const [what, to, payload, code] of refusals) {
  void t.test(`${what} -> error ${code}`, async (t) => {
    const { say, take, server } = serve({ file: Buffer.alloc(9), long: Buffer.alloc((1 << 20) + 1) });
    say(to, payload);
    const [answer, ...more] = take();
    t.strictSame(answer === undefined ? null : parseTftp(answer.payload), {
      kind: 'error',
      code,
      text: answer?.payload.toString('latin1', 4, answer.payload.length - 1),
    });
    t.strictSame([answer?.port, answer?.to, more.length, server.transfers()], [to, 2000, 0, 0]);
  });
}

void t.test('a ninth transfer of one client, a 257th in all -> error 0, others go on', async (t) => {
  const { say, take, server } = serve({ file: randomBytes(2000) });
  const request = requestPacket('file', 'octet', NO_OPTIONS);
  for (let port = 0; port < 9; port++) say(69, request, { port: 3000 + port });
  t.strictSame([server.transfers(), take().at(-1)?.payload.readUInt32BE(0)], [8, 0x50000]);
  for (let client = 1; client < 40; client++) {
    for (let port = 0; port < 8; port++) say(69, request, { port, address: (CLIENT + client) as Ipv4 });
  }
  t.strictSame([server.transfers(), take().at(-1)?.payload.readUInt32BE(0)], [256, 0x50000]);
});

void t.test('for every string of bytes on any port, no throw, and an ERROR is never answered', async (t) => {
  const spoilt = fc
    .tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 9), fc.uint8Array({ maxLength: 60 }))
    .map(([opcode, rest]) => Buffer.from([0, opcode, ...rest]));
  const { say, take } = serve({ file: randomBytes(2000) });
  fc.assert(
    fc.property(
      fc.oneof(
        spoilt,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      fc.boolean(),
      (payload, isFirst) => {
        say(isFirst ? 69 : 49_152, payload);
        const answers = take();
        ok(answers.length <= 1);
        if (payload.length >= 4 && payload.readUInt16BE(0) === OPCODE.error) equal(answers.length, 0);
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});

void t.test('for every name, mode and options, a request is parsed back', async (t) => {
  const word = fc.stringMatching(/^[a-z][ -~]{0,20}$/).map((text) => text.toLowerCase());
  fc.assert(
    fc.property(word, word, fc.dictionary(word, word), (file, mode, record) => {
      const options = new Map(Object.entries(record));
      deepStrictEqual(parseTftp(requestPacket(file, mode, options)), { kind: 'read', file, mode, options });
    }),
  );
  t.pass();
});

void t.test('options: in and out of bounds -> granted, cut to what a frame holds, or left unsaid', async (t) => {
  const granted = (asked: Record<string, string>): unknown =>
    Object.fromEntries(negotiate(new Map(Object.entries(asked)), 4321).granted);
  t.strictSame(granted({ blksize: '1432', tsize: '0' }), { blksize: '1432', tsize: '4321' });
  t.strictSame(granted({ blksize: '65464', windowsize: '65535' }), { blksize: '1468', windowsize: '64' });
  t.strictSame(granted({ blksize: '7', windowsize: '0', timeout: '0' }), {});
  t.strictSame(granted({ blksize: '65465', timeout: '256', multicast: '' }), {});
  t.strictSame(granted({ timeout: '255', blksize: '-8', windowsize: '1e1' }), { timeout: '255' });
});

void t.test('netascii: LF and CR -> CR LF and CR NUL', async (t) => {
  const text = netascii(fileOf(Buffer.from('a\nb\r\nc\r')));
  t.equal(text?.read(0, text.size_bytes).toString('latin1'), 'a\r\nb\r\0\r\nc\r\0');
});

void t.test('a leading slash -> the same file; binding -> port 69 and all transfer ports, and off again', async (t) => {
  const { say, take, server } = serve({ file: Buffer.alloc(9) });
  say(69, requestPacket('/file', 'octet', NO_OPTIONS));
  t.equal(take()[0]?.payload.length, 13);
  const ports = new Set<number>();
  const unbind = bindTftp(server, (port) => {
    ports.add(port);
    return () => ports.delete(port);
  });
  t.strictSame([ports.has(69), ports.size], [true, 33]);
  unbind();
  t.equal(ports.size, 0);
});
