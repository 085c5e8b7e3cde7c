import { Composer, isMap, isPair, isScalar, isSeq, type Document, type ErrorCode, type Node } from 'yaml';
import type { Problem } from './problem.js';
import { parseStructure } from './structure.js';

/** Keys and list positions from the top of a document down. */
export type Path = readonly (string | number)[];

/** A YAML document as plain data, which still knows where each part of it stood. */
export interface YamlDocument {
  readonly value: unknown;
  /** Offset of the value at `path`, or of the nearest thing above it that is there. */
  offsetOf(path: Path): number;
  /** Offset of the key that ends `path`; for a list position that of its value. */
  offsetOfKey(path: Path): number;
}

export type Reading =
  | { readonly document: YamlDocument; readonly problems: readonly [] }
  | { readonly problems: readonly Problem[] };

/** A site of 10,000 nodes takes 0.9 million characters. */
const MOST_CHARACTERS = 1024 * 1024;

/**
 * Reads one document of plain YAML 1.2: mappings, lists, text and numbers; no anchors, tags or directives, which these
 * files have no use for and which can make a small file expand without bound.
 */
export function readDocument(text: string): Reading {
  if (text.length > MOST_CHARACTERS) {
    const what = `the file has ${text.length} characters; more than ${MOST_CHARACTERS} are not read`;
    return { problems: [{ offset: 0, what, mend: 'Split it, or check that it is the file that you meant.' }] };
  }
  // Before composing, which recurses: ten thousand hyphens in a row would end the whole process.
  const parsed = parseStructure(text);
  if (!('tokens' in parsed)) return parsed;
  // Text keys as they are written; duplicates are looked for below, where it takes no quadratic time.
  const composer = new Composer({ stringKeys: true, uniqueKeys: false, version: '1.2', schema: 'core' });
  const [root, second] = composer.compose(parsed.tokens, true, text.length);
  if (root === undefined) return { problems: [{ offset: 0, ...SYNTAX.IMPOSSIBLE }] };
  const problems: Problem[] = [...root.errors, ...root.warnings].map((error) => ({
    offset: error.pos[0],
    ...SYNTAX[error.code],
  }));
  if (second !== undefined) problems.push({ offset: second.range[0], ...SYNTAX.MULTIPLE_DOCS });
  if (problems.length > 0) return { problems };
  const contents = contentProblems(root.contents);
  return contents.length > 0 ? { problems: contents } : { document: documentOf(root), problems: [] };
}

function contentProblems(root: Node | null): readonly Problem[] {
  if (root === null || (isScalar(root) && root.value === null)) {
    return [{ offset: 0, what: 'the file is empty', mend: 'Start from one of the files in scenarios/.' }];
  }
  const problems: Problem[] = [];
  const waiting: unknown[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isMap(node)) for (const problem of keyProblems(node.items)) problems.push(problem);
    if (isMap(node) || isSeq(node)) for (const item of node.items) waiting.push(isPair(item) ? item.value : item);
    if (isScalar(node)) for (const problem of numberProblems(node)) problems.push(problem);
  }
  return problems;
}

function keyProblems(pairs: readonly { readonly key: unknown }[]): readonly Problem[] {
  const seen = new Set<string>();
  return pairs.flatMap(({ key }) => {
    const name = nameOf(key);
    const offset = startOf(key) ?? 0;
    if (name === '' || name === '__proto__') {
      return [{ offset, what: `${JSON.stringify(name)} is not a key`, mend: 'Give it a name.' }];
    }
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const what = `the key ${JSON.stringify(name)} stands twice in one mapping`;
    return [{ offset, what, mend: 'Keep one of the two.' }];
  });
}

/** `1e3`, `0x1f`, `010` and their like are numbers to YAML, and seldom what their writer thinks. */
function numberProblems(node: Node & { readonly value: unknown; readonly source?: string }): readonly Problem[] {
  const { value, source } = node;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return [];
  const what = `${source.slice(0, 40)} would be read as the number ${value}`;
  return [{ offset: startOf(node) ?? 0, what, mend: `Write ${value}, or put quotes around it if it is text.` }];
}

