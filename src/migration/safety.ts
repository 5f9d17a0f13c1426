import type { Identity } from '../identity/audience.ts';
import { judgeCondition } from '../trust/conditions.ts';
import type { Statement, TrustPolicy } from '../trust/trust-policy.ts';
import { judgeStatementFor, listRequests, judgePolicy, ranks, listNamedTexts } from '../trust/admission.ts';
import type { FleetConnection, Fleet } from './fleet/connections.ts';
import { listCurrent, nameConnection, type RoleCase } from './role-trust.ts';
import { readClaim } from '../trust/web-identity.ts';
import type { Account } from '../trust/oidc-provider.ts';

/** Returns those of some identities that a statement allows on its own, or may. */
export function selectApplying(
  { trust, state }: RoleCase,
  statement: Statement,
  identities: readonly Identity[],
): readonly Identity[] {
  return identities.filter(identity => judgeStatementFor(trust.policy, statement, identity, state.account) !== false);
}

/** Returns the connections that a statement allows on the old issuer, or may. */
export function listMatched(role: RoleCase, statement: Statement): readonly FleetConnection[] {
  return listCandidates(role, statement).filter(({ old }) => selectApplying(role, statement, old).length > 0);
}

/** Returns the connections among which are all that a statement may allow. */
export function listCandidates(role: RoleCase, statement: Statement): readonly FleetConnection[] {
  const isIdle = (unnamed: Identity): boolean => selectApplying(role, statement, [unnamed]).length === 0;
  return selectCandidates(role.fleet, [role.trust.policy], isIdle);
}

/**
 * Returns the condition on some claims of the old issuer of which only AWS knows whether it holds for an identity: whoever
 * writes the statement again without it allows more than the statement may do. Undefined if there is none.
 */
export function findDoubt(
  { trust: { policy }, state, old }: RoleCase,
  statement: Statement,
  identity: Identity,
  claims: readonly string[],
): string | undefined {
  const contexts = listRequests(identity, state.account).map(({ context }) => context);
  const doubtful = statement.conditions
    .filter(one => claims.includes(readClaim(one, old.url) ?? ''))
    .find(one => contexts.some(context => judgeCondition(one, context, policy.version).holds === 'unknown'));
  return doubtful && `only AWS knows whether its condition ${doubtful.operator} on ${doubtful.key} holds`;
}

interface PolicyChange {
  readonly before: TrustPolicy;
  readonly after: TrustPolicy;
  readonly fleet: Fleet;
  readonly account: Account;
  /** Connections whose identities on the Entra issuer are meant to be allowed from now on, as far as the old ones do. */
  readonly meant: readonly FleetConnection[];
}

/**
 * Returns what a change would do that it must not: deny a connection that is allowed today, allow an identity that is not
 * meant to, or one with more certainty than its old one. A second look at what was planned, with the evaluator instead of the
 * planner; nothing if all is well.
 */
export function findHarm({ before, after, fleet, account, meant }: PolicyChange): readonly string[] {
  const rank = (policy: TrustPolicy, identity: Identity): number =>
    ranks[judgePolicy(policy, identity, account).decision];
  const compare = (identity: Identity): number => rank(after, identity) - rank(before, identity);
  const nexts = meant.flatMap(({ next }) => next ?? []);
  const candidates = selectCandidates(fleet, [before, after], unnamed => compare(unnamed) === 0);
  const harm = candidates.flatMap(connection => {
    const denied = listCurrent(connection).filter(identity => compare(identity) < 0);
    const allowed = listProbes(connection).filter(
      identity => compare(identity) > 0 && !nexts.some(one => isSame(one, identity)),
    );
    return [
      ...denied.map(({ subject }) => `${nameConnection(connection)} (${subject}) would be denied`),
      ...allowed.map(({ subject }) => `${subject} would be allowed, although it is not meant to be`),
    ];
  });
  const useless = nexts.filter(identity => rank(after, identity) === ranks.denied);
  const surer = meant.flatMap(({ next, old: olds }) =>
    next !== undefined && olds.every(one => rank(before, one) < rank(after, next)) ? next : [],
  );
  return [
    ...harm,
    ...useless.map(({ subject }) => `${subject} would still be denied`),
    ...surer.map(({ subject }) => `${subject} would be allowed, although the decision for its old identity is unknown`),
  ];
}

/** Returns whether identities are one: their audiences follow from the issuer. */
export function isSame(one: Identity, other: Identity): boolean {
  return one.issuerUrl === other.issuerUrl && one.subject === other.subject;
}

