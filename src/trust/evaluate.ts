import { judgeCondition, type JudgedCondition } from './conditions.ts';
import { findPath, type NetworkPath } from './network/bounds.ts';
import { matchWildcards, readPattern, allHold, anyHolds, negate, type Truth } from './pattern.ts';
import { isBareStar, isEveryone, type Statement, type TrustPolicy } from './trust-policy.ts';
import type { TrustRequest } from './web-identity.ts';

/** One thing that a statement asks of a request, and whether it holds. */
export type Reason =
  | {
      readonly part: 'principal' | 'action' | 'element';
      readonly holds: Truth;
      readonly expected: readonly string[];
      readonly actual: string;
    }
  | ({ readonly part: 'condition' } & JudgedCondition);

export type Verdict = Allowed | Denied | Unknown;

/** Whether a request is allowed; unknown where only AWS can decide. */
export type Decision = Verdict['decision'];

export interface Allowed {
  readonly decision: 'allowed';
  readonly statement: Statement;
  /** All that the statement asks, and that holds. */
  readonly reasons: readonly Reason[];
}

export interface Denied {
  readonly decision: 'denied';
  /** Whether a Deny statement applies; else nothing allows it. */
  readonly explicit: boolean;
  /** The Deny that applies, or the Allow that came closest; undefined if no Allow is there at all. */
  readonly statement: Statement | undefined;
  /** What made the Deny apply, or what the closest Allow asks and the request does not have. */
  readonly reasons: readonly Reason[];
}

export interface Unknown {
  readonly decision: 'unknown';
  readonly statement: Statement;
  /** What only AWS can decide. */
  readonly reasons: readonly Reason[];
}

interface Judgement {
  readonly statement: Statement;
  readonly applies: Truth;
  readonly reasons: readonly Reason[];
}

/**
 * Returns whether a trust policy lets a request in: a Deny that applies wins, then an Allow that applies, else it is
 * denied. Where a Deny, or the only Allow left, cannot be decided, the answer is that it cannot be known.
 *
 * A request comes over the internet or through a VPC endpoint. Where that is not known it is judged on both paths: what both
 * say is certain, whatever only AWS knows of the rest.
 *
 * It judges the trust policy alone: permission boundaries, organization policies and the provider's client IDs come on top.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluateTrust(policy: TrustPolicy, request: TrustRequest): Verdict {
  const verdict = evaluateOnce(policy, request);
  if (verdict.decision !== 'unknown' || !isOpenPath(policy, request)) return verdict;
  const [internet, endpoint] = listPaths(request).map(one => evaluateOnce(policy, one));
  return internet !== undefined && internet.decision === endpoint?.decision && internet.decision !== 'unknown'
    ? internet
    : verdict;
}

/** Returns whether one statement of a policy applies to a request, whatever its effect is. */
export function judgeAlone(policy: TrustPolicy, statement: Statement, request: TrustRequest): Truth {
  const { applies } = judgeStatement(statement, policy, request);
  if (applies !== 'unknown' || !isOpenPath({ ...policy, statements: [statement] }, request)) return applies;
  const [internet, endpoint] = listPaths(request).map(one => judgeStatement(statement, policy, one).applies);
  return internet !== undefined && internet === endpoint ? internet : applies;
}

/** A statement that applies to a request, or may. */
export interface PossibleStatement {
  readonly effect: Statement['effect'];
  /** What only AWS knows of it; nothing if it applies. */
  readonly doubts: readonly Reason[];
}

/** Returns the statements of a policy that apply to a request, or may. */
export function listPossible(policy: TrustPolicy, request: TrustRequest): readonly PossibleStatement[] {
  return policy.statements
    .map(statement => judgeStatement(statement, policy, request))
    .filter(({ applies }) => applies !== false)
    .map(({ statement: { effect }, reasons }) => ({
      effect,
      doubts: reasons.filter(({ holds }) => holds === 'unknown'),
    }));
}

/** Whether a policy asks for keys of either path, and nothing is known of the request's. */
function isOpenPath({ statements }: TrustPolicy, { context }: TrustRequest): boolean {
  const keys = statements.flatMap(({ conditions }) => conditions.filter(({ key }) => findPath(key) !== undefined));
  return keys.length > 0 && keys.every(({ key }) => context(key) === 'unknown');
}

/** The request as it is over the internet, and as it is through a VPC endpoint: without the other's keys. */
function listPaths(request: TrustRequest): readonly TrustRequest[] {
  return (['endpoint', 'internet'] as const).map(absent => withoutKeys(request, absent));
}

function withoutKeys(request: TrustRequest, absent: NetworkPath): TrustRequest {
  return { ...request, context: key => (findPath(key) === absent ? [] : request.context(key)) };
}

function evaluateOnce(policy: TrustPolicy, request: TrustRequest): Verdict {
  const judgements = policy.statements.map(statement => judgeStatement(statement, policy, request));
  const [denies, allows] = [select(judgements, 'Deny'), select(judgements, 'Allow')];
  const deny = denies.find(({ applies }) => applies === true);
  if (deny !== undefined)
    return { decision: 'denied', explicit: true, statement: deny.statement, reasons: deny.reasons };
  const doubt = [...denies, ...allows].find(({ applies }) => applies === 'unknown');
  const allow = allows.find(({ applies }) => applies === true);
  if (doubt !== undefined && (allow === undefined ? findPossible(allows) : doubt.statement.effect === 'Deny')) {
    return leaveOpen(doubt);
  }
  if (allow !== undefined) return { decision: 'allowed', statement: allow.statement, reasons: allow.reasons };
  return denyImplicitly(allows);
}

