import type { Clock } from '../clock.js';
import { faultOf } from '../faults/fault.js';
import type { AbortSignalLike } from '../ports/power.js';
import type { Answer, EffectCatalog, EffectInput, EffectKind } from './catalog.js';
import type { Cancel } from './perform.js';

/** What the edge needs to adapt a driver's promises; the platform's AbortController is handed in. */
export interface PromiseEdge {
  readonly clock: Clock;
  readonly newAbort: () => { readonly signal: AbortSignalLike; abort(): void };
  /** A thrown value that is no FaultError is a bug of ours: it goes here, never into a journal. */
  readonly onBug: (thrown: unknown) => void;
}

/** Adapts a port's promise to the seam: stamps the time, turns a thrown FaultError into a failure. */
export function promised<K extends EffectKind>(
  edge: PromiseEdge,
  act: (input: EffectInput<K>, signal: AbortSignalLike) => Promise<EffectCatalog[K]['out']>,
): (input: EffectInput<K>, answer: (answer: Answer<K>) => void) => Cancel {
  return (input, answer) => {
    const abort = edge.newAbort();
    let isWanted = true;
    act(input, abort.signal).then(
      (output) => {
        if (isWanted) answer({ ok: true, output: { ...output, at: edge.clock.now() } });
      },
      (thrown: unknown) => {
        if (!isWanted) return;
        const fault = faultOf(thrown);
        if (fault === null) edge.onBug(thrown);
        else answer({ ok: false, failure: { fault, at: edge.clock.now() } });
      },
    );
    return () => {
      isWanted = false;
      abort.abort();
    };
  };
}
