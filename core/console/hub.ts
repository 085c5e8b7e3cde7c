import type { Clock } from '../clock.js';
import { FaultError, type Fault } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import type { ConsoleListener, ConsoleSeat } from '../ports/console.js';
import { hear, mayType, NOTHING_HEARD, otherSide, type OtherSide } from './governor.js';

export interface HubOptions {
  readonly node: NodeId;
  readonly clock: Clock;
  /** Puts text on the line, one byte a character. */
  readonly send: (text: string) => void;
}

/** One node's console in the middle: one line, several who listen, one of whom may type, and the governor. */
export interface ConsoleHub {
  /** The line brought this, one character a byte. */
  heard(text: string): void;
  /** The line was lost (the fault), or is there (null). */
  line(fault: Fault | null): void;
  otherSide(): OtherSide;
  /** @throws FaultError CON-002 */
  seat(listener: ConsoleListener): ConsoleSeat;
}

export function consoleHub({ node, clock, send }: HubOptions): ConsoleHub {
  const listeners = new Set<ConsoleListener>();
  let heard = NOTHING_HEARD;
  let heardAt = clock.now();
  let lost: Fault | null = { code: 'CON-001', kind: 'console.lost', node, why: 'it is not attached yet' };
  const side = (): OtherSide => otherSide(heard, clock.now() - heardAt);

  const typed = (listener: ConsoleListener, text: string, isForced: boolean): void => {
    if (!listener.writes || !listeners.has(listener)) {
      throw new FaultError({ code: 'CON-003', kind: 'console.watched', node });
    }
    if (lost !== null) throw new FaultError(lost);
    const other = side();
    if (!isForced && !mayType(other, text)) {
      throw new FaultError({ code: 'CON-004', kind: 'console.held', node, side: other.side });
    }
    send(text);
  };
  return {
    otherSide: side,
    heard(text) {
      heardAt = clock.now();
      heard = hear(heard, text);
      for (const listener of listeners) listener.heard({ at: heardAt, text });
    },
    line(fault) {
      const isNews = fault?.code !== lost?.code;
      lost = fault;
      // Each vain try to get it back ends in the same way.
      if (!isNews) return;
      for (const listener of listeners) listener.line(fault);
    },
    seat(listener) {
      const writer = [...listeners].find(({ writes }) => writes);
      if (listener.writes && writer !== undefined) {
        throw new FaultError({ code: 'CON-002', kind: 'console.taken', node, by: writer.name });
      }
      listeners.add(listener);
      if (lost === null) listener.line(null);
      return {
        type: async (text, { isForced } = { isForced: false }) => typed(listener, text, isForced),
        leave: () => void listeners.delete(listener),
      };
    },
  };
}
