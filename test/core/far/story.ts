import { Client } from '../../../core/bus/client.js';
import type { Parts } from '../../../core/bus/frame.js';
import { Hub } from '../../../core/bus/hub.js';
import type { Answer } from '../../../core/effects/catalog.js';
import type { Perform } from '../../../core/effects/perform.js';
import { Engine } from '../../../core/engine/engine.js';
import { recover } from '../../../core/engine/recover.js';
import { FarHands } from '../../../core/far/far-hands.js';
import { HandsHost } from '../../../core/far/hands-host.js';
import { foldHandsLog, type HandsLine } from '../../../core/far/hands-log.js';
import { machineId } from '../../../core/ids.js';
import type { Entry } from '../../../core/journal/entry.js';
import { fold } from '../../../core/journal/fold.js';
import { seededRandom } from '../../../core/random.js';
import { VirtualClock } from '../../../sim/clock.js';
import { MemoryDisk, MemoryHandsLog, MemoryJournal, type Life } from './memory-ends.js';
import { numberOf, STEPPERS } from './worker.js';

export interface Wire {
  readonly lost_percent: number;
  readonly doubled_percent: number;
  readonly late_ms: number;
}

const HEALTHY: Wire = { lost_percent: 0, doubled_percent: 0, late_ms: 1 };
export const NODES = ['n1', 'n2', 'n3'];
const WORK = 4;
const HANDS = 'east';

