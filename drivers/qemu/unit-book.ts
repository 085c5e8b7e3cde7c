import type { Drive } from '../../core/ports/machine-room.js';
import { isRunning, killProcess } from '../process/alive.js';
import { endForgotten } from './lasting-qemu.js';
import { UnitPlace } from './unit-place.js';
import { DRIVES, readUnitRecord, writeUnitRecord, type RunningRecord, type UnitRecord } from './unit-record.js';

/** The record of a node that outlives us, kept as it changes. */
export class UnitBook {
  readonly place: UnitPlace;
  #record: UnitRecord;

  /** @throws FaultError QMU-014 */
  constructor(place: UnitPlace) {
    this.place = place;
    place.make();
    this.#record = readUnitRecord(place.record);
    if (this.#record.running === null) endForgotten(place);
  }

  get record(): UnitRecord {
    return this.#record;
  }

  /** Whether the process that the record names is there. */
  get isAlive(): boolean {
    const { running } = this.#record;
    return running !== null && isRunning(running);
  }

  /** What was in the node's drives when it was switched on. */
  media(): ReadonlyMap<Drive, string> {
    const { media = {} } = this.#record.running ?? {};
    return new Map(DRIVES.flatMap((drive) => (media[drive] === undefined ? [] : [[drive, media[drive]]])));
  }

  began(running: RunningRecord): void {
    this.change({ running, powerOns: this.#record.powerOns + 1 });
  }

  ended(): void {
    this.change({ running: null });
    this.place.clear();
  }

  change(part: Partial<UnitRecord>): void {
    this.#record = { ...this.#record, ...part };
    writeUnitRecord(this.place.record, this.#record);
  }
}

/** Ends what still runs of a node whose rack is over: nobody asks for it any more. */
export function endLeft(folder: string): void {
  const place = new UnitPlace(folder);
  const { running } = readUnitRecord(place.record);
  if (running !== null) killProcess(running);
  endForgotten(place);
}
