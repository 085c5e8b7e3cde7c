import ts from 'typescript';
import type { Complaint, TextFile } from './text-file.js';

/** Parsed once a text: several rules look at the same tree. */
const trees = new WeakMap<TextFile, ts.SourceFile>();

export function treeOf(file: TextFile): ts.SourceFile {
  const known = trees.get(file);
  if (known !== undefined) return known;
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  trees.set(file, tree);
  return tree;
}

export function nodesOf(file: TextFile): readonly ts.Node[] {
  const found: ts.Node[] = [];
  function visit(node: ts.Node): void {
    found.push(node);
    ts.forEachChild(node, visit);
  }
  visit(treeOf(file));
  return found;
}

export function lineOf(file: TextFile, position: number): number {
  return treeOf(file).getLineAndCharacterOfPosition(position).line + 1;
}

/** Complaints about the nodes of which `judge` says something. */
export function judged(file: TextFile, judge: (node: ts.Node) => string | null): readonly Complaint[] {
  return nodesOf(file).flatMap((node) => {
    const says = judge(node);
    return says === null ? [] : [{ path: file.path, line: lineOf(file, node.getStart()), says }];
  });
}

/** What a file imports or starts by name: `import`, `export from`, `import()`, `new URL(..., import.meta.url)`. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

export function importsOf(file: TextFile): readonly Import[] {
  return nodesOf(file).flatMap((node) => {
    const named = specifierOf(node);
    return named === undefined || !ts.isStringLiteral(named)
      ? []
      : [{ specifier: named.text, line: lineOf(file, node.getStart()) }];
  });
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL') {
    return node.arguments?.length === 2 ? node.arguments[0] : undefined;
  }
  return undefined;
}

/** The source that a relative specifier in `path` means: `../core/ids.js` in `sim/world.ts` is `core/ids.ts`. */
export function resolved(path: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const parts = path.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.join('/').replace(/\.js$/, '.ts');
}
