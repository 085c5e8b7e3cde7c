import type { BootOverride } from '../../../core/ports/machine-room.js';
import type { Given, JsonObject, ServiceAnswer } from '../exchange.js';
import { choice, onlyProperties } from '../given.js';
import type { BootMode, Parts } from '../parts.js';

type Device = NonNullable<BootOverride['device']>;

const TARGET_OF: Readonly<Record<Device, string>> = { network: 'Pxe', disk: 'Hdd', cdrom: 'Cd', usb: 'Usb' };
const DEVICE_OF: Readonly<Record<string, Device>> = { Pxe: 'network', Hdd: 'disk', Cd: 'cdrom', Usb: 'usb' };
export const TARGETS = ['None', ...Object.keys(DEVICE_OF)];

const MODE_SHOWN: Readonly<Record<BootMode, 'Legacy' | 'UEFI'>> = { legacy: 'Legacy', uefi: 'UEFI' };
const ENABLED = ['Disabled', 'Once', 'Continuous'] as const;
type Enabled = (typeof ENABLED)[number];

/** The target that stands beside `Disabled`: kept, since clients set the two in either order. */
export interface IdleTarget {
  target: string;
}

/** @see DSP2046, ComputerSystem 1.20, Boot */
export function bootShown({ machine, lies }: Parts, idle: IdleTarget): JsonObject {
  const { device, lasts, mode } = machine.chassis.bootOverride();
  const isHidden = lies().writeOnlyBootDevice;
  const shown = isHidden ? null : device;
  return {
    BootSourceOverrideEnabled: shown === null ? 'Disabled' : lasts === 'once' ? 'Once' : 'Continuous',
    BootSourceOverrideTarget: shown === null ? (isHidden ? 'None' : idle.target) : TARGET_OF[shown],
    'BootSourceOverrideTarget@Redfish.AllowableValues': TARGETS,
    BootSourceOverrideMode: MODE_SHOWN[mode],
    'BootSourceOverrideMode@Redfish.AllowableValues': machine.modes.map((one) => MODE_SHOWN[one]),
  };
}

/** Null when it was done, else the refusal. */
export function changeBoot({ machine, lies, log }: Parts, idle: IdleTarget, given: Given): ServiceAnswer | null {
  const known = onlyProperties(given, [
    'BootSourceOverrideEnabled',
    'BootSourceOverrideTarget',
    'BootSourceOverrideMode',
  ]);
  if (!known.ok) return known.refused;
  const enabled = choice(given, 'BootSourceOverrideEnabled', ENABLED);
  if (!enabled.ok) return enabled.refused;
  const target = choice(given, 'BootSourceOverrideTarget', TARGETS);
  if (!target.ok) return target.refused;
  const modes = machine.modes.map((one) => MODE_SHOWN[one]);
  const mode = choice(given, 'BootSourceOverrideMode', modes);
  if (!mode.ok) return mode.refused;
  const now = machine.chassis.bootOverride();
  const wanted = {
    enabled: enabled.value ?? enabledOf(now),
    target: target.value ?? (now.device === null ? idle.target : TARGET_OF[now.device]),
  };
  const device = wanted.enabled === 'Disabled' ? null : (DEVICE_OF[wanted.target] ?? null);
  idle.target = wanted.enabled === 'Disabled' ? wanted.target : 'None';
  if (lies().losesBootDevice) return null;
  machine.chassis.setBootOverride({
    device,
    lasts: wanted.enabled === 'Continuous' ? 'always' : 'once',
    mode: mode.value === undefined ? now.mode : mode.value === 'UEFI' ? 'uefi' : 'legacy',
  });
  log.add('Boot', `Boot override: ${wanted.enabled}, ${wanted.target}.`);
  return null;
}

function enabledOf({ device, lasts }: BootOverride): Enabled {
  if (device === null) return 'Disabled';
  return lasts === 'once' ? 'Once' : 'Continuous';
}
