import type { BootDevice, BootLasts } from './boot-device.js';
import type { AbortSignalLike, PowerState } from './power.js';

/** What the firmware is told to start from, instead of its own order. */
export interface BootOverride {
  /** null: its own order. */
  readonly device: BootDevice | null;
  /** `once` is used up by the next start of the firmware, be it a power-on or a reset. */
  readonly lasts: BootLasts;
  /** Kept and told again; the emulated firmware is a BIOS and starts as one either way. */
  readonly mode: 'legacy' | 'uefi';
}

export const NO_OVERRIDE: BootOverride = { device: null, lasts: 'once', mode: 'legacy' };

/** Where media can be put into. */
export type Drive = 'cdrom' | 'usb';

/**
 * One machine as whatever manages it sees it: what stands behind an emulated BMC, a Redfish service and the outlets of
 * a PDU. All of them share one of it, so that what one of them does is seen by the others.
 */
export interface Chassis {
  /** The rail's level: `on` from the moment that this was asked and accepted. Never waits. */
  power(): PowerState;
  /**
   * A level; comes when the machine has really been switched. Its caller need not wait: `power` tells it at once.
   * @throws FaultError CHS-001 (no feed is live), and whatever the machine has to say of its start
   */
  setPower(want: PowerState, signal: AbortSignalLike): Promise<void>;
  /** Starts the firmware again, at once and without asking the guest. @throws FaultError CHS-002 (it is off) */
  reset(): Promise<void>;
  /** The button, pressed briefly: asks the guest to switch itself off. @throws FaultError CHS-002 (it is off) */
  pressPowerButton(): Promise<void>;
  /** What was set for always holds again once what was set for once is used up; no device at all ends both. */
  bootOverride(): BootOverride;
  setBootOverride(override: BootOverride): void;
  /** File in the drive; null: it is empty. */
  medium(drive: Drive): string | null;
  /** @param file of the host's, read only; null takes out what is in */
  setMedium(drive: Drive, file: string | null): Promise<void>;
  isIdentifying(): boolean;
  /** The locator light. How long it is lit is its caller's to keep. */
  identify(isLit: boolean): void;
  /** Whether any of its feeds is live; one that was never told of any is fed. */
  isFed(): boolean;
  /** One power cord, named by its outlet: without any live one the machine is off, and its BMC dead. */
  setFeed(outlet: string, isLive: boolean): void;
  /** Called after each change of the power (by the guest too), the feeds, the override, the media and the light. */
  onChange(listener: () => void): () => void;
}

/** A machine's serial line, for as long as the machine is in the rack: powered or not, however often it boots. */
export interface SerialLine {
  /** @returns a function that stops it */
  onOutput(listener: (bytes: Uint8Array) => void): () => void;
  /** Typed to the guest; lost while the machine is off. */
  write(bytes: Uint8Array): void;
}
