import t from 'tap';
import fc from 'fast-check';
import { encode, isFault } from '../../../core/bus/frame.js';
import type { Letter, Receipt } from '../../../core/bus/letter.js';
import { Receiver } from '../../../core/bus/receiver.js';
import { Sender, type Ack, type Batch } from '../../../core/bus/sender.js';
import { Watcher, type Span } from '../../../core/bus/watcher.js';

type Deed =
  | { readonly do: 'offer' | 'send' | 'wait' | 'sender crashes' | 'receiver crashes' }
  /** Of what is on the wire the one at `which`; it stays there where it is doubled. */
  | {
      readonly do: 'letters come' | 'letters are lost' | 'ack comes' | 'ack is lost';
      readonly which: number;
      readonly isDoubled: boolean;
    };

const PLAIN = ['offer', 'offer', 'send', 'wait', 'sender crashes', 'receiver crashes'] as const;
const OF_WIRE = ['letters come', 'letters come', 'letters are lost', 'ack comes', 'ack comes', 'ack is lost'] as const;
const deeds: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constantFrom(...PLAIN) }),
  fc.record({ do: fc.constantFrom(...OF_WIRE), which: fc.nat({ max: 20 }), isDoubled: fc.boolean() }),
);

const CONFIG = { stream: 's', window: 4, resendAfter_ms: 10 };

/** Two ends whose outbox and receipts survive them, and a wire that does what it is told. */
class Story {
  readonly offered: Letter[] = [];
  readonly written: Receipt[] = [];
  readonly refusals = new Set<number>();
  readonly settled = new Map<number, string | null>();
  #letters: Batch[] = [];
  #acks: Ack[] = [];
  #sender = new Sender(CONFIG);
  #receiver = new Receiver();
  #now = 0;
  /** What an earlier life of the sender wrote down of the acknowledgements. */
  #ackedOnDisk = 0;

  tell(deed: Deed): void {
    switch (deed.do) {
      case 'offer': {
        const letter = { topic: 't', payload: this.offered.length };
        this.offered.push(letter);
        this.#sender.offer(letter);
        if (this.offered.length % 3 === 0) this.refusals.add(this.offered.length);
        return;
      }
      case 'send':
        return this.#send();
      case 'wait':
        this.#now += 6;
        this.#sender.rewind(this.#now);
        return;
      case 'sender crashes':
        this.#sender = new Sender(CONFIG, this.offered.slice(this.#ackedOnDisk), this.#ackedOnDisk);
        return;
      case 'receiver crashes':
        this.#receiver = new Receiver(this.written);
        return;
      case 'letters come':
        return this.#receive(this.#pick(this.#letters, deed));
      case 'ack comes':
        return this.#acked(this.#pick(this.#acks, deed));
      case 'letters are lost':
        return void this.#pick(this.#letters, { ...deed, isDoubled: false });
      case 'ack is lost':
        return void this.#pick(this.#acks, { ...deed, isDoubled: false });
    }
  }

  /** From here on the wire is whole. */
  finish(): void {
    for (let round = 0; this.#sender.open > 0 && round < 1_000; round += 1) {
      this.#send();
      while (this.#letters.length > 0) this.#receive(this.#letters.shift());
      while (this.#acks.length > 0) this.#acked(this.#acks.shift());
      this.#now += 10;
      this.#sender.rewind(this.#now);
    }
  }

  #pick<T>(wire: T[], { which, isDoubled }: { readonly which: number; readonly isDoubled: boolean }): T | undefined {
    if (wire.length === 0) return undefined;
    const at = which % wire.length;
    return isDoubled ? wire[at] : wire.splice(at, 1)[0];
  }

  #send(): void {
    const batch = this.#sender.next(3, this.#now);
    if (batch !== null) this.#letters.push(batch);
  }

  #receive(batch: Batch | undefined): void {
    if (batch === undefined) return;
    const { first, letters } = batch;
    const skip = this.#receiver.known('s', first, letters.length);
    for (const index of letters.slice(skip).keys()) {
      const seq = first + skip + index;
      const fault = this.refusals.has(seq) ? ({ code: 'BUS-016', kind: 'bus.closed' } as const) : null;
      const receipt = { stream: 's', seq, fault };
      this.written.push(receipt);
      this.#receiver.accept(receipt);
    }
    this.#acks.push(this.#receiver.ack('s', this.#ackedOnDisk));
  }

  #acked(ack: Ack | undefined): void {
    if (ack === undefined) return;
    const settled = this.#sender.take(ack, this.#now);
    if (isFault(settled)) throw new Error('the receiver forgot nothing');
    for (const { seq, fault } of settled) {
      this.settled.set(seq, fault?.code ?? null);
      if (seq % 2 === 0) this.#ackedOnDisk = Math.max(this.#ackedOnDisk, seq);
    }
  }
}

