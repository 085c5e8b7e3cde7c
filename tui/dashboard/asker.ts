import { wordsOf, type Operate, type Request } from './keys/operate.js';
import type { Motion } from './model/playback.js';

export type Say = (text: string, isBad?: boolean) => void;

/** Asks a rack for things, and tells what has become of it. */
export class Asker {
  readonly #operate: Operate | string;
  readonly #say: Say;

  constructor(operate: Operate | string, say: Say) {
    this.#operate = operate;
    this.#say = say;
  }

  canAsk(motion: Motion): boolean {
    return typeof this.#operate !== 'string' && motion === 'live';
  }

  /** Says so where nothing can be asked. */
  isRefused(motion: Motion): boolean {
    if (this.canAsk(motion)) return false;
    const past = 'this is the past; $ leads back to the rack as it is';
    this.#say(typeof this.#operate === 'string' ? this.#operate : past, true);
    return true;
  }

  send(request: Request): void {
    if (typeof this.#operate === 'string') return;
    this.#say(`asking: ${wordsOf(request)}`);
    this.#operate(request).then(
      () => this.#say(`asked: ${wordsOf(request)}`),
      (thrown: unknown) => this.#say(thrown instanceof Error ? thrown.message : String(thrown), true),
    );
  }
}
