import type { JudgedCondition, RequestContext } from '../conditions.ts';
import { matchArn, type RangeTest } from '../typed-operators.ts';
import { evaluateTrust } from '../evaluate.ts';
import { matchPattern, readPattern, allHold, anyHolds, negate, type Truth } from '../pattern.ts';
import type { Statement } from '../trust-policy.ts';
import type { KnownControlPolicy, ResourceList } from './read-control-policy.ts';

/** A call that control policies decide about. */
export interface ControlledCall {
  readonly action: string;
  /** The ARN of the resource; undefined if it is not known. */
  readonly resource: string | undefined;
  /** Whether the caller is a principal of the organization: service control policies are for these only. */
  readonly isOwnPrincipal: boolean;
  /** What the request may say of itself, one for each reading that AWS's pages leave open. */
  readonly readings: readonly RequestContext[];
  /** Compares addresses with ranges, if that is known. */
  readonly isInRange?: RangeTest | undefined;
}

/** Whether a control policy denies a call, and which of its statements decides or is in doubt. */
export interface ControlVerdict {
  readonly policy: KnownControlPolicy;
  readonly denies: Truth;
  readonly statement: Statement | undefined;
  /** The conditions of that statement. */
  readonly conditions: readonly JudgedCondition[];
}

/**
 * Returns whether a control policy denies a call. It differs from other policies in this: nothing has to allow the call, since
 * AWS's own policy (RCPFullAWSAccess, FullAWSAccess) stays attached and does; a service control policy is for principals of the
 * organization only. Where two readings of a request disagree, or only AWS can decide, the answer is unknown.
 *
 * It does not know where a policy is attached, nor which account manages the organization: that one's roles and service-linked
 * roles are outside.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html
 */
export function judgeControlPolicy(policy: KnownControlPolicy, call: ControlledCall): ControlVerdict {
  if (policy.type === 'SERVICE_CONTROL_POLICY' && !call.isOwnPrincipal) {
    return { policy, denies: false, statement: undefined, conditions: [] };
  }
  const judged = policy.policy.statements
    .filter(({ effect }) => effect === 'Deny')
    .map(statement => judgeDeny(policy, statement, call));
  const decisive = judged.find(one => one.denies === true) ?? judged.find(one => one.denies === 'unknown');
  return decisive ?? { policy, denies: false, statement: undefined, conditions: [] };
}

function judgeDeny(policy: KnownControlPolicy, statement: Statement, call: ControlledCall): ControlVerdict {
  const resource = judgeResource(policy.resources[statement.index], call.resource);
  const readings = call.readings.map(context => judgeReading(policy, statement, call, context));
  const [first] = readings;
  const agreed = readings.every(({ truth }) => truth === first?.truth) ? first?.truth : undefined;
  return { policy, statement, denies: allHold([resource, agreed ?? 'unknown']), conditions: first?.conditions ?? [] };
}

interface JudgedReading {
  readonly truth: Truth;
  readonly conditions: readonly JudgedCondition[];
}

/** A Deny applies where an Allow of the same conditions would. */
function judgeReading(
  { policy }: KnownControlPolicy,
  statement: Statement,
  { action, isInRange }: ControlledCall,
  context: RequestContext,
): JudgedReading {
  const alone = { ...policy, statements: [{ ...statement, effect: 'Allow' as const }] };
  const { decision, reasons } = evaluateTrust(alone, { action, principal: '', context, isInRange });
  return {
    truth: decision === 'unknown' ? decision : decision === 'allowed',
    conditions: reasons.flatMap(reason => (reason.part === 'condition' ? [reason] : [])),
  };
}

/** What a pattern of an ARN reaches over is said of single cases only: where two ways to read it disagree, it stays open. */
function judgeResource(list: ResourceList = everything, resource: string | undefined): Truth {
  const matches = anyHolds(
    list.patterns.map((pattern): Truth => {
      if (pattern === '*') return true;
      return resource === undefined ? 'unknown' : matchResource(pattern, resource);
    }),
  );
  return list.negated ? negate(matches) : matches;
}

const everything: ResourceList = { negated: false, patterns: ['*'] };

function matchResource(pattern: string, resource: string): Truth {
  const [byParts, asText] = [
    matchArn(pattern, resource),
    matchPattern(readPattern(pattern, { wildcards: true, version: '2012-10-17' }), resource),
  ];
  return byParts === asText ? byParts : 'unknown';
}
