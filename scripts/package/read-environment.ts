import type { ElementAccessExpression, Node, PropertyAccessExpression } from 'typescript';
import { isValueName, listNodes, readLiteral, ts } from './read-syntax.ts';

/** Where a source reads the environment: names that stand there, and reads whose name only the run knows. */
export type EnvironmentUse = { readonly names: readonly string[]; readonly computed: readonly string[] };

/** `process.env`, whatever the module's name after a transpiler. */
function isProcessEnv(node: Node): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'env' &&
    /(?:^|[._])process\d*(?:\.default)?$/.test(node.expression.getText())
  );
}

/** What goes by the environment's name, as arguments do: the reads of a selector or a pure function. */
function isPassedOn(node: Node): boolean {
  return isValueName(node, 'env') || isValueName(node, 'environment');
}

/** `const { env } = process`. */
function isTakenApart(node: Node): boolean {
  if (!ts.isBindingElement(node) || (node.propertyName ?? node.name).getText() !== 'env') return false;
  const declaration = node.parent.parent;
  return ts.isVariableDeclaration(declaration) && declaration.initializer?.getText() === 'process';
}

type Member = PropertyAccessExpression | ElementAccessExpression;

function isMember(node: Node): node is Member {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
}

/** Strings by the names of the constants that hold them. */
function readConstants(nodes: readonly Node[]): ReadonlyMap<string, string> {
  const entries = nodes.flatMap(node => {
    if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name)) return [];
    const value = readLiteral(node.initializer);
    return value === undefined ? [] : [[node.name.text, value] as const];
  });
  return new Map(entries);
}

/** The variable that a member access names; undefined where only the run knows it. */
function nameOf(node: Member, constants: ReadonlyMap<string, string>): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return readLiteral(node.argumentExpression) ?? constants.get(node.argumentExpression.getText());
}

/** Lists and the like go by these names, too: their members are no variables. */
function isOtherMember(node: Member): boolean {
  if (isProcessEnv(node.expression)) return false;
  if (ts.isElementAccessExpression(node)) return ts.isNumericLiteral(node.argumentExpression);
  return !/^[A-Z][A-Z0-9_]*$/.test(node.name.text);
}

function isWhole(node: Node): boolean {
  if (isTakenApart(node)) return true;
  return isProcessEnv(node) && !(isMember(node.parent) && node.parent.expression === node);
}

function show(node: Node): string {
  return node.getText().replace(/\s+/g, ' ');
}

/** Without one of these names nothing here is found, and nothing has to be parsed; a name may hold an escape. */
const mayRead = /\b(?:env|environment)\b|\\u/;

/** Reads a source as it is in the project or a package. */
export function readEnvironment(name: string, text: string): EnvironmentUse {
  if (!mayRead.test(text)) return { names: [], computed: [] };
  const nodes = listNodes(name, text);
  const constants = readConstants(nodes);
  const members = nodes
    .filter(isMember)
    .filter(node => isProcessEnv(node.expression) || isPassedOn(node.expression))
    .filter(node => !isOtherMember(node));
  const named = members.flatMap(node => nameOf(node, constants) ?? []);
  const computed = members.filter(node => nameOf(node, constants) === undefined);
  const whole = nodes.filter(isWhole).map(() => 'process.env as a whole');
  return { names: named, computed: [...computed.map(show), ...whole] };
}
