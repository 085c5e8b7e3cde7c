import { NEW_CONSOLE } from '../../core/diagnosis/console-memory.js';
import { readConsole } from '../../core/diagnosis/console.js';
import type { Observation, Observe, Stage } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { ConsoleText } from './console-text.js';

/** Tells the rest of the rig what one power-on of one node shows, from its console, its monitor and its process. */
export interface Witness {
  poweredOn(): void;
  /** In place of `poweredOn`: an earlier process of ours has seen that, and told so much. */
  takenOver(told: ToldBefore): void;
  /** All that the console has shown before was read again. */
  caughtUp(): void;
  /** Somebody of ours switched it off. Nothing is told any more after this. */
  poweredOff(): void;
  /** What QEMU handed on of its guest's console. */
  consoleText(text: ConsoleText): void;
  /** What somebody else brought of it, for a node whose console is heard elsewhere. */
  heard(text: ConsoleText): void;
  /** The monitor says that the machine was reset. */
  wasReset(): void;
  trouble(fault: Fault, what: string): void;
  /** The boot is over. Only the first ending counts. */
  ended(fault: Fault, what: string): void;
  /** How far the boot has come. */
  stage(): Stage;
  /** Nothing is told any more. */
  hush(): void;
}

/** What was told of one power-on by a process of ours that is gone: all that is kept of it, in order. */
export interface ToldBefore {
  readonly powerOn: boolean;
  /** How much of what its console and its monitor have shown. */
  readonly shown: number;
  /** The last of it was a reset by the monitor, whose banner may be still to come. */
  readonly isResetting: boolean;
}

export interface WitnessParts {
  readonly node: NodeId;
  readonly observe: Observe;
  /** What is known of the boot from all sources; null where nobody but this witness watches it. */
  readonly stageKnown: (() => Stage) | null;
  /** What the guest says is evidence only as somebody else brings it. */
  readonly isHeardElsewhere: boolean;
  /** Each reset, and each banner of the firmware: by then all resets that belong to one start are over. */
  readonly firmware: (shows: 'reset' | 'banner') => void;
}

export function openWitness({ node, observe, stageKnown, isHeardElsewhere, ...parts }: WitnessParts): Witness {
  const teller = new Teller(observe);
  const tell = (observation: Observation): void => teller.tell(observation);
  // A start of the firmware shows by the power-on or the reset, and then by its banner; and SeaBIOS answers a guest's
  // reset with a harder one of its own before it prints anything (measured). All of that is one start.
  let isBannerDue = false;
  let isResetting = false;
  const switched = (source: 'power' | 'monitor', what: string): void => {
    if (!isBannerDue) tell({ kind: 'reached', stage: 'firmware', node, source, what });
    isBannerDue = true;
  };
  const told = (observation: Observation): void => {
    if (!isBanner(observation)) return tell(observation);
    if (!isBannerDue) tell(observation);
    isBannerDue = false;
  };
  const ownText = reader(node);
  const heardText = reader(node);
  return {
    poweredOn: () => switched('power', 'power is on'),
    takenOver(before) {
      isResetting = before.isResetting;
      if (!before.powerOn) return switched('power', 'power is on');
      isBannerDue = true;
      teller.resume(before.shown);
    },
    caughtUp: () => void (isBannerDue = (teller.caughtUp() && isResetting) || isBannerDue),
    wasReset() {
      parts.firmware('reset');
      switched('monitor', 'the machine was reset');
    },
    poweredOff() {
      // No failure by itself: where a boot has come to rest, or where it was asked for, the power may go.
      tell({ kind: 'reached', stage: 'off', node, source: 'power', what: 'power was switched off' });
      teller.isQuiet = true;
    },
    consoleText(text) {
      for (const observation of ownText(text)) {
        if (isBanner(observation)) parts.firmware('banner');
        if (!isHeardElsewhere) told(observation);
      }
    },
    heard: (text) => heardText(text).forEach(told),
    trouble: (fault, what) => tell({ kind: 'trouble', node, source: 'monitor', what, fault }),
    ended: (fault, what) => tell({ kind: 'ended', node, source: 'monitor', what, fault }),
    stage: stageKnown ?? (() => teller.stage),
    hush: () => void (teller.isQuiet = true),
  };
}

/** What is told of one power-on, up to its first ending. */
class Teller {
  stage: Stage = 'off';
  isQuiet = false;
  readonly #observe: Observe;
  #toldBefore = 0;

  constructor(observe: Observe) {
    this.#observe = observe;
  }

  /** The console is read again from the power-on: what it shows first is what was told. */
  resume(shown: number): void {
    this.stage = 'firmware';
    this.#toldBefore = shown;
  }

  /** What was told and has not shown again came from elsewhere. @returns whether there was such */
  caughtUp(): boolean {
    const isMissing = this.#toldBefore > 0;
    this.#toldBefore = 0;
    return isMissing;
  }

  tell(observation: Observation): void {
    if (this.isQuiet) return;
    if (observation.kind === 'reached') this.stage = observation.stage;
    if (observation.kind === 'ended') this.isQuiet = true;
    if (this.#toldBefore > 0 && observation.source !== 'power') this.#toldBefore -= 1;
    else this.#observe(observation);
  }
}

function reader(node: NodeId): (text: ConsoleText) => readonly Observation[] {
  let memory = NEW_CONSOLE;
  return (text) => {
    const read = readConsole(memory, node, text);
    memory = read.memory;
    return read.observations;
  };
}

function isBanner(observation: Observation): boolean {
  return observation.kind === 'reached' && observation.stage === 'firmware';
}
