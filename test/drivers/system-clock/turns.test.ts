import * as fc from 'fast-check';
import t from 'tap';
import { openTurns } from '../../../drivers/system-clock/turns.js';
import { VirtualClock } from '../../../sim/clock.js';

/** What happens to a queue; numbers choose among those that have asked so far. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('asks' as const), limit_ms: fc.option(fc.integer({ min: 0, max: 3 })) }),
  fc.record({ what: fc.constant('gives up' as const), who: fc.nat(9) }),
  fc.record({ what: fc.constantFrom('done' as const, 'failed' as const) }),
  fc.record({ what: fc.constant('a moment passes' as const) }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

type Outcome = 'waits' | 'acts' | 'done' | 'failed' | 'gone' | 'late';

interface Asker {
  readonly stop: AbortController;
  readonly latestAt: number | null;
  /** As it should be, and as it is. */
  outcome: Outcome;
  seen: Outcome;
  end: (how: 'done' | 'failed') => void;
}

class Lab {
  readonly #clock = new VirtualClock();
  readonly #turns = openTurns();
  readonly #askers: Asker[] = [];

  async takes(event: Happening): Promise<boolean> {
    this.#happens(event);
    const next = this.#askers.find(({ outcome }) => outcome === 'waits');
    if (next !== undefined && this.#acting() === undefined) next.outcome = 'acts';
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    return this.#askers.every(({ outcome, seen }) => outcome === seen);
  }

  #happens(event: Happening): void {
    switch (event.what) {
      case 'asks':
        return this.#ask(event.limit_ms === null ? null : this.#clock.now() + event.limit_ms);
      case 'gives up': {
        const asker = this.#askers[event.who];
        if (asker?.outcome === 'waits') asker.outcome = 'gone';
        return asker?.stop.abort();
      }
      case 'a moment passes': {
        const now = this.#clock.now() + 1;
        const late = this.#askers.filter(
          ({ outcome, latestAt }) => outcome === 'waits' && (latestAt ?? now + 1) <= now,
        );
        for (const asker of late) asker.outcome = 'late';
        return this.#clock.run(now);
      }
      case 'done':
      case 'failed': {
        const asker = this.#acting();
        if (asker !== undefined) asker.outcome = event.what;
        return asker?.end(event.what);
      }
    }
  }

  #ask(latestAt: number | null): void {
    const asker: Asker = { stop: new AbortController(), latestAt, outcome: 'waits', seen: 'waits', end: () => {} };
    this.#askers.push(asker);
    const act = async (): Promise<void> => {
      asker.seen = 'acts';
      const how = await new Promise<'done' | 'failed'>((resolve) => void (asker.end = resolve));
      if (how === 'failed') throw new Error('failed');
    };
    const limit = latestAt === null ? {} : { limit: { clock: this.#clock, latestAt, late: () => new Error('late') } };
    this.#turns.take(act, { signal: asker.stop.signal, ...limit }).then(
      () => void (asker.seen = 'done'),
      (thrown: unknown) => void (asker.seen = outcomeOf(thrown)),
    );
  }

  #acting(): Asker | undefined {
    return this.#askers.find(({ outcome }) => outcome === 'acts');
  }
}

function outcomeOf(thrown: unknown): Outcome {
  if (!(thrown instanceof Error) || thrown.name === 'AbortError') return 'gone';
  return thrown.message === 'late' ? 'late' : 'failed';
}

void t.test('turns: for every story -> one acts, the first who waits, and who leaves is gone at once', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 30 }), async (story) => {
      const lab = new Lab();
      for (const event of story) if (!(await lab.takes(event))) return false;
      return true;
    }),
  );
  t.pass();
});

void t.test('turns: who is gone before asking -> never acts', async (t) => {
  const turns = openTurns();
  const act = (): Promise<void> => Promise.reject(new Error('it acted'));
  await t.rejects(turns.take(act, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});
