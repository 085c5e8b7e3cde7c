import type { Inbox, Post } from '../bus/bus.js';
import type { Arrival, Receipt } from '../bus/letter.js';
import type { Payload } from '../bus/topics.js';
import type { Clock, Timer } from '../clock.js';
import type { Answer } from '../effects/catalog.js';
import { withDeadlines } from '../effects/deadline.js';
import type { Cancel, Perform } from '../effects/perform.js';
import { faultOf, type Fault } from '../faults/fault.js';
import type { FarAsk } from './far-effects.js';
import { isSame, linesOf, type FarOutcome, type HandsLine, type HandsLog, type Kept } from './hands-log.js';

export interface HandsHostParts {
  readonly clock: Clock;
  /** As the site file calls these hands. */
  readonly name: string;
  /** Names this life of them: no other one may ever have it. */
  readonly life: string;
  /** Names the engine's journal. */
  readonly journal: string;
  readonly log: HandsLog;
  /** What earlier lives left undone: `foldHandsLog`. */
  readonly kept: ReadonlyMap<number, Kept>;
  readonly perform: Perform;
  /** Whether a node is one of theirs. */
  readonly serves: (node: string) => boolean;
  /** This life can do nothing more: a full disk, or an engine that has forgotten it. */
  readonly onOver: (fault: Fault) => void;
}

interface Work {
  readonly asked: FarAsk;
  outcome: FarOutcome | null;
  isSaid: boolean;
  cancel: Cancel | null;
}

type Letter = Arrival & { readonly said: NonNullable<Arrival['said']> };

/** In a life; an ask takes three. What was over long ago is then left out. */
const LINES_MOST = 10_000;
/** Unless the engine begins. */
const ANNOUNCE_AGAIN_MS = 2_000;

/**
 * Hands near the hardware: what they are asked is written down, then acknowledged; then performed, as a level; what
 * came of it is written down, then told until the engine has it on its disk. After a crash what has no outcome is
 * performed again, if it is still wanted; what has one is only told again.
 */
export class HandsHost implements Inbox {
  readonly #parts: HandsHostParts;
  readonly #works = new Map<number, Work>();
  readonly #perform: Perform;
  /** What the engine was told in this life: it may have asked for it again before that, and be late to say so. */
  #over = new Set<number>();
  #post: Post | null = null;
  /** The engine's stream; before it has begun nothing is performed. */
  #stream: { readonly name: string; readonly epoch: number } | null = null;
  /** What the clock here is ahead of the engine's, and the time that saying so took: deadlines come no earlier here. */
  #ahead_ms = 0;
  #lines = 0;
  #announcing: Timer | null = null;
  #isOver = false;

  constructor(parts: HandsHostParts) {
    this.#parts = parts;
    const { clock, perform, kept } = parts;
    const engineClock: Clock = {
      now: () => clock.now() - this.#ahead_ms,
      setTimer: (delay_ms, fire) => clock.setTimer(delay_ms, fire),
    };
    this.#perform = withDeadlines(engineClock, perform);
    for (const [ask, work] of kept) this.#works.set(ask, { ...work, isSaid: false, cancel: null });
    this.#compact();
  }

  /** How many effects are not over. */
  get open(): number {
    return this.#works.size;
  }

  /** The bus is there: the engine is told that these hands are. */
  begin(post: Post): void {
    this.#post = post;
    this.#announce();
  }

  /** Nothing more is performed or told in this life. */
  end(): void {
    this.#isOver = true;
    this.#announcing?.cancel();
    for (const { cancel } of this.#works.values()) cancel?.();
  }

  /** Streams end with a life at either end, so that there is none of an earlier one. */
  receipts(): readonly Receipt[] {
    return [];
  }

  take(arrivals: readonly Arrival[]): readonly (Fault | null)[] {
    const verdicts: (Fault | null)[] = [];
    for (const arrival of arrivals) {
      if (this.#isOver || !this.#isForUs(arrival)) break;
      const fault = arrival.fault ?? this.#judge(arrival);
      if (!this.#write(lineOf(arrival, fault))) break;
      verdicts.push(fault);
      if (fault === null && isLetter(arrival)) this.#act(arrival);
    }
    // Only now, so that what is cancelled in the same message is not begun.
    if (this.#stream !== null) for (const work of this.#works.values()) this.#pursue(work);
    return verdicts;
  }

  settled(): Promise<boolean> {
    return this.#parts.log.sync();
  }

  /** Letters to an earlier life, or of an engine that was succeeded, are not acknowledged: nobody waits for that. */
  #isForUs({ stream, said }: Arrival): boolean {
    if (said?.topic !== 'hands.begin') return this.#stream?.name === stream;
    const { life, epoch } = said.payload;
    if (life === this.#parts.life) return this.#stream === null || epoch > this.#stream.epoch;
    // What an earlier life said came late, and the engine takes that one to be the newest.
    this.#announce();
    return false;
  }

  #announce(): void {
    if (this.#announcing !== null || this.#post === null) return;
    const { name: hands, life, clock } = this.#parts;
    void this.#said(this.#post.send('hands.ready', { hands, life }));
    this.#announcing = clock.setTimer(ANNOUNCE_AGAIN_MS, () => {
      this.#announcing = null;
      if (this.#stream === null) this.#announce();
    });
  }

  #judge({ said }: Arrival): Fault | null {
    if (said === null || said.topic === 'hands.begin' || said.topic === 'effect.cancel') return null;
    if (said.topic !== 'effect.perform') return { code: 'BUS-003', kind: 'topic.unknown', topic: said.topic };
    const { node } = said.payload.input;
    const { name: hands, serves } = this.#parts;
    return serves(node) ? null : { code: 'HND-006', kind: 'hands.notIts', hands, node };
  }

  #act({ said, stream }: Letter): void {
    if (said.topic === 'hands.begin') this.#begun(said.payload, stream);
    else if (said.topic === 'effect.perform') this.#asked(said.payload);
    else if (said.topic === 'effect.cancel') this.#drop(said.payload.ask);
  }

  #begun({ epoch, at, asks }: Payload<'hands.begin'>, name: string): void {
    this.#stream = { name, epoch };
    this.#ahead_ms = this.#parts.clock.now() - at;
    const wanted = new Set(asks);
    this.#over = new Set(asks.filter((ask) => this.#over.has(ask)));
    for (const ask of this.#works.keys()) if (!wanted.has(ask)) this.#drop(ask);
  }

  #asked(asked: FarAsk): void {
    const known = this.#works.get(asked.ask);
    if (this.#over.has(asked.ask) || isSame(asked, known?.asked)) return;
    // A journal that was put back gives a number again: what it was given for before is not wanted any more.
    this.#drop(asked.ask);
    this.#works.set(asked.ask, { asked, outcome: null, isSaid: false, cancel: null });
  }

  #drop(ask: number): void {
    const work = this.#works.get(ask);
    this.#works.delete(ask);
    work?.cancel?.();
  }

