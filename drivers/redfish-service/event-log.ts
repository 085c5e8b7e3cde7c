import type { LogRecord } from '../../core/ports/event-log.js';

/** As many records as a small BMC keeps; the oldest goes first then. */
const MOST_RECORDS = 512;

/** What the BMC remembers of its machine, oldest first. */
export class EventLog {
  #kept: readonly LogRecord[] = [];
  #written = 0;

  readonly #wall: () => string;

  constructor(wall: () => string) {
    this.#wall = wall;
  }

  add(about: string, says: string, severity: LogRecord['severity'] = 'ok'): void {
    this.#written += 1;
    const record = { id: String(this.#written), at: this.#wall(), about, says, severity };
    this.#kept = [...this.#kept, record].slice(-MOST_RECORDS);
  }

  records(): readonly LogRecord[] {
    return this.#kept;
  }

  clear(): void {
    this.#kept = [];
  }
}

export { MOST_RECORDS };
