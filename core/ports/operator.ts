import type { AbortSignalLike } from './power.js';

/** Somebody at a terminal, asked to do what no driver can. */
export interface OperatorPort {
  /** Whether anybody could answer: false where input is a pipe, or output is read by a program. */
  isThere(): boolean;
  /**
   * Asks until one of `answers` is given, or the signal is aborted. One question at a time: others wait for it.
   *
   * @param answers  in lower case; compared without regard to case
   * @returns one of them; null when the operator ended the input instead
   */
  ask(question: string, answers: readonly string[], signal: AbortSignalLike): Promise<string | null>;
}
