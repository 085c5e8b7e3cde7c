import { span_ms } from '../../../core/clock.js';
import { CHAINS, type Stage } from '../../../core/evidence.js';
import type { BootContext } from '../../../core/machines/boot-context.js';
import type { Model } from './model.js';
import { machinesOf } from './node-facts.js';
import type { Usual } from './medians.js';

/** One stage of a node's boot, passed, at hand or still to come. */
export interface ChainStage {
  readonly stage: Stage;
  readonly is: 'passed' | 'unseen' | 'at hand' | 'failed' | 'ahead';
  /** Null for one that is still to come. */
  readonly at: number | null;
  /** Null while it lasts, or is still to come. */
  readonly took_ms: number | null;
  readonly usual: Usual | null;
  readonly evidence: string | null;
}

/** The boot at hand as a line of stages, with those to come as far as one chain is left that they can be of. */
export function chainOf(model: Model, node: string): readonly ChainStage[] {
  const { boot } = machinesOf(model, node);
  if (boot === undefined) return [];
  const { passed, failure, stage: last, enteredAt } = boot.standing.context as BootContext;
  const isOff = boot.standing.state === 'off';
  const done = passed.map(({ stage, at, evidence }, index): ChainStage => {
    const isLast = index === passed.length - 1;
    const end = passed[index + 1]?.at ?? (failure === null && !isOff ? null : enteredAt);
    const is = isLast ? (failure === null ? (isOff ? 'passed' : 'at hand') : 'failed') : 'passed';
    return {
      stage,
      is: evidence === null ? 'unseen' : is,
      at,
      took_ms: end === null ? null : span_ms(at, end),
      usual: model.usual.of('boot', stage),
      evidence,
    };
  });
  if (failure !== null || isOff) return done;
  const seen = passed.flatMap(({ stage, evidence }) => (evidence === null ? [] : [stage]));
  const ahead = stagesAhead(seen, last).map((stage): ChainStage => {
    return { stage, is: 'ahead', at: null, took_ms: null, usual: model.usual.of('boot', stage), evidence: null };
  });
  return [...done, ...ahead];
}

/** What all chains have in common that have every stage that was seen. */
function stagesAhead(seen: readonly Stage[], last: Stage): readonly Stage[] {
  const ways = Object.values(CHAINS).map((way): readonly Stage[] => way);
  const fitting = ways.filter((way) => seen.every((stage) => way.includes(stage)) && way.includes(last));
  const [first = [], ...others] = fitting.map((way) => way.slice(way.indexOf(last) + 1));
  const parting = first.findIndex((stage, index) => others.some((other) => other[index] !== stage));
  return parting === -1 ? first : first.slice(0, parting);
}
