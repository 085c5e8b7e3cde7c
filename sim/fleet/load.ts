import type { MishapKind } from '../../core/scenario/scenario.js';

/** What a node boots, as it stands when the node is powered on. `flaw` is what is wrong with it. */
export interface Load {
  readonly image: string;
  readonly slot: number | null;
  readonly flaw: MishapKind | null;
}
