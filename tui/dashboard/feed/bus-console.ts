import type { Bus } from '../../../core/bus/bus.js';
import type { Clock } from '../../../core/clock.js';
import { consoleTextReader } from '../../../drivers/qemu/console-text.js';

/** Some thousand lines: what a boot prints. */
const KEPT_CHARACTERS = 256 * 1024;
/** Who has not looked for so long does not listen any more. */
const LOOKED_MS = 3_000;

/** The console that somebody looks at, as a rack's bus tells it. One at a time; another one takes its place. */
export class BusConsole {
  readonly #clock: Clock;
  #bus: Pick<Bus, 'listen'> | null = null;
  #node: string | null = null;
  #end: () => void = () => {};
  #lookedAt = 0;
  #text = '';
  /** Null: made anew when somebody looks. */
  #lines: readonly string[] | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From here on it is asked of this one. */
  reach(bus: Pick<Bus, 'listen'>): void {
    this.#bus = bus;
    this.#node = null;
  }

  /** Its last lines, without escape sequences; null while nothing is known of it. */
  lines(node: string): readonly string[] | null {
    this.#lookedAt = this.#clock.now();
    if (node !== this.#node) this.#listen(node);
    this.#lines ??= linesOf(this.#text);
    return this.#lines.length === 0 ? null : this.#lines;
  }

  #listen(node: string): void {
    if (this.#bus === null) return;
    this.#end();
    this.#node = node;
    this.#become('');
    this.#end = this.#bus.listen({
      node,
      onText: (text) => this.#become((this.#text + text).slice(-KEPT_CHARACTERS)),
      onRestart: () => this.#become(''),
      isWanted: () => {
        const isLooked = this.#clock.now() - this.#lookedAt < LOOKED_MS;
        if (!isLooked) this.#node = null;
        return isLooked;
      },
    });
  }

  #become(text: string): void {
    this.#text = text;
    this.#lines = null;
  }
}

function linesOf(text: string): readonly string[] {
  return consoleTextReader()(Buffer.from(text, 'latin1')).map((line) => line.text);
}
