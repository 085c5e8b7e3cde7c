import type { Clock } from '../../core/clock.js';
import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { Works } from '../../core/machine-room/chassis.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { Drive, SerialLine } from '../../core/ports/machine-room.js';
import type { BootMemory } from './boot-memory.js';
import { bootable, bootOrder, CD_DRIVE } from './boot-order.js';
import type { QemuNode } from './node.js';
import type { Session } from './session.js';

export interface UnitWorksParts {
  readonly node: QemuNode;
  readonly memory: BootMemory;
  readonly clock: Clock;
  readonly ensure: Works['ensure'];
}

/** A banner comes 0.1 s after the power-on; on two cores with a load of 8 it took 1 s. */
const BANNER_LIMIT_MS = 5_000;

/**
 * One QEMU as a chassis sees it. A boot device that is set while the guest runs counts from its next reset on: QEMU
 * writes the firmware's boot order anew at each reset.
 */
export class UnitWorks implements Works {
  readonly media = new Map<Drive, string>();
  readonly line: SerialLine;
  readonly ensure: Works['ensure'];
  readonly #parts: UnitWorksParts;
  readonly #heard = new Set<(bytes: Uint8Array) => void>();
  #session: Session | null = null;
  /** Whether this power-on has a stick: one cannot be put in later. */
  #hasStick = false;
  #isResetting = false;
  /** Whether the firmware has shown its banner since it started last, and who waits for that. */
  #isShown = false;
  readonly #waiting = new Set<() => void>();
  #tell: (change: 'started' | 'stopped') => void = () => {};
  #changes: Promise<void> = Promise.resolve();

  constructor(parts: UnitWorksParts) {
    this.#parts = parts;
    this.ensure = parts.ensure;
    this.line = {
      onOutput: (listener) => {
        this.#heard.add(listener);
        return () => void this.#heard.delete(listener);
      },
      write: (bytes) => this.#session?.type(bytes),
    };
  }

  onChange(listener: (change: 'started' | 'stopped') => void): void {
    this.#tell = listener;
    if (this.#session !== null) listener('started');
  }

  async reset(): Promise<void> {
    await Promise.all([this.#changes, this.#firmwareShown()]);
    await this.#session?.execute('system_reset');
  }

  async pressPowerButton(): Promise<void> {
    await this.#session?.execute('system_powerdown');
  }

  bootFrom(device: BootDevice | null): void {
    const { node, memory } = this.#parts;
    memory.force(device);
    const session = this.#session;
    if (session === null) return;
    const names = bootable(node, this.#hasStick);
    const order = bootOrder(node, device ?? 'network').filter((name) => names.includes(name));
    this.#changes = this.#changes.then(() => reorder(session, names, order)).catch(whenGone);
  }

  async setMedium(drive: Drive, file: string | null): Promise<void> {
    const { node, hasDrives = false } = this.#parts.node;
    if (!hasDrives) throw new FaultError({ code: 'CHS-003', kind: 'drive.absent', node, drive });
    if (file === null) this.media.delete(drive);
    else this.media.set(drive, file);
    if (drive === 'usb' || this.#session === null) return;
    if (file === null) await this.#session.execute('eject', { id: CD_DRIVE, force: true });
    else await this.#session.execute('blockdev-change-medium', { id: CD_DRIVE, filename: file, format: 'raw' });
  }

  began(session: Session): void {
    this.#session = session;
    this.#hasStick = this.media.has('usb');
    this.#isResetting = false;
    this.#isShown = false;
    this.#tell('started');
  }

  /** A power-on that began before us, with these in its drives. */
  resumed(session: Session, media: ReadonlyMap<Drive, string>): void {
    for (const [drive, file] of media) this.media.set(drive, file);
    this.#session = session;
    this.#hasStick = media.has('usb');
    this.#isShown = true;
    this.#tell('started');
  }

  /** A reset shows twice, since the firmware answers it with a harder one of its own; its banner shows once. */
  firmware(shows: 'reset' | 'banner'): void {
    if (shows === 'banner' && this.#isResetting) this.#tell('started');
    this.#isResetting = shows === 'reset';
    this.#isShown = shows === 'banner';
    if (this.#isShown) this.#goOn();
  }

  said(bytes: Uint8Array): void {
    for (const listener of this.#heard) listener(bytes);
  }

  ended(): void {
    this.#session = null;
    this.#goOn();
    this.#tell('stopped');
  }

  /** A guest that is reset before its firmware has said anything stays silent for good (measured: 10 of 12). */
  #firmwareShown(): Promise<void> {
    if (this.#isShown) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      this.#parts.clock.setTimer(BANNER_LIMIT_MS, resolve);
    });
  }

  #goOn(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

async function reorder(session: Session, names: readonly string[], order: readonly string[]): Promise<void> {
  const put = (name: string, value: number): Promise<unknown> =>
    session.execute('qom-set', { path: `/machine/peripheral/${name}`, property: 'bootindex', value });
  // No two devices may have the same place, not even for a moment.
  for (const name of names) await put(name, -1);
  for (const [index, name] of order.entries()) await put(name, index + 1);
}

/** A machine that was switched off meanwhile is told its boot device when it is switched on. */
function whenGone(thrown: unknown): void {
  const code = faultOf(thrown)?.code;
  if (code !== 'QMU-008' && code !== 'QMU-002') throw thrown;
}
