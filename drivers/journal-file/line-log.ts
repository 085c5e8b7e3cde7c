import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Fault } from '../../core/faults/fault.js';
import type { HandsLine, HandsLog } from '../../core/far/hands-log.js';
import { FaultError } from '../../core/faults/fault.js';

/** What hands write down: a JSON document a line; a torn last line is cut off. */
export class LineLog implements HandsLog {
  readonly #file: string;
  #descriptor: number;
  #broken: Fault | null = null;

  private constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  /**
   * @returns what stands in it; `undefined` where a line is none
   * @throws FaultError HND-007
   */
  static open(file: string): { readonly log: LineLog; readonly lines: readonly unknown[] } {
    return guarded(file, () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
      const log = new LineLog(file, openSync(file, 'a', 0o600));
      return { log, lines: whole.split('\n').slice(0, -1).map(valueOf) };
    });
  }

  append(line: HandsLine): Fault | null {
    return this.#tried(() => written(this.#descriptor, [line]));
  }

  sync(): Promise<boolean> {
    if (this.#broken !== null) return Promise.resolve(false);
    return new Promise((resolve) => fdatasync(this.#descriptor, (error) => resolve(error === null)));
  }

  replace(lines: readonly HandsLine[]): Fault | null {
    return this.#tried(() => {
      const descriptor = openSync(`${this.#file}.new`, 'w', 0o600);
      written(descriptor, lines);
      fsyncSync(descriptor);
      renameSync(`${this.#file}.new`, this.#file);
      closeSync(this.#descriptor);
      this.#descriptor = descriptor;
      syncFolder(dirname(this.#file));
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #tried(act: () => void): Fault | null {
    if (this.#broken !== null) return this.#broken;
    try {
      guarded(this.#file, act);
    } catch (thrown) {
      if (!(thrown instanceof FaultError)) throw thrown;
      this.#broken = thrown.fault;
    }
    return this.#broken;
  }
}

function written(descriptor: number, lines: readonly HandsLine[]): void {
  const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  let at = 0;
  while (at < text.length) at += writeSync(descriptor, text, at);
}

/** A rename is on the disk once its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function valueOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function guarded<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'HND-007', kind: 'hands.unwritable', file, why }, thrown);
  }
}
