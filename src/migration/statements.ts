import { readOperator } from '../trust/conditions.ts';
import { readPatterns, readText, readPattern, type PatternRules } from '../trust/pattern.ts';
import type { Condition, Statement, TrustPolicy } from '../trust/trust-policy.ts';
import type { PolicyVersion } from '../trust/policy-json.ts';
import { readClaim } from '../trust/web-identity.ts';

/** The OIDC provider of the issuer that retires, in the account of a role. */
export interface RetiringProvider {
  readonly arn: string;
  /** Without `https://`. */
  readonly url: string;
}

/** Returns whether a statement names a provider, or has a condition on one of its claims. */
export function concerns(statement: Statement, { arn, url }: RetiringProvider): boolean {
  const named = statement.principals.listed.some(({ type, value }) => type === 'Federated' && value === arn);
  return named || statement.conditions.some(condition => readClaim(condition, url) !== undefined);
}

/** Returns the subjects of a provider that a statement names character by character. */
export function listNamedSubjects(statement: Statement, version: PolicyVersion, url: string): readonly string[] {
  return [...new Set(listSubjectLines(statement, url).flatMap(condition => listLiterals(condition, version)))];
}

/** Returns the texts that a condition names character by character, each once: see `readLiteral`. */
export function listLiterals({ operator, values }: Condition, version: PolicyVersion): readonly string[] {
  const rules = readRules(operator, version);
  return rules === undefined ? [] : [...readPatterns(values, rules).literals];
}

/**
 * Returns whether a statement limits the subjects of a provider to those that it names character by character. Tokens
 * of Azure DevOps always have a subject, so that IfExists and ForAllValues make no difference.
 */
export function isClosed(statement: Statement, version: PolicyVersion, url: string): boolean {
  return listSubjectLines(statement, url).some(condition =>
    condition.values.every(value => readLiteral(condition, value, version) !== undefined),
  );
}

/**
 * Returns the text that a value of a condition stands for, where it stands for just one: no wildcard, no variable, no
 * operator that ignores letter case or is negated. Undefined for all others.
 */
export function readLiteral({ operator }: Condition, value: string, version: PolicyVersion): string | undefined {
  const rules = readRules(operator, version);
  return rules === undefined ? undefined : readText(readPattern(value, rules));
}

function readRules(operator: string, version: PolicyVersion): PatternRules | undefined {
  const { name, negated } = readOperator(operator) ?? {};
  if (negated !== false || (name !== 'StringEquals' && name !== 'StringLike')) return undefined;
  return { wildcards: name === 'StringLike', version };
}

/** Returns what of a statement's form is such that it is not changed; undefined for the forms that trust policies have. */
export function findOddForm(
  { principals, actions, unknownElements }: Statement,
  policy: TrustPolicy,
): string | undefined {
  if (principals.negated) return 'it has NotPrincipal';
  if (actions.negated) return 'it has NotAction';
  const [unknown] = [...policy.unknownElements, ...unknownElements];
  return unknown === undefined
    ? undefined
    : `it has the element ${unknown}, which IAM does not document for trust policies`;
}

/** Returns why a statement cannot be written again for the Entra issuer; undefined if it can. */
export function findObstacle(
  statement: Statement,
  policy: TrustPolicy,
  old: RetiringProvider,
  entraUrl: string,
): string | undefined {
  const form = findOddForm(statement, policy);
  if (form !== undefined) return form;
  for (const condition of statement.conditions) {
    const obstacle = findConditionObstacle(condition, old, entraUrl);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

function findConditionObstacle(condition: Condition, { url }: RetiringProvider, entraUrl: string): string | undefined {
  const { operator, key, values } = condition;
  const claim = readClaim(condition, url);
  if (claim === 'sub' || claim === 'aud') return undefined;
  if (claim !== undefined) return `its condition ${operator} on ${key} has no equivalent on the Entra issuer`;
  if (readClaim(condition, entraUrl) !== undefined) return 'it has conditions on claims of both issuers';
  const mentions = values.some(value => value.toLowerCase().includes(url.toLowerCase()));
  return mentions ? `its condition ${operator} on ${key} names the retiring provider` : undefined;
}

/** Returns whether only a provider is among the principals of a statement. */
export function hasOnlyProvider({ principals }: Statement, { arn }: RetiringProvider): boolean {
  return principals.listed.every(({ type, value }) => type === 'Federated' && value === arn);
}

function listSubjectLines({ conditions }: Statement, url: string): readonly Condition[] {
  return conditions.filter(condition => readClaim(condition, url) === 'sub');
}
