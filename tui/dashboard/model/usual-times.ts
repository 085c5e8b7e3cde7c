import { typical_ms } from '../../../sim/stages/times.js';
import type { Machine } from './machine.js';
import { Medians, type Usual } from './medians.js';

/** How long states have lasted that were left for a good one. */
export class UsualTimes {
  #medians = new Medians();

  take({ kind, standing, since }: Machine, leftAt: number): void {
    this.#medians.take(`${kind} ${standing.state}`, leftAt - since);
  }

  /** @returns null where nobody can tell */
  of(kind: string, state: string): Usual | null {
    return this.#medians.of(`${kind} ${state}`) ?? emulated(kind, state);
  }

  copy(): UsualTimes {
    const copy = new UsualTimes();
    copy.#medians = this.#medians.copy();
    return copy;
  }
}

function emulated(kind: string, state: string): Usual | null {
  const ms = kind === 'boot' ? typical_ms(state) : null;
  return ms === null ? null : { ms, count: 0 };
}
