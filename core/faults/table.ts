/** What every fault carries beside its own facts. Codes are never reused. */
export interface AnyFault {
  readonly code: string;
  readonly kind: string;
}

/** How one area's faults are told to a person: what happened, and what to do about it. One row a code. */
export type FaultTable<F extends AnyFault> = {
  readonly [Code in F['code']]: {
    /** One line, no secrets: what happened, with the facts in it. */
    readonly says: (fault: Extract<F, { code: Code }>) => string;
    /** One line: something that a person can do. */
    readonly remedy: (fault: Extract<F, { code: Code }>) => string;
  };
};
