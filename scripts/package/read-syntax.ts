import ts from 'typescript';

/** Every node of a source, in no promised order; deep nesting, as minified code has it, does no harm. */
export function listNodes(name: string, text: string): readonly ts.Node[] {
  const options = { languageVersion: ts.ScriptTarget.ES2023, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  const source = ts.createSourceFile(name, text, options, true, kindOf(name));
  const nodes: ts.Node[] = [];
  const open: ts.Node[] = [source];
  for (let node = open.pop(); node; node = open.pop()) {
    nodes.push(node);
    ts.forEachChild(node, child => {
      open.push(child);
    });
  }
  return nodes;
}

function kindOf(name: string): ts.ScriptKind {
  return name.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
}

/** The text between quotes; undefined for any other node. */
export function readLiteral(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** Whether the identifier stands for a value of that name, and not for a member of something or a key. */
export function isValueName(node: ts.Node, name: string): boolean {
  if (!ts.isIdentifier(node) || node.text !== name) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  const isKey = ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isBindingElement(parent);
  return !isKey || ('initializer' in parent && parent.initializer === node);
}
