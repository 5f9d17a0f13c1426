import type { Identity } from '../../identity/audience.ts';
import { isConnection } from '../build.ts';
import { isAccount, parseProviderArn, recogniseIssuer, type MeantIssuer, type ProviderArn } from '../oidc-provider.ts';
import { hasWildcards, matchWildcards } from '../pattern.ts';
import { largestQuota, measurePolicy } from '../render.ts';
import type { Condition, Statement } from '../statement.ts';
import type { PolicyDocument, TrustPolicy } from '../trust-policy.ts';
import { parseClaimKey, webIdentityAction, type ClaimKey } from '../web-identity.ts';
import type { Finding, Known } from './finding.ts';
import { isPositive } from './operators.ts';

/** A statement in its policy, with what findings ask of it again and again. */
export interface Scene {
  readonly policy: TrustPolicy;
  readonly statement: Statement;
  /** What a correction can be built of: an account that is one, and identities that are service connections'. */
  readonly known: Known & { readonly identities: readonly Identity[] };
  /** Whether IAM takes a policy of this size at all: what is larger is not corrected. */
  readonly isCorrectable: boolean;
  /** The OIDC providers that the statement names. */
  readonly providers: readonly NamedProvider[];
  readonly keys: readonly ProviderKey[];
}

export interface NamedProvider {
  /** The principal as it stands in the policy. */
  readonly text: string;
  readonly arn: ProviderArn;
  /** The issuer of Azure DevOps that it is, or seems to be meant for. */
  readonly meant: MeantIssuer | undefined;
}

/** A condition on a claim. */
export interface ProviderKey extends ClaimKey {
  readonly condition: Condition;
}

/** Returns what findings need to know of each statement. */
export function describeScenes(
  policy: TrustPolicy,
  { account, identities = [], environment }: Known,
): readonly Scene[] {
  const known = {
    environment,
    account: account !== undefined && isAccount(account) ? account : undefined,
    identities: identities.filter(isConnection),
  };
  const isCorrectable = measurePolicy(policy.document) <= largestQuota;
  return policy.statements.map(statement => {
    const { principals, conditions } = statement;
    const providers = principals.listed.flatMap(({ type, value }) => (type === 'Federated' ? readProvider(value) : []));
    return { policy, statement, known, isCorrectable, providers, keys: conditions.flatMap(readKey) };
  });
}

function readProvider(text: string): readonly NamedProvider[] {
  const arn = hasWildcards(text, '2008-10-17') ? undefined : parseProviderArn(text);
  return arn === undefined ? [] : [{ text, arn, meant: recogniseIssuer(arn.url) }];
}

function readKey(condition: Condition): readonly ProviderKey[] {
  const key = parseClaimKey(condition.key);
  return key === undefined ? [] : [{ condition, ...key }];
}

/** Returns whether a statement is an Allow, for callers with a token of an OIDC provider. */
export function allowsWebIdentity({ statement: { effect, actions } }: Scene): boolean {
  return effect === 'Allow' && actions.patterns.some(one => matchWildcards(one, webIdentityAction)) !== actions.negated;
}

/** Returns whether a key's prefix is a provider's: keys have no letter case. */
export function isOfProvider({ prefix }: ClaimKey, { arn }: NamedProvider): boolean {
  return prefix.toLowerCase() === arn.url.toLowerCase();
}

/** Returns the conditions on one of a provider's claims that only a value in the policy can satisfy. */
export function findPositive({ keys }: Scene, provider: NamedProvider, claim: string): readonly ProviderKey[] {
  return keys.filter(
    key => key.claim.toLowerCase() === claim && isOfProvider(key, provider) && isPositive(key.condition),
  );
}

/** Returns a finding about the scene's statement. */
export function found(
  scene: Scene,
  finding: Omit<Finding, 'statement' | 'corrected'>,
  corrected?: PolicyDocument,
): Finding {
  const { index, sid } = scene.statement;
  return { ...finding, statement: { index, sid }, corrected };
}
