import type { Chassis } from '../../../core/ports/machine-room.js';
import { refusal } from '../errors.js';
import { NO_CONTENT, type Given, type ServiceAnswer } from '../exchange.js';
import { choiceParameter, parameters } from '../given.js';
import type { Parts } from '../parts.js';
import { troubleOf } from '../tasks.js';
import { underWay } from './task-service.js';

export const RESET_ACTION = 'ComputerSystem.Reset';

export const RESET_TYPES = [
  'On',
  'ForceOff',
  'GracefulShutdown',
  'GracefulRestart',
  'ForceRestart',
  'PowerCycle',
  'PushPowerButton',
] as const;
export type ResetType = (typeof RESET_TYPES)[number];

/** @see DSP2046, ComputerSystem 1.20, action Reset */
export async function reset(parts: Parts, given: Given): Promise<ServiceAnswer> {
  const known = parameters(RESET_ACTION, given, ['ResetType']);
  if (!known.ok) return known.refused;
  const type = choiceParameter({ action: RESET_ACTION, given, name: 'ResetType', known: RESET_TYPES });
  if (!type.ok) return type.refused;
  if (NEEDS_POWER.includes(type.value) && parts.machine.chassis.power() === 'off') {
    return refusal('ResourceInStandby');
  }
  const work = act(parts, type.value);
  if (parts.byTasks) return underWay(parts, type.value, work);
  // Answered at once, as BMCs do: how it went shows in PowerState, and in the log where it went wrong.
  work.catch((thrown: unknown) => parts.log.add('Power', `${type.value}: ${troubleOf(thrown)}`, 'critical'));
  return NO_CONTENT;
}

const NEEDS_POWER: readonly ResetType[] = ['GracefulShutdown', 'GracefulRestart', 'ForceRestart'];

async function act(parts: Parts, type: ResetType): Promise<void> {
  const { chassis } = parts.machine;
  const { cycleLeavesOff, failsTasks } = parts.lies();
  if (failsTasks) throw new Error('this BMC fails at everything');
  switch (type) {
    case 'On':
      return switchOn(parts);
    case 'ForceOff':
      return chassis.setPower('off', parts.closing);
    case 'GracefulShutdown':
      return chassis.pressPowerButton();
    case 'GracefulRestart':
      return restartGently(parts);
    case 'ForceRestart':
      return cycleLeavesOff ? chassis.setPower('off', parts.closing) : chassis.reset();
    case 'PowerCycle':
      await chassis.setPower('off', parts.closing);
      return cycleLeavesOff ? undefined : switchOn(parts);
    case 'PushPowerButton':
      return chassis.power() === 'off' ? switchOn(parts) : chassis.pressPowerButton();
  }
}

async function switchOn({ machine, lies, closing }: Parts): Promise<void> {
  if (!lies().powerOnWithoutEffect) await machine.chassis.setPower('on', closing);
}

/**
 * Asks the guest to switch off, and switches on when it has. One that never does stays as it is, and is waited for
 * until somebody asks anew.
 */
async function restartGently(parts: Parts): Promise<void> {
  const { chassis } = parts.machine;
  const waiting = parts.restarts.next();
  try {
    const isOff = whenOff(chassis, AbortSignal.any([parts.closing, waiting.signal]));
    await Promise.all([chassis.pressPowerButton(), isOff]);
  } finally {
    waiting.abort();
  }
  await switchOn(parts);
}

function whenOff(chassis: Chassis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = chassis.onChange(() => {
      if (chassis.power() === 'off') resolve();
    });
    const giveUp = (): void => {
      end();
      reject(new Error('nobody waits for it any more'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
