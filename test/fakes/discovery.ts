import type { Answer } from './faults.ts';
import { sendJson } from './azure-devops-answers.ts';
import { describeKeys } from './signing-keys.ts';
import { nameAzureDevOpsIssuer, nameEntraIssuer } from './token-claims.ts';

/** Issuer to the URL under `origin` where its discovery document lies. */
export function mapIssuers(origin: string, organizationId: string, tenantIds: readonly string[]): Map<string, string> {
  const azureDevOps = `${origin}/${organizationId}/.well-known/openid-configuration`;
  const entra = tenantIds.map((id): [string, string] => [
    nameEntraIssuer(id),
    `${origin}/${id}/v2.0/.well-known/openid-configuration`,
  ]);
  return new Map([[nameAzureDevOpsIssuer(organizationId), azureDevOps], ...entra]);
}

/** Answers for discovery documents and key sets, undefined for any other path. */
export async function answerDiscovery(
  path: string,
  origin: string,
  issuers: ReadonlyMap<string, string>,
): Promise<Answer | undefined> {
  if (path === '/.well-known/jwks') return sendJson(await describeKeys('azure-devops'));
  if (/^\/[^/]+\/discovery\/v2\.0\/keys$/.test(path)) return sendJson(await describeKeys('entra'));
  const [issuer] = [...issuers].find(([, url]) => url === origin + path) ?? [];
  if (issuer === undefined) return undefined;
  return sendJson(issuer.includes('/v2.0') ? describeEntra(issuer, origin) : describeAzureDevOps(issuer, origin));
}

/** The document of https://vstoken.dev.azure.com/ORGANIZATION-ID/.well-known/openid-configuration, keys on loopback. */
function describeAzureDevOps(issuer: string, origin: string): unknown {
  return {
    issuer,
    jwks_uri: `${origin}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    claims_supported: ['sub', 'aud', 'exp', 'iat', 'iss', 'nbf'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  };
}

/** The document of https://login.microsoftonline.com/TENANT-ID/v2.0/.well-known/openid-configuration, keys on loopback. */
function describeEntra(issuer: string, origin: string): unknown {
  const tenant = new URL(issuer).pathname.split('/')[1] ?? '';
  return {
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    claims_supported: ['sub', 'iss', 'cloud_instance_name', 'aud', 'exp', 'iat', 'nonce', 'tid', 'ver'],
  };
}
