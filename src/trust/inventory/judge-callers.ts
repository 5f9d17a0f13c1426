import { judgeProvider, ranks, classifyIdentity, type RoleSite } from '../admission.ts';
import { decideCaller, listCallers, listNamedCallers, type Caller } from '../callers.ts';
import type { Decision } from '../evaluate.ts';
import { parseProviderArn, type Account } from '../oidc-provider.ts';
import { isForEveryone, type TrustPolicy } from '../trust-policy.ts';
import { parseClaimKey } from '../web-identity.ts';

/** What decides about a role besides its trust policy; the account is undefined if a file does not say. */
export interface EntrantSite {
  readonly account: Account | undefined;
  /** The OIDC providers of the account; undefined if they are not known. */
  readonly providers: RoleSite['providers'];
}

/** Stands for every issuer whose provider the account may have. */
export const anyIssuer = 'any-issuer.invalid';

/** What a caller gets with all tokens that it may have. */
export interface JudgedCaller {
  readonly url: string;
  readonly subject: string;
  readonly decision: Decision;
  /** The audiences of tokens that get in, and of those that are denied; none for service connections. */
  readonly audiences: { readonly entering: readonly string[]; readonly denied: readonly string[] };
}

/** Returns what everyone gets who can be told apart: each subject of each issuer once. */
export function judgeCallers(policy: TrustPolicy, { account, providers }: EntrantSite): readonly JudgedCaller[] {
  const named = policy.statements
    .flatMap(({ principals }) => principals.listed)
    .flatMap(({ type, value }) => (type === 'Federated' ? (parseProviderArn(value) ?? []) : []))
    .map(({ url, accountId, partition }) => ({ url, account: { partition: partition as 'aws', accountId } }));
  const everyone = policy.statements.some(one => one.effect === 'Allow' && isForEveryone(one));
  const others = everyone ? [anyIssuer, ...listNamedIssuers(policy), ...(providers ?? []).map(({ url }) => url)] : [];
  const place = account ?? named[0]?.account;
  const issuers = [...others.map(url => ({ url, account: place })), ...named];
  // Where everyone is allowed, an organization that nobody named is one of all others. No token has an empty subject.
  const isAsked = ({ url, subject }: Caller) => subject !== '' && (!everyone || issuers.some(one => one.url === url));
  const source = { account, issuers, identities: [] };
  const listed = listNamedCallers(policy, source) ?? listCallers(policy, { ...source, spellings: false });
  const callers = listed.filter(isAsked);
  return judgeClasses(policy, groupBySubject(callers), { account: place, providers });
}

/** Subjects that a policy does not tell apart are judged once. */
function judgeClasses(
  policy: TrustPolicy,
  groups: readonly (readonly Caller[])[],
  site: EntrantSite,
): readonly JudgedCaller[] {
  const judged = new Map<string, JudgedCaller>();
  return groups.flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const { subject, claims, connection } = first;
    const name = `${connection === undefined} ${classifyIdentity(policy, { issuerUrl: claims.iss, subject })}`;
    const one = judged.get(name) ?? judgeGroup(policy, group, site);
    judged.set(name, one);
    return [{ ...one, subject }];
  });
}

/** The callers of a subject follow one another. */
function groupBySubject(callers: readonly Caller[]): readonly (readonly Caller[])[] {
  const groups: Caller[][] = [];
  for (const caller of callers) {
    const last = groups.at(-1);
    if (last?.[0]?.subject === caller.subject && last[0].url === caller.url) last.push(caller);
    else groups.push([caller]);
  }
  return groups;
}

/** Returns the issuers that a policy names, by their providers or by conditions on their claims. */
export function listNamedIssuers({ statements }: TrustPolicy): readonly string[] {
  return statements.flatMap(({ conditions, principals: { listed } }) => [
    ...conditions.flatMap(({ key }) => parseClaimKey(key)?.prefix ?? []),
    ...listed.flatMap(({ value }) => parseProviderArn(value)?.url ?? []),
  ]);
}

function judgeGroup(policy: TrustPolicy, group: readonly Caller[], site: EntrantSite): JudgedCaller {
  const [first] = group;
  const asked = group.map(caller => ({ caller, decision: judgeCaller(policy, caller, site) }));
  const isConnection = first?.connection !== undefined;
  const listAudiences = (isListed: (decision: Decision) => boolean) =>
    isConnection ? [] : asked.flatMap(({ caller, decision }) => (isListed(decision) ? caller.claims.aud : []));
  return {
    url: first?.url ?? '',
    subject: first?.subject ?? '',
    decision: decideTogether(
      asked.map(({ decision }) => decision),
      isConnection,
    ),
    audiences: { entering: listAudiences(one => one !== 'denied'), denied: listAudiences(one => one === 'denied') },
  };
}

/** Tokens of a service connection are all alike, so that where they are judged otherwise only AWS can decide. */
function decideTogether(decisions: readonly Decision[], isConnection: boolean): Decision {
  const [best = 'denied'] = decisions.toSorted((one, other) => ranks[other] - ranks[one]);
  return isConnection && decisions.some(one => one !== best) ? 'unknown' : best;
}

function judgeCaller(policy: TrustPolicy, caller: Caller, { account, providers }: EntrantSite): Decision {
  const { claims, url } = caller;
  const isKnown = account !== undefined && url !== anyIssuer;
  const refusal = isKnown ? judgeProvider(claims, { account, providers }) : undefined;
  return refusal?.decision ?? decideCaller(policy, caller);
}
