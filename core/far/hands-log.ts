import * as z from 'zod';
import { TOPICS, type Said } from '../bus/topics.js';
import type { Fault } from '../faults/fault.js';
import { farAsk, type FarAsk } from './far-effects.js';

/** What hands have done for an effect, as they tell the engine. */
export type FarOutcome = Said & { readonly topic: 'effect.done' | 'effect.failed' };

/** One line of what hands write down. */
export type HandsLine =
  /** The first: whose it is, and of which journal's engine. */
  | { readonly line: 'life'; readonly hands: string; readonly journal: string; readonly life: string }
  | { readonly line: 'begun'; readonly stream: string; readonly epoch: number; readonly asks: readonly number[] }
  | { readonly line: 'asked'; readonly asked: FarAsk }
  | { readonly line: 'cancelled'; readonly ask: number }
  | { readonly line: 'refused'; readonly stream: string; readonly seq: number; readonly fault: Fault }
  /** It was performed; from here on it is never performed again. */
  | { readonly line: 'outcome'; readonly outcome: FarOutcome }
  /** The engine has that on its disk. */
  | { readonly line: 'told'; readonly ask: number };

/** Where hands write down what they are asked, before they say so. */
export interface HandsLog {
  /** @returns why it could not be written, else null: what is not written is not acted on */
  append(line: HandsLine): Fault | null;
  /** @returns whether all of it is on the disk */
  sync(): Promise<boolean>;
  /** Puts these lines in the place of all others: whole or not at all. @returns as `append` */
  replace(lines: readonly HandsLine[]): Fault | null;
}

/** An effect that is not over, and what came of it if anything did. */
export interface Kept {
  readonly asked: FarAsk;
  readonly outcome: FarOutcome | null;
}

const ask = z.int().min(1);
const shape = z.discriminatedUnion('line', [
  z.looseObject({ line: z.literal('life'), journal: z.string() }),
  z.looseObject({ line: z.literal('begun'), asks: z.array(ask) }),
  z.looseObject({ line: z.literal('asked'), asked: farAsk }),
  z.looseObject({ line: z.literal('cancelled'), ask }),
  z.looseObject({ line: z.literal('refused') }),
  z.looseObject({
    line: z.literal('outcome'),
    outcome: z.discriminatedUnion('topic', [
      z.strictObject({ topic: z.literal('effect.done'), payload: TOPICS['effect.done'].payload }),
      z.strictObject({ topic: z.literal('effect.failed'), payload: TOPICS['effect.failed'].payload }),
    ]),
  }),
  z.looseObject({ line: z.literal('told'), ask }),
]);

/**
 * What earlier lives left undone, by number; nothing where they served another journal's engine.
 * @returns the first line that is none, as its number from 1 on
 */
export function foldHandsLog(lines: readonly unknown[], journal: string): ReadonlyMap<number, Kept> | number {
  const kept = new Map<number, Kept>();
  for (const [index, value] of lines.entries()) {
    const read = shape.safeParse(value);
    if (!read.success) return index + 1;
    const { data } = read;
    switch (data.line) {
      case 'life':
        if (data.journal !== journal) return new Map();
        break;
      case 'begun':
        keepOnly(kept, data.asks);
        break;
      case 'asked':
        keepAsked(kept, data.asked);
        break;
      case 'outcome':
        keepOutcome(kept, data.outcome);
        break;
      case 'cancelled':
      case 'told':
        kept.delete(data.ask);
        break;
      case 'refused':
    }
  }
  return kept;
}

function keepOnly(kept: Map<number, unknown>, asks: readonly number[]): void {
  const wanted = new Set(asks);
  for (const number of kept.keys()) if (!wanted.has(number)) kept.delete(number);
}

/** Whether it is what was asked under that number before. */
export function isSame(asked: FarAsk, before: FarAsk | undefined): boolean {
  return JSON.stringify(asked) === JSON.stringify(before);
}

/** Every life of the engine asks anew for what is not over. */
function keepAsked(kept: Map<number, Kept>, asked: FarAsk): void {
  if (!isSame(asked, kept.get(asked.ask)?.asked)) kept.set(asked.ask, { asked, outcome: null });
}

function keepOutcome(kept: Map<number, Kept>, outcome: FarOutcome): void {
  const known = kept.get(outcome.payload.ask);
  if (known !== undefined) kept.set(outcome.payload.ask, { ...known, outcome });
}

/** The lines that say the same as all that were written. */
export function linesOf(opening: HandsLine, kept: Iterable<Kept>): readonly HandsLine[] {
  const lines = [opening];
  for (const { asked, outcome } of kept) {
    lines.push({ line: 'asked', asked });
    if (outcome !== null) lines.push({ line: 'outcome', outcome });
  }
  return lines;
}