function judgeStatement(statement: Statement, policy: TrustPolicy, request: TrustRequest): Judgement {
  const reasons: readonly Reason[] = [
    judgePrincipals(statement, request.principal),
    judgeActions(statement, request.action),
    ...statement.conditions.map(condition => ({
      part: 'condition' as const,
      ...judgeCondition(condition, request.context, policy.version, request.isInRange),
    })),
    ...[...policy.unknownElements, ...statement.unknownElements].map(name => ({
      part: 'element' as const,
      holds: 'unknown' as const,
      expected: [],
      actual: name,
    })),
  ];
  return doubtVariables({ statement, applies: allHold(reasons.map(({ holds }) => holds)), reasons }, policy);
}

/**
 * A variable that AWS cannot resolve may make the whole statement invalid, so that one which would apply may not; a default
 * value prevents that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function doubtVariables(judgement: Judgement, { version }: TrustPolicy): Judgement {
  if (judgement.applies !== true || version !== '2012-10-17') return judgement;
  const reasons = judgement.reasons.map((reason): Reason => {
    const variables = reason.part === 'condition' ? listUnresolved(reason.values, version) : [];
    if (reason.part !== 'condition' || variables.length === 0) return reason;
    const doubt = `AWS may ignore the statement if it cannot resolve ${variables.join(', ')}`;
    return { ...reason, holds: 'unknown', doubt };
  });
  return { ...judgement, reasons, applies: allHold(reasons.map(({ holds }) => holds)) };
}

function listUnresolved(values: readonly string[], version: TrustPolicy['version']): readonly string[] {
  const variables = values
    .filter(value => value.includes('${'))
    .flatMap(value => readPattern(value, { wildcards: false, version }).variables);
  return variables.filter(one => !hasDefault(one));
}

/** `${key, 'default'}` */
function hasDefault(variable: string): boolean {
  const [, ...rest] = variable.slice(0, -1).split(',');
  const value = rest.join(',').trim();
  return value.length > 1 && value.startsWith("'") && value.endsWith("'");
}

/**
 * `{"AWS": "*"}` is everyone. NotPrincipal and a star alone have no place in a trust policy, and IAM rejects them: what they
 * would do to a caller with a token is unknown. One page of AWS's documentation calls a star alone the same as `{"AWS": "*"}`: a
 * Deny is read so, since it must not be overlooked.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (role trust policy
 * unsupported wildcard in principal)
 */
function judgePrincipals({ principals: { negated, listed }, effect }: Statement, actual: string): Reason {
  const isDoubtful = effect === 'Allow' && /:(?:oidc|saml)-provider\//.test(actual);
  const everyone = listed.some(one => isEveryone(one) && !(isDoubtful && isBareStar(one)));
  const named = listed.some(({ type, value }) => type === 'Federated' && value === actual);
  // IAM accepts no star for a federated principal; a policy that has one did not come from there.
  const strange = listed.some(one => isBareStar(one) || (one.type === 'Federated' && /[*?]/.test(one.value)));
  const holds = negated || (strange && !everyone && !named) ? 'unknown' : everyone || named;
  return { part: 'principal', holds, expected: listed.map(({ value }) => sayNegated(value, negated)), actual };
}

function judgeActions({ actions: { negated, patterns } }: Statement, actual: string): Reason {
  const matches = anyHolds(patterns.map(pattern => matchAction(pattern, actual)));
  const expected = patterns.map(one => sayNegated(one, negated));
  return { part: 'action', holds: negated ? negate(matches) : matches, expected, actual };
}

function sayNegated(text: string, negated: boolean): string {
  return negated ? `all but ${text}` : text;
}

/**
 * IAM accepts no wildcard within a service's name; what it would make of one it does not say. A star alone is every
 * action.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
function matchAction(pattern: string, actual: string): Truth {
  if (pattern === actual) return true;
  if (!matchWildcards(pattern, actual)) return false;
  const [service = ''] = pattern.split(':');
  return ['*', '*:*'].includes(pattern) || !/[*?]/.test(service) || 'unknown';
}

function select(judgements: readonly Judgement[], effect: Statement['effect']): readonly Judgement[] {
  return judgements.filter(({ statement }) => statement.effect === effect);
}

function findPossible(allows: readonly Judgement[]): boolean {
  return allows.some(({ applies }) => applies !== false);
}

function leaveOpen({ statement, reasons }: Judgement): Unknown {
  return { decision: 'unknown', statement, reasons: reasons.filter(({ holds }) => holds === 'unknown') };
}

function denyImplicitly(allows: readonly Judgement[]): Denied {
  const [nearest] = [...allows].sort((one, other) => countMisses(one) - countMisses(other));
  const reasons = nearest?.reasons.filter(({ holds }) => holds === false) ?? [];
  return { decision: 'denied', explicit: false, statement: nearest?.statement, reasons };
}

/** A statement for another principal is further off than one for another action, and that than one with other values. */
function countMisses({ reasons }: Judgement): number {
  const weights = { principal: 10_000, action: 100, condition: 1, element: 1 };
  return reasons.filter(({ holds }) => holds === false).reduce((sum, { part }) => sum + weights[part], 0);
}
