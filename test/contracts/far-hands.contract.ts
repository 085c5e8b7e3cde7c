import t, { type Test } from 'tap';
import type { Bus, BusHost, BusService, Inbox } from '../../core/bus/bus.js';
import type { Answer } from '../../core/effects/catalog.js';
import { FarHands } from '../../core/far/far-hands.js';
import { HandsHost } from '../../core/far/hands-host.js';
import { foldHandsLog, type HandsLine } from '../../core/far/hands-log.js';
import type { Fault } from '../../core/faults/fault.js';
import { nodeId } from '../../core/ids.js';
import type { Entry } from '../../core/journal/entry.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { MemoryDisk, MemoryHandsLog, MemoryJournal, type Life } from '../core/far/memory-ends.js';

export interface OpenedFar {
  readonly host: BusHost;
  readonly join: (hands: { readonly component: string; readonly inbox: Inbox }) => Promise<Bus>;
  readonly close: () => Promise<void>;
}

type Open = (service: BusService) => Promise<OpenedFar>;

/** What effects to hands elsewhere keep to, whatever is between engine and hands. */
export function farHandsContract(name: string, open: Open): void {
  void t.test(`far hands contract: ${name}`, async (t) => {
    await performing(t, open);
    await refusing(t, open);
    await waiting(t, open);
    await crashing(t, open);
  });
}

const atOnce = (): Promise<void> => Promise.resolve();
const N1 = nodeId('n1');

/** What hands are asked, and are answered by a test. */
class Bench {
  readonly asked: string[] = [];
  readonly cancelled: string[] = [];
  readonly #answers: ((answer: Answer) => void)[] = [];
  #wake = (): void => {};

  readonly perform = (_effect: unknown, input: object, answer: unknown) => {
    const text = JSON.stringify(input);
    this.asked.push(text);
    this.#answers.push(answer as (answer: Answer) => void);
    this.#wake();
    return () => {
      this.cancelled.push(text);
      this.#wake();
    };
  };