void t.test(
  'streams: for every loss, doubling, disorder and crash every letter is written down once, in order, and settled',
  async (t) => {
    fc.assert(
      fc.property(fc.array(deeds, { maxLength: 200 }), (told) => {
        const story = new Story();
        for (const deed of told) story.tell(deed);
        story.finish();
        const numbers = story.offered.map((_, index) => index + 1);
        const written = story.written.map(({ seq }) => seq);
        const refused = [...story.settled].filter(([, code]) => code !== null).map(([seq]) => seq);
        return (
          JSON.stringify(written) === JSON.stringify(numbers) &&
          numbers.every((seq) => story.settled.has(seq)) &&
          refused.every((seq) => story.refusals.has(seq)) &&
          [...story.refusals].every((seq) => story.settled.get(seq) === 'BUS-016')
        );
      }),
      { numRuns: 400 },
    );
    t.pass();
  },
);

void t.test(
  'streams: a receiver that was put back to an earlier state -> the sender is told, nothing is lost in silence',
  async (t) => {
    const sender = new Sender(CONFIG);
    for (const payload of [1, 2, 3]) sender.offer({ topic: 't', payload });
    t.match(sender.next(2, 0), { first: 1, letters: { length: 2 } });
    t.strictSame(sender.take({ upTo: 2, refused: [] }, 0), [
      { seq: 1, fault: null },
      { seq: 2, fault: null },
    ]);
    t.match(sender.next(9, 0), { first: 3 });
    t.strictSame(sender.take({ upTo: 0, refused: [] }, 1), [], 'one may come late');
    for (const now of [10, 20, 30]) {
      t.ok(sender.rewind(now));
      t.match(sender.next(9, now), { first: 3, letters: { length: 1 } });
    }
    t.match(sender.take({ upTo: 0, refused: [] }, 31), { code: 'BUS-011', acked: 2, known: 0 });
  },
);

interface Told {
  /** Of the journal: from where, how many. */
  readonly first: number;
  readonly count: number;
}

void t.test(
  'watcher: for every part of what is published, in any order, all entries come once, in order',
  async (t) => {
    const published = fc.array(
      fc.record({ first: fc.integer({ min: 1, max: 60 }), count: fc.integer({ min: 0, max: 9 }) }),
    );
    fc.assert(
      fc.property(
        published,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        (spans, from, answer) => {
          const seen: number[] = [];
          const watcher = new Watcher<number>(from);
          const take = (span: Span<number> | null): void => void seen.push(...(span?.entries ?? []));
          for (const { first, count } of spans) take(watcher.take(spanOf({ first, count })));
          watcher.reaches(70);
          for (let gap = watcher.gap(); gap !== null; gap = watcher.gap()) {
            take(watcher.take(spanOf({ first: gap.from, count: Math.min(answer, gap.to - gap.from + 1) })));
          }
          return seen.length === 71 - from && seen.every((seq, index) => seq === from + index);
        },
      ),
    );
    t.pass();
  },
);

function spanOf({ first, count }: Told): Span<number> {
  return { first, entries: Array.from({ length: Math.min(count, 71 - first) }, (_, index) => first + index) };
}

void t.test('watcher: far more than it can hold is beyond a gap -> what it let go is fetched as well', async (t) => {
  const watcher = new Watcher<number>(1);
  const entries = (first: number, count: number) => ({
    first,
    entries: Array.from({ length: count }, (_, i) => first + i),
  });
  for (let first = 2; first < 20_002; first += 100) t.equal(watcher.take(entries(first, 100)), null);
  t.strictSame(watcher.gap(), { from: 1, to: 1 });
  const span = watcher.take(entries(1, 1));
  t.ok((span?.entries.length ?? 0) < 5_000);
  t.strictSame(watcher.gap(), { from: watcher.next, to: 20_001 });
});

void t.test('frames: letters are lines of their own, so no letter can be taken for two', async (t) => {
  const [, body = ''] = encode({ kind: 'letters', stream: 's', first: 1, heard: 0 }, [
    JSON.stringify({ topic: 'a\nb' }),
  ]);
  t.equal(body.split('\n').length, 1);
});
