import type { BusHost, Line } from '../bus/bus.js';
import type { Payload, Said } from '../bus/topics.js';
import type { Clock } from '../clock.js';
import type { Answer, EffectInput, EffectKind } from '../effects/catalog.js';
import { withDeadlines } from '../effects/deadline.js';
import type { Asked, Cancel, PerformFar } from '../effects/perform.js';
import { faultOf, type Fault } from '../faults/fault.js';
import type { Entry } from '../journal/entry.js';
import { isFar, type FarAsk } from './far-effects.js';

export interface FarHandsParts {
  /** The engine's. */
  readonly clock: Clock;
  /** Names this life of the engine: no other one may ever have it. */
  readonly life: string;
  /** How long the journal is: greater after every letter and every crash. */
  readonly epoch: () => number;
  /** The names of all hands that there may be. */
  readonly names: ReadonlySet<string>;
  /** Whose a node is; null: it is handled in this process. */
  readonly handsOf: (node: string) => string | null;
  /** Whether the journal is on the disk as far as it is written. */
  readonly settled: () => Promise<boolean>;
}

interface Live {
  readonly hands: string;
  readonly asked: FarAsk;
  readonly answer: (answer: Answer) => void;
}

/** One life of some hands, and the stream to it. */
interface Life {
  readonly life: string;
  line: Line | null;
}

/** What the bus answers to whom nothing can come any more: what is live is said anew to the next life of the hands. */
const LINE_ENDS: ReadonlySet<string> = new Set(['BUS-011', 'BUS-016']);

/**
 * Effects that other processes perform, seen from the engine. The journal is the truth: an effect is live from when it
 * is asked until its outcome is journaled, and whatever life of the hands there is, is told of all that are live. No
 * ask leaves before it is on the disk, since hands know it again by its number.
 */
export class FarHands {
  readonly #parts: FarHandsParts;
  readonly #live = new Map<number, Live>();
  /** Outcomes that came before this life of the engine has asked for them again. */
  readonly #early = new Map<number, Said>();
  readonly #lives = new Map<string, Life>();
  #host: Pick<BusHost, 'post'> | null = null;
  #outgoing: (() => Promise<void>)[] = [];
  #isFlushing = false;

  constructor(parts: FarHandsParts) {
    this.#parts = parts;
  }

