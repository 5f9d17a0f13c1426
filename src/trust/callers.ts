import {
  azureDevOpsApplicationId,
  listAudiences,
  tokenExchangeApplicationId,
  tokenExchangeAudience,
  type Identity,
} from '../identity/audience.ts';
import {
  writeBase64UrlGuid,
  azureDevOpsApplication,
  parseSubject,
  type KnownIssuer,
  type Subject,
} from '../identity/issuer.ts';
import { subjectKinds } from './build.ts';
import { listReadings, classifyIdentity, listNamedTexts } from './admission.ts';
import { evaluateTrust, type Decision } from './evaluate.ts';
import { formatProviderArn, isAccount, recogniseIssuer, stripScheme, type Account } from './oidc-provider.ts';
import { recall, type Memory } from './policy-json.ts';
import { fillBoth, fillPattern, narrowToPrefix } from './pattern-overlap.ts';
import { readPattern, type Pattern } from './pattern.ts';
import { readValuePatterns } from './conditions.ts';
import { isForEveryone, type Condition, type Statement, type TrustPolicy } from './trust-policy.ts';
import { describeWebIdentity, nameClaim, type FederatedClaims, type TrustRequest } from './web-identity.ts';

/** Somebody who may ask for a role: a token's claims, and the request that AWS makes of them. */
export interface Caller {
  /** The issuer's URL without `https://`. */
  readonly url: string;
  readonly subject: string;
  readonly claims: FederatedClaims;
  /** Made when it is asked for. */
  readonly request: TrustRequest;
  /** The provider and the audiences: callers with the same ones differ in their subject alone. */
  readonly group: string;
  /** The service connection that it is; undefined for all others. */
  readonly connection: Identity | undefined;
}

/** What callers a policy is asked about, besides those that it names. */
export interface CallerSource {
  /** The role's account; if it is not known, each provider's own. */
  readonly account: Account | undefined;
  /** URLs of issuers, without `https://`, in the account that their provider is of. */
  readonly issuers: readonly { readonly url: string; readonly account: Account | undefined }[];
  readonly identities: readonly Identity[];
  /**
   * Whether connections are asked about in another letter case, too, even if the policy does not tell them from strangers:
   * corrections may.
   */
  readonly spellings: boolean;
}

const strangerId = '5ca1ab1e-0000-4000-8000-00000000beef';
const eid1 = `/eid1/c/pub/t/AAAAAAAAAAAAAAAAAAAAAA/a/rISbSSETf0KqFyZ8ppdXmA/sc`;

/** The subject of a connection that nobody means, on the Entra issuer. */
export const strangersConnection = `${eid1}/${strangerId}/${strangerId}`;

/** Nobody's subject: what allows it allows anyone. */
export const nobodysSubject = 'a subject that no issuer uses';

/** An audience that no policy names. */
export const otherAudience = 'another audience';

/** What stands for a star in the name of a caller whom a pattern covers. */
export const neighbour = 'neighbour';

/** Subjects that nobody means: other organizations' connections, pipelines, a managed identity, other issuers' callers. */
export const strangers: readonly string[] = [
  nobodysSubject,
  'sc://stranger/Stranger/stranger',
  'p://stranger/Stranger/stranger',
  strangerId,
  strangersConnection,
  'repo:stranger/stranger:ref:refs/heads/main',
];

/**
 * Returns the callers that tell whether two policies allow the same: everyone whom the policy names, on each issuer that it
 * names, somebody beside each of its patterns, the identities that are known, and strangers, each with the audiences that
 * the issuer may give.
 *
 * No list is all callers there are: it holds one of each kind that conditions on claims can tell apart.
 */
export function listCallers(policy: TrustPolicy, source: CallerSource): readonly Caller[] {
  const key = JSON.stringify([source.account, source.issuers, source.identities, source.spellings]);
  const lists = known.get(policy) ?? new Map<string, readonly Caller[]>();
  const callers = lists.get(key) ?? findCallers(policy, source);
  known.set(policy, lists.set(key, callers));
  return callers;
}

const known = new WeakMap<TrustPolicy, Map<string, readonly Caller[]>>();
const decided = new WeakMap<TrustPolicy, Map<string, Map<string, Decision>>>();

/**
 * Returns what a policy says of one of its callers. Callers whom the policy does not tell apart are judged once: findings and
 * reports ask for the same ones again.
 */
