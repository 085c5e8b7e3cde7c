import type { Clock, Timer } from '../../core/clock.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { BootOverride, Chassis } from '../../core/ports/machine-room.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { BOOT_FLAGS_PARAMETER, flagsOfOverride, overrideOfFlags } from './boot-flags.js';
import type { ControlAnswer } from './control-channel.js';
import type { Lies } from './lies.js';
import type { IpmiMessage } from './rmcp-plus.js';

/** @see IPMI 2.0 rev 1.1, appendix G */
const CHASSIS = 0x00;
const APPLICATION = 0x06;
const CHASSIS_CONTROL = 0x02;
const SET_BOOT_OPTIONS = 0x08;
const GET_BOOT_OPTIONS = 0x09;
const COLD_RESET = 0x02;
const WARM_RESET = 0x03;
const CYCLE = 2;
const DONE = 0x00;
/** @see table 5-2 */
const NODE_BUSY = 0xc0;
/** Version 1 of the parameters. @see table 28-13 */
const PARAMETER_VERSION = 0x01;

/** The simulator's words for boot devices; `default` is the disk. It has none for a stick. */
const BOOT_WORDS: Readonly<Record<BootDevice, string>> = {
  network: 'pxe',
  disk: 'default',
  cdrom: 'cdrom',
  usb: 'none',
};
const NEVER: AbortSignalLike = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} };

export interface ChassisDeskParts {
  readonly chassis: Chassis;
  readonly clock: Clock;
  readonly lies: Lies;
  /** The machine could not be switched on. */
  readonly failed: (thrown: unknown) => void;
}

/** Does to the chassis what the simulator asks, and keeps of its boot device what the simulator loses. */
export class ChassisDesk {
  readonly #parts: ChassisDeskParts;
  /** As it was when that was told truly last. */
  #powerTold: PowerState;
  #isCycling = false;
  #light: Timer | null = null;
  readonly #stopListening: () => void;

  constructor(parts: ChassisDeskParts) {
    const { chassis } = parts;
    this.#parts = parts;
    this.#powerTold = chassis.power();
    this.#stopListening = chassis.onChange(() => this.#notePower());
  }

  close(): void {
    this.#stopListening();
    this.#light?.cancel();
  }

  /** What `ipmi_sim` hands to its chassis program. @see ipmi_lan(5), chassis_control */
  ask([verb, ...words]: readonly string[]): ControlAnswer {
    if (this.#parts.lies.has('bmc.needs-reset')) return { isDone: false };
    if (verb === 'get') return this.#get(words[0]);
    if (verb === 'set') return { isDone: this.#set(words) };
    return { isDone: false };
  }

  /** A request of a client has come by. */
  asked({ netFn, command, data }: IpmiMessage): void {
    if (netFn === CHASSIS && command === CHASSIS_CONTROL) this.#isCycling = ((data[0] ?? 0) & 15) === CYCLE;
    if (netFn === APPLICATION && (command === COLD_RESET || command === WARM_RESET)) {
      this.#parts.lies.tell('bmc.needs-reset', false);
    }
  }

  /** The simulator has answered: it loses how long a boot device lasts and for which firmware, and knows no stick. */
  answered({ netFn, command, data }: IpmiMessage, response: Buffer): readonly number[] | null {
    if (netFn === CHASSIS && this.#parts.lies.has('bmc.needs-reset')) return [NODE_BUSY];
    if (netFn !== CHASSIS || ((data[0] ?? 0) & 0x7f) !== BOOT_FLAGS_PARAMETER) return null;
    if (command === SET_BOOT_OPTIONS) return this.#setFlags([...data.subarray(1)]);
    if (command !== GET_BOOT_OPTIONS || response[0] !== DONE) return null;
    return [DONE, PARAMETER_VERSION, BOOT_FLAGS_PARAMETER, ...flagsOfOverride(this.#parts.chassis.bootOverride())];
  }

  #setFlags(flags: readonly number[]): readonly number[] | null {
    const override = overrideOfFlags(flags);
    if (override === null) return null;
    this.#setOverride(override);
    return [DONE];
  }

  #get(what = ''): ControlAnswer {
    this.#notePower();
    if (what === 'power') return { isDone: true, text: `power:${this.#powerTold === 'on' ? 1 : 0}` };
    if (what !== 'boot') return { isDone: false };
    const { device } = this.#parts.chassis.bootOverride();
    return { isDone: true, text: `boot:${device === null ? 'none' : BOOT_WORDS[device]}` };
  }

  #set([what = '', value = '', forced = '']: readonly string[]): boolean {
    const { chassis } = this.#parts;
    switch (what) {
      case 'power':
        return this.#switch(value === '1' ? 'on' : 'off');
      case 'boot':
        return this.#bootFrom(value);
      case 'identify':
        return this.#identify(Number(value), forced === '1');
      case 'reset':
      case 'shutdown':
        if (chassis.power() === 'off') return false;
        this.#do(what === 'reset' ? chassis.reset() : chassis.pressPowerButton());
        return true;
      default:
        return false;
    }
  }

  #switch(want: PowerState): boolean {
    const { chassis, lies } = this.#parts;
    const isSecondHalf = want === 'on' && this.#isCycling;
    if (want === 'on') this.#isCycling = false;
    if (isSecondHalf && lies.has('bmc.cycle-stays-off')) return true;
    if (want === 'on' && lies.has('bmc.power-on-ignored')) return true;
    this.#do(chassis.setPower(want, NEVER));
    return true;
  }

  /** All that comes by way of IPMI 1.5, where nobody reads along: for the next start. */
  #bootFrom(word: string): boolean {
    const found = (['network', 'disk', 'cdrom'] as const).find((device) => BOOT_WORDS[device] === word) ?? null;
    if (found === null && word !== 'none') return false;
    this.#setOverride({ device: found, lasts: 'once', mode: 'legacy' });
    return true;
  }

  #setOverride(override: BootOverride): void {
    if (!this.#parts.lies.has('bmc.boot-device-lost')) this.#parts.chassis.setBootOverride(override);
  }

  #identify(span_s: number, isForced: boolean): boolean {
    const { chassis, clock } = this.#parts;
    this.#light?.cancel();
    const isLit = isForced || span_s > 0;
    chassis.identify(isLit);
    if (isLit && !isForced) this.#light = clock.setTimer(span_s * 1_000, () => chassis.identify(false));
    return true;
  }

  #do(act: Promise<void>): void {
    act.catch(this.#parts.failed);
  }

  #notePower(): void {
    if (!this.#parts.lies.has('bmc.stale-power')) this.#powerTold = this.#parts.chassis.power();
  }
}