  /** For the engine, in front of what it performs itself. */
  readonly perform: PerformFar = (asked, answer) => {
    const { effect, input } = asked;
    const node = 'node' in input ? input.node : null;
    const hands = node === null || !isFar(effect) ? null : this.#parts.handsOf(node);
    if (node === null || hands === null) return null;
    const { clock } = this.#parts;
    const inTime = withDeadlines(clock, (_effect, _input, inner) =>
      // The same effect goes in and comes out of the deadline.
      this.#ask(hands, asked, inner as (answer: Answer) => void),
    );
    return inTime(effect, input, (result) => answer(this.#explained(result, { hands, node })));
  };

  /** From here on hands are told. What a crash cut off was made up for, and what was in flight was asked again. */
  begin(host: Pick<BusHost, 'post'>): void {
    this.#host = host;
    this.#early.clear();
    for (const hands of this.#lives.keys()) this.#open(hands);
  }

  /** Why a letter of hands can't be taken, else null. */
  judge(said: Said): Fault | null {
    if (said.topic === 'effect.done' || said.topic === 'effect.failed') return null;
    if (said.topic !== 'hands.ready') return { code: 'BUS-003', kind: 'topic.unknown', topic: said.topic };
    const { hands } = said.payload;
    const { names } = this.#parts;
    if (names.has(hands)) return null;
    return { code: 'HND-004', kind: 'hands.unknown', hands, known: [...names].join(', ') || 'none' };
  }

  /** Does what a letter of hands says, now that it is journaled. */
  act(said: Said): void {
    if (said.topic === 'hands.ready') this.#ready(said.payload);
    else if (said.topic === 'effect.done' || said.topic === 'effect.failed') this.#answered(said);
  }

  /** What the journal has of earlier lives: the hands that it knows of are told first. Before all else. */
  recall(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      if (entry.entry !== 'requested' || entry.fault !== null || entry.said?.topic !== 'hands.ready') continue;
      // It was parsed before it was written down.
      const { hands, life } = entry.said.payload as Payload<'hands.ready'>;
      this.#lives.set(hands, { life, line: null });
    }
  }

  #ready({ hands, life }: Payload<'hands.ready'>): void {
    const known = this.#lives.get(hands);
    if (known?.life === life) return;
    known?.line?.end();
    this.#lives.set(hands, { life, line: null });
    this.#open(hands);
  }

  /** A stream of its own for each life at either end, so that neither has to remember one of an earlier life. */
  #open(hands: string): void {
    const known = this.#lives.get(hands);
    if (this.#host === null || known === undefined) return;
    const { clock, life: own } = this.#parts;
    const { life } = known;
    const epoch = this.#parts.epoch();
    const line = this.#host.post(hands, { stream: `${own}.${epoch}>${hands}-${life}`, kept: [], acked: 0 });
    known.line = line;
    const live = [...this.#live.values()].filter((one) => one.hands === hands);
    const asks = live.map(({ asked }) => asked.ask);
    this.#say(() => unlessRefused(line.send('hands.begin', { life, epoch, at: clock.now(), asks })));
    for (const { asked } of live) this.#say(() => this.#tell(line, asked));
  }

  #ask<K extends EffectKind>(hands: string, { ask, effect, input }: Asked<K>, answer: Live['answer']): Cancel {
    const early = this.#early.get(ask);
    this.#early.delete(ask);
    if (early !== undefined && 'effect' in early.payload && early.payload.effect === effect) {
      answer(this.#answerOf(early));
      return () => {};
    }
    const { deadlineAt, ...facts } = input as EffectInput;
    // `perform` lets only far effects through, each with the input that is its own.
    const asked = { ask, effect, input: facts, deadlineAt } as FarAsk;
    this.#live.set(ask, { hands, asked, answer });
    const line = this.#lives.get(hands)?.line ?? null;
    if (line !== null) this.#say(() => this.#tell(line, asked));
    return () => {
      if (!this.#live.delete(ask)) return;
      const there = this.#lives.get(hands)?.line ?? null;
      if (there !== null) this.#say(() => unlessRefused(there.send('effect.cancel', { ask })));
    };
  }

  async #tell(line: Line, asked: FarAsk): Promise<void> {
    try {
      await line.send('effect.perform', asked);
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault === null) throw thrown;
      if (!LINE_ENDS.has(fault.code)) this.#answer(asked.ask, { ok: false, failure: this.#failure(fault) });
    }
  }

  #answered(said: Said & { readonly topic: 'effect.done' | 'effect.failed' }): void {
    const { ask, effect } = said.payload;
    if (this.#host === null && !this.#live.has(ask)) this.#early.set(ask, said);
    // Whatever is not live was cancelled, or is answered already.
    if (this.#live.get(ask)?.asked.effect === effect) this.#answer(ask, this.#answerOf(said));
  }

  #answer(ask: number, answer: Answer): void {
    const live = this.#live.get(ask);
    this.#live.delete(ask);
    live?.answer(answer);
  }

  /** By the engine's clock: another host's is another one. */
  #answerOf(said: Said): Answer {
    if (said.topic === 'effect.done') {
      // The effect chose the schema that made the output.
      return { ok: true, output: { ...said.payload.output, at: this.#parts.clock.now() } as never };
    }
    const fault: Fault =
      said.topic === 'effect.failed'
        ? said.payload.fault
        : { code: 'BUS-003', kind: 'topic.unknown', topic: said.topic };
    return { ok: false, failure: this.#failure(fault) };
  }

  #failure(fault: Fault) {
    return { fault, at: this.#parts.clock.now() };
  }

  /** It is late because nobody is there. */
  #explained<K extends EffectKind>(result: Answer<K>, { hands, node }: { hands: string; node: string }): Answer<K> {
    if (result.ok || result.failure.fault.code !== 'EFF-001' || this.#lives.has(hands)) return result;
    const { waited_ms } = result.failure.fault;
    return { ok: false, failure: this.#failure({ code: 'HND-005', kind: 'hands.absent', hands, node, waited_ms }) };
  }

  #say(send: () => Promise<void>): void {
    this.#outgoing.push(send);
    void this.#flush();
  }

  /** The disk is waited for once for all that is said meanwhile. */
  async #flush(): Promise<void> {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    while (this.#outgoing.length > 0) {
      const outgoing = this.#outgoing;
      this.#outgoing = [];
      if (!(await this.#parts.settled())) continue;
      for (const send of outgoing) void send();
    }
    this.#isFlushing = false;
  }
}

/** Hands that take no such letter have said so to their own people. */
async function unlessRefused(sent: Promise<void>): Promise<void> {
  try {
    await sent;
  } catch (thrown) {
    if (faultOf(thrown) === null) throw thrown;
  }
}