export function decideCaller(policy: TrustPolicy, caller: Caller): Decision {
  const decisions = recallDecisions(policy, caller.group);
  const subjects = classifyIdentity(policy, { issuerUrl: caller.claims.iss, subject: caller.subject });
  const found = decisions.get(subjects);
  if (found !== undefined) return found;
  const { decision } = evaluateTrust(policy, caller.request);
  decisions.set(subjects, decision);
  return decision;
}

function recallDecisions(policy: TrustPolicy, group: string): Map<string, Decision> {
  const groups = decided.get(policy) ?? new Map<string, Map<string, Decision>>();
  const decisions = groups.get(group) ?? new Map<string, Decision>();
  if (decisions.size === 0) decided.set(policy, groups.set(group, decisions));
  return decisions;
}

/**
 * Returns one caller of each kind that a policy can tell apart by its conditions: those whom it names, each on the issuer of
 * the condition that names them, and strangers. They are fewer than `listCallers` has. Undefined where a condition compares
 * subjects otherwise than letter by letter, or where a principal leaves the issuer open.
 */
export function listNamedCallers(
  policy: TrustPolicy,
  source: Omit<CallerSource, 'spellings'>,
): readonly Caller[] | undefined {
  if (isOpen(policy, source)) return undefined;
  const callers: (readonly Caller[])[] = [];
  for (const tokens of listTokenSources(policy, source, [])) {
    const named = listNamedTexts(policy, `https://${tokens.url}`);
    if (named === undefined) return undefined;
    callers.push(describeSubjects([...new Set([...named, ...strangers])], tokens));
  }
  return callers.flat();
}

/** Returns the callers of an issuer with a subject, one for each reading of their tokens. */
export function listCallersOf(
  policy: TrustPolicy,
  source: Omit<CallerSource, 'spellings'>,
  { url, subject }: Pick<Caller, 'url' | 'subject'>,
): readonly Caller[] {
  const tokens = listTokenSources(policy, source, []).find(one => one.url === url);
  return tokens === undefined ? [] : describeSubjects([subject], tokens);
}

function findCallers(policy: TrustPolicy, source: CallerSource): readonly Caller[] {
  const { issuers, identities } = source;
  const named = [...listValues(policy, 'sub'), ...identities.map(one => one.subject)];
  const subjects = [...new Set([...named, ...listCovered(policy, issuers), ...strangers])];
  let spellings: readonly string[] | undefined;
  const listSpellings = () => (spellings ??= [...new Set([...subjects, ...named.flatMap(changeCase)])]);
  const known = new Set(identities.map(({ issuerUrl }) => stripScheme(issuerUrl)));
  // Where no connection of the issuer is known, the one that is meant may have another letter case.
  const isExact = (url: string) =>
    known.has(url) || (!source.spellings && listNamedTexts(policy, `https://${url}`) !== undefined);
  const implied = isOpen(policy, source) ? named.flatMap(listIssuers) : [];
  return listTokenSources(policy, source, implied).flatMap(tokens =>
    describeSubjects(isExact(tokens.url) ? subjects : listSpellings(), tokens),
  );
}

/** Returns the issuers that callers come from, each once: those that are given, those of identities, and others. */
function listTokenSources(
  policy: TrustPolicy,
  { account, issuers, identities }: Omit<CallerSource, 'spellings'>,
  others: readonly string[],
): readonly TokenSource[] {
  const own = identities.map(({ issuerUrl }) => ({ url: stripScheme(issuerUrl), account }));
  const [first] = issuers;
  const implied = others.map(url => ({ url, account: first?.account }));
  const places = new Map([...implied, ...own, ...issuers].map(one => [one.url, account ?? one.account] as const));
  let audiences: readonly string[] | undefined;
  const listAll = () =>
    (audiences ??= [...new Set([...listValues(policy, 'aud'), ...listValues(policy, 'oaud'), otherAudience])]);
  return [...places].flatMap(([url, place]) => {
    if (place === undefined || !isAccount(place) || !isIssuer(url)) return [];
    const issuer = recogniseIssuer(url)?.issuer;
    return [{ url, issuer, audiences: listAll, place, provider: formatProviderArn(url, place) }];
  });
}

function describeSubjects(subjects: readonly string[], tokens: TokenSource): readonly Caller[] {
  return subjects
    .filter(subject => mayGive(tokens.issuer, subject))
    .flatMap(subject => describeCallers(subject, tokens));
}

/** Whether callers may come from issuers that the policy does not name. */
function isOpen({ statements }: TrustPolicy, { issuers }: Pick<CallerSource, 'issuers'>): boolean {
  return issuers.length === 0 || statements.some(leavesIssuerOpen);
}

