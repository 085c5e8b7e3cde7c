import { FaultError } from '../faults/fault.js';
import type { BootDevice } from '../ports/boot-device.js';
import { NO_OVERRIDE, type BootOverride, type Chassis, type Drive } from '../ports/machine-room.js';
import type { AbortSignalLike, PowerState } from '../ports/power.js';

/** The machine inside of a chassis. */
export interface Works {
  ensure(want: PowerState, signal: AbortSignalLike): Promise<void>;
  reset(): Promise<void>;
  pressPowerButton(): Promise<void>;
  /** What its next start is from, a reset's too; null: the firmware's own order. */
  bootFrom(device: BootDevice | null): void;
  setMedium(drive: Drive, file: string | null): Promise<void>;
  /** The firmware has started (power-on, reset) from the device that it was told; or the machine has gone off. */
  onChange(listener: (change: 'started' | 'stopped') => void): void;
}

/** What a machine does when power comes back to it. */
export type AfterPowerLoss = 'off' | 'on' | 'last';

export interface ChassisParts {
  readonly node: string;
  readonly works: Works;
  /** `off` unless told: then its BMC says when it is switched on. */
  readonly afterPowerLoss?: AfterPowerLoss;
}

const NEVER: AbortSignalLike = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} };

/** The state that is a chassis's own, over any machine. */
export class MachineChassis implements Chassis {
  readonly #parts: ChassisParts;
  readonly #media = new Map<Drive, string>();
  readonly #feeds = new Map<string, boolean>();
  readonly #listeners = new Set<() => void>();
  #power: PowerState = 'off';
  #powerBeforeLoss: PowerState = 'off';
  /** Wins over `#always` at the next start, and is used up by it. */
  #once: BootOverride | null = null;
  #always = NO_OVERRIDE;
  #isLit = false;

  constructor(parts: ChassisParts) {
    this.#parts = parts;
    parts.works.onChange((change) => (change === 'started' ? this.#started() : this.#change('off')));
  }

  power(): PowerState {
    return this.#power;
  }

  async setPower(want: PowerState, signal: AbortSignalLike): Promise<void> {
    const { node, works } = this.#parts;
    if (want === 'on' && !this.isFed()) throw new FaultError({ code: 'CHS-001', kind: 'chassis.unfed', node });
    this.#change(want);
    try {
      await works.ensure(want, signal);
    } catch (thrown) {
      if (want === 'on') this.#change('off');
      throw thrown;
    }
  }

  async reset(): Promise<void> {
    this.#requirePower();
    await this.#parts.works.reset();
  }

  async pressPowerButton(): Promise<void> {
    this.#requirePower();
    await this.#parts.works.pressPowerButton();
  }

  bootOverride(): BootOverride {
    return this.#once ?? this.#always;
  }

  setBootOverride(override: BootOverride): void {
    const isForOnce = override.device !== null && override.lasts === 'once';
    this.#once = isForOnce ? override : null;
    if (!isForOnce) this.#always = override;
    this.#parts.works.bootFrom(override.device);
    this.#changed();
  }

  medium(drive: Drive): string | null {
    return this.#media.get(drive) ?? null;
  }

  async setMedium(drive: Drive, file: string | null): Promise<void> {
    await this.#parts.works.setMedium(drive, file);
    if (file === null) this.#media.delete(drive);
    else this.#media.set(drive, file);
    this.#changed();
  }

  isIdentifying(): boolean {
    return this.#isLit;
  }

  identify(isLit: boolean): void {
    this.#isLit = isLit;
    this.#changed();
  }

  isFed(): boolean {
    return this.#feeds.size === 0 || [...this.#feeds.values()].includes(true);
  }

  setFeed(outlet: string, isLive: boolean): void {
    const wasFed = this.isFed();
    this.#feeds.set(outlet, isLive);
    if (wasFed && !this.isFed()) {
      this.#powerBeforeLoss = this.#power;
      this.#switchUnasked('off');
    }
    if (!wasFed && this.isFed() && this.#comesBack()) this.#switchUnasked('on');
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #comesBack(): boolean {
    const { afterPowerLoss = 'off' } = this.#parts;
    return afterPowerLoss === 'on' || (afterPowerLoss === 'last' && this.#powerBeforeLoss === 'on');
  }

  #started(): void {
    this.#change('on');
    if (this.#once === null) return;
    this.#once = null;
    this.#parts.works.bootFrom(this.#always.device);
    this.#changed();
  }

  /** Nobody asked, so nobody is told of a failure: the power level shows it. */
  #switchUnasked(want: PowerState): void {
    void this.setPower(want, NEVER).catch(() => {});
  }

  #requirePower(): void {
    if (this.#power === 'off') throw new FaultError({ code: 'CHS-002', kind: 'chassis.off', node: this.#parts.node });
  }

  #change(power: PowerState): void {
    if (this.#power === power) return;
    this.#power = power;
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
