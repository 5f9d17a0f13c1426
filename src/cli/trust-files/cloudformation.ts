import type { Account } from '../../trust/oidc-provider.ts';
import { asList, asRecord, asText, type FilePath, type JsonRecord, type TrustSource } from './trust-source.ts';

/** Returns whether a value is a CloudFormation template. */
export function isTemplate(value: JsonRecord): boolean {
  const resources = asRecord(value['Resources']);
  if (resources === undefined) return false;
  return listResources(resources).some(({ resource }) => asText(asRecord(resource)?.['Type']) !== undefined);
}

/**
 * Returns the trust policies of a template's roles, those that SAM makes for functions too. `AWS::AccountId` and `AWS::Partition` stand for the account if it
 * is known; all else that only CloudFormation knows is said, never guessed: neither a parameter's default nor a
 * condition's branch.
 */
export function listTemplateRoles(template: JsonRecord, account: Account | undefined): readonly TrustSource[] {
  return listResources(asRecord(template['Resources']) ?? {}).flatMap(({ id, path: place, resource, isLoop }) => {
    const { Type: type, Properties: properties } = asRecord(resource) ?? {};
    const { RoleName: name, AssumeRolePolicyDocument: policy } = asRecord(properties) ?? {};
    if (type !== 'AWS::IAM::Role' && policy === undefined) return [];
    const unresolved: string[] = isLoop ? [`${id}: Fn::ForEach`] : [];
    const document = resolve(policy, { path: '$', account, unresolved });
    const path = [...place, 'Properties', 'AssumeRolePolicyDocument'];
    const role = { arn: undefined, name: asText(name) ?? id };
    return [{ role, where: `Resources.${id}`, path, document, unresolved }];
  });
}

interface Resource {
  readonly id: string;
  readonly path: FilePath;
  readonly resource: unknown;
  readonly isLoop: boolean;
}

/**
 * Returns resources, those in loops too: what these become only CloudFormation knows.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach-example-resource.html
 */
function listResources(resources: JsonRecord, path: FilePath = ['Resources'], isLoop = false): readonly Resource[] {
  return Object.entries(resources).flatMap(([id, resource]) => {
    const place = [...path, id];
    if (!id.startsWith('Fn::ForEach::')) return [{ id, path: place, resource, isLoop }];
    return listResources(asRecord(asList(resource)[2]) ?? {}, [...place, 2], true);
  });
}

interface Resolving {
  readonly path: string;
  readonly account: Account | undefined;
  readonly unresolved: string[];
}

function resolve(value: unknown, at: Resolving): unknown {
  if (Array.isArray(value)) return value.map((item, index) => resolve(item, { ...at, path: `${at.path}[${index}]` }));
  const record = asRecord(value);
  if (record === undefined) return value;
  const [only = '', ...others] = Object.keys(record);
  if (others.length === 0 && isFunction(only)) return call(only, record[only], at);
  return Object.fromEntries(
    Object.entries(record).map(([name, item]) => [name, resolve(item, { ...at, path: `${at.path}.${name}` })]),
  );
}

function isFunction(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::');
}

function call(name: string, argument: unknown, at: Resolving): unknown {
  const known =
    name === 'Ref'
      ? findPseudo(argument, at)
      : name === 'Fn::Sub'
        ? substitute(argument, at)
        : join(name, argument, at);
  if (known !== undefined) return known;
  at.unresolved.push(`${at.path}: ${name}`);
  return null;
}

function findPseudo(name: unknown, { account }: Resolving): string | undefined {
  if (name === 'AWS::AccountId') return account?.accountId;
  return name === 'AWS::Partition' ? account?.partition : undefined;
}

/** `${!Literal}` stands for `${Literal}`. */
function substitute(argument: unknown, at: Resolving): string | undefined {
  if (typeof argument !== 'string') return undefined;
  const names = [...argument.matchAll(/\$\{(?!!)([^}$]*)\}/g)].map(([, name = '']) => name.trim());
  if (names.some(name => findPseudo(name, at) === undefined)) return undefined;
  return argument.replace(/\$\{(!?)([^}$]*)\}/g, (_, literal: string, name: string) =>
    literal === '' ? (findPseudo(name.trim(), at) ?? '') : `\${${name}}`,
  );
}

function join(name: string, argument: unknown, at: Resolving): string | undefined {
  if (name !== 'Fn::Join' || !Array.isArray(argument)) return undefined;
  const [separator, items] = argument as readonly unknown[];
  if (typeof separator !== 'string' || !Array.isArray(items)) return undefined;
  const inner: Resolving = { ...at, unresolved: [] };
  const parts = items.map(item => resolve(item, inner));
  const isKnown = inner.unresolved.length === 0 && parts.every(part => typeof part === 'string');
  return isKnown ? parts.join(separator) : undefined;
}
