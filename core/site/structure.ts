import type { CST } from 'yaml';
import type { Problem } from './problem.js';

/** Our files are at most six levels deep; the composer's recursion holds some hundreds. */
const DEEPEST = 32;

const REFUSED: Readonly<Record<string, Pick<Problem, 'what' | 'mend'>>> = {
  anchor: { what: 'anchors have no place in this file', mend: 'Write the value out where it is used.' },
  alias: { what: 'aliases have no place in this file', mend: 'Write the value out; quote text that starts with *.' },
  tag: { what: 'tags have no place in this file', mend: 'Delete the tag; quote text that starts with !.' },
  directive: { what: 'directives have no place in this file', mend: 'Delete the line that starts with %.' },
};

interface Step {
  readonly token: CST.Token;
  readonly depth: number;
}

/** What is refused of YAML before its values are looked at, found without recursion in a parsed stream of any shape. */
export function structureProblems(tokens: readonly CST.Token[]): readonly Problem[] {
  const problems: Problem[] = [];
  const waiting: Step[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    const { token, depth } = step;
    if (depth > DEEPEST) return [{ offset: token.offset, ...TOO_DEEP }];
    const refused = REFUSED[token.type];
    if (refused !== undefined) problems.push({ offset: token.offset, ...refused });
    for (const inner of partsOf(token)) waiting.push({ token: inner, depth: depth + 1 });
  }
  return problems;
}

const TOO_DEEP = {
  what: 'nested too deeply',
  mend: 'These files are at most six levels deep; look for a stray bracket.',
};

function partsOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return [...token.start, ...present(token.value)];
  if (token.type === 'block-scalar') return token.props;
  if (!('items' in token)) return [];
  return token.items.flatMap((item) => [
    ...item.start,
    ...present(item.key),
    ...(item.sep ?? []),
    ...present(item.value),
  ]);
}

function present(token: CST.Token | null | undefined): readonly CST.Token[] {
  return token === null || token === undefined ? [] : [token];
}
