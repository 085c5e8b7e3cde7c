import fc from 'fast-check';
import t from 'tap';
import { serveHttp, type HttpContent, type HttpFiles } from '../../../../drivers/wire/services/http/http.js';
import { MemoryStream } from './memory-stream.js';
import { pattern, TcpLab } from './tcp-lab.js';

const SMALL = pattern(26, 65);
const LARGE = pattern(300_000, 3);

function content(bytes: Buffer): HttpContent {
  return { size_bytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

const TABLE = new Map([
  ['/small', content(SMALL)],
  ['/large', content(LARGE)],
  ['/empty', content(Buffer.alloc(0))],
  ['/a script', { ...content(Buffer.from('#!ipxe\n')), mediaType: 'text/plain' }],
]);
const files: HttpFiles = (path) => TABLE.get(path) ?? null;

/** What a server says to `pieces`, one after the other, to a client that reads. */
function answersTo(pieces: readonly Buffer[]): { readonly told: Buffer; readonly stream: MemoryStream } {
  const stream = new MemoryStream();
  serveHttp(stream, files);
  for (const piece of pieces) {
    stream.say(piece);
    stream.told();
  }
  return { told: stream.told(), stream };
}

interface Answer {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Reads answers apart; `methods` says which have no body though they tell its length. */
function readAnswers(told: Buffer, methods: readonly string[] = []): readonly Answer[] {
  const answers: Answer[] = [];
  let rest = told;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    const [line = '', ...fieldLines] = rest.toString('latin1', 0, end).split('\r\n');
    const pairs = fieldLines.map((field) => field.split(': '));
    const fields = new Map(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value]));
    const isHead = methods[answers.length] === 'HEAD';
    const length = isHead ? 0 : Number(fields.get('content-length'));
    if (end < 0 || rest.length < end + 4 + length) throw new Error(`cut short: ${line}`);
    answers.push({ status: Number(line.split(' ')[1]), fields, body: rest.subarray(end + 4, end + 4 + length) });
    rest = rest.subarray(end + 4 + length);
  }
  return answers;
}

function ask(text: string): { readonly answer: Answer; readonly isEnded: boolean } {
  const { told, stream } = answersTo([Buffer.from(text, 'latin1')]);
  const [answer, ...others] = readAnswers(told, [text.split(' ')[0] ?? '']);
  if (answer === undefined || others.length > 0) throw new Error(`${others.length} more answers to ${text}`);
  return { answer, isEnded: stream.isEnded };
}

function get(path: string, ...fields: readonly string[]): string {
  return ['GET', path, 'HTTP/1.1\r\n'].join(' ') + ['Host: rig', ...fields, '', ''].join('\r\n');
}

const REQUESTS = [
  get('/small'),
  get('/large'),
  get('/empty'),
  get('/nothing'),
  get('/small', 'Range: bytes=3-5'),
  get('/small', 'Range: bytes=90-'),
  get('/large', 'Range: bytes=-70000'),
  get('/small').replace('GET', 'HEAD'),
  get('/small', 'Content-Length: 11').replace('GET', 'POST') + 'hello world',
  `\r\n\n${get('/small')}`,
  get('/small').replaceAll('\r\n', '\n'),
  get('/small', 'Connection: close'),
  get('/small', ' folded'),
  get('/small', `Cookie: ${'x'.repeat(9000)}`),
];

void t.test('http: for every split of every run of requests, the answers are the same', async (t) => {
  const runs = fc.array(fc.constantFrom(...REQUESTS), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(runs, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (requests, cuts, isByByte) => {
      const all = Buffer.from(requests.join(''), 'latin1');
      const places = isByByte ? [...all.keys()] : cuts.map((cut) => cut % all.length).toSorted((a, b) => a - b);
      const pieces = [0, ...places].map((from, index) => all.subarray(from, places[index] ?? all.length));
      const whole = answersTo([all]);
      const split = answersTo(pieces);
      return whole.told.equals(split.told) && whole.stream.isEnded === split.stream.isEnded && whole.told.length > 0;
    }),
    { numRuns: 200 },
  );
  t.pass();
});

void t.test('http: for every run of arbitrary bytes, nothing is thrown and only refusals are said', async (t) => {
  const words = fc.constantFrom(
    'GET ',
    '/small',
    ' HTTP/1.1',
    '\r\n',
    '\n',
    'Host: a',
    'Range: bytes=',
    '1-2',
    ': ',
    '%2',
  );
  const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  const pieces = fc.array(
    fc.oneof(
      noise,
      words.map((word) => Buffer.from(word)),
    ),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(pieces, (all) => {
      const { told } = answersTo(all);
      return told.length === 0 || told.toString('latin1', 0, 9) === 'HTTP/1.1 ';
    }),
    { numRuns: 500 },
  );
  t.pass();
});

void t.test('http: for every range and size, the part is what the content has there', async (t) => {
  const places = fc.nat({ max: 40 });
  const paths = fc.constantFrom('/small', '/empty');
  const asked = fc.record({ path: paths, first: places, more: places, kind: fc.nat(2) });
  fc.assert(
    fc.property(asked, ({ path, first, more, kind }) => {
      const bytes = path === '/small' ? SMALL : Buffer.alloc(0);
      const text = [`${first}-${first + more}`, `${first}-`, `-${first}`][kind] ?? '';
      const expected =
        kind === 2
          ? bytes.subarray(bytes.length - Math.min(first, bytes.length))
          : bytes.subarray(first, kind === 1 ? 99 : first + more + 1);
      const { answer } = ask(get(path, `Range: bytes=${text}`));
      if (expected.length === 0)
        return answer.status === 416 && answer.fields.get('content-range') === `bytes */${bytes.length}`;
      const [, from, to] = /^bytes (\d+)-(\d+)\/26$/.exec(answer.fields.get('content-range') ?? '') ?? [];
      return answer.status === 206 && answer.body.equals(expected) && Number(to) - Number(from) + 1 === expected.length;
    }),
  );
  t.pass();
});