/** A fleet's connections by the issuers and subjects of their identities, and of the probes beside them. */
type Index = ReadonlyMap<string, { readonly any: Identity; readonly owners: Map<string, FleetConnection[]> }>;

const indexes = new WeakMap<Fleet, Index>();

const probes = new WeakMap<FleetConnection, readonly Identity[]>();

/**
 * Returns the connections, in their order, that policies may treat differently from an identity that they do not name:
 * those with a subject that one of them names. All connections if a policy compares subjects otherwise than character
 * by character, or if `isIdle` is false for such an unnamed identity of an issuer.
 */
export function selectCandidates(
  fleet: Fleet,
  policies: readonly TrustPolicy[],
  isIdle: (unnamed: Identity) => boolean,
): readonly FleetConnection[] {
  const found = new Set<FleetConnection>();
  for (const [issuerUrl, { any, owners }] of indexIdentities(fleet)) {
    if (!isIdle({ ...any, subject: unnamed })) return fleet.connections;
    for (const policy of policies) {
      const texts = listNamedTexts(policy, issuerUrl);
      if (texts === undefined || texts.has(unnamed)) return fleet.connections;
      for (const text of texts) owners.get(text)?.forEach(one => found.add(one));
    }
  }
  return found.size === 0 ? [] : fleet.connections.filter(one => found.has(one));
}

/** No token has it. */
const unnamed = '\u0000';

function indexIdentities(fleet: Fleet): Index {
  const known = indexes.get(fleet);
  if (known !== undefined) return known;
  const index = new Map<string, { any: Identity; owners: Map<string, FleetConnection[]> }>();
  for (const connection of fleet.connections) {
    for (const identity of listProbes(connection)) {
      const issuer = index.get(identity.issuerUrl) ?? { any: identity, owners: new Map<string, FleetConnection[]>() };
      const owners = issuer.owners.get(identity.subject) ?? [];
      owners.push(connection);
      issuer.owners.set(identity.subject, owners);
      index.set(identity.issuerUrl, issuer);
    }
  }
  indexes.set(fleet, index);
  return index;
}

/** Returns a connection's identities, and some of the same issuer and tenant that are not its own. */
function listProbes(connection: FleetConnection): readonly Identity[] {
  const known = probes.get(connection) ?? makeProbes(connection);
  probes.set(connection, known);
  return known;
}

function makeProbes({ old, next }: FleetConnection): readonly Identity[] {
  if (next === undefined) return old;
  const strangers = [
    next.subject.replace(/(?<![^/])[^/]+$/, '00000000-0000-4000-8000-000000000000'),
    next.subject.replace(/(?<![^/])[^/]+\/[^/]+$/, match => `00000000-0000-4000-8000-000000000000${match.slice(36)}`),
    '00000000-0000-4000-8000-000000000000',
  ].map(subject => ({ ...next, subject }));
  return [...old, next, ...strangers];
}

/** The connections of an organization by their subjects on the Azure DevOps issuer. */
interface Owners {
  readonly bySubject: ReadonlyMap<string, readonly FleetConnection[]>;
  readonly byFolded: ReadonlyMap<string, readonly FleetConnection[]>;
}

const known = new WeakMap<Fleet, Owners>();

/** Returns the connections that have a subject on the Azure DevOps issuer, or may have had it. */
export function findOwners(fleet: Fleet, subject: string): readonly FleetConnection[] {
  return indexOwners(fleet).bySubject.get(subject) ?? [];
}

/** The same whatever the letter case of the subject. */
export function findAlike(fleet: Fleet, subject: string): readonly FleetConnection[] {
  return indexOwners(fleet).byFolded.get(subject.toLowerCase()) ?? [];
}

function indexOwners(fleet: Fleet): Owners {
  const found = known.get(fleet) ?? {
    bySubject: groupConnections(fleet, subject => subject),
    byFolded: groupConnections(fleet, subject => subject.toLowerCase()),
  };
  known.set(fleet, found);
  return found;
}

function groupConnections(
  { connections }: Fleet,
  keyOf: (subject: string) => string,
): ReadonlyMap<string, readonly FleetConnection[]> {
  const groups = new Map<string, FleetConnection[]>();
  for (const connection of connections) {
    for (const key of new Set(connection.old.map(({ subject }) => keyOf(subject)))) {
      const group = groups.get(key) ?? [];
      group.push(connection);
      groups.set(key, group);
    }
  }
  return groups;
}
