import { NEW_CONSOLE } from '../../core/diagnosis/console-memory.js';
import { readConsole } from '../../core/diagnosis/console.js';
import type { Observation, Observe, Stage } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { ConsoleText } from './console-text.js';

/** Tells the rest of the rig what one power-on of one node shows, from its console, its monitor and its process. */
export interface Witness {
  poweredOn(): void;
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
  let stageSeen: Stage = 'off';
  const stage = stageKnown ?? (() => stageSeen);
  let isQuiet = false;
  // A start of the firmware shows by the power-on or the reset, and then by its banner; and SeaBIOS answers a guest's
  // reset with a harder one of its own before it prints anything (measured). All of that is one start.
  let isBannerDue = false;
  const tell = (observation: Observation): void => {
    if (isQuiet) return;
    if (observation.kind === 'reached') stageSeen = observation.stage;
    if (observation.kind === 'ended') isQuiet = true;
    observe(observation);
  };
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
    wasReset() {
      parts.firmware('reset');
      switched('monitor', 'the machine was reset');
    },
    poweredOff() {
      // No failure by itself: where a boot has come to rest, or where it was asked for, the power may go.
      tell({ kind: 'reached', stage: 'off', node, source: 'power', what: 'power was switched off' });
      isQuiet = true;
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
    stage,
    hush: () => void (isQuiet = true),
  };
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