/** An engine and its hands, each with a disk that outlives it, and a wire that does its worst. */
export class FarStory {
  readonly clock = new VirtualClock();
  readonly journal: MemoryDisk<Entry>;
  readonly handsDisk: MemoryDisk<HandsLine>;
  /** `n1 3`: the third effect of n1, once for each time that it was begun. */
  readonly begun: string[] = [];
  /** Effects that were begun though what came of them was written down. */
  readonly again: string[] = [];
  wire: Wire = HEALTHY;
  readonly #random;
  #lives = 0;
  #engine: (Life & { engine: Engine; hub: Hub }) | null = null;
  #hands: (Life & { client: Client }) | null = null;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const delay = (): Promise<void> =>
      new Promise((resolve) => void this.clock.setTimer(this.#random.next() * 5, resolve));
    this.journal = new MemoryDisk<Entry>(delay);
    this.handsDisk = new MemoryDisk<HandsLine>(delay);
    this.startEngine();
    this.startHands();
  }

  get isOver(): boolean {
    return NODES.every((node) => this.#engine?.engine.standing(machineId('worker', node))?.state === 'over');
  }

  hurry(node: string): void {
    this.#engine?.engine.tell(machineId('worker', node), 'story', { type: 'hurried', at: this.clock.now() });
  }

  crashEngine(share: number): void {
    if (this.#engine === null) return;
    this.#engine.isOver = true;
    this.#engine = null;
    this.journal.crash(share);
  }

  crashHands(share: number): void {
    if (this.#hands === null) return;
    this.#hands.isOver = true;
    this.#hands = null;
    this.handsDisk.crash(share);
  }

  startEngine(): void {
    if (this.#engine !== null) return;
    const { clock } = this;
    const life: Life = { isOver: false };
    const earlier = [...this.journal.lines];
    const service: MemoryJournal = new MemoryJournal(this.journal, life, {
      now: () => clock.now(),
      judge: (said) => far.judge(said),
      act: (said) => far.act(said),
    });
    const { append } = service;
    const isNew = earlier.length === 0;
    if (isNew) append({ entry: 'opened', version: 1, scenario: 'far', world: 'sim', seed: 1 }, 0);
    else append({ entry: 'resumed', entries: earlier.length }, clock.now());
    const far: FarHands = new FarHands({
      clock,
      life: this.#name('e'),
      epoch: () => service.last(),
      names: new Set([HANDS]),
      handsOf: () => HANDS,
      settled: () => service.settled(),
    });
    far.recall(earlier);
    const nowhere: Perform = () => {
      throw new Error('all is performed elsewhere');
    };
    const parts = { clock, append, perform: nowhere, far: far.perform, onEntered: () => {} };
    const recovered = isNew ? { engine: new Engine(parts), begin: () => {} } : recover(parts, fold(earlier, STEPPERS));
    const { engine } = recovered;
    service.catchUp();
    recovered.begin();
    for (const node of NODES) {
      const machine = machineId('worker', node);
      if (engine.standing(machine) === undefined) engine.start(machine, STEPPERS.worker, { node, work: WORK });
    }
    const hub = new Hub({ service, clock, publish: async () => {} });
    far.begin(hub);
    this.#engine = Object.assign(life, { engine, hub });
  }

  startHands(): void {
    if (this.#hands !== null) return;
    // Another host's clock shows another time.
    const ahead_ms = this.#random.next() * 1_000_000;
    const clock = {
      now: () => this.clock.now() + ahead_ms,
      setTimer: (delay_ms: number, fire: () => void) => this.clock.setTimer(delay_ms, fire),
    };
    const life: Life = { isOver: false };
    const kept = foldHandsLog(this.handsDisk.lines, 'story');
    if (typeof kept === 'number') throw new Error(`line ${kept} is none`);
    const name = this.#name('h');
    const host = new HandsHost({
      clock,
      name: HANDS,
      life: name,
      journal: 'story',
      log: new MemoryHandsLog(this.handsDisk, life),
      kept,
      perform: this.#performIn(life),
      serves: () => true,
      onOver: () => {},
    });
    const client: Client = new Client({
      clock: this.clock,
      component: HANDS,
      stream: `${HANDS}-${name}`,
      address: 'story',
      inbox: host,
      send: (parts) => this.#carry(life, () => this.#engine?.hub.received({ role: 'operate', send: reply }, parts)),
    });
    const reply = (parts: Parts): void => {
      const from = this.#engine;
      if (from !== null) this.#carry(from, () => this.#hands?.client.received(parts));
    };
    this.#hands = Object.assign(life, { client });
    host.begin(client);
  }

  #name(kind: string): string {
    this.#lives += 1;
    return `${kind}${this.#lives}`;
  }

  #carry(from: Life, deliver: () => void): void {
    if (from.isOver) return;
    const { lost_percent, doubled_percent, late_ms } = this.wire;
    if (this.#random.next() * 100 < lost_percent) return;
    const times = this.#random.next() * 100 < doubled_percent ? 2 : 1;
    for (let time = 0; time < times; time += 1) this.clock.setTimer(this.#random.next() * late_ms, deliver);
  }

  #performIn(life: Life): Perform {
    return (_effect, input, answer) => {
      if (!('node' in input)) throw new Error('far effects are of a node');
      const number = numberOf(input);
      const name = `${input.node} ${number}`;
      this.begun.push(name);
      if (this.#hasOutcome(input)) this.again.push(name);
      const timer = this.clock.setTimer(this.#random.next() * 40, () => {
        if (!life.isOver) answer(answerTo(number) as never);
      });
      return () => timer.cancel();
    };
  }

  /** Of the effect with this input, which no other one has: at either end. */
  #hasOutcome(input: object): boolean {
    const text = JSON.stringify(input);
    const asked = this.journal.lines.find((entry) => isAsking(entry, text));
    const isHere = this.handsDisk.lines.some(
      (line) => line.line === 'outcome' && asked?.entry === 'effect.asked' && line.outcome.payload.ask === asked.ask,
    );
    return isHere || this.journal.lines.some((entry) => isOutcomeOf(entry, asked));
  }
}

function isAsking(entry: Entry, input: string): boolean {
  return entry.entry === 'effect.asked' && JSON.stringify(entry.input) === input;
}

function isOutcomeOf(entry: Entry, asked: Entry | undefined): boolean {
  if (asked?.entry !== 'effect.asked') return false;
  return (entry.entry === 'effect.done' || entry.entry === 'effect.failed') && entry.ask === asked.ask;
}

/** Each fifth fails. */
function answerTo(number: number): Answer {
  if (number % 5 !== 0) return { ok: true, output: { power: 'on', at: -1 } };
  return {
    ok: false,
    failure: { fault: { code: 'BMC-001', kind: 'bmc.silent', node: 'n1', because: 'a story' }, at: -1 },
  };
}
