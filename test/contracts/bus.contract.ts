import t, { type Test } from 'tap';
import type { Bus, BusHost, BusService, Inbox } from '../../core/bus/bus.js';
import type { Role } from '../../core/bus/role.js';
import { faultOf } from '../../core/faults/fault.js';
import { nodeId } from '../../core/ids.js';
import type { Entry } from '../../core/journal/entry.js';
import { MemoryService, STRANGER } from '../core/bus/memory-service.js';

export interface OpenedBus {
  readonly host: BusHost;
  /** A component, each under a name and a stream of its own. */
  readonly join: (role: Role, hands?: { readonly component: string; readonly inbox: Inbox }) => Promise<Bus>;
  readonly close: () => Promise<void>;
}

/** What every bus keeps to, whatever is between its ends. */
export function busContract(name: string, open: (service: BusService) => Promise<OpenedBus>): void {
  void t.test(`bus contract: ${name}`, async (t) => {
    const service = new MemoryService();
    const opened = await open(service);
    service.host = opened.host;
    t.teardown(() => opened.close());
    await requests(t, opened, service);
    await refusals(t, opened, service);
    await watching(t, opened, service);
    await hands(t, opened);
    await closing(t, opened);
  });
}

const codeOf = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (thrown: unknown) => faultOf(thrown)?.code ?? String(thrown),
  );

const power = (index: number) => ({ node: `n${index}`, want: 'on' as const });

async function requests(t: Test, { join }: OpenedBus, service: MemoryService): Promise<void> {
  await t.test('bus: a component joins -> it is told the journal, its length and what it may', async (t) => {
    const bus = await join('operate');
    t.match(await bus.welcome(), { journal: 'test', last: 0, role: 'operate' });
    await bus.close();
  });

  await t.test('bus: a request -> it is written down by the time it is acknowledged', async (t) => {
    const bus = await join('operate');
    await bus.send('node.power', power(0));
    t.strictSame(service.done, [power(0)]);
    await bus.close();
  });

  await t.test(
    'bus: 5,000 requests of two components -> each once, in order, more than a window of them',
    async (t) => {
      const before = service.taken.length;
      const sides = await Promise.all([join('operate'), join('admin')]);
      const work = sides.map((bus) =>
        Array.from({ length: 2_500 }, (_, index) => bus.send('node.power', power(index))),
      );
      await Promise.all(work.flat());
      const streams = new Map<string, string[]>();
      for (const { stream, said } of service.taken.slice(before)) {
        streams.set(stream, [
          ...(streams.get(stream) ?? []),
          said?.topic === 'node.power' ? said.payload.node : 'other',
        ]);
      }
      const wanted = Array.from({ length: 2_500 }, (_, index) => `n${index}`);
      t.strictSame([...streams.values()], [wanted, wanted]);
      await Promise.all(sides.map((bus) => bus.close()));
    },
  );

  await t.test('bus: nothing can be written down -> not acknowledged until it can', async (t) => {
    const bus = await join('operate');
    service.isFull = true;
    const work = bus.send('node.power', power(7));
    await bus.welcome();
    service.isFull = false;
    t.equal(await codeOf(work), null);
    t.strictSame(service.done.at(-1), power(7));
    await bus.close();
  });
}

async function refusals(t: Test, { join, host }: OpenedBus, service: MemoryService): Promise<void> {
  await t.test('bus: letters that nobody takes -> each is answered, those behind them come through', async (t) => {
    const bus = await join('operate');
    const { refused } = host.counts;
    const before = service.done.length;
    const codes = await Promise.all([
      codeOf(bus.send('node.power', { node: 'Not a name', want: 'on' })),
      codeOf(bus.send('no.such' as 'node.power', power(1))),
      codeOf(bus.send('node.power', undefined as never)),
      codeOf(bus.send('rack.down', {})),
      codeOf(bus.send('node.power', { node: STRANGER, want: 'on' })),
      codeOf(bus.send('node.power', power(1))),
    ]);
    t.strictSame(codes, ['BUS-002', 'BUS-003', 'BUS-001', 'BUS-004', 'BUS-009', null]);
    t.equal(host.counts.refused - refused, 5);
    t.strictSame(service.done.slice(before), [power(1)]);
    await bus.close();
  });

  await t.test('bus: whoever may only watch -> cannot request anything', async (t) => {
    const bus = await join('watch');
    const before = service.done.length;
    t.equal((await bus.welcome()).role, 'watch');
    t.equal(await codeOf(bus.send('node.power', power(1))), 'BUS-004');
    t.equal(service.done.length, before);
    await bus.close();
  });
}

