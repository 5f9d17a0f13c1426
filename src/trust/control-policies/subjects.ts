import { azureDevOpsApplication, requireGuid, writeBase64UrlGuid, formatIssuer } from '../../identity/issuer.ts';
import { escapeValue } from '../build.ts';
import { stripScheme } from '../oidc-provider.ts';
import { oneOrMany } from '../policy-document.ts';
import { denyWebIdentity, type DenyStatement, type ExemptionTag, type Guardrail } from './control-policy.ts';

/** An Azure DevOps organization: its name is needed for the retiring issuer only. */
export interface GuardedOrganization {
  readonly id: string;
  readonly name: string | undefined;
}

export interface SubjectsRequest {
  readonly organizations: readonly GuardedOrganization[];
  /** Without a tenant the Microsoft Entra issuer is left as it is. */
  readonly tenantId: string | undefined;
  /** Patterns of further subjects of the Entra issuer, in which `*` and `?` count. */
  readonly entraSubjects: readonly string[];
  /** The same of each organization's retiring issuer. */
  readonly azureDevOpsSubjects: readonly string[];
  readonly exemption: ExemptionTag | undefined;
}

/**
 * Returns the guardrail that leaves, of the tokens of the two issuers of service connections, only these organizations'. On
 * the Entra issuer it denies all other subjects of the tenant, other organizations' connections and managed identities among
 * them; on the retiring issuer of an organization whose name is known all except its service connections. Requests with
 * a token of any other issuer, or without one, lack the keys, and pass.
 *
 * Throws `IdentityNotDerivable` if an id is not a GUID.
 */
export function guardSubjects(request: SubjectsRequest): Guardrail {
  return {
    guardrail: 'subjects',
    type: 'RESOURCE_CONTROL_POLICY',
    statements: [...guardEntra(request), ...guardAzureDevOps(request)],
    howToSplit:
      'Replace several subjects with a pattern that covers them, or attach a policy with fewer subjects to each organizational unit. Do not split one list across policies of the same unit: each would deny what the other lists.',
  };
}

function guardEntra({ tenantId, organizations, entraSubjects, exemption }: SubjectsRequest): readonly DenyStatement[] {
  if (tenantId === undefined) return [];
  const url = stripScheme(formatIssuer({ kind: 'entra', tenantId: requireGuid("the tenant's ID", tenantId) }));
  const own = organizations.map(({ id }) => formatEntraPattern(tenantId, id));
  return [denyOthers('EntraSubjects', url, [...own, ...entraSubjects], exemption)];
}

/** Returns the pattern of all service connections of an organization on the Entra issuer. */
function formatEntraPattern(tenantId: string, organizationId: string): string {
  const tenant = writeBase64UrlGuid(requireGuid("the tenant's ID", tenantId)) ?? '';
  const organization = requireGuid("the organization's ID", organizationId);
  return `/eid1/c/pub/t/${tenant}/a/${azureDevOpsApplication}/sc/${organization}/*`;
}

function guardAzureDevOps(request: SubjectsRequest): readonly DenyStatement[] {
  const { organizations, azureDevOpsSubjects, exemption } = request;
  return organizations.flatMap(({ id, name }, index) => {
    if (name === undefined) return [];
    const own = `sc://${escapeWildcards(name)}/*`;
    return [
      denyOthers(`AzureDevOpsSubjects${index + 1}`, formatRetiringUrl(id), [own, ...azureDevOpsSubjects], exemption),
    ];
  });
}

/** Returns an organization's retiring issuer, without `https://`. Throws `IdentityNotDerivable` if the id is not a GUID. */
function formatRetiringUrl(id: string): string {
  const organizationId = requireGuid("the organization's ID", id);
  return stripScheme(formatIssuer({ kind: 'azure-devops', organizationId }));
}

function denyOthers(
  sid: string,
  url: string,
  patterns: readonly string[],
  exemption: ExemptionTag | undefined,
): DenyStatement {
  const key = `${url}:sub`;
  const conditions = { StringNotLikeIfExists: { [key]: oneOrMany(patterns) }, Null: { [key]: 'false' } };
  return denyWebIdentity(sid, conditions, exemption);
}

/** Returns a text as a pattern that covers just this text. */
function escapeWildcards(text: string): string {
  return escapeValue(text).replace(/[*?]/g, '$${$&}');
}

/**
 * Returns the guardrail that denies all tokens of the retiring issuer of these organizations: every connection that is not
 * converted yet. Attaching it is the switch on, detaching it the switch off. Throws `IdentityNotDerivable` if an id is not a
 * GUID.
 *
 * One statement for each organization: the keys of one operator hold together, and no request has two issuers'.
 */
export function guardRetired(organizationIds: readonly string[], exemption: ExemptionTag | undefined): Guardrail {
  const urls = [...new Set(organizationIds.map(formatRetiringUrl))];
  return {
    guardrail: 'retired',
    type: 'RESOURCE_CONTROL_POLICY',
    statements: urls.map((url, index) =>
      denyWebIdentity(`RetiredIssuer${index + 1}`, { Null: { [`${url}:sub`]: 'false' } }, exemption),
    ),
    howToSplit: 'Name fewer organizations.',
  };
}
