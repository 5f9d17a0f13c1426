import type { Identity } from '../../identity/audience.ts';
import { formatIssuer } from '../../identity/issuer.ts';
import { buildStatements, escapeValue } from '../build.ts';
import { parseClaimKey } from '../web-identity.ts';
import { largestQuota, measurePolicy } from '../render.ts';
import type { Condition } from '../statement.ts';
import type { OneOrMany, PolicyDocument, StatementElement } from '../trust-policy.ts';
import { isOfProvider, type NamedProvider, type Scene } from './scene.ts';

/** Returns the policy with the scene's statement changed, all else as it stands. Undefined where IAM takes none so large. */
export function changeStatement(
  { policy: { document }, statement: { index }, isCorrectable }: Scene,
  change: (element: StatementElement) => StatementElement,
): PolicyDocument | undefined {
  const { Statement: statements } = document;
  if (!isCorrectable) return undefined;
  if (!isList(statements)) return limit({ ...document, Statement: change(statements) });
  return limit({ ...document, Statement: statements.map((one, place) => (place === index ? change(one) : one)) });
}

/**
 * Returns the policy with the conditions of one line replaced by others. Undefined where one of these is there already:
 * both hold now, and an object has no key twice.
 */
export function changeCondition(
  scene: Scene,
  changed: Condition,
  change: (condition: Condition) => Condition,
): PolicyDocument | undefined {
  const conditions = scene.statement.conditions.map(one => (one === changed ? change(changed) : one));
  return changeConditions(scene, conditions);
}

/** Returns the policy with one principal of the statement replaced, and its name in the keys of conditions. */
export function changeProvider(scene: Scene, text: string, right: string): PolicyDocument | undefined {
  const { principals, conditions } = scene.statement;
  if (principals.negated) return undefined;
  const listed = principals.listed.map(one => (one.value === text ? { ...one, value: right } : one));
  const types = [...new Set(listed.map(({ type }) => type))];
  const entries = types.map(type => {
    return [type, oneOrMany(listed.filter(one => one.type === type).map(({ value }) => value))] as const;
  });
  const provider = scene.providers.find(one => one.text === text);
  const renamed = conditions.map(one => renameKey(one, provider, right));
  const isRenamed = renamed.some((one, place) => one !== conditions[place]);
  const Principal = Object.fromEntries(entries);
  if (!isRenamed) return changeStatement(scene, element => ({ ...element, Principal }));
  return changeConditions(scene, renamed, { Principal });
}

function renameKey(condition: Condition, provider: NamedProvider | undefined, right: string): Condition {
  const key = parseClaimKey(condition.key);
  if (provider === undefined || key === undefined || !isOfProvider(key, provider)) return condition;
  const url = right.slice(right.indexOf('/') + 1);
  return url === provider.arn.url ? condition : { ...condition, key: `${url}:${key.claim}` };
}

function changeConditions(
  scene: Scene,
  conditions: readonly Condition[],
  change: Partial<StatementElement> = {},
): PolicyDocument | undefined {
  const names = conditions.map(({ operator, key }) => `${operator} ${key.toLowerCase()}`);
  if (new Set(names).size < names.length) return undefined;
  return changeStatement(scene, element => ({ ...element, ...change, Condition: writeConditions(conditions) }));
}

/**
 * Returns the policy with the statement narrowed to the identities of a provider's issuer that are known, conditions on
 * anything but its claims kept. Undefined where none is known, where the provider is not quite that issuer's, or where the
 * statement has other principals.
 */
export function narrowStatement(scene: Scene, provider: NamedProvider): PolicyDocument | undefined {
  const { meant } = provider;
  if (meant?.mistakes.length !== 0 || scene.statement.principals.listed.length !== 1) return undefined;
  const [built] = buildKnown(scene, ({ issuerUrl }) => issuerUrl === formatIssuer(meant.issuer));
  if (built === undefined) return undefined;
  const others = scene.statement.conditions.filter(({ key }) => {
    const claim = parseClaimKey(key);
    return claim === undefined || !isOfProvider(claim, provider);
  });
  const kept = writeConditions(others);
  const StringEquals = { ...kept['StringEquals'], ...built.Condition?.['StringEquals'] };
  return changeStatement(scene, element => ({ ...element, Condition: { ...kept, StringEquals } }));
}

/** Returns the policy with statements added for known identities. Undefined where none is known. */
export function addStatements(scene: Scene, isWanted: (identity: Identity) => boolean): PolicyDocument | undefined {
  const { document } = scene.policy;
  const added = buildKnown(scene, isWanted);
  if (!scene.isCorrectable || added.length === 0) return undefined;
  return limit({ ...document, Statement: [document.Statement, added].flat() });
}

/** None where a subject has `${`: before version 2012-10-17 its escape means nothing, so that it would lock out. */
function buildKnown(
  { policy: { version }, known: { account, identities } }: Scene,
  isWanted: (identity: Identity) => boolean,
): readonly StatementElement[] {
  const wanted = identities.filter(isWanted);
  const isEscaped = wanted.some(({ subject }) => escapeValue(subject) !== subject);
  if (account === undefined || (isEscaped && version !== '2012-10-17')) return [];
  return buildStatements(wanted, account);
}

function limit(document: PolicyDocument): PolicyDocument | undefined {
  return measurePolicy(document) > largestQuota ? undefined : document;
}

/** Of entries, not by assignment: a name like `__proto__` is only a name here. */
function writeConditions(conditions: readonly Condition[]): NonNullable<StatementElement['Condition']> {
  const operators = [...new Set(conditions.map(({ operator }) => operator))];
  const blocks = operators.map(operator => {
    const lines = conditions.filter(one => one.operator === operator);
    return [operator, Object.fromEntries(lines.map(({ key, values }) => [key, oneOrMany(values)]))] as const;
  });
  return Object.fromEntries(blocks);
}

function oneOrMany(values: readonly string[]): OneOrMany<string> {
  const [only = ''] = values;
  return values.length === 1 ? only : values;
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