/** A connection's subject in another letter case; ids have one case only. */
function changeCase(text: string): readonly string[] {
  const { kind } = readSubject(text);
  if (kind !== 'connection-name' && kind !== 'connection-id') return [];
  const [, prefix = '', rest = ''] = /^(sc:\/\/|.*\/sc\/)(.*)$/s.exec(text) ?? [];
  const lower = rest.toLowerCase();
  const other = rest === lower && kind === 'connection-name' ? rest.toUpperCase() : lower;
  return other === rest ? [] : [prefix + other];
}

/** The same strangers ask for every role. */
const subjects: Memory<Subject> = new Map();

function readSubject(text: string): Subject {
  return recall(subjects, text, parseSubject);
}

/** Whether callers of issuers that a statement does not name may be among those whom it is for. */
function leavesIssuerOpen(statement: Statement): boolean {
  return isForEveryone(statement) || statement.principals.listed.some(({ value }) => /[*?]/.test(value));
}

/** Where a principal is everybody, a subject says of which issuer it is: of a tenant's, or of some organization's. */
function listIssuers(text: string): readonly string[] {
  const subject = readSubject(text);
  if (subject.kind === 'connection-id') return [`login.microsoftonline.com/${subject.tenantId}/v2.0`];
  return subject.kind === 'connection-name' ? [`vstoken.dev.azure.com/${strangerId}`] : [];
}

/** A URL with a scheme is in no ARN that AWS makes of a token; nor is one that an issuer has otherwise. */
function isIssuer(url: string): boolean {
  return !/^https?:\/\//i.test(url) && !/\s/.test(url) && (recogniseIssuer(url)?.mistakes.length ?? 0) === 0;
}

/**
 * Returns whether an issuer may give a subject: the Azure DevOps issuer gives names only, and no other gives such a name; ids are
 * those of the Entra issuer.
 */
export function mayGive(issuer: KnownIssuer | undefined, text: string): boolean {
  const { kind } = readSubject(text);
  const isNames = kind === 'connection-name' || kind === 'pipeline';
  if (issuer === undefined) return kind === 'unknown';
  return isNames === (issuer.kind === 'azure-devops');
}

/** An issuer that gives tokens, and the account that its provider is of. */
interface TokenSource {
  readonly url: string;
  /** Undefined for issuers that are none of Azure DevOps. */
  readonly issuer: KnownIssuer | undefined;
  readonly audiences: () => readonly string[];
  readonly place: Account;
  readonly provider: string;
}

function describeCallers(subject: string, source: TokenSource): readonly Caller[] {
  const { url } = source;
  const identity = describeIdentity(subject, source);
  const connection = isConnectionOf(identity) ? identity : undefined;
  return listClaims({ url, subject, identity, connection }, source.audiences).map(
    claims => new TokenCaller(claims, source, connection),
  );
}

/** Most callers are never asked for their request: the policy does not tell them from others. */
class TokenCaller implements Caller {
  readonly url: string;
  readonly subject: string;
  readonly claims: FederatedClaims;
  readonly group: string;
  readonly connection: Identity | undefined;
  readonly #account: Account;
  #request: TrustRequest | undefined;

  constructor(claims: FederatedClaims, { url, provider, place }: TokenSource, connection: Identity | undefined) {
    this.url = url;
    this.subject = claims.sub;
    this.claims = claims;
    this.group = `${provider} ${claims.azp ?? ''} ${claims.aud.join(' ')}`;
    this.connection = connection;
    this.#account = place;
  }

  get request(): TrustRequest {
    this.#request ??= describeWebIdentity({ claims: this.claims, account: this.#account });
    return this.#request;
  }
}

function describeIdentity(subject: string, { url, issuer }: TokenSource): Identity | undefined {
  if (issuer === undefined) return undefined;
  return { issuer, issuerUrl: `https://${url}`, subject, audiences: listAudiences(issuer.kind) };
}

/** As `isConnection` says, of subjects that were read already. */
function isConnectionOf(identity: Identity | undefined): identity is Identity {
  return identity !== undefined && readSubject(identity.subject).kind === subjectKinds[identity.issuer.kind];
}

interface Named extends Pick<Caller, 'url' | 'subject' | 'connection'> {
  /** Undefined for issuers that are none of Azure DevOps. */
  readonly identity: Identity | undefined;
}

