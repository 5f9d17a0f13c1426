import type { Identity } from '../../identity/audience.ts';
import {
  largestQuota,
  measurePolicy,
  warnOfQuota,
  listElements,
  replaceStatements,
  type JsonObject,
} from '../../trust/policy-document.ts';
import { parseTrustPolicy, type Statement } from '../../trust/trust-policy.ts';
import type { Fleet, FleetConnection } from '../fleet/connections.ts';
import { describeTerms, judgeConnections, type Fate, type TwinRules, type TwinCase } from './judge-connections.ts';
import { findOwners } from '../fleet/candidates.ts';
import { describeLeft, describeUnseen, type LeftOut, type LeftOutCode } from '../left-out.ts';
import type { AccountState } from '../../account/state.ts';
import { describeRetiring, type RoleTrust } from '../role-trust.ts';
import { findHarm } from '../safety.ts';
import { concerns, listNamedSubjects } from '../statements.ts';
import { placeTwin, writeTwin } from './twin-statement.ts';

/** What is planned for one role. */
export interface RolePlan {
  readonly roleArn: string;
  readonly roleName: string;
  readonly before: string;
  /** Undefined if nothing is to be changed. */
  readonly after: string | undefined;
  /** Connections whose Entra identity is allowed by this. */
  readonly added: readonly FleetConnection[];
  /** Entra identities that the trust policy allows or will allow, and that need the provider. */
  readonly wanted: readonly Identity[];
  readonly characters: number | undefined;
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly string[];
}

/**
 * Returns a role's trust policy with a twin next to each statement for the Azure DevOps issuer: the same for the Entra
 * issuer, allowing only the Entra identities of the connections that the statement names and that were seen. What cannot be
 * written so that nobody else is allowed is listed and left as it is.
 */
export function planTwins(trust: RoleTrust, fleet: Fleet, state: AccountState, rules: TwinRules): RolePlan {
  const old = describeRetiring(fleet, state.account);
  const role = { trust, fleet, state, rules, old, raw: listElements(trust.policy) };
  const statements = trust.policy.statements.filter(one => one.effect === 'Allow' && concerns(one, old));
  const fates = statements.map(statement => ({ statement, fates: judgeConnections(role, statement) }));
  const leftOut = fates.flatMap(one => [
    ...listLeft(role, one.statement, one.fates),
    ...findUnseen(role, one.statement),
  ]);
  const twins = fates.flatMap(one => listTwins(role, one.statement, one.fates));
  const wanted = fates.flatMap(one =>
    one.fates.flatMap(({ kind, connection }) => (kind === 'done' || kind === 'twin' ? (connection.next ?? []) : [])),
  );
  return composePlan(role, twins, { leftOut, wanted });
}

interface Twin {
  readonly index: number;
  readonly statement: JsonObject;
  readonly entraUrl: string;
  readonly connections: readonly FleetConnection[];
}

/** Connections whose issuers differ, as they may where the tenant is not confirmed, get a twin each. */
function listTwins(role: TwinCase, { index }: Statement, fates: readonly Fate[]): readonly Twin[] {
  const connections = fates.flatMap(one => (one.kind === 'twin' ? one.connection : []));
  const issuers = [...new Set(connections.flatMap(({ next }) => next?.issuerUrl ?? []))];
  return issuers.flatMap(issuerUrl => {
    const group = connections.filter(({ next }) => next?.issuerUrl === issuerUrl);
    const nexts = group.flatMap(({ next }) => next ?? []);
    const [first] = nexts;
    if (first === undefined) return [];
    const terms = describeTerms(role, first);
    const subjects = [...new Set(nexts.map(({ subject }) => subject))];
    const statement = writeTwin(role.raw[index] ?? {}, subjects, terms);
    return [{ index, statement, entraUrl: terms.entraUrl, connections: group }];
  });
}

function composePlan(
  { trust, fleet, state, raw }: TwinCase,
  twins: readonly Twin[],
  { leftOut, wanted }: Pick<RolePlan, 'leftOut' | 'wanted'>,
): RolePlan {
  const { role } = trust;
  const nothing = {
    roleArn: role.arn,
    roleName: role.name,
    before: role.trustPolicy,
    after: undefined,
    added: [],
    wanted,
    characters: undefined,
    leftOut,
    warnings: [],
  };
  if (twins.length === 0) return nothing;
  const added = [...new Set(twins.flatMap(({ connections }) => connections))];
  const left = (code: LeftOutCode, why: string): RolePlan => ({
    ...nothing,
    wanted: wanted.filter(identity => !added.some(({ next }) => next === identity)),
    leftOut: [...leftOut, describeLeft(role.arn, undefined, { code, why, connections: added })],
  });
  let groups: readonly (readonly JsonObject[])[] = raw.map(one => [one]);
  for (const { index, statement, entraUrl } of twins) groups = placeTwin(groups, index, statement, entraUrl);
  const after = replaceStatements(trust.policy, (_, index) => groups[index] ?? []) ?? role.trustPolicy;
  const changed = parseTrustPolicy(after);
  const characters = measurePolicy(changed.document);
  if (characters > largestQuota) return left('PolicyTooLarge', `it would have ${characters} characters`);
  const harm = findHarm({ before: trust.policy, after: changed, fleet, account: state.account, meant: added });
  if (harm.length > 0) return left('NotSafe', harm.join('; '));
  return { ...nothing, after, added, characters, warnings: warnOfQuota(role.arn, characters) };
}

function listLeft({ trust }: TwinCase, statement: Statement, fates: readonly Fate[]): readonly LeftOut[] {
  const reasons = new Map<string, { code: LeftOutCode; why: string; connections: FleetConnection[] }>();
  for (const fate of fates) {
    if (fate.kind !== 'left') continue;
    const { code, why, connection } = fate;
    const reason = reasons.get(`${code} ${why}`) ?? { code, why, connections: [] };
    reason.connections.push(connection);
    reasons.set(`${code} ${why}`, reason);
  }
  return [...reasons.values()].map(reason => describeLeft(trust.role.arn, statement.index, reason));
}

/** Subjects of connections that do not exist, or not visible. */
function findUnseen({ trust, fleet, old }: TwinCase, statement: Statement): readonly LeftOut[] {
  return listNamedSubjects(statement, trust.policy.version, old.url)
    .filter(subject => findOwners(fleet, subject).length === 0)
    .map(subject => describeLeft(trust.role.arn, statement.index, describeUnseen(subject, fleet)));
}