/** Collects what a watcher is told, and waits for an entry. */
function collector() {
  const seen: number[] = [];
  let wake = (): void => {};
  return {
    seen,
    onEntries: ({ entries }: { readonly entries: readonly Entry[] }) => {
      for (const { seq } of entries) seen.push(seq);
      wake();
    },
    until: async (last: number): Promise<void> => {
      while ((seen.at(-1) ?? 0) < last) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function watching(t: Test, { join, host }: OpenedBus, service: MemoryService): Promise<void> {
  await t.test('bus: a watcher from the first entry -> all of them once, in order, old and new', async (t) => {
    const bus = await join('watch');
    const { seen, onEntries, until } = collector();
    const old = service.last();
    bus.watch({ from: 1, onEntries });
    await until(old);
    for (const index of range(1, 1_000)) service.append({ entry: 'closed', index });
    await until(old + 1_000);
    t.strictSame(seen, range(1, old + 1_000));
    await bus.close();
  });

  await t.test('bus: entries that were never published -> noticed, and fetched from the journal', async (t) => {
    const bus = await join('watch');
    const { seen, onEntries, until } = collector();
    const { last } = await bus.welcome();
    bus.watch({ from: last + 1, onEntries });
    service.host = null;
    for (const index of range(1, 250)) service.append({ entry: 'closed', index });
    service.host = host;
    service.append({ entry: 'closed' });
    await until(last + 251);
    service.host = null;
    service.append({ entry: 'closed' });
    service.host = host;
    await until(last + 252);
    t.strictSame(seen, range(last + 1, last + 252), 'the last one is told by a beat alone');
    await bus.close();
  });

  await t.test('bus: a watcher from now on, beside one that throws nothing away -> only what is new', async (t) => {
    const bus = await join('watch');
    const { seen, onEntries, until } = collector();
    const last = service.last();
    const live = new Promise<void>((resolve) => {
      bus.watch({ from: 'now', onEntries, onState: () => resolve() });
    });
    await live;
    service.append({ entry: 'closed' });
    await until(last + 1);
    t.strictSame(seen, [last + 1]);
    await bus.close();
  });
}

async function hands(t: Test, { join, host }: OpenedBus): Promise<void> {
  await t.test(
    'bus: effects to hands, said before they come -> each once, in order; a refusal comes back',
    async (t) => {
      const inbox = new MemoryService('hands');
      const work: Promise<string | null>[] = [];
      const name = 'hands-later';
      const post = host.post(name, { stream: 'engine-1>hands', kept: [], acked: 0 });
      const input = { node: nodeId('n1'), want: 'on' } as const;
      const effect = (ask: number) => ({ ask, effect: 'power.ensure', input, deadlineAt: null }) as const;
      for (const ask of range(1, 300)) work.push(codeOf(post.send('effect.perform', effect(ask))));
      work.push(codeOf(post.send('effect.perform', { ask: 0 } as never)));
      const bus = await join('operate', { component: name, inbox });
      t.strictSame(new Set(await Promise.all(work)), new Set([null, 'BUS-002']));
      t.strictSame(inbox.done, range(1, 300).map(effect));
      await bus.close();
    },
  );
}

async function closing(t: Test, { join }: OpenedBus): Promise<void> {
  await t.test('bus: closed -> whoever waits is told', async (t) => {
    const bus = await join('operate');
    await bus.welcome();
    const work = codeOf(bus.send('node.power', power(1)));
    const welcome = bus.close();
    t.ok([null, 'BUS-016'].includes(await work));
    await welcome;
    t.equal(await codeOf(bus.send('node.power', power(1))), 'BUS-016');
    t.equal(await codeOf(bus.welcome()), 'BUS-016');
  });
}