/** The Azure DevOps issuer has one audience; a service connection's tokens of the Entra issuer have one, too. */
function listClaims(
  { url, subject: sub, identity, connection }: Named,
  listOthers: () => readonly string[],
): readonly FederatedClaims[] {
  if (identity !== undefined && (identity.issuer.kind === 'azure-devops' || connection !== undefined)) {
    return listReadings(identity);
  }
  const usual = [azureDevOpsApplicationId, tokenExchangeApplicationId, tokenExchangeAudience];
  return [...new Set([...listOthers(), ...(identity === undefined ? [] : usual)])].map(aud => ({
    iss: `https://${url}`,
    sub,
    aud: [aud],
    azp: undefined,
  }));
}

/** The texts that a policy's values stand for, and one that each of its patterns covers besides. */
function listValues({ statements, version }: TrustPolicy, claim: string): readonly string[] {
  const conditions = statements.flatMap(one => one.conditions);
  return conditions
    .filter(condition => isOn(condition, claim))
    .flatMap(condition => readValuePatterns(condition, version))
    .flatMap(pattern => (pattern.isExact ? pattern.prefix : fills.map(any => fillPattern(pattern, any))));
}

const fills = [neighbour, 'n/n/n', ''];

function isOn({ key }: Condition, claim: string): boolean {
  return nameClaim(key) === claim;
}

/**
 * Subjects that patterns cover and that have the form of an issuer's: plain texts for their stars may not. And subjects that
 * are in all of a statement's comparisons: a text for each pair of patterns. Values that stand for one text are in neither.
 */
function listCovered({ statements, version }: TrustPolicy, issuers: CallerSource['issuers']): readonly string[] {
  const prefixes = issuers.flatMap(({ url }) => formatIdPrefix(url) ?? []);
  const statementLines = statements.map(({ conditions }) =>
    conditions
      .filter(one => isOn(one, 'sub'))
      .map(one => readValuePatterns(one, version).filter(pattern => !pattern.isExact)),
  );
  const named = statementLines.map(lines => lines.map(line => line.flatMap(spellPrefixes)));
  const patterns = named.flat(2);
  const pairs = takePairs(named, Math.floor(maxMatches / Math.max(1, patterns.length)));
  return [
    ...statementLines.flat(2).flatMap(pattern => prefixes.flatMap(prefix => fillIds(pattern, prefix))),
    ...fills.flatMap(any => patterns.map(pattern => fillPattern(pattern, any))),
    ...fills.flatMap(any => pairs.flatMap(([one, other]) => fillBoth(one, other, any) ?? [])),
  ];
}

/**
 * Each text of a pair is compared with each pattern. No policy that IAM accepts needs more; files may hold larger ones, and of
 * these some pairs are left out, so that no file takes minutes.
 */
const maxMatches = 1_000_000;

type PatternPair = readonly [one: Pattern, other: Pattern];

/** Pairs of a statement's comparisons, at most so many of all statements. */
function takePairs(statements: readonly (readonly (readonly Pattern[])[])[], max: number): readonly PatternPair[] {
  const pairs = statements.flatMap(lines =>
    lines.flatMap((some, index) => lines.slice(index + 1).flatMap(others => pairUp(some, others, max))),
  );
  return pairs.slice(0, max);
}

function pairUp(some: readonly Pattern[], others: readonly Pattern[], max: number): readonly PatternPair[] {
  const rows = some.slice(0, Math.ceil(max / Math.max(1, others.length)));
  return rows.flatMap(one => others.map(other => [one, other] as const));
}

/** A pattern, and what it covers of connections and of pipelines if it leaves open which of them it means. */
function spellPrefixes(pattern: Pattern): readonly Pattern[] {
  const prefixes = ['sc://', 'p://'].filter(prefix => !pattern.prefix.startsWith(prefix));
  return [pattern, ...prefixes.flatMap(prefix => narrowToPrefix(pattern, prefix))];
}

/** How the subjects of all service connections on a tenant's Entra issuer begin. */
function formatIdPrefix(url: string): string | undefined {
  const issuer = recogniseIssuer(url)?.issuer;
  if (issuer?.kind !== 'entra') return undefined;
  return `/eid1/c/pub/t/${writeBase64UrlGuid(issuer.tenantId) ?? ''}/a/${azureDevOpsApplication}/sc/`;
}

/** Texts that a pattern covers, with the ids of an organization and of a connection behind the prefix. */
function fillIds(pattern: Pattern, prefix: string): readonly string[] {
  const ids = `${strangerId}/${strangerId}`.replace(/\w/g, '?');
  const form = readPattern(prefix + ids, { wildcards: true, version: '2012-10-17' });
  return narrowToPrefix(pattern, prefix).flatMap(one => fillBoth(one, form, '') ?? []);
}
