import type { NodeId } from '../../core/ids.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import { readLog, type Lasting } from './lasting-qemu.js';
import { takeOverSession, type Session, type SessionOptions } from './session.js';
import type { UnitBook } from './unit-book.js';
import type { RunningRecord } from './unit-record.js';

/** What became of a node while nobody of ours was there. */
export type Found =
  | { readonly state: 'off' }
  /** It is the power-on that it was: the same process, and what it printed meanwhile has been told. */
  | { readonly state: 'running'; readonly pid: number; readonly powerOn: number }
  /** It was on, and is not any more: what of it can be told was told, and why not. */
  | { readonly state: 'ended'; readonly fault: Fault };

export interface Taken {
  readonly found: Found;
  /** Null unless it runs. */
  readonly session: Session | null;
}

export interface TakingOver {
  readonly book: UnitBook;
  readonly lasting: Lasting;
}

/** Takes over what the record says that runs; what of it does not is told, cleaned up, and off. */
export async function takeOver(options: SessionOptions, { book, lasting }: TakingOver): Promise<Taken> {
  const { running, powerOns } = book.record;
  if (running === null) return { found: { state: 'off' }, session: null };
  if (!book.isAlive) return lost(options, book, endedUnseen(options.node.node, book));
  try {
    const session = await takeOverSession(options, { lasting, running });
    if (session !== null) return { found: { state: 'running', pid: running.pid, powerOn: powerOns }, session };
    book.ended();
    return { found: { state: 'off' }, session: null };
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    // One that ended just now closes its monitor.
    return lost(options, book, fault.code === 'QMU-008' ? endedUnseen(options.node.node, book) : fault);
  }
}

function lost(options: SessionOptions, book: UnitBook, fault: Fault): Taken {
  const { running } = book.record;
  if (running !== null) tellRest(options, running);
  options.witness.ended(fault, 'it was on, and is not any more');
  book.ended();
  return { found: { state: 'ended', fault }, session: null };
}

/** What it printed to its end. */
function tellRest(options: SessionOptions, running: RunningRecord): void {
  readLog(running, options, { sign: () => {}, type: () => {} }).finish();
}

function endedUnseen(node: NodeId, book: UnitBook): Fault {
  const said = book.place.errorTail();
  const text = said.slice(said.lastIndexOf('\n') + 1);
  return { code: 'QMU-016', kind: 'qemu.endedUnseen', node, text };
}
