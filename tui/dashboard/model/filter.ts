/** What `/` was given: a regular expression, with `!` before it all that does not match. */
export interface Filter {
  readonly test: (text: string) => boolean;
  /** Why it is taken literally; null where it is an expression. */
  readonly problem: string | null;
}

/** Capitals in it tell capitals apart. What is no expression yet, half typed, is looked for as it stands. */
export function filterOf(text: string): Filter {
  const isInverse = text.startsWith('!');
  const wanted = isInverse ? text.slice(1) : text;
  if (wanted === '') return { test: () => true, problem: null };
  const flags = /\p{Lu}/u.test(wanted) ? 'u' : 'iu';
  const { pattern, problem } = compiled(wanted, flags);
  return { test: (line) => pattern.test(line) !== isInverse, problem };
}

function compiled(wanted: string, flags: string): { readonly pattern: RegExp; readonly problem: string | null } {
  try {
    return { pattern: new RegExp(wanted, flags), problem: null };
  } catch {
    const literal = wanted.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll('\\-', '-');
    return { pattern: new RegExp(literal, flags), problem: 'not a regular expression yet: looked for as it stands' };
  }
}
