import type { Identity } from '../identity/audience.ts';
import { judgeAdmission, judgeStatementFor, ranks, type RoleSite } from '../trust/admission.ts';
import type { Decision } from '../trust/evaluate.ts';
import {
  describeLines,
  isBounded,
  listNetworkLines,
  withoutNetwork,
  writeBounds,
  findSharedLines,
  isSameNetwork,
} from '../trust/network/bounds.ts';
import { describeOrigin, listOrigins } from '../trust/network/origin.ts';
import { parseTrustPolicy, type Condition, type Statement, type TrustPolicy } from '../trust/trust-policy.ts';
import type { SetupRequest, Standing } from './request.ts';

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
export interface Way {
  readonly statement: Statement;
  readonly lines: readonly Condition[];
}

/** Returns the Allow statements that apply to an identity from somewhere. */
export function listWays(policy: TrustPolicy, identity: Identity, { account }: Wanted): readonly Way[] {
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
export function chooseLines(policy: TrustPolicy, { network }: Wanted): readonly Condition[] | undefined {
  if (network !== undefined) return writeBounds(network);
  return findSharedLines(policy);
}

/** Returns from which networks alone, or besides, a role will allow the identities, in whole sentences. */
export function warnOfNetworks(request: SetupRequest, { role }: Pick<Standing, 'role'>): readonly string[] {
  const policy = role === undefined ? undefined : readPolicy(role.trustPolicy);
  if (policy === undefined || (request.network !== undefined && !isBounded(request.network))) return [];
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

function readPolicy(text: string): TrustPolicy | undefined {
  try {
    return parseTrustPolicy(text);
  } catch {
    // The plan refuses it.
    return undefined;
  }
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
