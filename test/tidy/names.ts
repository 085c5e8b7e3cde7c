import ts from 'typescript';
import { importsOf, judged } from './syntax-tree.js';
import { isAt, isShipped, type Complaint, type TextFile } from './text-file.js';

/** Where time is made of the platform's, and where a command begins and ends. */
const PLATFORM_TIME = ['drivers/system-clock', 'drivers/process', 'tui/main.ts'];

const BANNED_NAMES: Readonly<Record<string, string>> = {
  'Date.now': 'clock.now()',
  'performance.now': 'clock.now()',
  'process.hrtime': 'clock.now()',
  'Math.random': 'random.next()',
  setTimeout: 'clock.setTimer()',
  setInterval: 'clock.setTimer()',
  setImmediate: 'clock.setTimer()',
};

export function bannedNames(file: TextFile): readonly Complaint[] {
  if (!isShipped(file.path) || PLATFORM_TIME.some((place) => isAt(file.path, place))) return [];
  const named = judged(file, (node) => {
    const isName = ts.isPropertyAccessExpression(node) || (ts.isIdentifier(node) && isFree(node));
    const name = isName ? node.getText() : '';
    return Object.hasOwn(BANNED_NAMES, name) ? `${name}; take ${BANNED_NAMES[name]}` : null;
  });
  const imported = importsOf(file)
    .filter(({ specifier }) => /^(node:)?timers(\/promises)?$/.test(specifier))
    .map(({ line }) => ({ path: file.path, line, says: "the platform's timers; take clock.setTimer()" }));
  return [...named, ...imported];
}

const WORN_OUT = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'base', 'manager'];

export function fileNames(file: TextFile): readonly Complaint[] {
  const { path } = file;
  const worn = path.split(/[/.-]/).find((word) => WORN_OUT.includes(word));
  const barrel = /(^|\/)index\.ts$/.test(path);
  return [
    ...(worn === undefined ? [] : [{ path, line: 1, says: `called ${worn}; name what is in it` }]),
    ...(barrel ? [{ path, line: 1, says: 'a barrel; import from where things live' }] : []),
  ];
}

/** A property of that name, `timers.setTimeout` or `{ setTimeout: ... }`, is somebody else's. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isImportSpecifier(parent)) return false;
  return !ts.isPropertyAssignment(parent) && !ts.isPropertySignature(parent) && !ts.isMethodSignature(parent);
}
