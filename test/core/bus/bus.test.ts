import t from 'tap';
import fc from 'fast-check';
import { FRAMES, type Parts } from '../../../core/bus/frame.js';
import { Hub } from '../../../core/bus/hub.js';
import { inProcessBus } from '../../../core/bus/in-process.js';
import { ROLES } from '../../../core/bus/role.js';
import { TOPICS } from '../../../core/bus/topics.js';
import { remedy, says } from '../../../core/faults/fault.js';
import { seededRandom } from '../../../core/random.js';
import { VirtualClock } from '../../../sim/clock.js';
import { MemoryService } from './memory-service.js';

/** Until nothing is left to be done without time going by. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function passing(clock: VirtualClock, isOver: () => boolean, limit_ms: number): Promise<void> {
  while (!isOver() && clock.now() < limit_ms) {
    clock.step();
    await settled();
  }
}

void t.test(
  'bus: for every wire that loses, doubles and delays, requests are done once, in order, and watchers miss nothing',
  { timeout: 60_000 },
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 40 }), async (seed, lost_percent) => {
        const random = seededRandom(seed);
        const clock = new VirtualClock();
        const service = new MemoryService();
        const { host, join, close } = inProcessBus({
          service,
          clock,
          carry: (deliver) => {
            const times = random.next() * 100 < lost_percent ? 0 : random.next() < 0.1 ? 2 : 1;
            for (let time = 0; time < times; time += 1) clock.setTimer(random.next() * 30, deliver);
          },
        });
        service.host = host;
        const seen: number[] = [];
        const watcher = join({ component: 'w', stream: 'w1' }, 'watch');
        watcher.watch({ from: 1, onEntries: ({ entries }) => void seen.push(...entries.map(({ seq }) => seq)) });
        const bus = join({ component: 'c', stream: 'c1' });
        const asked = Array.from({ length: 60 }, (_, index) => ({ node: `n${index}`, want: 'on' as const }));
        let open = asked.length;
        for (const payload of asked) {
          void bus.send('node.power', payload).then(() => (open -= 1));
          await settled();
          clock.step();
        }
        await passing(clock, () => open === 0 && seen.length === service.last(), 600_000);
        await close();
        return (
          JSON.stringify(service.done) === JSON.stringify(asked) &&
          seen.length === 60 &&
          seen.every((seq, index) => seq === index + 1)
        );
      }),
      { numRuns: 15 },
    );
    t.pass();
  },
);

const words = fc.constantFrom(...Object.keys(FRAMES), ...Object.keys(TOPICS), 'test', 's', '*', '__proto__', 'BUS-005');
const leaf = fc.oneof(words, fc.string(), fc.integer(), fc.double(), fc.constant(null), fc.boolean());
const members = fc.constantFrom(
  'kind',
  'version',
  'journal',
  'last',
  'first',
  'stream',
  'upTo',
  'refused',
  'from',
  'to',
);
const more = fc.constantFrom('heard', 'role', 'component', 'fault', 'code', 'seq', 'topic', 'payload', '__proto__');
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 3, arbitrary: fc.dictionary(fc.oneof(members, more), tie('value'), { maxKeys: 9 }) },
  ),
})).value;
const jsonText = value.map((what) => JSON.stringify(what));
/** Right in all but some places: it gets further in. */
const nearly = fc
  .record({
    kind: fc.constantFrom(...Object.keys(FRAMES)),
    version: fc.constantFrom(1, 2),
    component: fc.constantFrom('c', ''),
    journal: fc.constantFrom('test', 'other'),
    stream: fc.constantFrom('s', 'c1', 'engine'),
    first: fc.integer({ min: -1, max: 5 }),
    last: fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }),
    heard: fc.nat(),
    upTo: fc.integer({ min: -1, max: 99 }),
    from: fc.integer({ min: -1, max: 9 }),
    to: fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }),
    role: fc.constantFrom(...ROLES),
    refused: fc.array(fc.record({ seq: fc.nat(), fault: fc.record({ code: words, kind: words }) }), { maxLength: 3 }),
    fault: fc.record({ code: words, kind: words }),
  })
  .map((what) => JSON.stringify(what));
const parts: fc.Arbitrary<Parts> = fc.oneof(
  fc.array(fc.string(), { maxLength: 3 }),
  fc.array(jsonText, { maxLength: 3 }),
  fc.tuple(
    nearly,
    fc.array(fc.oneof(jsonText, fc.string()), { maxLength: 3 }).map((lines) => lines.join('\n')),
  ),
  fc.tuple(nearly),
);

void t.test(
  'bus: for every message, whatever it holds, both ends stand, count what is none and answer it',
  async (t) => {
    const clock = new VirtualClock();
    const answers: Parts[] = [];
    const service = new MemoryService();
    service.append({ entry: 'opened' });
    const hub = new Hub({ service, clock, publish: async () => {} });
    hub.post('c', { stream: 'engine', kept: [{ topic: 'effect.cancel', payload: { ask: 1 } }], acked: 0 });
    const { join, close } = inProcessBus({ service, clock, carry: () => {} });
    fc.assert(
      fc.property(parts, fc.constantFrom(...ROLES), (message, role) => {
        const before = { bad: hub.counts.bad, answers: answers.length };
        hub.received({ role, send: (answer) => void answers.push(answer) }, message);
        const client = join({ component: 'c', stream: 'c1', inbox: new MemoryService() }) as unknown as {
          received(parts: Parts): void;
          close(): Promise<void>;
        };
        client.received(message);
        void client.close();
        const isBad = hub.counts.bad > before.bad;
        const isAnswered = answers.length > before.answers || (message[0] ?? '').includes('"kind":"bad"');
        return !isBad || isAnswered;
      }),
      { numRuns: 3_000 },
    );
    t.ok(hub.counts.bad > 0);
    await hub.close();
    await close();
  },
);

void t.test('bus: a fault of another release -> is told in words all the same', async (t) => {
  const clock = new VirtualClock();
  const { join, close } = inProcessBus({ service: new MemoryService(), clock, carry: () => {} });
  const bus = join({ component: 'c', stream: 'c1' }) as unknown as {
    received(parts: Parts): void;
    send(topic: string, payload: unknown): Promise<void>;
  };
  const work = bus.send('rack.down', {});
  await settled();
  const refused = [{ seq: 1, fault: { code: 'ZZZ-042', kind: 'later.thing' } }];
  bus.received([JSON.stringify({ kind: 'ack', stream: 'c1', upTo: 1, refused })]);
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  t.match(String(thrown), /BUS-001.*ZZZ-042 \(later.thing\) is of another release/);
  await close();
});

void t.test('bus: every fault of it -> says what happened and what to do', async (t) => {
  const fault = { code: 'BUS-004', kind: 'role.tooLow', topic: 'rack.down', role: 'watch', needs: 'admin' } as const;
  t.match(says(fault), /rack.down needs a key that may admin; this one may watch/);
  t.match(remedy(fault), /metalrig keys add NAME --role admin/);
});
