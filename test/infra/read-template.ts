import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const cloudFormation = join(root, 'infra/cloudformation');
export const terraformModule = join(root, 'infra/terraform-aws-azure-devops-oidc');

export type Fields = Readonly<Record<string, unknown>>;

/** A template's sections, its short forms (`!Ref x`) written out (`{Ref: x}`). */
export interface Template {
  readonly Parameters: Readonly<Record<string, Fields>>;
  readonly Rules: Readonly<Record<string, Fields>>;
  readonly Conditions: Fields;
  readonly Resources: Readonly<Record<string, Fields>>;
  readonly Outputs: Readonly<Record<string, Fields>>;
}

/** Returns a template of infra/cloudformation. */
export function readTemplate(name: string): Template {
  return parseTemplate(readFileSync(join(cloudFormation, name), 'utf8'));
}

/** Returns a template from its YAML. Throws for YAML that is not well formed. */
export function parseTemplate(text: string): Template {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return writeOut(document.contents) as Template;
}

function writeOut(node: unknown): unknown {
  const tag = (node as { tag?: string } | null)?.tag ?? '';
  const value = readNode(node);
  return tag.startsWith('!') ? nameIntrinsic(tag.slice(1), value) : value;
}

function readNode(node: unknown): unknown {
  if (isMap(node)) {
    return Object.fromEntries(node.items.map(({ key, value }) => [String(readNode(key)), writeOut(value)]));
  }
  if (isSeq(node)) return node.items.map(writeOut);
  return isScalar(node) ? node.value : null;
}

function nameIntrinsic(name: string, value: unknown): Fields {
  if (name === 'Ref' || name === 'Condition') return { [name]: value };
  if (name === 'GetAtt' && typeof value === 'string') return { 'Fn::GetAtt': value.split('.') };
  return { [`Fn::${name}`]: value };
}
