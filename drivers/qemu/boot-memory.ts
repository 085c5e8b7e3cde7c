import { FaultError } from '../../core/faults/fault.js';
import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import type { QemuNode } from './node.js';

export interface KeptBoot {
  readonly always: BootDevice;
  readonly once: BootDevice | null;
}

const NOTHING_SET: KeptBoot = { always: 'network', once: null };

/** What an emulated node boots from, as its firmware would remember it. */
export class BootMemory {
  readonly #node: QemuNode;
  readonly #keep: (kept: KeptBoot) => void;
  #always: BootDevice;
  /** Wins over `#always` at the next power-on, and is used up by it. */
  #once: BootDevice | null;

  /** @param keep told whenever it changes */
  constructor(node: QemuNode, kept: KeptBoot = NOTHING_SET, keep: (kept: KeptBoot) => void = () => {}) {
    this.#node = node;
    this.#always = kept.always;
    this.#once = kept.once;
    this.#keep = keep;
  }

  /** What the next power-on tries first. */
  get next(): BootDevice {
    return this.#once ?? this.#always;
  }

  /** @throws FaultError QMU-013 where the node has no such device: firmware would pass over it in silence */
  set({ device, lasts }: BootOrder): void {
    const { node, nics, disks = [] } = this.#node;
    const counts: Readonly<Record<BootDevice, number>> = {
      network: nics.length,
      disk: disks.length,
      cdrom: 0,
      usb: 0,
    };
    if (counts[device] === 0) throw new FaultError({ code: 'QMU-013', kind: 'bootDevice.absent', node, device });
    this.#once = lasts === 'once' ? device : null;
    if (lasts === 'always') this.#always = device;
    this.#changed();
  }

  /** As a BMC says, which is not told whether there is such a device; null: the firmware's own order. */
  force(device: BootDevice | null): void {
    this.#once = null;
    this.#always = device ?? 'network';
    this.#changed();
  }

  /** A power-on took `device`; what was set meanwhile stays. */
  taken(device: BootDevice): void {
    if (this.#once !== device) return;
    this.#once = null;
    this.#changed();
  }

  #changed(): void {
    this.#keep({ always: this.#always, once: this.#once });
  }
}
