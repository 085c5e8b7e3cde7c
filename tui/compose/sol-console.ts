import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../core/clock.js';
import { Likeness } from '../../core/console/likeness.js';
import type { Observe } from '../../core/evidence.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { ConsoleListener, ConsoleSeat } from '../../core/ports/console.js';
import type { SerialLine } from '../../core/ports/machine-room.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../../drivers/system-clock/pause.js';
import { wallNow } from '../../drivers/system-clock/wall.js';
import { openRecording, type Recording } from '../console/recording.js';

export interface SolConsoleParts {
  readonly node: NodeId;
  readonly console: { attach(listener: ConsoleListener): ConsoleSeat };
  /** What the node itself says, to hold against it what comes. */
  readonly line: Pick<SerialLine, 'onOutput'>;
  readonly clock: Clock;
  /** Holds `<node>.log`, what came, and `<node>.cast`, with times. */
  readonly directory: string;
  readonly heard: (bytes: Buffer) => void;
  readonly observe: Observe;
}

/** A line that is being looked for is tried again each ten seconds. */
const ATTACH_LIMIT_MS = 30_000;
/** What is still on its way when the rig leaves; it took up to 40 ms on two busy cores. */
const LAST_BYTES_MS = 5_000;

interface Waiting {
  readonly come: () => void;
  readonly fail: (reason: Error) => void;
}

/** One node's console by serial over LAN, from when it is first asked for until the rig leaves. */
export class SolConsole {
  readonly #parts: SolConsoleParts;
  readonly #waiting = new Set<Waiting>();
  #files: { readonly log: Log; readonly recording: Recording } | null = null;
  #seat: ConsoleSeat | null = null;
  #stopListening: () => void = () => {};
  #isAttached = false;
  /** Null once the line was lost: what was said meanwhile did not come. */
  #likeness: Likeness | null = null;
  #cameEven: () => void = () => {};

  constructor(parts: SolConsoleParts) {
    this.#parts = parts;
  }

  /** @throws FaultError why it cannot be had now; it is looked for all the same where that passes by itself */
  attached(signal: AbortSignalLike): Promise<void> {
    if (this.#isAttached) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(aborted());
      const over = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', abort);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        come: () => (over(), resolve()),
        fail: (reason) => (over(), reject(reason)),
      };
      const abort = (): void => waiting.fail(aborted());
      const timer: Timer = this.#parts.clock.setTimer(ATTACH_LIMIT_MS, () => waiting.fail(this.#late()));
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
      this.#sit();
    });
  }

  /** Comes when all that was heard is in the files. @throws FaultError CON-006, CON-007 */
  async close(): Promise<void> {
    if (this.#files === null) return;
    if (this.#likeness?.isEven === false) await this.#lastBytes();
    this.#stopListening();
    this.#seat?.leave();
    const { log, recording } = this.#files;
    await log.close();
    await recording.close();
    const at_bytes = this.#likeness?.differsAt ?? null;
    const { node } = this.#parts;
    if (at_bytes !== null) throw new FaultError({ code: 'CON-007', kind: 'console.differs', node, at_bytes });
  }

  /** Whoever attaches has the line looked for again, should that have been given up. */
  #sit(): void {
    this.#files ??= this.#open();
    this.#seat?.leave();
    const { log, recording } = this.#files;
    this.#seat = this.#parts.console.attach({
      name: 'metalrig run',
      writes: false,
      heard: (piece) => {
        const bytes = Buffer.from(piece.text, 'latin1');
        log.take(bytes);
        recording.take(piece);
        this.#likeness?.heard(piece.text);
        if (this.#likeness?.isEven === true) this.#cameEven();
        this.#parts.heard(bytes);
      },
      line: (fault) => (fault === null ? this.#came() : this.#lost(fault)),
    });
  }

  #open(): { readonly log: Log; readonly recording: Recording } {
    const { node, directory, line } = this.#parts;
    this.#likeness = new Likeness();
    // What was said before is not for us: a BMC keeps nothing.
    this.#stopListening = line.onOutput((bytes) => {
      if (this.#isAttached) this.#likeness?.said(Buffer.from(bytes).toString('latin1'));
    });
    const path = join(directory, `${node}.cast`);
    // Its times are then those of the journal.
    const recording = openRecording({ path, node, startedAt: 0, startedAt_s: wallNow().at / 1000 });
    return { log: openLog(join(directory, `${node}.log`)), recording };
  }

  #came(): void {
    this.#isAttached = true;
    for (const { come } of this.#waiting) come();
  }

  #lost(fault: Fault): void {
    const { node, observe } = this.#parts;
    if (this.#isAttached) {
      this.#likeness = null;
      observe({ kind: 'trouble', node, source: 'console', what: 'the console was lost', fault });
    }
    this.#isAttached = false;
    for (const { fail } of this.#waiting) fail(new FaultError(fault));
  }

  #late(): FaultError {
    const { node } = this.#parts;
    const why = `it did not come back within ${ATTACH_LIMIT_MS / 1000} s`;
    return new FaultError({ code: 'CON-001', kind: 'console.lost', node, why });
  }

  #lastBytes(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.setTimer(LAST_BYTES_MS, resolve);
      this.#cameEven = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

interface Log {
  take(bytes: Buffer): void;
  /** @throws FaultError CON-006 */
  close(): Promise<void>;
}

function openLog(path: string): Log {
  const file = createWriteStream(path, { flags: 'a' });
  let fault: FaultError | null = null;
  file.once('error', (error: NodeJS.ErrnoException) => {
    fault = new FaultError({ code: 'CON-006', kind: 'recording.unwritable', path, why: error.code ?? error.message });
  });
  const closed = new Promise<void>((resolve) => void file.once('close', () => resolve()));
  return {
    take: (bytes) => void file.write(bytes),
    async close() {
      file.end();
      await closed;
      if (fault !== null) throw fault;
    },
  };
}
