import { CHAINS, STAGES, type ChainName, type Stage } from '../evidence.js';

/** A stage of the boot at hand, in the order it was passed. */
export interface PassedStage {
  readonly stage: Stage;
  readonly at: number;
  /** Who saw what; null where only a later stage's evidence tells that it must have been passed: unseen. */
  readonly evidence: string | null;
}

/** A chain with a bit of its own, without the `off` that each begins with. */
interface Way {
  readonly bit: number;
  readonly stages: readonly Stage[];
}

const isChain = (name: string): name is ChainName => Object.hasOwn(CHAINS, name);
const WAYS: readonly Way[] = Object.keys(CHAINS)
  .filter(isChain)
  .map((name, index) => ({ bit: 1 << index, stages: CHAINS[name].slice(1) }));

/** The bits of the chains that a stage is on. Numbers, as every arrival of every node is held against them. */
const BITS: ReadonlyMap<Stage, number> = new Map(
  STAGES.map((stage) => [stage, WAYS.reduce((bits, way) => (way.stages.includes(stage) ? bits | way.bit : bits), 0)]),
);
const bitsOf = (stage: Stage): number => BITS.get(stage) ?? 0;

/**
 * The stages of a boot with one more at its end. Those of the fitting chain that nobody saw are in between, marked so;
 * where the new stage shows that the boot goes another way than was thought, what was thought to be unseen is too.
 *
 * @returns null when no chain has all that was seen: then this is another boot
 */
export function passOn(before: readonly PassedStage[], last: PassedStage): readonly PassedStage[] | null {
  let fitting = bitsOf(last.stage);
  let isWhole = true;
  for (const { stage, evidence } of before) {
    if (evidence === null) isWhole = false;
    else fitting &= bitsOf(stage);
  }
  const way = WAYS.find(({ bit }) => (fitting & bit) !== 0);
  if (way === undefined) return null;
  const place = way.stages.indexOf(last.stage);
  return isWhole && before.length === place
    ? [...before, last]
    : filledUp(way.stages.slice(0, place + 1), before, last);
}

/** What was seen, with the rest of the stages between: passed, at the latest, when the next one was seen. */
function filledUp(stages: readonly Stage[], before: readonly PassedStage[], last: PassedStage): readonly PassedStage[] {
  const seen = before.filter(({ evidence }) => evidence !== null);
  const known = stages.map((stage) => (stage === last.stage ? last : seen.find((passed) => passed.stage === stage)));
  return stages.map((stage, index) => {
    const next = known.slice(index).find((passed) => passed !== undefined) ?? last;
    return known[index] ?? { stage, at: next.at, evidence: null };
  });
}

/** The stages that may come right after one, on any chain. */
export function stagesAfter(stage: Stage): readonly Stage[] {
  const after = WAYS.flatMap(({ stages }) => {
    const place = stages.indexOf(stage);
    const next = place === -1 ? undefined : stages[place + 1];
    return next === undefined ? [] : [next];
  });
  return [...new Set(after)];
}
