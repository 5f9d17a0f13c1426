import { WifError } from '../../errors.ts';
import { denyWebIdentity, type ExemptionTag, type Guardrail } from './control-policy.ts';

/**
 * The web identity providers that IAM has without an OIDC provider in the account, and the claim that every token of theirs
 * has for a policy.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export const builtInProviders: ReadonlyMap<string, string> = new Map([
  ['cognito-identity.amazonaws.com', 'sub'],
  ['accounts.google.com', 'sub'],
  ['graph.facebook.com', 'id'],
  ['www.amazon.com', 'user_id'],
]);

/** Returns the claim by which requests of a provider are known. */
export function chooseClaim(url: string): string {
  return builtInProviders.get(url.toLowerCase()) ?? 'sub';
}

/**
 * Returns whether a text is a provider's URL as IAM writes it in ARNs: without scheme and query. A slash at its end is part of
 * it, and of its keys: of `sts.windows.net/<tenant id>/` for one.
 */
export function isProviderUrl(url: string): boolean {
  return (
    url.length <= 255 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:\/[\w.~%+=@-]+)*\/?$/i.test(url) && url.includes('.')
  );
}

/**
 * Returns the guardrail that denies every web identity whose provider is not one of the list, in one statement: a request
 * that has none of the keys. Throws `TrustPolicyRefused` if the list is empty or has a text that is not a provider's URL.
 *
 * Condition keys have no letter case, so providers whose URLs differ by it alone are one.
 */
export function guardProviders(urls: readonly string[], exemption: ExemptionTag | undefined): Guardrail {
  const stray = urls.filter(url => !isProviderUrl(url));
  if (urls.length === 0 || stray.length > 0) throw refuseList(stray);
  const unique = new Map(urls.map(url => [url.toLowerCase(), url]));
  const keys = [...unique.values()].sort().map(url => [`${url}:${chooseClaim(url)}`, 'true'] as const);
  return {
    guardrail: 'providers',
    type: 'RESOURCE_CONTROL_POLICY',
    statements: [denyWebIdentity('TrustedProviders', { Null: Object.fromEntries(keys) }, exemption)],
    howToSplit:
      'Attach a separate policy to each organizational unit or account, with only the providers of its own accounts: run the command once for each. Do not split one list across policies of the same unit: each would deny what the other lists.',
  };
}

function refuseList(stray: readonly string[]): WifError {
  return new WifError({
    code: 'TrustPolicyRefused',
    found:
      stray.length === 0
        ? 'The list of providers is empty.'
        : `The list of providers contains ${stray.map(one => `"${one}"`).join(', ')}.`,
    expected: 'URLs without https://, as in the ARN of an OIDC provider: leaving one out would lock out its users.',
    remedy: 'Check the list; delete the OIDC providers that nobody can use.',
  });
}