function documentOf(root: Document.Parsed): YamlDocument {
  const indexes = new Map<unknown, ReadonlyMap<string, Entry>>();

  function walk(path: Path): { readonly key: number; readonly value: number } {
    let node: unknown = root.contents;
    let place = { key: startOf(node) ?? 0, value: startOf(node) ?? 0 };
    for (const step of path) {
      const entries = indexes.get(node) ?? entriesOf(node);
      indexes.set(node, entries);
      const next = entries.get(String(step));
      if (next === undefined) break;
      const value = startOf(next.value) ?? startOf(next.key) ?? place.value;
      place = { key: startOf(next.key) ?? value, value };
      node = next.value;
    }
    return place;
  }
  return {
    value: root.toJS(),
    offsetOf: (path) => walk(path).value,
    offsetOfKey: (path) => walk(path).key,
  };
}

interface Entry {
  readonly key: unknown;
  readonly value: unknown;
}

function entriesOf(node: unknown): ReadonlyMap<string, Entry> {
  if (isMap(node)) return new Map(node.items.map((pair) => [nameOf(pair.key), pair]));
  if (isSeq(node)) return new Map(node.items.map((value, index) => [String(index), { key: null, value }]));
  return new Map();
}

function nameOf(key: unknown): string {
  return isScalar(key) && typeof key.value === 'string' ? key.value : '';
}

function startOf(node: unknown): number | null {
  const range = isMap(node) || isSeq(node) || isScalar(node) ? node.range : undefined;
  return range?.[0] ?? null;
}

interface Telling {
  readonly what: string;
  readonly mend: string;
}

const INDENT: Telling = {
  what: 'the indentation does not fit the lines above, or a bracket above is still open',
  mend: 'Indent what belongs together alike, two spaces a level; close every bracket.',
};
const PLAIN: Telling = {
  what: 'anchors, aliases and tags have no place in this file',
  mend: 'Write the value itself.',
};
const STRAY: Telling = {
  what: 'this is not YAML',
  mend: 'Put quotes around text that holds any of : # { } [ ] , & * ! | > % @ or `; check brackets and commas.',
};
const QUOTE: Telling = {
  what: 'something is missing here: a colon, a quote or a bracket',
  mend: 'Write `key: value`; close what was opened above.',
};

/** Our own words: the library's quote the text, in which a secret may stand. */
const SYNTAX: Readonly<Record<ErrorCode, Telling>> = {
  ALIAS_PROPS: PLAIN,
  BAD_ALIAS: PLAIN,
  BAD_DIRECTIVE: { what: 'directives have no place in this file', mend: 'Delete the line that starts with %.' },
  BAD_DQ_ESCAPE: { what: 'an escape that YAML does not know', mend: 'Use single quotes, or double the backslash.' },
  BAD_INDENT: INDENT,
  BAD_PROP_ORDER: PLAIN,
  BAD_SCALAR_START: STRAY,
  BLOCK_AS_IMPLICIT_KEY: { what: 'two keys on one line', mend: 'Give each key its own line.' },
  BLOCK_IN_FLOW: { what: 'an indented block inside of brackets', mend: 'Write all of it in brackets, or none.' },
  DUPLICATE_KEY: { what: 'a key stands twice in one mapping', mend: 'Keep one of the two.' },
  IMPOSSIBLE: STRAY,
  KEY_OVER_1024_CHARS: { what: 'a key of more than 1024 characters', mend: 'Look for a missing quote above.' },
  MISSING_CHAR: QUOTE,
  MULTILINE_IMPLICIT_KEY: { what: 'a key that spans lines', mend: 'Keep each key and its colon on one line.' },
  MULTIPLE_ANCHORS: PLAIN,
  MULTIPLE_DOCS: { what: 'a second document begins here', mend: 'Keep one document in a file.' },
  MULTIPLE_TAGS: PLAIN,
  NON_STRING_KEY: { what: 'a key that is not text', mend: 'Write each key as plain text before its colon.' },
  RESOURCE_EXHAUSTION: { what: 'nested too deeply', mend: 'These files are at most six levels deep.' },
  TAB_AS_INDENT: { what: 'a tab is used for indentation', mend: 'Use spaces, two a level.' },
  TAG_RESOLVE_FAILED: PLAIN,
  UNEXPECTED_TOKEN: STRAY,
  BAD_COLLECTION_TYPE: PLAIN,
};
