import { Lexer, Parser, type CST } from 'yaml';
import type { Problem } from './problem.js';

/** Our files are at most six levels deep; the composer's recursion holds some hundreds. */
const DEEPEST = 32;

const REFUSED: Readonly<Record<string, Pick<Problem, 'what' | 'mend'>>> = {
  anchor: { what: 'anchors have no place in this file', mend: 'Write the value out where it is used.' },
  alias: { what: 'aliases have no place in this file', mend: 'Write the value out; quote text that starts with *.' },
  tag: { what: 'tags have no place in this file', mend: 'Delete the tag; quote text that starts with !.' },
  error: {
    what: 'this is not YAML',
    mend: 'Check quotes, brackets and commas; put quotes around text that holds them.',
  },
  directive: { what: 'directives have no place in this file', mend: 'Delete the line that starts with %.' },
};

/** The grammar of a text, not looked into yet. */
export type Parsed =
  | { readonly tokens: readonly CST.Token[]; readonly problems: readonly [] }
  | { readonly problems: readonly Problem[] };

/**
 * Parses as far as the text is bounded YAML: what is refused is found without recursion and before much is built of it.
 * The library's own composer recurses, and two million brackets or quotes keep it busy for half a minute.
 */
export function parseStructure(text: string): Parsed {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const nesting = new Nesting();
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (nesting.take(lexeme) > DEEPEST) return { problems: [{ offset, ...TOO_DEEP }] };
  }
  for (const token of parser.end()) tokens.push(token);
  const problems = tokenProblems(tokens);
  return problems.length > 0 ? { problems } : { tokens, problems: [] };
}

/** The marker that the lexer puts before each plain or quoted scalar, so that its text is not taken for a bracket. */
const SCALAR = '\u001f';

/** How deep a lexeme stands, by brackets, and by block indicators that follow each other in one line. */
class Nesting {
  #brackets = 0;
  #indicators = 0;
  #isScalar = false;

  take(lexeme: string): number {
    if (this.#isScalar) this.#isScalar = false;
    else if (lexeme === SCALAR) this.#isScalar = true;
    else if (lexeme === '[' || lexeme === '{') this.#brackets += 1;
    else if (lexeme === ']' || lexeme === '}') this.#brackets = Math.max(0, this.#brackets - 1);
    else if (lexeme === '\n' || lexeme === '\r\n') this.#indicators = 0;
    else if (this.#brackets === 0 && /^[-?:]$/.test(lexeme)) this.#indicators += 1;
    return this.#brackets + this.#indicators;
  }
}

interface Step {
  readonly token: CST.Token;
  readonly depth: number;
}

function tokenProblems(tokens: readonly CST.Token[]): readonly Problem[] {
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
