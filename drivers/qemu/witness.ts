import { NEW_CONSOLE, readConsole } from '../../core/diagnosis/console.js';
import type { Observation, Observe, Stage } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { ConsoleText } from './console-text.js';

/** Tells the rest of the rig what one power-on of one node shows, from its console, its monitor and its process. */
export interface Witness {
  poweredOn(): void;
  /** Somebody of ours switched it off. Nothing is told any more after this. */
  poweredOff(): void;
  consoleText(text: ConsoleText): void;
  /** The monitor says that the machine was reset. */
  wasReset(): void;
  trouble(fault: Fault, what: string): void;
  /** The boot is over. Only the first ending counts. */
  ended(fault: Fault, what: string): void;
  /** The stage that the console or the monitor has shown last. */
  stage(): Stage;
  /** Nothing is told any more. */
  hush(): void;
}

export function openWitness(node: NodeId, observe: Observe): Witness {
  let stage: Stage = 'off';
  let memory = NEW_CONSOLE;
  let isQuiet = false;
  // A start of the firmware shows twice, in either order: by the banner, and by the power-on or the reset before it.
  // Told is the greater of the two counts, so that none is counted twice.
  const starts = { told: 0, banners: 0, switchings: 0 };
  const tell = (observation: Observation): void => {
    if (isQuiet) return;
    if (observation.kind === 'reached') stage = observation.stage;
    if (observation.kind === 'ended') isQuiet = true;
    observe(observation);
  };
  const firmwareStarted = (seenBy: 'banners' | 'switchings', observation: Observation): void => {
    starts[seenBy] += 1;
    if (starts[seenBy] <= starts.told) return;
    starts.told = starts[seenBy];
    tell(observation);
  };
  const reachedFirmware = (source: 'power' | 'monitor', what: string): Observation => ({
    kind: 'reached',
    stage: 'firmware',
    node,
    source,
    what,
  });
  return {
    poweredOn: () => firmwareStarted('switchings', reachedFirmware('power', 'power is on')),
    wasReset: () => firmwareStarted('switchings', reachedFirmware('monitor', 'the machine was reset')),
    poweredOff() {
      const fault: Fault = { code: 'BOOT-007', kind: 'power.lost', stage };
      tell({ kind: 'ended', node, source: 'power', what: 'power was switched off', fault });
      isQuiet = true;
    },
    consoleText(text) {
      const read = readConsole(memory, node, text);
      memory = read.memory;
      for (const observation of read.observations) {
        const isFirmware = observation.kind === 'reached' && observation.stage === 'firmware';
        if (isFirmware) firmwareStarted('banners', observation);
        else tell(observation);
      }
    },
    trouble: (fault, what) => tell({ kind: 'trouble', node, source: 'monitor', what, fault }),
    ended: (fault, what) => tell({ kind: 'ended', node, source: 'monitor', what, fault }),
    stage: () => stage,
    hush: () => void (isQuiet = true),
  };
}
