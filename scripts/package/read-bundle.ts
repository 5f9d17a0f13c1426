import { isBuiltin } from 'node:module';
import type { CallExpression, Node } from 'typescript';
import { isValueName, listNodes, readLiteral, ts } from './read-syntax.ts';

/** What a bundle loads and does, as far as its syntax tells. */
export type BundleUse = {
  /** Parts of Node, without `node:`. */
  readonly builtins: readonly string[];
  /** Environment variables that it reads by a literal name. */
  readonly environment: readonly string[];
  /** What no bundle may hold: code made from text, and modules that only the run decides about. */
  readonly forbidden: readonly string[];
};

function isRequire(node: Node): node is CallExpression {
  return ts.isCallExpression(node) && isValueName(node.expression, 'require');
}

function findRequired(node: Node): string | undefined {
  return isRequire(node) && node.arguments.length === 1 ? readLiteral(node.arguments[0]) : undefined;
}

/** A name that stands for a value only where something is done that is not allowed. */
function isForbiddenName(node: Node): boolean {
  if (isValueName(node, 'eval')) return true;
  if (isValueName(node, 'require')) return !isRequire(node.parent) || findRequired(node.parent) === undefined;
  const { parent } = node;
  const isCalled = (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === node;
  return isValueName(node, 'Function') && isCalled;
}

function isForbidden(node: Node): boolean {
  if (node.kind === ts.SyntaxKind.ImportKeyword) return ts.isCallExpression(node.parent);
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'createRequire') return true;
  const required = findRequired(node);
  if (required !== undefined) return !isBuiltin(required) && !required.startsWith('./');
  return ts.isIdentifier(node) && isForbiddenName(node);
}

function show(node: Node): string {
  const text = (ts.isIdentifier(node) ? node.parent : node).getText().replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The name in `….env.NAME` and `….env['NAME']`. */
function findVariable(node: Node): string | undefined {
  const isMember = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
  if (!isMember || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  if (node.expression.name.text !== 'env') return undefined;
  return ts.isPropertyAccessExpression(node) ? node.name.text : readLiteral(node.argumentExpression);
}

export function sortUnique(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.flatMap(value => value ?? []))].sort();
}

/** Reads a bundle's text as it ships. */
export function readBundle(name: string, text: string): BundleUse {
  const nodes = listNodes(name, text);
  const required = nodes.map(findRequired).filter(one => one !== undefined && isBuiltin(one));
  return {
    builtins: sortUnique(required.map(one => one?.replace(/^node:/, ''))),
    environment: sortUnique(nodes.map(findVariable)),
    forbidden: sortUnique(nodes.filter(isForbidden).map(show)),
  };
}
