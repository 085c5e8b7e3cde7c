import type { Io } from './io.js';

const CLEAR = '\r\u001b[K';

/** A status line that stays below what is printed, on a terminal; piped, a status is printed once when it changes. */
export class LiveLine {
  readonly #io: Io;
  #status = '';

  constructor(io: Io) {
    this.#io = io;
  }

  print(line: string): void {
    const { out, isLive } = this.#io;
    if (!isLive || this.#status === '') out(`${line}\n`);
    else out(`${CLEAR}${line}\n${this.#status}`);
  }

  status(text: string): void {
    const { out, err, isLive, columns } = this.#io;
    const fitting = text.slice(0, columns - 1);
    if (fitting === this.#status) return;
    this.#status = fitting;
    if (isLive) out(`${CLEAR}${fitting}`);
    else if (fitting !== '') err(`${fitting}\n`);
  }

  clear(): void {
    if (this.#io.isLive && this.#status !== '') this.#io.out(CLEAR);
    this.#status = '';
  }
}
