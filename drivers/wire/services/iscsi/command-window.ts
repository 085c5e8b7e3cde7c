import { isBefore } from './pdu.js';

/** Commands that a session takes before it has answered any (RFC 7143, section 4.2.2.1). */
const DEPTH = 128;

/** The CmdSN window of a session: which command is due, and up to which the initiator may go. */
export class CommandWindow {
  #expected = 0;
  #most = 0;

  start(first: number): void {
    this.#expected = first >>> 0;
    this.#most = (first + DEPTH - 1) >>> 0;
  }

  get expected(): number {
    return this.#expected;
  }

  get most(): number {
    return this.#most;
  }

  /** `early`: inside the window, and one before it has not come yet. `outside`: to be ignored. */
  place(number: number): 'due' | 'early' | 'outside' {
    if (number === this.#expected) return 'due';
    return isBefore(number, this.#expected) || isBefore(this.#most, number) ? 'outside' : 'early';
  }

  /** The command that was due is taken. The window never shrinks: MaxCmdSN is not taken back once it was told. */
  advance(tasks: number): void {
    this.#expected = (this.#expected + 1) >>> 0;
    this.open(tasks);
  }

  /** @param tasks commands that are not answered yet: as many fewer may come */
  open(tasks: number): void {
    const most = (this.#expected + DEPTH - 1 - tasks) >>> 0;
    if (isBefore(this.#most, most)) this.#most = most;
  }
}
