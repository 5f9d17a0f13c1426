import type { Identity } from '../../identity/audience.ts';
import { formatIssuer } from '../../identity/issuer.ts';
import { buildForIdentities } from '../build.ts';
import { readOperator } from '../conditions.ts';
import { parseProviderArn, recogniseIssuer, type MeantIssuer, type ProviderArn } from '../oidc-provider.ts';
import { matchWildcards } from '../pattern.ts';
import type { Condition, PolicyDocument, Statement, StatementElement, TrustPolicy } from '../trust-policy.ts';
import { parseClaimKey, webIdentityAction, type ClaimKey } from '../web-identity.ts';
import type { Finding, Known } from './finding.ts';

/** A statement in its policy, with what findings ask of it again and again. */
export interface Scene {
  readonly policy: TrustPolicy;
  readonly statement: Statement;
  readonly known: Known;
  /** The OIDC providers that the statement names. */
  readonly providers: readonly NamedProvider[];
  readonly keys: readonly ProviderKey[];
}

export interface NamedProvider {
  /** The principal as it stands in the policy. */
  readonly text: string;
  readonly arn: ProviderArn;
  /** The issuer of Azure DevOps that it is, or seems to be meant for. */
  readonly meant: MeantIssuer | undefined;
}

/** A condition on a claim. */
export interface ProviderKey extends ClaimKey {
  readonly condition: Condition;
}

/** Returns what findings need to know of a statement. */
export function describeScene(policy: TrustPolicy, statement: Statement, known: Known): Scene {
  const providers = statement.principals.listed.flatMap(({ type, value }): readonly NamedProvider[] => {
    const arn = type === 'Federated' ? parseProviderArn(value) : undefined;
    return arn === undefined ? [] : [{ text: value, arn, meant: recogniseIssuer(arn.url) }];
  });
  return { policy, statement, known, providers, keys: statement.conditions.flatMap(readKey) };
}

/** Returns whether a statement is an Allow, for callers with a token of an OIDC provider. */
export function allowsWebIdentity({ statement: { effect, actions } }: Scene): boolean {
  return effect === 'Allow' && actions.patterns.some(one => matchWildcards(one, webIdentityAction)) !== actions.negated;
}

/** Returns the conditions on one of a provider's claims that only a value in the policy can satisfy. */
export function findPositive({ keys }: Scene, { arn }: NamedProvider, claim: string): readonly ProviderKey[] {
  return keys.filter(key => {
    const operator = readOperator(key.condition.operator);
    const sameKey = key.claim.toLowerCase() === claim && key.prefix.toLowerCase() === arn.url.toLowerCase();
    return sameKey && operator?.negated === false && operator.name !== 'Null';
  });
}

/** Returns a finding about the scene's statement. */
export function found(
  scene: Scene,
  finding: Omit<Finding, 'statement' | 'corrected'>,
  corrected?: PolicyDocument,
): Finding {
  const { index, sid } = scene.statement;
  return { ...finding, statement: { index, sid }, corrected };
}

/** Returns the policy with the scene's statement changed, all else as it stands. */
export function changeStatement(
  { policy: { document }, statement: { index } }: Scene,
  change: (element: StatementElement) => StatementElement,
): PolicyDocument {
  const { Statement: statements } = document;
  if (!isList(statements)) return { ...document, Statement: change(statements) };
  return { ...document, Statement: statements.map((element, place) => (place === index ? change(element) : element)) };
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
  const right = change(changed);
  const others = scene.statement.conditions.filter(one => one !== changed);
  if (others.some(({ operator, key }) => operator === right.operator && key === right.key)) return undefined;
  const conditions = scene.statement.conditions.map(one => (one === changed ? right : one));
  return changeStatement(scene, element => ({ ...element, Condition: writeConditions(conditions) }));
}

/**
 * Returns the policy with the statement narrowed to the identities of a provider's issuer that are known, conditions on
 * anything but its claims kept. Undefined where none is known, where the provider is not quite that issuer's, or where the
 * statement has other principals.
 */
export function narrowStatement(scene: Scene, { arn, meant }: NamedProvider): PolicyDocument | undefined {
  const { account, identities = [] } = scene.known;
  const wanted = identities.filter(identity => meant !== undefined && isSame(identity, meant));
  if (account === undefined || wanted.length === 0 || meant?.mistakes.length !== 0) return undefined;
  if (scene.statement.principals.listed.length !== 1) return undefined;
  const [built] = [buildForIdentities(wanted, account).document.Statement].flat();
  const others = scene.statement.conditions.filter(({ key }) => readPrefix(key) !== arn.url.toLowerCase());
  const kept = writeConditions(others);
  const StringEquals = { ...kept['StringEquals'], ...built?.Condition?.['StringEquals'] };
  return changeStatement(scene, element => ({ ...element, Condition: { ...kept, StringEquals } }));
}

function isSame(identity: Identity, { issuer }: MeantIssuer): boolean {
  return identity.issuerUrl === formatIssuer(issuer);
}

function readKey(condition: Condition): readonly ProviderKey[] {
  const key = parseClaimKey(condition.key);
  return key === undefined ? [] : [{ condition, ...key }];
}

function readPrefix(key: string): string {
  return key.slice(0, key.lastIndexOf(':')).toLowerCase();
}

function writeConditions(conditions: readonly Condition[]): NonNullable<StatementElement['Condition']> {
  const block: Record<string, Record<string, string | readonly string[]>> = {};
  for (const { operator, key, values } of conditions) {
    const [first = '', ...rest] = values;
    (block[operator] ??= {})[key] = values.length === 1 ? first : [first, ...rest].slice(0, values.length);
  }
  return block;
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
