/** Of waits that take each other's place, the one that counts. */
export class Latest {
  #current: AbortController | null = null;

  /** Ends the wait before it. */
  next(): AbortController {
    this.#current?.abort();
    this.#current = new AbortController();
    return this.#current;
  }
}