  answer(answer: Answer): void {
    this.#answers.shift()?.(answer);
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

/** An engine's end that a test asks, and hands that come when it says so. */
class Site {
  readonly clock = systemClock();
  readonly bench = new Bench();
  readonly far: FarHands;
  readonly service: MemoryJournal;
  readonly #disk = new MemoryDisk<HandsLine>(atOnce);
  #opened: OpenedFar | null = null;
  #hands: { readonly life: Life; readonly host: HandsHost; readonly bus: Bus } | null = null;
  #lives = 0;

  constructor() {
    this.service = new MemoryJournal(
      new MemoryDisk<Entry>(atOnce),
      { isOver: false },
      {
        now: () => this.clock.now(),
        judge: (said) => this.far.judge(said),
        act: (said) => this.far.act(said),
      },
    );
    this.far = new FarHands({
      clock: this.clock,
      life: 'engine-1',
      epoch: () => this.service.last(),
      names: new Set(['east']),
      handsOf: (node) => (node === 'near' ? null : 'east'),
      settled: () => this.service.settled(),
    });
  }

  async begin(open: Open): Promise<void> {
    this.#opened = await open(this.service);
    this.far.begin(this.#opened.host);
  }

  async startHands(name = 'east'): Promise<Fault | null> {
    const life: Life = { isOver: false };
    const kept = foldHandsLog(this.#disk.lines, 'story');
    if (typeof kept === 'number' || this.#opened === null) throw new Error('the log of a test is whole');
    this.#lives += 1;
    let over: (fault: Fault) => void = () => {};
    const ended = new Promise<Fault>((resolve) => (over = resolve));
    const host = new HandsHost({
      clock: systemClock(1_000_000),
      name,
      life: `life-${this.#lives}`,
      journal: 'story',
      log: new MemoryHandsLog(this.#disk, life),
      kept,
      perform: this.bench.perform as never,
      serves: (node) => node !== 'stranger',
      onOver: over,
    });
    const bus = await this.#opened.join({ component: name, inbox: host });
    this.#hands = { life, host, bus };
    host.begin(bus);
    return name === 'east' ? null : ended;
  }

  async killHands(): Promise<void> {
    const hands = this.#hands;
    this.#hands = null;
    if (hands === null) return;
    hands.life.isOver = true;
    await hands.bus.close();
    hands.host.end();
  }

  power(ask: number, node = N1, deadlineAt: number | null = null) {
    let cancel: (() => void) | null = null;
    const answered = new Promise<Answer<'power.ensure'>>((resolve) => {
      const input = { node, want: 'on', deadlineAt } as const;
      cancel = this.far.perform({ ask, effect: 'power.ensure', input }, resolve);
    });
    return { answered, cancel: () => cancel?.(), isFar: cancel !== null };
  }

  async close(): Promise<void> {
    await this.killHands();
    await this.#opened?.close();
  }
}

async function opened(t: Test, open: Open): Promise<Site> {
  const site = new Site();
  await site.begin(open);
  t.teardown(() => site.close());
  return site;
}

const ON: Answer<'power.ensure'> = { ok: true, output: { power: 'on', at: -1 } };
const SILENT: Fault = { code: 'BMC-001', kind: 'bmc.silent', node: 'n1', because: 'a test' };

async function performing(t: Test, open: Open): Promise<void> {
  await t.test("far hands: an effect is asked -> it is performed, and its outcome has the engine's time", async (t) => {
    const site = await opened(t, open);
    await site.startHands();
    const first = site.power(1);
    await site.bench.until(() => site.bench.asked.length === 1);
    t.strictSame(site.bench.asked, ['{"node":"n1","want":"on","deadlineAt":null}']);
    const before = site.clock.now();
    site.bench.answer(ON);
    const answer = await first.answered;
    t.match(answer, { ok: true, output: { power: 'on' } });
    t.ok(answer.ok && answer.output.at >= before && answer.output.at <= site.clock.now());
    const second = site.power(2);
    await site.bench.until(() => site.bench.asked.length === 2);
    site.bench.answer({ ok: false, failure: { fault: SILENT, at: -1 } });
    t.match(await second.answered, { ok: false, failure: { fault: SILENT } });
  });

  await t.test('far hands: an effect is let go -> it is cancelled there as well', async (t) => {
    const site = await opened(t, open);
    await site.startHands();
    const work = site.power(1);
    await site.bench.until(() => site.bench.asked.length === 1);
    work.cancel();
    await site.bench.until(() => site.bench.cancelled.length === 1);
    t.strictSame(site.bench.cancelled, site.bench.asked);
  });

  await t.test('far hands: an effect of a node that is handled here -> is none of theirs', async (t) => {
    const site = await opened(t, open);
    const input = { node: nodeId('near'), want: 'on', deadlineAt: null } as const;
    t.equal(
      site.far.perform({ ask: 1, effect: 'power.ensure', input }, () => {}),
      null,
    );
    const wait = { node: N1, after: 0, deadlineAt: null };
    t.equal(
      site.far.perform({ ask: 2, effect: 'boot.await', input: wait }, () => {}),
      null,
    );
  });
}

async function refusing(t: Test, open: Open): Promise<void> {
  await t.test('far hands: a node that they do not know -> the effect fails, those behind it do not', async (t) => {
    const site = await opened(t, open);
    await site.startHands();
    t.match(await site.power(1, nodeId('stranger')).answered, { ok: false, failure: { fault: { code: 'HND-006' } } });
    const other = site.power(2);
    await site.bench.until(() => site.bench.asked.length === 1);
    site.bench.answer(ON);
    t.match(await other.answered, { ok: true });
  });

  await t.test('far hands: hands that no node has -> are told so', async (t) => {
    const site = await opened(t, open);
    t.match(await site.startHands('west'), { code: 'HND-004', hands: 'west', known: 'east' });
  });
}

async function waiting(t: Test, open: Open): Promise<void> {
  await t.test('far hands: asked before they come -> performed once they have', async (t) => {
    const site = await opened(t, open);
    const work = site.power(1);
    await site.startHands();
    await site.bench.until(() => site.bench.asked.length === 1);
    site.bench.answer(ON);
    t.match(await work.answered, { ok: true });
  });

  await t.test('far hands: nobody comes by the deadline -> that is what the fault says', async (t) => {
    const site = await opened(t, open);
    const answer = await site.power(1, N1, site.clock.now() + 20).answered;
    t.match(answer, { ok: false, failure: { fault: { code: 'HND-005', hands: 'east', node: 'n1' } } });
  });

  await t.test('far hands: they come when its deadline is over -> it is not begun any more', async (t) => {
    const site = await opened(t, open);
    const late = site.power(1, N1, site.clock.now() + 20);
    await late.answered;
    await site.startHands();
    const work = site.power(2);
    await site.bench.until(() => site.bench.asked.length === 1);
    site.bench.answer(ON);
    t.match(await work.answered, { ok: true });
    t.equal(site.bench.asked.length, 1);
  });
}

async function crashing(t: Test, open: Open): Promise<void> {
  await t.test('far hands: killed while they perform -> the next life performs it again', async (t) => {
    const site = await opened(t, open);
    await site.startHands();
    const work = site.power(1);
    await site.bench.until(() => site.bench.asked.length === 1);
    await site.killHands();
    await site.startHands();
    await site.bench.until(() => site.bench.asked.length === 2);
    site.bench.answer(ON);
    site.bench.answer(ON);
    t.match(await work.answered, { ok: true });
  });

  await t.test('far hands: killed when it is written down that it is so -> the next life only tells it', async (t) => {
    const site = await opened(t, open);
    await site.startHands();
    const work = site.power(1);
    await site.bench.until(() => site.bench.asked.length === 1);
    site.bench.answer(ON);
    await site.killHands();
    await site.startHands();
    t.match(await work.answered, { ok: true });
    t.equal(site.bench.asked.length, 1);
  });
}
