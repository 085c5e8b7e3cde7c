import ts from 'typescript';
import { judged } from './syntax-tree.js';
import type { Complaint, TextFile } from './text-file.js';

export function noAny(file: TextFile): readonly Complaint[] {
  return judged(file, (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? 'any; take unknown and parse it' : null));
}

export function noDefaultExport(file: TextFile): readonly Complaint[] {
  return judged(file, (node) => {
    const isDefault = ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword;
    const isSwitch = isDefault && ts.isDefaultClause(node.parent);
    return isDefault && !isSwitch ? 'a default export; name it' : null;
  });
}

export function noNonNull(file: TextFile): readonly Complaint[] {
  return judged(file, (node) =>
    ts.isNonNullExpression(node) ? 'a non-null !; handle the undefined, or assert with a sentence' : null,
  );
}

export function noEnum(file: TextFile): readonly Complaint[] {
  return judged(file, (node) => (ts.isEnumDeclaration(node) ? 'an enum; take a union of texts' : null));
}
