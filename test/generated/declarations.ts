import ts from 'typescript';
import { nodesOf, treeOf } from '../tidy/syntax-tree.js';
import type { TextFile } from '../tidy/text-file.js';

/** One member of a union or an interface whose values are object types, with its doc comment. */
export interface Member {
  /** The member's own name, or '' in a union. */
  readonly name: string;
  readonly doc: string;
  /** Property name -> its type as written, in order. */
  readonly fields: ReadonlyMap<string, string>;
}

/** The object types of a file's type aliases and interfaces, each with the doc comment of its declaration. */
export function objectTypes(file: TextFile): readonly Member[] {
  return nodesOf(file)
    .filter((node) => ts.isTypeLiteralNode(node) || ts.isInterfaceDeclaration(node))
    .map((node) => ({ name: '', doc: '', fields: fieldsOf(file, node) }));
}

/** The members of the interface `name`: each with its doc comment and its type as written. */
export function interfaceMembers(file: TextFile, name: string): readonly Member[] {
  const found = nodesOf(file).find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (found === undefined || !ts.isInterfaceDeclaration(found)) return [];
  return found.members.filter(ts.isPropertySignature).map((member) => ({
    name: nameOf(member.name),
    doc: docOf(member),
    fields: member.type !== undefined && ts.isTypeLiteralNode(member.type) ? fieldsOf(file, member.type) : new Map(),
  }));
}

/** Doc comment of the declaration called `name`, on one line. */
export function docNamed(file: TextFile, name: RegExp): string {
  const found = nodesOf(file).find((node) => ts.isTypeAliasDeclaration(node) && name.test(node.name.text));
  return found === undefined ? '' : docOf(found);
}

function fieldsOf(file: TextFile, node: ts.TypeLiteralNode | ts.InterfaceDeclaration): ReadonlyMap<string, string> {
  return new Map(
    node.members
      .filter(ts.isPropertySignature)
      .map((member) => [nameOf(member.name), (member.type?.getText(treeOf(file)) ?? '').replace(/\s+/g, ' ')]),
  );
}

function nameOf(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : '';
}

function docOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node);
  const comment = doc === undefined ? undefined : ts.getTextOfJSDocComment(doc.comment);
  return (comment ?? '').replace(/\s+/g, ' ');
}
