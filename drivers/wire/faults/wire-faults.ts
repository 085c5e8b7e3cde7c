import type { Clock, Timer } from '../../../core/clock.js';
import type { Random } from '../../../core/random.js';
import type { Switch } from '../switch.js';
import { corrupted, mendChecksum } from './corrupt.js';
import { FactReader, type FrameFacts } from './frame-facts.js';
import { Trigger, type FaultAction, type FaultRule } from './rule.js';

/** How long a reordered frame waits for one to overtake it, lest it be lost where none comes. */
export const HOLD_MS = 100;

/** One fault in force. */
export interface FaultInForce {
  /** Frames that it struck so far. */
  readonly struck_frames: number;
  /** Takes it away; what it holds goes on. Twice is once. */
  heal(): void;
}

export interface WireFaults {
  /** The first rule that strikes decides over a frame; rules are asked in the order they were added. */
  add(rule: FaultRule): FaultInForce;
  /** Pulls the cable of a port, both ways, until healed or for `span_ms`. @returns heals it */
  cut(port: string, span_ms?: number): () => void;
  /** Heals everything. */
  clear(): void;
}

export interface WireFaultOptions {
  readonly wire: Switch;
  readonly clock: Clock;
  readonly random: Random;
}

export function makeWireFaults(options: WireFaultOptions): WireFaults {
  return new Injector(options);
}

type Forward = (frame: Buffer) => void;

class Injector implements WireFaults {
  readonly #options: WireFaultOptions;
  readonly #reader = new FactReader();
  #rules: readonly RuleInForce[] = [];
  readonly #cuts = new Map<string, () => void>();

  constructor(options: WireFaultOptions) {
    this.#options = options;
  }

  add(rule: FaultRule): FaultInForce {
    const inForce = new RuleInForce(rule, this.#options, () => {
      this.#setRules(this.#rules.filter((other) => other !== inForce));
    });
    this.#setRules([...this.#rules, inForce]);
    return inForce;
  }

  cut(port: string, span_ms?: number): () => void {
    this.#cuts.get(port)?.();
    const { wire, clock } = this.#options;
    let timer: Timer | null = null;
    const heal = (): void => {
      timer?.cancel();
      // A later cut of the same port is not ours to heal.
      if (this.#cuts.get(port) !== heal) return;
      this.#cuts.delete(port);
      wire.setCut(port, false);
    };
    this.#cuts.set(port, heal);
    wire.setCut(port, true);
    if (span_ms !== undefined) timer = clock.setTimer(span_ms, heal);
    return heal;
  }

  clear(): void {
    for (const rule of this.#rules) rule.heal();
    for (const heal of this.#cuts.values()) heal();
  }

  #setRules(rules: readonly RuleInForce[]): void {
    this.#rules = rules;
    // Without a rule the switch has no hook: an idle fault set costs the frames' path nothing.
    this.#options.wire.setFaultHook(rules.length === 0 ? null : (frame, forward) => this.#decide(frame, forward));
  }

  #decide(frame: Buffer, forward: Forward): boolean | 'lost' {
    const facts = this.#reader.read(frame);
    for (const rule of this.#rules) {
      const verdict = rule.take(frame, facts, forward);
      if (verdict !== false) return verdict;
    }
    return false;
  }
}

class RuleInForce implements FaultInForce {
  readonly #action: FaultAction;
  readonly #trigger: Trigger;
  readonly #options: WireFaultOptions;
  readonly #remove: () => void;
  #release: (() => void) | null = null;
  #struck = 0;

  constructor(rule: FaultRule, options: WireFaultOptions, remove: () => void) {
    this.#action = rule.action;
    this.#trigger = new Trigger(rule.match, options.random);
    this.#options = options;
    this.#remove = remove;
  }

  get struck_frames(): number {
    return this.#struck;
  }

  heal(): void {
    this.#remove();
    this.#release?.();
  }

  take(frame: Buffer, facts: FrameFacts, forward: Forward): boolean | 'lost' {
    if (!this.#trigger.isMatch(facts)) return false;
    const release = this.#release;
    if (release !== null) {
      forward(frame);
      release();
      return true;
    }
    if (!this.#trigger.strikes()) return false;
    this.#struck++;
    return this.#strike(frame, facts, forward);
  }

  #strike(frame: Buffer, facts: FrameFacts, forward: Forward): true | 'lost' {
    const action = this.#action;
    switch (action.kind) {
      case 'drop':
        return 'lost';
      case 'delay':
        this.#options.clock.setTimer(action.delay_ms, () => forward(frame));
        return true;
      case 'duplicate':
        forward(frame);
        forward(frame);
        return true;
      case 'corrupt':
        forward(this.#hurt(frame, facts, action.isMended));
        return true;
      case 'reorder':
        this.#hold(frame, forward);
        return true;
    }
  }

  #hurt(frame: Buffer, facts: FrameFacts, isMended: boolean): Buffer {
    const hurt = corrupted(frame, facts, this.#options.random);
    if (isMended) mendChecksum(hurt);
    return hurt;
  }

  #hold(frame: Buffer, forward: Forward): void {
    const release = (): void => {
      if (this.#release !== release) return;
      this.#release = null;
      timer.cancel();
      forward(frame);
    };
    const timer = this.#options.clock.setTimer(HOLD_MS, release);
    this.#release = release;
  }
}
