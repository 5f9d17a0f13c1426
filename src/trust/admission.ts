import {
  azureDevOpsApplicationId,
  tokenExchangeApplicationId,
  tokenExchangeAudience,
  type Identity,
} from '../identity/audience.ts';
import { evaluateTrust, judgeAlone, type Decision, type Reason } from './evaluate.ts';
import { acceptsAudience, formatProviderArn, stripScheme, type Account } from './oidc-provider.ts';
import type { Statement, TrustPolicy, Condition } from './trust-policy.ts';
import type { PolicyVersion } from './policy-json.ts';
import { anyHolds, readPatterns, type Truth } from './pattern.ts';
import { describeWebIdentity, type FederatedClaims, type RequestNetwork, type TrustRequest } from './web-identity.ts';
import { judgeCondition, readOperator } from './conditions.ts';

/** Whether AWS lets an identity's tokens in, and why not or what only AWS knows. */
export interface Admission {
  readonly decision: Decision;
  readonly why: readonly string[];
  /** What denies it; undefined if nothing is. */
  readonly deniedBy: 'provider' | 'client-ids' | 'policy' | undefined;
}

/** The account of a role, and its OIDC providers if they are known: the URL is without `https://`. */
export interface RoleSite {
  readonly account: Account;
  readonly providers: readonly { readonly url: string; readonly clientIds: readonly string[] }[] | undefined;
  /** The network that requests come from, if it is known. */
  readonly network?: RequestNetwork | undefined;
}

/** From worst to best. */
export const ranks: Readonly<Record<Decision, number>> = { denied: 0, unknown: 1, allowed: 2 };

/**
 * Returns the claims that an identity's tokens may have for AWS. For the Entra issuer there are two readings, since AWS does
 * not document whether it compares `azp` or `aud`.
 */
export function listReadings({ issuer, issuerUrl: iss, subject: sub }: Identity): readonly FederatedClaims[] {
  if (issuer.kind === 'azure-devops') return [{ iss, sub, aud: [tokenExchangeAudience], azp: undefined }];
  const aud = [tokenExchangeApplicationId];
  return [
    { iss, sub, aud, azp: azureDevOpsApplicationId },
    { iss, sub, aud, azp: undefined },
  ];
}

/** Returns the requests that AssumeRoleWithWebIdentity would make of an identity's tokens, one for each reading. */
export function listRequests(identity: Identity, account: Account): readonly TrustRequest[] {
  return listReadings(identity).map(claims => describeWebIdentity({ claims, account }));
}

/** Returns what the trust policy alone says of an identity: the worst of its readings. */
export function judgePolicy(policy: TrustPolicy, identity: Identity, account: Account): Admission {
  return judgeAdmission(policy, identity, { account, providers: undefined });
}

/**
 * Returns what provider, client IDs and trust policy together say of an identity: the worst of its readings. Identities that
 * the policy does not tell apart are judged once.
 */
export function judgeAdmission(policy: TrustPolicy, identity: Identity, site: RoleSite): Admission {
  const judged = recall(policy, site).admissions;
  const group = classifyIdentity(policy, identity);
  const found = judged.get(group);
  if (found !== undefined) return found;
  const admission = judgeReadings(policy, identity, site);
  judged.set(group, admission);
  return admission;
}

function judgeReadings(policy: TrustPolicy, identity: Identity, site: RoleSite): Admission {
  const admissions = listReadings(identity).map(claims => judgeClaims(policy, claims, site));
  return admissions.reduce((worst, one) => (ranks[one.decision] < ranks[worst.decision] ? one : worst));
}

/** What was judged of a policy in an account, by the classes of identities. */
interface Judged extends RoleSite {
  readonly admissions: Map<string, Admission>;
  readonly truths: Map<string, Truth>;
}

const known = new WeakMap<TrustPolicy, Judged[]>();

function recall(policy: TrustPolicy, { account, providers, network }: RoleSite): Judged {
  const sites = known.get(policy) ?? [];
  const { accountId, partition } = account;
  const found = sites.find(
    one =>
      one.providers === providers &&
      one.network === network &&
      one.account.accountId === accountId &&
      one.account.partition === partition,
  );
  if (found !== undefined) return found;
  const fresh: Judged = { account, providers, network, admissions: new Map(), truths: new Map() };
  known.set(policy, [...sites, fresh]);
  return fresh;
}

/**
 * Returns what provider, client IDs and trust policy say of a token's claims, in the order in which AWS looks. The token's
 * signature and time are AWS's to check.
 */
export function judgeClaims(policy: TrustPolicy, claims: FederatedClaims, site: RoleSite): Admission {
  return judgeProvider(claims, site) ?? judgeByPolicy(policy, claims, site);
}

/** Returns whether a statement of a policy applies to any reading of an identity, whatever its effect is. */
export function judgeStatementFor(
  policy: TrustPolicy,
  statement: Statement,
  identity: Identity,
  account: Account,
): Truth {
  const { truths } = recall(policy, { account, providers: undefined });
  const group = `${statement.index} ${classifyIdentity(policy, identity)}`;
  const found = truths.get(group);
  if (found !== undefined) return found;
  const truth = anyHolds(listRequests(identity, account).map(request => judgeAlone(policy, statement, request)));
  truths.set(group, truth);
  return truth;
}