  #pursue(work: Work): void {
    if (work.outcome !== null) void this.#tell(work, work.outcome);
    else if (work.cancel === null) this.#start(work);
  }

  #start(work: Work): void {
    const { asked } = work;
    const { effect, input, deadlineAt, ask } = asked;
    work.cancel = nothing;
    const waited_ms = deadlineAt === null ? null : this.#parts.clock.now() - this.#ahead_ms - deadlineAt;
    if (waited_ms !== null && waited_ms >= 0) {
      const fault = { code: 'EFF-001', kind: 'effect.late', effect, waited_ms } as const;
      this.#finish(work, { topic: 'effect.failed', payload: { ask, effect, fault } });
      return;
    }
    const cancel = this.#perform(effect, { ...input, deadlineAt } as never, (answer: Answer) => {
      this.#finish(work, outcomeOf(asked, answer));
    });
    work.cancel = cancel;
  }

  #finish(work: Work, outcome: FarOutcome): void {
    if (this.#isOver || this.#works.get(work.asked.ask) !== work) return;
    if (!this.#write({ line: 'outcome', outcome })) return;
    work.outcome = outcome;
    void this.#tell(work, outcome);
  }

  async #tell(work: Work, outcome: FarOutcome): Promise<void> {
    if (work.isSaid || this.#post === null) return;
    work.isSaid = true;
    if (!(await this.#parts.log.sync())) return;
    const { topic, payload } = outcome;
    if (!(await this.#said(this.#post.send(topic, payload as never)))) return;
    const { ask } = payload;
    this.#over.add(ask);
    if (this.#works.get(ask) === work && this.#write({ line: 'told', ask })) this.#works.delete(ask);
    if (this.#lines > LINES_MOST) this.#compact();
  }

  /** @returns whether the engine has it, be it that it refused it */
  async #said(sent: Promise<void>): Promise<boolean> {
    try {
      await sent;
      return true;
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault === null) throw thrown;
      if (fault.code === 'BUS-016') return false;
      this.#fail(fault);
      return false;
    }
  }

  #compact(): void {
    const { name: hands, journal, life, log } = this.#parts;
    const lines = linesOf({ line: 'life', hands, journal, life }, this.#works.values());
    this.#lines = lines.length;
    const fault = log.replace(lines);
    if (fault !== null) this.#fail(fault);
  }

  #write(line: HandsLine): boolean {
    this.#lines += 1;
    const fault = this.#parts.log.append(line);
    if (fault !== null) this.#fail(fault);
    return fault === null;
  }

  #fail(fault: Fault): void {
    if (this.#isOver) return;
    this.end();
    this.#parts.onOver(fault);
  }
}

function nothing(): void {}

function isLetter(arrival: Arrival): arrival is Letter {
  return arrival.said !== null;
}

function lineOf({ stream, seq, said }: Arrival, fault: Fault | null): HandsLine {
  if (fault !== null) return { line: 'refused', stream, seq, fault };
  if (said?.topic === 'hands.begin') {
    const { epoch, asks } = said.payload;
    return { line: 'begun', stream, epoch, asks };
  }
  if (said?.topic === 'effect.perform') return { line: 'asked', asked: said.payload };
  if (said?.topic === 'effect.cancel') return { line: 'cancelled', ask: said.payload.ask };
  throw new Error('bug: a letter was judged to be for hands');
}

function outcomeOf({ ask, effect }: FarAsk, answer: Answer): FarOutcome {
  if (!answer.ok) return { topic: 'effect.failed', payload: { ask, effect, fault: answer.failure.fault } };
  // The engine stamps the time, by its own clock.
  const { at: _, ...output } = answer.output;
  // The performer of an effect answers with the output of that effect.
  return { topic: 'effect.done', payload: { ask, effect, output } } as FarOutcome;
}
