import type { BusHost, BusService } from '../../../core/bus/bus.js';
import type { Arrival, Receipt } from '../../../core/bus/letter.js';
import type { Fault } from '../../../core/faults/fault.js';

/** A journal in memory that writes down what it is asked; the disk is as quick as a test wants it. */
export class MemoryService implements BusService {
  readonly journal: string;
  readonly lines: string[] = [];
  readonly taken: Arrival[] = [];
  /** Tells watchers, as an engine does; unset: what is written is not published. */
  host: BusHost | null = null;
  isFull = false;
  /** Most lines in one answer: small, so that a gap takes several. */
  most = 100;

  constructor(journal = 'test') {
    this.journal = journal;
  }

  last(): number {
    return this.lines.length;
  }

  read({ from, to }: { readonly from: number; readonly to: number }): readonly string[] {
    return this.lines.slice(from - 1, Math.min(to, from - 1 + this.most));
  }

  receipts(): readonly Receipt[] {
    return this.taken;
  }

  take(arrivals: readonly Arrival[]): readonly (Fault | null)[] {
    if (this.isFull) return [];
    return arrivals.map((arrival) => {
      const fault = arrival.fault ?? refusalOf(arrival);
      this.taken.push({ ...arrival, fault });
      this.append({ entry: 'requested', ...arrival.said });
      return fault;
    });
  }

  async settled(): Promise<boolean> {
    return true;
  }

  append(happening: object): void {
    const seq = this.lines.length + 1;
    const line = JSON.stringify({ seq, at: seq, ...happening });
    this.lines.push(line);
    this.host?.publish(seq, [line]);
  }

  /** What was asked and not refused, in order. */
  get done(): readonly unknown[] {
    return this.taken.flatMap(({ said, fault }) => (fault === null && said !== null ? [said.payload] : []));
  }
}

/** It has no node of that name. */
export const STRANGER = 'stranger';

function refusalOf({ said }: Arrival): Fault | null {
  if (said?.topic !== 'node.power' || said.payload.node !== STRANGER) return null;
  return { code: 'BUS-009', kind: 'key.missing', name: STRANGER, folder: 'test' };
}
