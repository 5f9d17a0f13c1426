import { createRequire } from 'node:module';
import type typescript from 'typescript';
import type { Node, ScriptKind } from 'typescript';

/** By `require`, which takes 0.5 s: an import takes 2 s, since Node reads all 9 MB once more for the names in it. */
export const ts = createRequire(import.meta.url)('typescript') as typeof typescript;

/** Every node of a source, in no promised order; deep nesting, as minified code has it, does no harm. */
export function listNodes(name: string, text: string): readonly Node[] {
  const options = { languageVersion: ts.ScriptTarget.ES2023, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  const source = ts.createSourceFile(name, text, options, true, kindOf(name));
  const nodes: Node[] = [];
  const open: Node[] = [source];
  for (let node = open.pop(); node; node = open.pop()) {
    nodes.push(node);
    ts.forEachChild(node, child => {
      open.push(child);
    });
  }
  return nodes;
}

function kindOf(name: string): ScriptKind {
  return name.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
}

/** The text between quotes; undefined for any other node. */
export function readLiteral(node: Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** Whether the identifier stands for a value of that name, and not for a member of something or a key. */
export function isValueName(node: Node, name: string): boolean {
  if (!ts.isIdentifier(node) || node.text !== name) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  const isKey = ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isBindingElement(parent);
  return !isKey || ('initializer' in parent && parent.initializer === node);
}
