import fc from 'fast-check';
import t from 'tap';
import { serveHttp } from '../../../../drivers/wire/services/http/http.js';
import { contentOf, type HttpCaller, type HttpService } from '../../../../drivers/wire/services/http/service.js';
import { MemoryStream } from './memory-stream.js';
import { pattern, TcpLab } from './tcp-lab.js';

const LARGE = pattern(300_000, 5);

interface Given {
  /** What a stream says, a chunk at a time. */
  readonly chunks?: readonly Buffer[];
  /** Where it breaks. */
  readonly failsAfter?: number;
}

/** A service that repeats what is posted and streams what it was given; it notes who asks and which streams end. */
function open({ chunks = [LARGE], failsAfter = Infinity }: Given = {}) {
  const callers: HttpCaller[] = [];
  const noted = { ended: 0, read: 0 };
  async function* say(): AsyncIterable<Buffer> {
    try {
      for (const [index, chunk] of chunks.entries()) {
        if (index >= failsAfter) throw new Error('the source broke');
        noted.read += 1;
        yield await Promise.resolve(chunk);
      }
    } finally {
      noted.ended += 1;
    }
  }
  const service: HttpService = {
    get(path, caller) {
      callers.push(caller);
      if (path === '/stream') return { size_bytes: LARGE.length, chunks: say() };
      return path === '/text' ? contentOf(Buffer.from('text'), 'text/plain') : { status: 403 };
    },
    post(path, body, caller) {
      callers.push(caller);
      return path === '/echo' ? contentOf(Buffer.from(body)) : { status: 409 };
    },
  };
  const stream = new MemoryStream();
  serveHttp(stream, service);
  return { stream, callers, noted, service };
}

function request(method: string, path: string, ...fields: readonly string[]): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: rig', ...fields, '', ''].join('\r\n');
}

function post(body: string, ...fields: readonly string[]): string {
  return request('POST', '/echo', `Content-Length: ${body.length}`, ...fields) + body;
}

/** Reads until nothing more comes, giving the source its turns. */
async function told(stream: MemoryStream): Promise<string> {
  for (let turn = 0; turn < 20; turn++) {
    stream.told();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  return stream.told().toString('latin1');
}

void t.test('http service: for every split of posts and gets, the answers are the same', async (t) => {
  const requests = [post('hello'), post(''), request('GET', '/text'), request('POST', '/none'), post('x'.repeat(4096))];
  const runs = fc.array(fc.constantFrom(...requests), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(runs, fc.array(fc.nat(), { maxLength: 9 }), (run, cuts) => {
      const all = Buffer.from(run.join(''), 'latin1');
      const places = cuts.map((cut) => cut % all.length).toSorted((left, right) => left - right);
      const [whole, split] = [open().stream, open().stream];
      whole.say(all);
      [0, ...places].forEach((from, index) => split.say(all.subarray(from, places[index] ?? all.length)));
      return whole.told().equals(split.told()) && whole.told().length > 0;
    }),
  );
  t.pass();
});

void t.test('http service: who asks -> the address, and the bearer of one well-formed field', async (t) => {
  const { stream, callers } = open();
  for (const value of ['Bearer abc.1', 'bearer  x', 'Basic abc', 'Bearer a b', 'Bearer']) {
    stream.say(Buffer.from(request('GET', '/text', `Authorization: ${value}`)));
  }
  stream.say(Buffer.from(request('GET', '/text', 'Authorization: Bearer a', 'Authorization: Bearer b')));
  stream.told();
  t.strictSame(
    callers.map(({ bearer }) => bearer),
    ['abc.1', 'x', null, null, null, null],
  );
  t.equal(callers[0]?.address, '10.99.0.101');
});

void t.test('http service: refusals -> their status; the connection stays for what comes next', async (t) => {
  const { stream } = open();
  const asked = [request('GET', '/other'), request('POST', '/none'), request('PUT', '/text'), request('GET', '/text')];
  stream.say(Buffer.from(asked.join('')));
  t.strictSame(
    stream
      .told()
      .toString()
      .match(/HTTP\/1.1 \d+|Allow: .*(?=\r)/g),
    ['HTTP/1.1 403', 'HTTP/1.1 409', 'HTTP/1.1 405', 'Allow: GET, HEAD, POST', 'HTTP/1.1 200'],
  );
  const large = open();
  large.stream.say(Buffer.from(post('x'.repeat(4097))));
  t.match(large.stream.told().toString(), 'HTTP/1.1 413');
  t.ok(large.stream.isEnded);
  t.equal(large.callers.length, 0);
});

void t.test('http service: a stream in any chunks -> byte for byte, and what was asked after it', async (t) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, async (cuts) => {
      const chunks: Buffer[] = [];
      for (let at = 0, index = 0; at < LARGE.length; index += 1) {
        chunks.push(LARGE.subarray(at, at + (cuts[index] ?? 50_000)));
        at += chunks.at(-1)?.length ?? 0;
      }
      const { stream, noted } = open({ chunks });
      stream.say(Buffer.from(request('GET', '/stream') + request('GET', '/text')));
      const text = await told(stream);
      t.ok(text.includes(LARGE.toString('latin1')) && text.endsWith('\r\n\r\ntext'));
      t.equal(noted.ended, 1);
    }),
    { numRuns: 20 },
  );
});

void t.test('http service: the source fails, ends early or says too much -> the connection is reset', async (t) => {
  const half = LARGE.subarray(0, 150_000);
  for (const given of [{ chunks: [half] }, { chunks: [half, half], failsAfter: 1 }, { chunks: [LARGE, half] }]) {
    const { stream, noted } = open(given);
    stream.say(Buffer.from(request('GET', '/stream')));
    await told(stream);
    // All was sent when the surplus would have come: then it is never asked for.
    t.equal(stream.isAborted, given.chunks[0] !== LARGE);
    t.equal(noted.ended, 1);
  }
});

void t.test('http service: a client that does not read, or goes away -> the source waits, and is let go', async (t) => {
  const chunks = Array.from({ length: 30 }, (_, index) => LARGE.subarray(index * 10_000, (index + 1) * 10_000));
  const { stream, noted } = open({ chunks });
  stream.say(Buffer.from(request('GET', '/stream')));
  await new Promise((resolve) => void setImmediate(resolve));
  t.ok(noted.read <= 2, `${noted.read} chunks were read for nobody`);
  stream.abort();
  await new Promise((resolve) => void setImmediate(resolve));
  t.equal(noted.ended, 1);
  const head = open();
  head.stream.say(Buffer.from(request('HEAD', '/stream')));
  t.match(head.stream.told().toString(), 'Content-Length: 300000');
  t.equal(head.noted.read, 0);
});

void t.test('http service: a stream over our TCP on a bad wire -> whole and in order', async (t) => {
  const { service } = open({ chunks: [LARGE.subarray(0, 1), LARGE.subarray(1, 200_000), LARGE.subarray(200_000)] });
  const lab = new TcpLab(5, { loss: 0.03, duplication: 0.02, corruption: 0.02, jitter_ms: 1 });
  lab.tcp.listen(80, (stream) => serveHttp(stream, service));
  const peer = lab.peer(1024, { serverPort: 80 });
  peer.write(Buffer.from(request('GET', '/stream', 'Connection: close')));
  peer.connect();
  for (let turn = 0; turn < 2000 && !peer.hasSeenEnd; turn++) {
    lab.clock.run(lab.clock.now() + 10, () => peer.hasSeenEnd);
    await new Promise((resolve) => void setImmediate(resolve));
  }
  t.ok(peer.received.subarray(-LARGE.length).equals(LARGE));
});
