/** As much as is waited for: a line that is so far behind has lost it. */
const MOST_AWAITED = 256 * 1024;

/** Holds what a console brings against what the node said: every byte of it, once, and in its order. */
export class Likeness {
  #awaited = '';
  #heard_bytes = 0;
  #differsAt: number | null = null;

  /** One character a byte, as everywhere here. */
  said(text: string): void {
    this.#awaited += text;
    if (this.#awaited.length > MOST_AWAITED) this.#differ(0);
  }

  heard(text: string): void {
    if (this.#awaited.startsWith(text)) {
      this.#awaited = this.#awaited.slice(text.length);
      this.#heard_bytes += text.length;
    } else this.#differ(commonLength(this.#awaited, text));
  }

  /** Whether all that was said has come. */
  get isEven(): boolean {
    return this.#awaited === '';
  }

  /** The first byte that was lost, doubled or changed, or has not come yet; null: all is alike. */
  get differsAt(): number | null {
    return this.#differsAt ?? (this.isEven ? null : this.#heard_bytes);
  }

  #differ(after_bytes: number): void {
    this.#differsAt ??= this.#heard_bytes + after_bytes;
    this.#awaited = '';
  }
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
