import { createHash } from 'node:crypto';
import { Engine } from '../../core/engine/engine.js';
import { recover } from '../../core/engine/recover.js';
import type { Standing } from '../../core/engine/step.js';
import type { Fault } from '../../core/faults/fault.js';
import { machineId, type MachineId } from '../../core/ids.js';
import { Chain, type Digest } from '../../core/journal/codec.js';
import type { Append, Entry } from '../../core/journal/entry.js';
import { fold } from '../../core/journal/fold.js';
import { readJournal } from '../../core/journal/read.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { Director } from '../../core/run/director.js';
import type { Plan } from '../../core/scenario/plan.js';
import { openSimRack, type SimRack } from '../../sim/rack.js';
import { runSim, type SimOutcome } from '../../sim/run.js';
import { name, planOf, type Story } from './stories.js';

export const sha256: Digest = (text) => createHash('sha256').update(text).digest('hex');

export const STEPPERS = compiledSteppers();

/** What is played here has some thousands. */
const MOST_ENTRIES = 100_000;

/** A journal in memory that can be full from some entry on, as a killed rig writes no more. */
export class JournalText {
  #lines: string[] = [];
  readonly #chain: Chain;
  readonly #fullAfter: number;

  constructor(before = '', chain = new Chain(sha256), fullAfter = Number.POSITIVE_INFINITY) {
    this.#chain = chain;
    this.#fullAfter = fullAfter;
    if (before !== '') this.#lines.push(before.trimEnd());
  }

  readonly append: Append = (happening, at) => {
    if (this.isFull) return false;
    if (this.#chain.length > MOST_ENTRIES) throw new Error('machines go on and on within an instant');
    this.#lines.push(this.#chain.append(happening, at));
    return true;
  };

  get isFull(): boolean {
    return this.#chain.length >= this.#fullAfter;
  }

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}

export interface Played extends SimOutcome {
  readonly text: string;
  /** When the run was over; the rack may have gone on. */
  readonly overAt: number;
}

export function entriesOf(text: string): readonly Entry[] {
  return readJournal(text, 'story.jsonl', sha256).entries;
}

/** Plays a story to its end. */
export function play(story: Story): Played {
  const journal = new JournalText();
  const outcome = runSim({ plan: planOf(story), seed: story.seed, append: journal.append, steppers: STEPPERS });
  return { ...outcome, text: journal.text, overAt: outcome.virtual_ms };
}

export const machinesOf = ({ nodes }: Story): readonly MachineId[] =>
  Array.from({ length: nodes }, (_, index) => name(index)).flatMap((id) => [
    machineId('node', id),
    machineId('boot', id),
  ]);

/** Where every machine of a run stands. */
export function standings(story: Story, standing: SimOutcome['standing']): Readonly<Record<string, Standing | null>> {
  return Object.fromEntries(machinesOf(story).map((id) => [id, standing(id) ?? null]));
}

export interface Crash {
  /** The rig dies when it has written so many entries since it was started. */
  readonly afterEntries: number;
  /** Characters of the next line that still reach the file; 0 for none. */
  readonly tornCharacters: number;
  /** How long the rack goes on by itself until the rig is started again. */
  readonly downFor_ms: number;
}

/** Plays a story to its end, and lets the rack go on until nothing moves any more. */
export function playOut(story: Story): Played {
  return playWithCrashes(story, []);
}

/**
 * Plays a story with a rig that dies on the way, maybe again and again, and is started from its journal each time.
 * Clock, world and what observers saw outlive it, as real racks do. In the end nothing moves any more.
 */
export function playWithCrashes(story: Story, crashes: readonly Crash[]): Played {
  return playPlan({ plan: planOf(story), seed: story.seed }, crashes);
}

/** What is played, and who looks at the rack whenever an instant is over. */
export interface Playing {
  readonly plan: Plan;
  readonly seed: number;
  readonly watch?: (rack: SimRack, standing: SimOutcome['standing']) => void;
}

export function playPlan(playing: Playing, crashes: readonly Crash[]): Played {
  const rack = openSimRack(playing);
  let left = '';
  let chain = new Chain(sha256);
  for (const { afterEntries, tornCharacters, downFor_ms } of crashes) {
    const journal = new JournalText(left, chain, chain.length + afterEntries);
    const died = live({ playing, rack, journal, left });
    if (!journal.isFull) return { ...died, text: journal.text };
    rack.clock.run(rack.clock.now() + downFor_ms);
    left = journal.text;
    const torn = '{"seq":9,"at":9,"entry":"told"}'.slice(0, tornCharacters);
    const read = readJournal(`${left}${torn}`, 'story.jsonl', sha256);
    if (read.torn !== torn.length) throw new Error(`${read.torn} characters were cut off instead of ${torn.length}`);
    chain = read.chain;
  }
  const journal = new JournalText(left, chain);
  return { ...live({ playing, rack, journal, left }), text: journal.text };
}

interface Life {
  readonly playing: Playing;
  readonly rack: SimRack;
  readonly journal: JournalText;
  /** The journal of the life before; none for the first. */
  readonly left: string;
}

/** One life of a rig: from a journal's end, or from nothing, to the end of the run or of the rig. */
function live({ playing, rack, journal, left }: Life): Omit<Played, 'text'> {
  const { clock, perform, mishaps, fleet } = rack;
  const { plan, seed, watch } = playing;
  let how: SimOutcome['how'] = 'stuck';
  let overAt = Number.POSITIVE_INFINITY;
  const { append } = journal;
  let fault: Fault | null = null;
  const onOver = (end: 'settled' | 'overtime', why: Fault | null): void => {
    how = end;
    fault = why;
    overAt = clock.now();
  };
  const director: Director = new Director({ plan, clock, append, steppers: STEPPERS, mishaps, onOver });
  const parts = { clock, perform, append, onEntered: director.entered };
  let engine = new Engine(parts);
  if (left === '') {
    append({ entry: 'opened', version: 1, scenario: 'story', world: 'sim', seed }, 0);
    director.begin(engine);
  } else {
    const entries = entriesOf(left);
    append({ entry: 'resumed', entries: entries.length }, clock.now());
    const recovered = recover(parts, fold(entries, STEPPERS));
    engine = recovered.engine;
    director.begin(engine, { entries, recover: () => recovered.begin() });
  }
  const standing: SimOutcome['standing'] = (machine) => engine.standing(machine);
  while (how === 'stuck' && !journal.isFull && clock.step()) if (!journal.isFull) watch?.(rack, standing);
  // A node that has failed by a short deadline may still be booting: it goes on until nothing moves.
  while (!journal.isFull && clock.step()) if (!journal.isFull) watch?.(rack, standing);
  return { how, fault, sendings: fleet.sender.sendings, overAt, virtual_ms: clock.now(), standing };
}
