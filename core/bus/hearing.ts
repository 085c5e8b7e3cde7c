import type { Clock, Timer } from '../clock.js';
import type { Listening } from './bus.js';
import { encode, type FrameOf, type Parts } from './frame.js';

/** As often as an eye follows text; an answer that says that there is more is followed by a question at once. */
const ASK_MS = 250;

/**
 * Listens to one console: asks for what lies behind the last byte that it has, again and again. So nothing is lost or
 * heard twice, whatever becomes of questions and answers, and nobody waits for whoever listens slowly.
 */
export class Hearing {
  readonly #listening: Listening;
  readonly #wire: { readonly clock: Clock; readonly send: (parts: Parts) => void };
  #journal: string | null = null;
  #next: number | null = null;
  #timer: Timer;

  constructor(listening: Listening, wire: { readonly clock: Clock; readonly send: (parts: Parts) => void }) {
    this.#listening = listening;
    this.#wire = wire;
    this.#timer = wire.clock.setTimer(0, () => this.#beat());
  }

  end(): void {
    this.#timer.cancel();
  }

  take({ node, journal, from, size }: FrameOf<'console'>, text: string): void {
    if (node !== this.#listening.node) return;
    const isOther = this.#journal !== null && this.#journal !== journal;
    const hasShrunk = this.#next !== null && size < this.#next;
    this.#journal = journal;
    if (isOther || hasShrunk) {
      this.#next = null;
      this.#listening.onRestart();
      return this.#ask();
    }
    const begin = this.#next ?? from;
    // An answer to an earlier question may hold what was heard since; none begins behind what was asked for.
    const fresh = begin < from ? '' : text.slice(begin - from);
    this.#next = begin + fresh.length;
    if (fresh === '') return;
    this.#listening.onText(fresh);
    if (this.#next < size) this.#ask();
  }

  #beat(): void {
    if (!this.#listening.isWanted()) return;
    this.#ask();
    this.#timer = this.#wire.clock.setTimer(ASK_MS, () => this.#beat());
  }

  #ask(): void {
    this.#wire.send(encode({ kind: 'listen', node: this.#listening.node, from: this.#next }));
  }
}
