import { fit } from './run-lines.js';

/** The slots of one node that are given to an image. */
export interface NodePlan {
  readonly node: string;
  readonly slots: readonly {
    readonly slot: number;
    readonly image: string;
    /** Reservations that keep it there; none: it may be evicted. */
    readonly held_by: readonly string[];
    /** When the last of them ends, ISO 8601; null: nobody holds it. */
    readonly until: string | null;
  }[];
}

/** For people: a head for each node, a line for each slot that is given to an image. */
export function planLines(
  plans: readonly NodePlan[],
  { columns, slots: count }: { readonly columns: number; readonly slots: number },
): readonly string[] {
  if (plans.length === 0) return ['no nodes with slots'];
  return plans
    .flatMap(({ node, slots }) => [
      `${node}  ${slots.length} of ${count} slots taken`,
      ...slots.map(({ slot, image, held_by, until }) => {
        const why = until === null ? 'may be evicted' : `held by ${held_by.join(' ')} until ${until}`;
        return `  ${String(slot).padStart(3)}  ${image.padEnd(16)}  ${why}`;
      }),
    ])
    .map((line) => fit(line, columns));
}
