import type { NodeId } from '../ids.js';

export type PowerState = 'on' | 'off';

/** Power as a level rather than a button. A restored machine asks again, so `ensure` twice must act once. */
export interface PowerPort {
  read(node: NodeId, signal: AbortSignalLike): Promise<PowerState>;
  ensure(node: NodeId, want: PowerState, signal: AbortSignalLike): Promise<void>;
}

/** What a port needs of an AbortSignal; named here since the core compiles without the platform's types. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