/** Returns why AWS denies a token before it looks at the trust policy: the account has no such provider, or another client id. */
export function judgeProvider(claims: FederatedClaims, { account, providers }: RoleSite): Admission | undefined {
  if (providers === undefined) return undefined;
  const provider = providers.find(({ url }) => url === stripScheme(claims.iss));
  if (provider !== undefined && acceptsAudience(provider.clientIds, claims)) return undefined;
  const arn = formatProviderArn(claims.iss, account);
  if (provider === undefined) {
    return { decision: 'denied', deniedBy: 'provider', why: [`the account has no provider ${arn}`] };
  }
  const missing = claims.azp ?? claims.aud.join(' or ');
  return { decision: 'denied', deniedBy: 'client-ids', why: [`${arn} does not have the client ID ${missing}`] };
}

function judgeByPolicy(policy: TrustPolicy, claims: FederatedClaims, { account, network }: RoleSite): Admission {
  const verdict = evaluateTrust(policy, describeWebIdentity({ claims, account, network }));
  switch (verdict.decision) {
    case 'allowed':
      return { decision: 'allowed', why: [], deniedBy: undefined };
    case 'unknown':
      return { decision: 'unknown', why: verdict.reasons.map(describeReason).sort(), deniedBy: undefined };
    case 'denied': {
      const why = verdict.explicit
        ? 'a Deny statement of the trust policy applies'
        : 'no statement of the trust policy allows it';
      return { decision: 'denied', why: [why], deniedBy: 'policy' };
    }
  }
}

function describeReason(reason: Reason): string {
  if (reason.part !== 'condition') return `only AWS knows how it evaluates ${reason.part} ${reason.actual}`;
  return `only AWS knows whether ${reason.operator} on ${reason.key} holds (${reason.values.join(', ')})`;
}

/** The conditions of a policy on the subjects of one provider. */
interface SubjectLines {
  readonly lines: readonly Condition[];
  /** The texts that they compare with, character by character. */
  readonly named: ReadonlySet<string>;
  /** Whether these texts alone make a difference to them. */
  readonly isClosed: boolean;
}

const subjectLines = new WeakMap<TrustPolicy, Map<string, SubjectLines>>();

/**
 * Returns the class of an identity: a policy judges all identities of a class alike. Tokens of one issuer differ in their
 * subject alone, so that a policy tells them apart only by its conditions on the subject.
 *
 * It does not promise that identities of two classes are judged differently.
 */
export function classifyIdentity(
  policy: TrustPolicy,
  { issuerUrl, subject }: Pick<Identity, 'issuerUrl' | 'subject'>,
): string {
  const { lines, named, isClosed } = findSubjectLines(policy, issuerUrl);
  if (isClosed && !named.has(subject) && subject !== '') return issuerUrl;
  return `${issuerUrl} ${lines.map(line => judgeCondition(line, () => [subject], policy.version).holds).join()}`;
}

/**
 * Returns the subjects of an issuer that a policy's conditions name character by character: it judges all others alike.
 * Undefined if it has conditions that compare subjects in another way.
 */
export function listNamedTexts(policy: TrustPolicy, issuerUrl: string): ReadonlySet<string> | undefined {
  const { named, isClosed } = findSubjectLines(policy, issuerUrl);
  return isClosed ? named : undefined;
}

function findSubjectLines(policy: TrustPolicy, issuerUrl: string): SubjectLines {
  const issuers = subjectLines.get(policy) ?? new Map<string, SubjectLines>();
  const found = issuers.get(issuerUrl);
  if (found !== undefined) return found;
  const lines = readSubjectLines(policy, issuerUrl);
  subjectLines.set(policy, issuers.set(issuerUrl, lines));
  return lines;
}

function readSubjectLines({ statements, version }: TrustPolicy, issuerUrl: string): SubjectLines {
  const key = `${stripScheme(issuerUrl).toLowerCase()}:sub`;
  const lines = statements.flatMap(({ conditions }) => conditions.filter(one => one.key.toLowerCase() === key));
  const texts = lines.map(line => listTexts(line, version));
  return {
    lines,
    named: new Set(texts.flatMap(one => one ?? [])),
    isClosed: texts.every(one => one !== undefined),
  };
}

/** The texts that make a difference to a condition; undefined if others may. */
function listTexts({ operator: text, values }: Condition, version: PolicyVersion): readonly string[] | undefined {
  const operator = readOperator(text);
  if (operator === undefined || operator.name === 'Null') return [];
  if (operator.name !== 'StringEquals' && operator.name !== 'StringLike') return undefined;
  const { literals, others } = readPatterns(values, { wildcards: operator.name === 'StringLike', version });
  return others.length === 0 ? [...literals] : undefined;
}
