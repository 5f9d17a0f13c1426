import type { Identity } from '../identity/audience.ts';
import { WifError } from '../errors.ts';
import { buildForIdentities, type TrustTarget } from '../trust/build.ts';
import {
  isBounded,
  listNetworkLines,
  describeLines,
  withoutNetwork,
  writeBounds,
  findSharedLines,
  isSameNetwork,
} from '../trust/network/bounds.ts';
import { defaultQuota, largestQuota, measurePolicy, renderPolicy } from '../trust/policy-document.ts';
import {
  parseTrustPolicy,
  type PolicyDocument,
  type TrustPolicy,
  type Condition,
  type Statement,
} from '../trust/trust-policy.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest, Standing } from './request.ts';
import { judgeAdmission, judgeStatementFor, ranks, type RoleSite } from '../trust/admission.ts';
import type { Decision } from '../trust/evaluate.ts';
import { describeOrigin, listOrigins } from '../trust/network/origin.ts';

interface TrustPlan {
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

/** Returns a trust policy, or why it cannot be read. */
export function readPolicy(text: string): TrustPolicy | WifError {
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

type Wanted = Pick<SetupRequest, 'account' | 'network'>;

/**
 * Returns whether a role allows an identity from where a setup wants it to: from each of the networks that are asked for,
 * from anywhere if none is to bind it. Where nothing is said of networks it is enough that it is allowed from those
 * that the role's statements name.
 */
export function judgeWanted(
  policy: TrustPolicy,
  identity: Identity,
  { account, network }: Wanted,
  providers?: RoleSite['providers'],
): Decision {
  const judge = (trust: TrustPolicy, from?: RoleSite['network']): Decision =>
    judgeAdmission(trust, identity, { account, providers, network: from }).decision;
  const anywhere = judge(policy);
  if (network === undefined) return anywhere === 'unknown' ? judge(withoutNetwork(policy)) : anywhere;
  if (!isBounded(network)) return anywhere;
  const decisions = listOrigins(network).map(origin => judge(policy, describeOrigin(origin)));
  return decisions.reduce((worst, one) => (ranks[one] < ranks[worst] ? one : worst), 'allowed');
}

/** A statement that allows an identity, and what it asks of the network. */
interface Way {
  readonly statement: Statement;
  readonly lines: readonly Condition[];
}

/** Returns the Allow statements that apply to an identity from somewhere. */
function listWays(policy: TrustPolicy, identity: Identity, { account }: Wanted): readonly Way[] {
  const free = withoutNetwork(policy);
  return policy.statements.flatMap((statement, index) => {
    const one = free.statements[index];
    if (one?.effect !== 'Allow' || judgeStatementFor(free, one, identity, account) !== true) return [];
    return [{ statement, lines: listNetworkLines(statement) }];
  });
}

/**
 * Returns what a statement that is added has to ask of the network: what is wanted, or what all the role's statements for
 * Azure DevOps ask. Undefined where these differ, since nobody said which it is.
 */
function chooseLines(policy: TrustPolicy, { network }: Wanted): readonly Condition[] | undefined {
  if (network !== undefined) return writeBounds(network);
  return findSharedLines(policy);
}

/** Returns from which networks alone, or besides, a role will allow the identities, in whole sentences. */
export function warnOfNetworks(request: SetupRequest, { role }: Pick<Standing, 'role'>): readonly string[] {
  const policy = role === undefined ? undefined : readPolicy(role.trustPolicy);
  if (
    policy === undefined ||
    policy instanceof WifError ||
    (request.network !== undefined && !isBounded(request.network))
  )
    return [];
  const { network } = request;
  const ways = request.identities.map(identity => ({ identity, found: listWays(policy, identity, request) }));
  const added = network === undefined && ways.some(({ found }) => found.length === 0) ? findSharedLines(policy) : [];
  const bound = ways.flatMap(({ identity, found }) =>
    found
      .filter(({ lines }) => lines.length > 0 && !(network && isSameNetwork(lines, writeBounds(network))))
      .map(way => describeWay(way, identity, network === undefined)),
  );
  return added === undefined || added.length === 0 ? bound : [...bound, describeAdded(added)];
}

function describeWay({ statement: { index }, lines }: Way, { subject }: Identity, isKept: boolean): string {
  const where = `Statement ${index + 1} of the role's trust policy allows ${subject} from`;
  return isKept
    ? `${where} one network only (${describeLines(lines)}). It stays restricted; to allow any network use --any-network.`
    : `${where} another network as well (${describeLines(lines)}).`;
}

function describeAdded(lines: readonly Condition[]): string {
  return `The new statements are restricted to the same network as the role's other statements (${describeLines(lines)}). To allow any network use --any-network.`;
}