void t.test('http: requests that are served -> 200 and what was asked for', async (t) => {
  const whole = ask(get('/small'));
  t.match(whole.answer, { status: 200, body: SMALL });
  t.equal(whole.answer.fields.get('accept-ranges'), 'bytes');
  t.equal(whole.isEnded, false, 'kept alive');
  t.match(ask(get('/large')).answer, { status: 200, body: LARGE });
  t.match(ask(get('/empty')).answer, { status: 200, body: Buffer.alloc(0) });
  t.equal(ask(get('/a%20script?node=1')).answer.fields.get('content-type'), 'text/plain');
  t.match(ask(get('http://rig:80/small')).answer, { status: 200, body: SMALL });
  const head = ask(get('/large').replace('GET', 'HEAD'));
  t.equal(head.answer.fields.get('content-length'), '300000');
  t.equal(ask(get('/small', 'Connection: Close')).isEnded, true);
  t.equal(ask('GET /small HTTP/1.0\r\n\r\n').isEnded, true);
  t.equal(ask('GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\n').isEnded, false);
  for (const range of ['lines=1-2', 'bytes=5-3', 'bytes=1-2,4-5', 'bytes=-', 'bytes=x']) {
    t.equal(ask(get('/small', `Range: ${range}`)).answer.status, 200, `${range} is ignored`);
  }
  t.equal(ask(get('/small', 'Range: bytes=1-2', 'If-Range: "tag"')).answer.status, 200);
});

void t.test('http: requests that are refused -> the status says why', async (t) => {
  for (const path of ['/nothing', '/../small', '/%2e%2e/small', '//small', '/small/', '/%00']) {
    t.match(ask(get(path)), { answer: { status: 404 }, isEnded: false }, path);
  }
  t.match(ask(get('/small').replace('GET', 'PUT')).answer.fields.get('allow'), 'GET, HEAD');
  const bad: readonly (readonly [number, string])[] = [
    [400, get('/%zz')],
    [400, get('small')],
    [400, 'GET  /small HTTP/1.1\r\nHost: a\r\n\r\n'],
    [400, 'GET /small\r\n\r\n'],
    [400, 'GET /small HTTP/1.1\r\n\r\n'],
    [400, get('/small', 'Host: another')],
    [400, get('/small', 'Range : bytes=1-2')],
    [400, get('/small', 'Range: bytes=1-2', '\tfolded')],
    [400, get('/small', 'Content-Length: two')],
    [400, get('/small', 'Content-Length: 2', 'Content-Length: 3')],
    [400, get('/small', 'Content-Length: 2', 'Transfer-Encoding: chunked')],
    [431, get('/small', `Cookie: ${'x'.repeat(8192)}`)],
    [431, 'x'.repeat(8192)],
    [501, get('/small', 'Transfer-Encoding: chunked')],
    [505, 'GET /small HTTP/2.0\r\nHost: a\r\n\r\n'],
  ];
  for (const [status, text] of bad) t.match(ask(text), { answer: { status }, isEnded: true }, text.slice(0, 60));
});

void t.test(
  'http: a client asks much and reads nothing -> little is held for it, and it gets all when it reads',
  async (t) => {
    const stream = new MemoryStream(200_000);
    serveHttp(stream, files);
    const requests = Buffer.from(get('/large').repeat(50));
    for (let at = 0; at < requests.length; at += 100) stream.say(requests.subarray(at, at + 100));
    t.ok(stream.most_bytes < 300_000, `${stream.most_bytes} bytes are held`);
    stream.finish();
    const answers = readAnswers(stream.told());
    t.equal(answers.length, 50);
    t.ok(answers.every((answer) => answer.body.equals(LARGE)));
    t.ok(stream.isEnded);
  },
);

void t.test(
  'http: the content cannot be read to its end -> the connection is reset, not ended as if all were there',
  async (t) => {
    const stream = new MemoryStream();
    serveHttp(stream, () => ({ ...content(SMALL), size_bytes: 100 }));
    stream.say(Buffer.from(get('/torn')));
    t.ok(stream.isAborted);
  },
);

void t.test('http: over our TCP on a bad wire -> every answer comes whole and in order', async (t) => {
  const lab = new TcpLab(21, { loss: 0.05, duplication: 0.02, corruption: 0.02, jitter_ms: 1 });
  lab.tcp.listen(80, (stream) => serveHttp(stream, files));
  const peer = lab.peer(1024, { serverPort: 80 });
  peer.write(Buffer.from(`${get('/large')}${get('/small', 'Range: bytes=-2')}${get('/large', 'Connection: close')}`));
  peer.connect();
  lab.clock.run(60_000, () => peer.hasSeenEnd);
  const answers = readAnswers(peer.received);
  t.same(
    answers.map((answer) => answer.status),
    [200, 206, 200],
  );
  t.ok(answers[2]?.body.equals(LARGE));
});
