import { appendFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface Said {
  /** Bytes that were said in this life, be it that an earlier one has written them down. */
  said: number;
  /** Bytes that are in its file, or about to be. */
  kept: number;
  pending: string;
}

/**
 * Keeps what the consoles of simulated nodes say. A rack that is simulated anew says everything again: what is in the
 * files already is left out, what a crash kept from them is added.
 */
export class SimConsoles {
  readonly #folder: string;
  readonly #nodes = new Map<string, Said>();
  readonly #pending = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @param text one character a byte */
  say(node: string, text: string): void {
    const one = this.#node(node);
    const fresh = text.slice(Math.max(0, one.kept - one.said));
    one.said += text.length;
    if (fresh === '') return;
    one.kept += fresh.length;
    one.pending += fresh;
    this.#pending.add(node);
  }

  /** Into the files, all that was said meanwhile at once. */
  flush(): void {
    for (const node of this.#pending) {
      const one = this.#node(node);
      appendFileSync(this.#file(node), one.pending, 'latin1');
      one.pending = '';
    }
    this.#pending.clear();
  }

  #node(node: string): Said {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    const kept = statSync(this.#file(node), { throwIfNoEntry: false })?.size ?? 0;
    const one = { said: 0, kept, pending: '' };
    this.#nodes.set(node, one);
    return one;
  }

  #file(node: string): string {
    return join(this.#folder, `${node}.log`);
  }
}
