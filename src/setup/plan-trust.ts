import type { Identity } from '../identity/audience.ts';
import { WifError } from '../errors.ts';
import { buildForIdentities, type TrustTarget } from '../trust/build.ts';
import { isBounded, listNetworkLines } from '../trust/network/bounds.ts';
import { defaultQuota, largestQuota, measurePolicy, renderPolicy } from '../trust/policy-document.ts';
import { parseTrustPolicy, type PolicyDocument, type TrustPolicy } from '../trust/trust-policy.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest } from './request.ts';
import { chooseLines, judgeWanted, listWays } from './trust-network.ts';

export interface TrustPlan {
  /** The whole policy to write; undefined if the one that stands does already. */
  readonly trustPolicy: string | undefined;
  readonly refusals: readonly Problem[];
}

type TrustRequest = Pick<SetupRequest, 'identities' | 'account' | 'network' | 'raisedQuota'>;

/**
 * Returns a trust policy with what it lacks to allow identities: statements at its end, everything else deep-equal and in
 * its order, elements that are not known here included. Existing statements are neither widened nor narrowed, and what is
 * added is bound to the same networks as they are, unless others are asked for.
 */
export function planTrust(standing: string, request: TrustRequest): TrustPlan {
  const { identities, account, raisedQuota } = request;
  const policy = readPolicy(standing);
  if (policy instanceof WifError) return refuse(unreadable(policy));
  const isMissing = (trust: TrustPolicy) => (identity: Identity) =>
    judgeWanted(allowsOf(trust), identity, request) !== 'allowed';
  const missing = identities.filter(isMissing(policy));
  const lines = chooseLines(policy, request);
  if (missing.length > 0 && lines === undefined) return refuse(describeUnclear(policy));
  const document =
    missing.length === 0 ? policy.document : addStatements(policy.document, missing, { ...account, network: lines });
  const after = parseTrustPolicy(document);
  const dead = identities.filter(isMissing(after));
  const denied = identities.filter(identity => judgeWanted(after, identity, request) === 'denied');
  const refusals = [
    ...dead.map(describeDead),
    ...denied.filter(identity => !dead.includes(identity)).map(describeDenied),
    ...refuseUnbound(policy, request),
    ...(missing.length > 0 ? judgeSize(measurePolicy(document), raisedQuota) : []),
  ];
  if (refusals.length > 0 || missing.length === 0) return { trustPolicy: undefined, refusals };
  return { trustPolicy: renderPolicy(document), refusals };
}

/**
 * What certainly allows somebody. A Deny of others stays, and is looked at in the end; so do elements that are not known
 * here, since nothing that is added would take away the doubt about them.
 */
function allowsOf(policy: TrustPolicy): TrustPolicy {
  const statements = policy.statements.filter(one => one.effect === 'Allow' && one.unknownElements.length === 0);
  return { ...policy, statements, unknownElements: [] };
}

function addStatements(document: PolicyDocument, missing: readonly Identity[], target: TrustTarget): PolicyDocument {
  const added = [buildForIdentities(missing, target).document.Statement].flat();
  return { ...document, Statement: [...[document.Statement].flat(), ...added] };
}

function readPolicy(text: string): TrustPolicy | WifError {
  try {
    return parseTrustPolicy(text);
  } catch (thrown) {
    if (thrown instanceof WifError) return thrown;
    throw thrown;
  }
}

function refuse(refusal: Problem): TrustPlan {
  return { trustPolicy: undefined, refusals: [refusal] };
}

/** A statement that binds is of no use next to one that does not. */
function refuseUnbound(policy: TrustPolicy, request: TrustRequest): readonly Problem[] {
  if (request.network === undefined || !isBounded(request.network)) return [];
  return request.identities.flatMap(identity =>
    listWays(policy, identity, request)
      .filter(({ lines }) => lines.length === 0)
      .map(({ statement: { index } }) => ({
        code: 'NetworkNotBound' as const,
        found: `Statement ${index + 1} of the role's trust policy allows ${identity.subject} from any network.`,
        expected: 'no statement that allows it from elsewhere; aws-wif does not remove existing trust.',
        remedy: `Remove the subject from statement ${index + 1}, or choose another role with --role-name.`,
      })),
  );
}

function describeUnclear({ statements }: TrustPolicy): Problem {
  const bound = statements.filter(one => listNetworkLines(one).length > 0).map(({ index }) => index + 1);
  return {
    code: 'NetworkUnclear',
    found: `The role's statements for Azure DevOps are restricted to different networks, or only some of them are (${bound.join(', ')}).`,
    expected: 'an option that sets the network of the new statement.',
    remedy:
      'Give --source-vpce, --source-vpc or --source-ip; or --any-network for a statement without a network restriction.',
  };
}

function unreadable({ faults }: WifError): Problem {
  return {
    code: 'TrustUnreadable',
    found: `The role's trust policy cannot be read: ${faults.map(({ found }) => found).join(' ')}`,
    expected: 'a trust policy as IAM documents it; aws-wif does not add to a policy that it cannot read.',
    remedy: 'Choose another role with --role-name, or correct the policy.',
  };
}

function describeDead({ subject }: Identity): Problem {
  return {
    code: 'StatementWithoutEffect',
    found: `A statement for ${subject} would allow nobody: the role's trust policy has no Version, or 2008-10-17, which does not support \${$}.`,
    expected: 'a trust policy of Version 2012-10-17, or a name without ${.',
    remedy: 'Check all statements and change the Version, or choose another role with --role-name.',
  };
}

function describeDenied({ subject }: Identity): Problem {
  return {
    code: 'ConnectionDenied',
    found: `A Deny statement in the role's trust policy denies ${subject}.`,
    expected: 'no Deny that applies; aws-wif does not remove statements that it did not create.',
    remedy: "Ask the statement's owner, or choose another role with --role-name.",
  };
}

/**
 * Returns why a trust policy is too large for an account; nothing if it is not. Beyond its quota IAM refuses the policy
 * after all the changes before, and in every run again.
 */
export function judgeSize(characters: number, raisedQuota: boolean): readonly Problem[] {
  if (characters <= (raisedQuota ? largestQuota : defaultQuota)) return [];
  const remedy = 'Use another role (--role-name) for some of the connections';
  return [
    {
      code: 'TrustTooLarge',
      found: `The trust policy would have ${characters} characters.`,
      expected: `at most ${defaultQuota}, or ${largestQuota} if the account's quota "Role trust policy length" was raised.`,
      remedy: characters > largestQuota ? `${remedy}.` : `${remedy}, or give --raised-quota if it was raised.`,
    },
  ];
}
