import type { Folded } from '../journal/fold.js';
import { Engine, type EngineParts, type Machine } from './engine.js';

/**
 * An engine that goes on where a journal ends. Every machine stands as folded. What was in flight is asked again under
 * its old number: effects are levels, so being asked twice does no harm, and deadlines are absolute, so nobody gets a
 * second full wait. What the crash cut off after a journaled event (its outcome, a word to another machine) is done
 * now. Call `begin` once everything else is in place.
 */
export function recover(parts: EngineParts, folded: Folded): { readonly engine: Engine; begin(): void } {
  const before = [...folded.machines.values()];
  const machines: Machine[] = before.map(({ id, stepper, standing }) => ({ id, stepper, standing, live: null }));
  const engine = new Engine(parts, machines, folded.asks);
  const due = before.flatMap((machine) => machine.due.map((item) => ({ machine: machine.id, due: item })));
  const again = before.flatMap(({ id, inFlight }) => (inFlight === null ? [] : [{ machine: id, ...inFlight }]));
  const begin = (): void => engine.resume({ tells: folded.undelivered, due, again });
  return { engine, begin };
}
