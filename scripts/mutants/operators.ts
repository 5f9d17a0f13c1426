// The faults that a mutant may have: each rule gives the text that is in a node's place, or nothing.
import ts from 'typescript';

/** A change of a file's text: what stands from `start` to `end` becomes `text`. */
export interface Edit {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Rule = (node: ts.Node, text: string) => string | undefined;

const swapped = new Map(
  Object.entries({
    '===': '!==',
    '!==': '===',
    '<': '<=',
    '<=': '<',
    '>': '>=',
    '>=': '>',
    '&&': '||',
    '||': '&&',
  }),
);

const swappedCalls = new Map(
  Object.entries({
    every: 'some',
    some: 'every',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
    min: 'max',
    max: 'min',
  }),
);

const dropped = ['trim', 'toLowerCase', 'toUpperCase', 'sort', 'reverse', 'flat'];

/** A pattern without its first or last anchor, or with the other case sensitivity. */
function editPattern(text: string): string | undefined {
  const [, pattern = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  if (pattern.startsWith('^')) return `/${pattern.slice(1)}/${flags}`;
  if (pattern.endsWith('$') && !pattern.endsWith('\\$')) return `/${pattern.slice(0, -1)}/${flags}`;
  return flags.includes('i') ? `/${pattern}/${flags.replace('i', '')}` : `/${pattern}/${flags}i`;
}

function editCall(node: ts.CallExpression, text: string): string | undefined {
  if (!ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression, name } = node.expression;
  const object = expression.getText();
  if (dropped.includes(name.text)) return object;
  const other = swappedCalls.get(name.text);
  return other === undefined ? undefined : `${object}.${other}${text.slice(node.expression.getText().length)}`;
}

/** A guard: an `if` without `else` that leaves the function. */
function isGuard(node: ts.Node): boolean {
  if (!ts.isIfStatement(node) || node.elseStatement !== undefined) return false;
  return ts.isReturnStatement(node.thenStatement) || ts.isThrowStatement(node.thenStatement);
}

/** A word that a program reads, not a sentence for people; no name of a module or of a property. */
function isWord(node: ts.Node): node is ts.StringLiteral {
  if (!ts.isStringLiteral(node) || !/^[^\s]{2,}$/.test(node.text)) return false;
  return !ts.isImportDeclaration(node.parent) && !ts.isExportDeclaration(node.parent) && !isImportCall(node.parent);
}

function isImportCall(node: ts.Node): boolean {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

function isCondition(node: ts.Node): boolean {
  const { parent } = node;
  return (
    ((ts.isIfStatement(parent) || ts.isWhileStatement(parent)) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node)
  );
}

const rules: Readonly<Record<string, Rule>> = {
  'negated condition': (node, text) => (isCondition(node) ? `!(${text})` : undefined),
  'swapped operator': (node, text) => {
    if (!ts.isBinaryExpression(node)) return undefined;
    const operator = node.operatorToken;
    const other = swapped.get(operator.getText());
    const at = operator.getStart() - node.getStart();
    return other === undefined ? undefined : text.slice(0, at) + other + text.slice(at + operator.getText().length);
  },
  'no default': node =>
    ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken
      ? node.right.getText()
      : undefined,
  'swapped constant': node => {
    if (node.kind === ts.SyntaxKind.TrueKeyword) return 'false';
    return node.kind === ts.SyntaxKind.FalseKeyword ? 'true' : undefined;
  },
  'next number': (node, text) => (ts.isNumericLiteral(node) ? `${text} + 1` : undefined),
  'dropped guard': node => (isGuard(node) ? ';' : undefined),
  'dropped statement': node => (ts.isExpressionStatement(node) && /[(=]/.test(node.getText()) ? 'void 0;' : undefined),
  'changed call': (node, text) => (ts.isCallExpression(node) ? editCall(node, text) : undefined),
  'changed pattern': (node, text) => (ts.isRegularExpressionLiteral(node) ? editPattern(text) : undefined),
  'changed word': node => (isWord(node) ? `'${node.text}x'` : undefined),
};

/** Every edit of a file that the rules know; types are left alone, since nothing runs them. */
export function listEdits(file: string, content: string): readonly Edit[] {
  const source = ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): readonly Edit[] => {
    if (ts.isTypeNode(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return [];
    const own = editNode(node);
    return [...own, ...node.getChildren().flatMap(visit)];
  };
  return visit(source);
}

function editNode(node: ts.Node): readonly Edit[] {
  const [start, end] = [node.getStart(), node.getEnd()];
  return Object.entries(rules).flatMap(([operator, rule]) => {
    const text = ts.isSourceFile(node) ? undefined : rule(node, node.getText());
    return text === undefined ? [] : [{ operator, start, end, text }];
  });
}
