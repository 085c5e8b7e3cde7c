import type { BlockStore } from '../../../../../core/ports/block-store.js';
import type { LunConfig } from '../target-config.js';
import type { Sense } from './sense.js';
import { Reservations } from './reservations.js';

/** What an initiator may change by MODE SELECT: the control mode page (SPC-4, section 7.5.8). */
export interface ControlPage {
  descriptorSense: boolean;
  softwareWriteProtect: boolean;
}

/** One disk of a target and what all initiators share of it. */
export class LogicalUnit {
  readonly number: number;
  readonly store: BlockStore;
  readonly blocks: number;
  readonly block_bytes: number;
  readonly physicalBlock_bytes: number;
  readonly isReadOnly: boolean;
  readonly reservations = new Reservations();
  readonly control: ControlPage = { descriptorSense: false, softwareWriteProtect: false };
  /** Stopped by START STOP UNIT; media access waits until it is started. */
  isStopped = false;
  readonly #attentions = new Map<string, Sense[]>();

  constructor({ number, store, isReadOnly, physicalBlock_bytes }: LunConfig) {
    this.number = number;
    this.store = store;
    this.physicalBlock_bytes = physicalBlock_bytes ?? store.block_bytes;
    this.block_bytes = store.block_bytes;
    this.blocks = Math.floor(store.size_bytes / store.block_bytes);
    this.isReadOnly = isReadOnly === true || store.isReadOnly;
  }

  get isWriteProtected(): boolean {
    return this.isReadOnly || this.control.softwareWriteProtect;
  }

  /** A nexus is there: unit attentions are kept for it from now on. */
  join(nexus: string): void {
    if (!this.#attentions.has(nexus)) this.#attentions.set(nexus, []);
  }

  /** A nexus is gone (I_T nexus loss, SAM-5 section 6.3.4): what it held for its session only is let go. */
  leave(nexus: string): void {
    this.#attentions.delete(nexus);
    this.reservations.releaseSix(nexus);
  }

  /** Tells every nexus, save the one that did it, at its next command. */
  attend(sense: Sense, but: string | null): void {
    for (const nexus of this.#attentions.keys()) if (nexus !== but) this.attendOne(nexus, sense);
  }

  attendOne(nexus: string, sense: Sense): void {
    const queue = this.#attentions.get(nexus);
    if (queue !== undefined && !queue.some(({ code }) => code === sense.code)) queue.push(sense);
  }

  /** @returns the oldest unit attention of this nexus, which is cleared by that, else null */
  takeAttention(nexus: string): Sense | null {
    return this.#attentions.get(nexus)?.shift() ?? null;
  }

  /** LUN RESET (SAM-5, section 6.3.3), told to every nexus; registrations and a persistent reservation stay. */
  reset(sense: Sense): void {
    this.reservations.releaseSix(null);
    this.control.descriptorSense = false;
    this.control.softwareWriteProtect = false;
    this.isStopped = false;
    this.attend(sense, null);
  }
}
