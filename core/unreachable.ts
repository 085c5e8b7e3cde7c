/** For the `default` of an exhaustive switch: a new union member becomes a compile error there. */
export function unreachable(value: never): never {
  throw new Error(`bug: unreachable case ${JSON.stringify(value)}`);
}

/** For what can only be false through a bug of ours. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`bug: ${what}`);
}
