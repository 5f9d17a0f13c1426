import { WifError } from '../errors.ts';
import { deriveIdentity, type ConnectionFacts, type Identity } from '../identity/audience.ts';
import { parseSubject, type KnownIssuer } from '../identity/issuer.ts';
import { addLines } from './network/bounds.ts';
import { describeProvider, type Account } from './oidc-provider.ts';
import { defaultQuota, largestQuota, measurePolicy, oneOrMany, renderPolicy } from './policy-document.ts';
import type { Condition, PolicyDocument, StatementElement } from './trust-policy.ts';
import { webIdentityAction } from './web-identity.ts';

/** The account of a role, and conditions on the network that each of its statements gets. */
export interface TrustTarget extends Account {
  readonly network?: readonly Condition[] | undefined;
}

export interface TrustPolicyRequest extends TrustTarget {
  readonly connections: readonly ConnectionFacts[];
  readonly issuers: KnownIssuer['kind'] | 'both';
}

/** A trust policy to give to IAM, and whether IAM accepts one of its size. */
export interface BuiltTrustPolicy {
  readonly document: PolicyDocument;
  readonly text: string;
  /** The size as IAM counts it. */
  readonly characters: number;
  /** What to know before using it; undefined if there is nothing. */
  readonly warning: string | undefined;
}

/**
 * Returns the narrowest trust policy for service connections on one issuer or both: exact subjects and audiences, one
 * statement for each provider. Throws `IdentityNotDerivable` where a fact is missing, `TrustPolicyRefused` if nobody
 * would be named, `TrustPolicyTooLarge` past what IAM accepts at most.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
export function buildTrustPolicy(request: TrustPolicyRequest): BuiltTrustPolicy {
  return buildForIdentities(deriveIdentities(request), request);
}

/** Returns the identities of connections on one issuer or both. Throws `IdentityNotDerivable` where a fact is missing. */
export function deriveIdentities(request: Pick<TrustPolicyRequest, 'connections' | 'issuers'>): readonly Identity[] {
  return deriveEach(request).flat();
}

/** Returns the issuers that a choice stands for. */
export function listIssuers(issuers: TrustPolicyRequest['issuers']): readonly KnownIssuer['kind'][] {
  return issuers === 'both' ? ['azure-devops', 'entra'] : [issuers];
}

function deriveEach({
  connections,
  issuers,
}: Pick<TrustPolicyRequest, 'connections' | 'issuers'>): readonly Identity[][] {
  return connections.map(connection => listIssuers(issuers).map(kind => deriveIdentity(kind, connection)));
}

/** The same as `buildTrustPolicy` for identities that are known already, for example from a token. */
export function buildForIdentities(identities: readonly Identity[], target: TrustTarget): BuiltTrustPolicy {
  const document = buildDocument(identities, target);
  const characters = measurePolicy(document);
  if (characters > largestQuota) throw tooLarge(characters);
  const warning =
    characters > defaultQuota
      ? `The trust policy has ${characters} characters. IAM accepts ${defaultQuota} unless the account's quota "Role trust policy ` +
        `length" was raised (to at most ${largestQuota}); otherwise split the connections across several roles.`
      : undefined;
  return { document, text: renderPolicy(document), characters, warning };
}

/**
 * Returns trust policies that keep to the default quota, one for a role each, connections in their order and a
 * connection's identities together. A connection that is too much on its own gets a policy of its own, with a warning.
 */
export function splitTrustPolicies(request: TrustPolicyRequest): readonly BuiltTrustPolicy[] {
  const groups: Identity[][] = [];
  for (const identities of deriveEach(request)) {
    const last = groups.at(-1);
    const fits = last !== undefined && measurePolicy(buildDocument([...last, ...identities], request)) <= defaultQuota;
    if (fits) last.push(...identities);
    else groups.push(identities);
  }
  return groups.map(group => buildForIdentities(group, request));
}

/** The kind of subject that service connections have, by the kind of their issuer. */
export const subjectKinds = { 'azure-devops': 'connection-name', entra: 'connection-id' } as const;

/** Returns whether an identity is a service connection's: others of the same issuers are not for a trust policy. */
export function isConnection({ issuer, subject }: Identity): boolean {
  return parseSubject(subject).kind === subjectKinds[issuer.kind];
}

function buildDocument(identities: readonly Identity[], target: TrustTarget): PolicyDocument {
  const stranger = identities.find(identity => !isConnection(identity));
  if (identities.length === 0 || stranger !== undefined) throw nobody(stranger?.subject);
  return { Version: '2012-10-17', Statement: buildStatements(identities, target) };
}

/**
 * Returns the statements for identities of service connections, one for each issuer. It does not ask whether they are
 * connections' at all (`isConnection`), nor whether IAM accepts that much.
 */
export function buildStatements(identities: readonly Identity[], target: TrustTarget): readonly StatementElement[] {
  const issuers = [...new Set(identities.map(({ issuerUrl }) => issuerUrl))].sort();
  const groups = issuers.map(url => identities.filter(({ issuerUrl }) => issuerUrl === url));
  return groups.map(group => buildStatement(group, target));
}

function buildStatement(group: readonly Identity[], target: TrustTarget): StatementElement {
  const providers = group.map(identity => describeProvider(identity, target));
  const { arn = '', url = '' } = providers[0] ?? {};
  return {
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: webIdentityAction,
    Condition: addLines(
      {
        StringEquals: {
          [`${url}:aud`]: listEscaped(group.flatMap(({ audiences }) => audiences)),
          [`${url}:sub`]: listEscaped(group.map(({ subject }) => subject)),
        },
      },
      target.network ?? [],
    ),
  };
}

/** Sorted, so that the same connections give the same policy, and escaped: IAM expands variables in StringEquals too. */
function listEscaped(values: readonly string[]): string | readonly string[] {
  return oneOrMany(values.map(escapeValue).sort());
}

/**
 * Returns a text as a policy's value that stands for just this text. Of `$$${` every dollar is written `${$}`: only a
 * dollar before a brace begins a variable, but nothing says that IAM reads `$${$}` from the left.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
 */
export function escapeValue(text: string): string {
  return text.replace(/(?<!\$)\$+(?=\{)/g, dollars => '${$}'.repeat(dollars.length));
}

function nobody(subject: string | undefined): WifError {
  return new WifError({
    code: 'TrustPolicyRefused',
    found:
      subject === undefined || subject === ''
        ? 'No subject was given for the trust policy.'
        : `The subject given for the trust policy is "${subject}".`,
    expected: "a service connection's subject: without one, anyone with a token from the issuer would be allowed.",
    remedy: 'Name the service connections that may assume the role.',
  });
}

function tooLarge(characters: number): WifError {
  return new WifError({
    code: 'TrustPolicyTooLarge',
    found: `The trust policy would have ${characters} characters.`,
    expected: `at most ${defaultQuota}, or ${largestQuota} if the account's quota was raised.`,
    remedy: `Split the connections across at least ${Math.ceil(characters / defaultQuota)} roles.`,
  });
}
