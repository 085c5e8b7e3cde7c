import { faultRows } from '../../core/faults/fault.js';
import type { TextFile } from '../tidy/text-file.js';
import { docNamed, objectTypes } from './declarations.js';

/** Every fault that there is: code, kind, what it says and what to do, with `{field}` where the facts stand. */
export function faultsPage(files: readonly TextFile[]): string {
  const areas = files.map((file) => ({ title: docNamed(file, /Fault$/), faults: faultsIn(file) }));
  return [
    '# Which faults are there?',
    '',
    'Everything that is expected to go wrong, with a code that stays the same for ever. `{field}` stands for a fact of',
    'the case; the facts are data in `report.json` and in the journal. Generated from `core/faults/`; do not edit.',
    ...areas.filter(({ faults }) => faults.length > 0).flatMap(({ title, faults }) => ['', ...section(title, faults)]),
    '',
  ].join('\n');
}

/** The codes that a page of faults holds, for the test that none is missing. */
export function codesIn(files: readonly TextFile[]): readonly string[] {
  return files.flatMap((file) => faultsIn(file).map(({ code }) => code));
}

interface Row {
  readonly code: string;
  readonly kind: string;
  readonly says: string;
  readonly remedy: string;
}

function section(title: string, faults: readonly Row[]): readonly string[] {
  return [
    `## ${title.replace(/\.$/, '')}`,
    '',
    '| code | kind | what it says | what to do |',
    '|---|---|---|---|',
    ...faults.map(({ code, kind, says, remedy }) => `| ${code} | \`${kind}\` | ${cell(says)} | ${cell(remedy)} |`),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function faultsIn(file: TextFile): readonly Row[] {
  return objectTypes(file)
    .flatMap(({ fields }) => {
      const code = unquoted(fields.get('code'));
      const row = Object.entries(faultRows).find(([known]) => known === code)?.[1];
      if (row === undefined) return [];
      const fault = namesForFacts(code);
      return [
        { code, kind: unquoted(fields.get('kind')), says: told(row.says(fault)), remedy: told(row.remedy(fault)) },
      ];
    })
    .sort((one, other) => (one.code < other.code ? -1 : 1));
}

/** A remedy may be a fact itself; a fact that is reckoned with comes out as no number. */
function told(text: string): string {
  return String(text).replaceAll('NaN', '{number}');
}

function unquoted(text = ''): string {
  return /^'(.*)'$/.exec(text)?.[1] ?? '';
}

/** A fault whose every fact is its own name in braces. Its type is `never`: it fits wherever a row wants its fault. */
function namesForFacts(code: string): never {
  const facts = new Proxy({}, { get: (_, field) => (field === 'code' ? code : nameOf(String(field))) });
  return facts as never;
}

/** Stands for a text, a number or a list: in a template, in JSON, joined, or with one taken off. */
function nameOf(field: string): object {
  const name = `{${field}}`;
  return {
    toString: () => name,
    toJSON: () => name,
    join: () => name,
    map: () => ({ join: () => name }),
    slice: () => ({ join: () => name }),
    [Symbol.toPrimitive]: (hint: string) => (hint === 'number' ? Number.NaN : name),
  };
}
