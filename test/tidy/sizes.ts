import ts from 'typescript';
import { judged, lineOf } from './syntax-tree.js';
import { linesMatching, type Complaint, type TextFile } from './text-file.js';

const WIDEST = 120;
const LONGEST_FILE = 300;
/** Test files are few and big: each costs 0.3 s to start. */
const LONGEST_TEST_FILE = 500;
const LONGEST_FUNCTION = 50;
const MOST_PARAMETERS = 3;

export function columns(file: TextFile): readonly Complaint[] {
  const tooWide = new RegExp(`^.{${WIDEST + 1}}`, 'u');
  return linesMatching(file, tooWide, `wider than ${WIDEST} columns; break the line`);
}

export function fileLength(file: TextFile): readonly Complaint[] {
  const count = file.text.trimEnd().split('\n').length;
  const most = file.path.endsWith('.test.ts') ? LONGEST_TEST_FILE : LONGEST_FILE;
  if (count <= most) return [];
  return [{ path: file.path, line: most + 1, says: `${count} lines; more than ${most}: split it by idea` }];
}

/** What tap is given to run is exempt: a test tells one story, however long. Docstrings do not count. */
export function functionLength(file: TextFile): readonly Complaint[] {
  return judged(file, (node) => {
    if (!isFunction(node) || isTestCallback(node)) return null;
    const lines = lineOf(file, node.getEnd()) - lineOf(file, node.getStart()) + 1;
    if (lines <= LONGEST_FUNCTION) return null;
    return `a function of ${lines} lines; more than ${LONGEST_FUNCTION}: move straight work into functions below it`;
  });
}

export function parameters(file: TextFile): readonly Complaint[] {
  return judged(file, (node) => {
    if (!isFunction(node)) return null;
    const count = node.parameters.filter((one) => one.name.getText() !== 'this').length;
    if (count <= MOST_PARAMETERS) return null;
    return `${count} positional parameters; more than ${MOST_PARAMETERS}: take named options`;
  });
}

/** With a body: a type of somebody else's callback is not ours to shorten. */
function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function isTestCallback(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isCallExpression(parent) && /^t\.(test|before|after|teardown)$/.test(parent.expression.getText());
}
