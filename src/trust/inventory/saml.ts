import { evaluateTrust } from '../evaluate.ts';
import { parseProviderArn } from '../oidc-provider.ts';
import { readPrincipal } from '../scene/principal-form.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import { webIdentityAction } from '../web-identity.ts';
import type { Entrant } from './entrant.ts';

export const samlAction = 'sts:AssumeRoleWithSAML';

/**
 * Returns who signs in through a SAML provider, and callers of the issuers that IAM accepts by name. A principal that
 * IAM rejects is nobody.
 */
export function listSaml(policy: TrustPolicy): readonly Entrant[] {
  const principals = policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ principals: { listed } }) => listed.filter(({ type }) => type === 'Federated'))
    .filter(one => parseProviderArn(one.value) === undefined && readPrincipal(one)?.fault === undefined);
  return [...new Set(principals.map(({ value }) => value))].flatMap(issuer => {
    const isSaml = issuer.includes(':saml-provider/');
    const action = isSaml ? samlAction : webIdentityAction;
    const context = (key: string) => (key.toLowerCase() === 'saml:aud' ? [signInUrl(issuer)] : 'unknown');
    const { decision } = evaluateTrust(policy, { action, principal: issuer, context });
    if (decision === 'denied') return [];
    const kind = isSaml ? 'saml' : 'anyone';
    return [{ kind, issuer, subject: undefined, ignoresCase: false, decision, limits: [], audiences: undefined }];
  });
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-saml.html */
function signInUrl(arn: string): string {
  const hosts: Readonly<Record<string, string>> = {
    'aws-cn': 'signin.amazonaws.cn',
    'aws-us-gov': 'signin.amazonaws-us-gov.com',
    'aws-eusc': 'signin.amazonaws-eusc.eu',
  };
  return `https://${hosts[arn.split(':')[1] ?? ''] ?? 'signin.aws.amazon.com'}/saml`;
}
