import {
  azureDevOpsApplicationId,
  tokenExchangeApplicationId,
  tokenExchangeAudience,
  type Identity,
} from '../../identity/audience.ts';
import { judgeCondition, readOperator, isPositive, readValuePatterns } from '../conditions.ts';
import { judgeAlone } from '../evaluate.ts';
import { recogniseIssuer } from '../oidc-provider.ts';
import { matchPattern, readPattern } from '../pattern.ts';
import type { Condition, Statement, TrustPolicy } from '../trust-policy.ts';
import type { PolicyVersion } from '../policy-json.ts';
import { nameClaim, parseClaimKey, type TrustRequest } from '../web-identity.ts';
import { showPattern } from '../pattern-overlap.ts';

/** What a policy says of one subject, whichever issuer's key it says it with. */
interface Question {
  readonly policy: TrustPolicy;
  readonly subject: string;
}

/** Returns whether an Allow names a subject character by character, for audiences that a service connection has. */
export function isNamed({ policy, subject }: Question): boolean {
  return policy.statements.some(
    statement =>
      statement.effect === 'Allow' &&
      isForConnections(statement, policy.version) &&
      listSubjects(statement).some(condition => namesExactly(condition, policy.version, subject)),
  );
}

/** Returns whether an Allow names a subject at all: with whatever key, audience and letter case. */
export function isMentioned({ policy, subject }: Question): boolean {
  const found = mentioned.get(policy) ?? listMentioned(policy);
  mentioned.set(policy, found);
  return found.has(subject.toLowerCase());
}

const mentioned = new WeakMap<TrustPolicy, ReadonlySet<string>>();

function listMentioned({ statements, version }: TrustPolicy): ReadonlySet<string> {
  const allows = statements.filter(({ effect }) => effect === 'Allow');
  const patterns = allows.flatMap(listSubjects).flatMap(one => readValuePatterns(one, version));
  return new Set(patterns.filter(one => one.isExact).map(one => showPattern(one).toLowerCase()));
}

/** Returns whether an Allow visibly means a subject by a pattern: one that fixes the organization at least. */
export function isMeantByPattern({ policy, subject }: Question): boolean {
  return policy.statements.some(
    statement =>
      statement.effect === 'Allow' &&
      isForConnections(statement, policy.version) &&
      listSubjects(statement).some(({ values }) =>
        values.some(value => fixesOrganization(value) && covers(value, subject, policy.version)),
      ),
  );
}

/** Returns whether a value, read as a pattern whatever its operator is, covers a subject. */
export function covers(value: string, subject: string, version: PolicyVersion): boolean {
  return matchPattern(readPattern(value, { wildcards: true, version }), subject) !== false;
}

function fixesOrganization(value: string): boolean {
  return /^sc:\/\/[^/*?$]+\//.test(value) || /\/sc\/[0-9a-f-]{36}\//i.test(value);
}

/**
 * Returns whether a policy means to keep a subject out: a Deny that applies or may apply to it, or names it, or a condition
 * of an Allow that holds for all except it.
 */
export function isExcluded({ policy, subject }: Question, request: TrustRequest): boolean {
  return policy.statements.some(statement => {
    const named = statement.conditions.filter(isOnSubject);
    if (statement.effect === 'Allow') return named.some(one => holdsForOthers(one, policy.version, subject));
    if (judgeAlone(policy, statement, request) !== false) return true;
    return named.some(one => isPositive(one) && one.values.some(value => covers(value, subject, policy.version)));
  });
}

function holdsForOthers(condition: Condition, version: PolicyVersion, subject: string): boolean {
  if (readOperator(condition.operator)?.negated !== true) return false;
  return judgeCondition(condition, () => [subject], version).holds !== true;
}

function listSubjects({ conditions }: Statement): readonly Condition[] {
  return conditions.filter(one => isOnSubject(one) && isPositive(one));
}

function isOnSubject({ key }: Condition): boolean {
  return nameClaim(key) === 'sub';
}

function namesExactly(condition: Condition, version: PolicyVersion, subject: string): boolean {
  return readValuePatterns(condition, version).some(
    pattern => pattern.isExact && matchPattern(pattern, subject) === true,
  );
}

/** What people write for the audience of a service connection; the last is the usual one of AWS's examples. */
export const usualAudiences = [
  azureDevOpsApplicationId,
  tokenExchangeApplicationId,
  tokenExchangeAudience,
  'sts.amazonaws.com',
];

/** Returns whether a condition on the audience is for applications of somebody else only. */
export function isOtherAudience(condition: Condition, version: PolicyVersion): boolean {
  if (!isPositive(condition)) return false;
  return usualAudiences.every(audience => !condition.values.some(value => covers(value, audience, version)));
}

/**
 * A statement whose audience is another application's was not written for connections, whatever its subject is. The Azure
 * DevOps issuer has no tokens for applications: there another audience is a mistake.
 */
function isForConnections({ conditions }: Statement, version: PolicyVersion): boolean {
  return !conditions.some(one => {
    const key = parseClaimKey(one.key);
    if (
      key === undefined ||
      nameClaim(one.key) !== 'aud' ||
      recogniseIssuer(key.prefix)?.issuer.kind === 'azure-devops'
    )
      return false;
    return isOtherAudience(one, version);
  });
}

/**
 * Returns the same connection's identity on the other issuer. Undefined where several connections are known, since nothing
 * then says which belong together.
 */
export function findCounterpart(identity: Identity, identities: readonly Identity[]): Identity | undefined {
  const [other, second] = identities.filter(({ issuer }) => issuer.kind !== identity.issuer.kind);
  const same = identities.filter(({ issuer }) => issuer.kind === identity.issuer.kind);
  return second === undefined && same.length === 1 && same[0]?.subject === identity.subject ? other : undefined;
}
