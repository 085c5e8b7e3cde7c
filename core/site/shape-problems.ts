import type * as z from 'zod';
import type { Path, YamlDocument } from './document.js';
import { isMapping, knownAt } from './known.js';
import { nearest } from './nearest.js';
import type { Problem } from './problem.js';

type Issue = z.core.$ZodIssue;

/** Handed to zod as its message, so that what stays different from it is a format's own noun phrase. */
export const NO_MESSAGE = '-';
/** A file with more faults than that is of another kind altogether. */
const MOST_ISSUES = 100;

/** What zod found, in words of ours and with places. `schema` is the JSON Schema of the same shape. */
export function shapeProblems(issues: readonly Issue[], document: YamlDocument, schema: unknown): readonly Problem[] {
  const teller: Teller = { document, schema };
  return issues.slice(0, MOST_ISSUES).flatMap((issue) => problemsOf(issue, pathOf(issue), teller));
}

interface Teller {
  readonly document: YamlDocument;
  readonly schema: unknown;
}

function problemsOf(issue: Issue, path: Path, teller: Teller): readonly Problem[] {
  const found = valueAt(teller.document.value, path);
  // A value that is not there is one problem, whatever was wanted of it.
  if (found === undefined) return [missing(path, teller)];
  const offset = teller.document.offsetOf(path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], teller));
    case 'invalid_key':
      return [badKey(issue.issues[0]?.message ?? NO_MESSAGE, path, teller)];
    case 'invalid_union':
      return issue.errors.length === 0 ? [notAmong(path, teller)] : unionProblems(issue, path, teller);
    case 'invalid_value':
      return [notAmong(path, teller)];
    case 'too_small':
      return [{ offset, what: `${shown(found, path)} is too little`, mend: `Give at least ${issue.minimum}.` }];
    case 'too_big':
      return [{ offset, what: `${shown(found, path)} is too much`, mend: `Give at most ${issue.maximum}.` }];
    case 'invalid_type':
      return [wrong(issue.message === NO_MESSAGE ? nounOf(issue.expected) : issue.message, path, teller)];
    case 'invalid_format':
    case 'custom':
    case 'not_multiple_of':
    case 'invalid_element':
      return [wrong(issue.message === NO_MESSAGE ? 'what belongs here' : issue.message, path, teller)];
  }
}

function missing(path: Path, teller: Teller): Problem {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const { values } = knownAt(teller.schema, path);
  const owner = parent.at(-1);
  const whole = typeof owner === 'number' ? `item ${owner + 1}` : owner;
  const what = `${whole === undefined ? 'the file' : whole} lacks the key ${quoted(key)}`;
  const known = values.length > 0 ? `: ${values.join(', ')}` : '';
  return { offset: teller.document.offsetOfKey(parent), what, mend: `Add ${key}${known}.` };
}

function unknownKey(path: Path, teller: Teller): Problem {
  const { keys } = knownAt(teller.schema, path.slice(0, -1));
  const key = String(path.at(-1));
  // Under `secret` the key may be the secret itself.
  const what = isSecret(path) ? 'an unknown key' : `unknown key ${quoted(key)}`;
  return { offset: teller.document.offsetOfKey(path), what, mend: choice(key, keys) };
}

function badKey(noun: string, path: Path, teller: Teller): Problem {
  const key = String(path.at(-1));
  if (noun === NO_MESSAGE) return unknownKey(path, teller);
  return { offset: teller.document.offsetOfKey(path), what: `${quoted(key)} is not ${noun}`, mend: 'Rename it.' };
}

function notAmong(path: Path, teller: Teller): Problem {
  const found = valueAt(teller.document.value, path);
  const { values } = knownAt(teller.schema, path);
  const key = String(path.at(-1));
  const what = `${shown(found, path)} is not a known ${key === 'reaches' ? 'stage' : key}`;
  const [only] = values;
  const mend = values.length === 1 && only !== undefined ? `Write ${only}.` : choice(String(found), values);
  return { offset: teller.document.offsetOf(path), what, mend };
}

function wrong(noun: string, path: Path, teller: Teller): Problem {
  const what = `${shown(valueAt(teller.document.value, path), path)} is not ${noun}`;
  return { offset: teller.document.offsetOf(path), what, mend: `Write ${noun}.` };
}

/** Our unions are mappings that are told apart by the one key which each branch has for itself. */
function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  teller: Teller,
): readonly Problem[] {
  const { keys } = knownAt(teller.schema, path);
  const found = valueAt(teller.document.value, path);
  const offset = teller.document.offsetOf(path);
  const either = keys.join(' or ');
  if (!isMapping(found)) {
    if (isSecret(path)) return [literalSecret(path, teller)];
    const { values } = knownAt(teller.schema, path);
    if (values.length > 0) return [notAmong(path, teller)];
    if (keys.length === 0) return [wrong(nounAmong(issue.errors.flat()), path, teller)];
    return [wrong(`a mapping with the key ${either}`, path, teller)];
  }
  const strays = Object.keys(found).filter((key) => !keys.includes(key));
  if (strays.length > 0) return strays.map((key) => unknownKey([...path, key], teller));
  const given = keys.filter((key) => Object.hasOwn(found, key));
  const what = given.length === 0 ? `the key ${either} is missing` : `${given.join(' and ')} exclude each other`;
  if (given.length !== 1) return [{ offset, what, mend: `Give one of ${keys.join(', ')}.` }];
  const branch = issue.errors.find((errors) => errors.every((inner) => inner.code !== 'unrecognized_keys')) ?? [];
  return branch.flatMap((inner) => problemsOf(inner, [...path, ...pathOf(inner)], teller));
}

/** A secret in a file that is copied, mailed and kept under version control is none for long. */
function literalSecret(path: Path, teller: Teller): Problem {
  const what = `the ${String(path.at(-1))} itself has no place in this file`;
  const mend = 'Write where it is found: { env: NAME }, { file: PATH } or { command: [PROGRAM, ...] }.';
  return { offset: teller.document.offsetOf(path), what, mend };
}

/** What a union without mappings wants: its branches say it alike. */
function nounAmong(issues: readonly Issue[]): string {
  return issues.map(({ message }) => message).find((message) => message !== NO_MESSAGE) ?? 'what belongs here';
}

function choice(text: string, known: readonly string[]): string {
  const meant = nearest(text, known);
  const all = `Known here: ${known.join(', ')}.`;
  return meant === null ? all : `Did you mean ${meant}? ${all}`;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
};

function nounOf(expected: string): string {
  return NOUNS[expected] ?? expected;
}

/** The value as a message may show it: short, and never a secret. */
function shown(value: unknown, path: Path): string {
  if (isSecret(path)) return 'this';
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  return quoted(value);
}

const SECRETS: readonly (string | number)[] = ['secret', 'password', 'community'];

function isSecret(path: Path): boolean {
  return path.some((step) => SECRETS.includes(step));
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 56)}..."` : text;
}

function pathOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
}

/** The part of plain data at `path`; undefined when it is not there. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (Array.isArray(current) && typeof step === 'number') current = current[step];
    else if (isMapping(current) && Object.hasOwn(current, step)) current = current[step];
    else return undefined;
  }
  return current;
}
