import { readIdentity } from '../identity/audience.ts';
import { isExcluded } from '../trust/corrections/meant.ts';
import { evaluateTrust, judgeAlone, type Reason, type Verdict } from '../trust/evaluate.ts';
import { acceptsAudience, compareProvider, findMissingClientIds, stripScheme } from '../trust/oidc-provider.ts';
import { listNetworkLines, withoutNetwork } from '../trust/network/bounds.ts';
import { isReachable } from '../trust/network/reachable.ts';
import { nameStatement, type TrustPolicy } from '../trust/trust-policy.ts';
import { describeDifference } from '../trust/scene/text-difference.ts';
import { describeWebIdentity, type TrustRequest } from '../trust/web-identity.ts';
import type { RefusedCall, RegisteredProvider } from './refused-call.ts';

/** Returns what an account's OIDC providers have to do with a refusal; nothing if they are not known or all is well. */
export function judgeProviders({ claims, role, providers }: RefusedCall): readonly string[] {
  if (providers === undefined) return [];
  const same = providers.find(({ url }) => url === stripScheme(claims.iss));
  if (same === undefined) {
    return [
      `Account ${role.accountId} has no OIDC provider with the issuer's URL; it has ${providers.length}.`,
      ...providers.flatMap(provider => describeMistake(provider, claims.iss)),
    ];
  }
  if (acceptsAudience(same.clientIds, claims)) return [];
  const identity = readIdentity(claims);
  const missing = identity === undefined ? claims.aud : findMissingClientIds(identity, same.clientIds);
  return [`The provider ${same.url} has the client IDs ${same.clientIds.join(', ')}, but not ${missing.join(', ')}.`];
}

function describeMistake({ url }: RegisteredProvider, iss: string): readonly string[] {
  const match = compareProvider(url, iss);
  if (match.kind !== 'mistaken') return [];
  return [
    `The provider ${url} was probably meant, but AWS treats it as a different one: ${match.mistakes.join(', ')}.`,
  ];
}

/** What a role's trust policy says to a token. */
export interface TrustJudgement {
  readonly lines: readonly string[];
  /** Whether one statement more could let the token in. */
  readonly isStatementMissing: boolean;
}

/** Returns what the role's trust policy says to the token; undefined if it is not known. */
export function judgeTrust({ claims, role, trustPolicy, network }: RefusedCall): TrustJudgement | undefined {
  if (trustPolicy === undefined) return undefined;
  const request = describeWebIdentity({ claims, account: role, network });
  const verdict = evaluateTrust(trustPolicy, request);
  const isImplicit = verdict.decision === 'denied' && !verdict.explicit;
  // Whoever wrote that meant to keep it out: a statement that allows it is not for a pipeline's log to offer.
  const isKeptOut = isImplicit && isExcluded({ policy: trustPolicy, subject: claims.sub }, request);
  const isElsewhere = isImplicit && evaluateTrust(withoutNetwork(trustPolicy), request).decision === 'allowed';
  const lines = [
    ...describeVerdict(verdict),
    ...(isElsewhere ? [describeNetwork(trustPolicy, request)] : []),
    ...(isKeptOut ? [keptOut] : []),
  ];
  const isStatementMissing = isImplicit && !isKeptOut && !isElsewhere;
  return { lines: verdict.decision === 'allowed' ? [...lines, refusedAllTheSame] : lines, isStatementMissing };
}

/** Of the statements that would allow the token from another network. */
function describeNetwork(policy: TrustPolicy, request: TrustRequest): string {
  const free = withoutNetwork(policy);
  const allows = policy.statements.filter((one, index) => {
    const other = free.statements[index];
    return one.effect === 'Allow' && other !== undefined && judgeAlone(free, other, request) === true;
  });
  return allows.some(one => isReachable(listNetworkLines(one))) ? wrongNetwork : noNetwork;
}

const wrongNetwork =
  'Only a network condition denies the token: run the step on an agent in the network that the policy requires, through its VPC endpoint if it requires one (private DNS, or stsEndpoint).';

const noNetwork =
  'Only the network conditions deny the token, and no request can meet all of them, whatever network it comes from: correct the conditions.';

const keptOut =
  'The trust policy excludes this token, or may exclude it: ask the owner of the policy whether it should be allowed.';

const refusedAllTheSame =
  'If so, the cause is a recent change that has not taken effect yet, the provider, or a control policy of the organization.';

/** Returns what a trust policy says to a token, and by which of its statements, in lines. */
export function describeVerdict(verdict: Verdict): readonly string[] {
  const { statement, reasons } = verdict;
  switch (verdict.decision) {
    case 'allowed':
      return [
        `${capitalise(nameStatement(statement))} of the trust policy allows this token: its principal, its action and all of its conditions match.`,
      ];
    case 'unknown':
      return [`Only AWS knows whether ${nameStatement(statement)} applies:`, ...reasons.map(describeReason)];
    case 'denied':
      if (statement === undefined) return ['The trust policy has no Allow at all.'];
      return [
        verdict.explicit
          ? `${capitalise(nameStatement(statement))} of the trust policy denies this token:`
          : `No statement of the trust policy allows this token. The closest is ${nameStatement(statement)}; these parts do not match:`,
        ...(verdict.explicit ? listTelling(reasons) : reasons).map(describeReason),
      ];
  }
}

/** Of a Deny that applies the conditions say why, if it has any. */
function listTelling(reasons: readonly Reason[]): readonly Reason[] {
  const conditions = reasons.filter(({ part }) => part === 'condition');
  return conditions.length > 0 ? conditions : reasons;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function describeReason(reason: Reason): string {
  if (reason.part === 'element') return `the policy has the element ${reason.actual}, which IAM does not accept there`;
  if (reason.part !== 'condition') {
    return `${reason.part}: the policy has ${reason.expected.join(', ')}; the request has ${reason.actual}`;
  }
  const { operator, key, values, actual, doubt } = reason;
  const sent =
    actual === 'unknown' ? 'a value that only AWS knows' : actual.length === 0 ? 'no such key' : actual.join(', ');
  const remark = doubt ?? describeNear(values, actual);
  return `condition ${operator} on ${key}: the policy has ${values.length === 0 ? 'no value' : values.join(', ')}; the request has ${sent}${remark === undefined ? '' : ` (${remark})`}`;
}

/** Where a value is the request's except for letter case, spaces or encoding, that is what to look at. */
function describeNear(values: readonly string[], actual: readonly string[] | 'unknown'): string | undefined {
  if (actual === 'unknown') return undefined;
  const differences = values.flatMap(value => actual.map(one => describeDifference(value, one)));
  return differences.find(one => one !== undefined);
}
