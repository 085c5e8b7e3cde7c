/** Who may do what with a unit: RESERVE(6) for now. */
export class Reservations {
  #holderOfSix: string | null = null;

  /** @returns false when another nexus holds the unit */
  reserveSix(nexus: string): boolean {
    if (this.#holderOfSix !== null && this.#holderOfSix !== nexus) return false;
    this.#holderOfSix = nexus;
    return true;
  }

  /** Releases what `nexus` holds; whatever is held when it is null. */
  releaseSix(nexus: string | null): void {
    if (nexus === null || this.#holderOfSix === nexus) this.#holderOfSix = null;
  }

  get holderOfSix(): string | null {
    return this.#holderOfSix;
  }
}
