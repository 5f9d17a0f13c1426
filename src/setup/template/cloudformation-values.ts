import { WifError } from '../../errors.ts';
import type { Identity } from '../../identity/audience.ts';
import type { NetworkBounds } from '../../trust/network/bounds.ts';
import { defaultSessionSeconds, requirePlainSubject, type IssuerKind, type TemplateRequest } from './role-request.ts';

/**
 * A parameter, `Key=Value`: what `aws cloudformation deploy --parameter-overrides file://` takes in every version. Version 1 of
 * the AWS CLI takes no objects there.
 *
 * @see https://docs.aws.amazon.com/cli/v1/reference/cloudformation/deploy.html
 * @see https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
 */
export type StackParameter = `${string}=${string}`;

/**
 * Returns the values of `wif-role.yaml`'s parameters for one connection. Throws `TrustPolicyRefused` for several, for none,
 * and for a subject that the template's JSON text cannot hold. Tags are no parameters: a stack hands its own on.
 */
export function listStackParameters(request: TemplateRequest): readonly StackParameter[] {
  const { role } = request;
  const identities = requireOneConnection(request);
  return listValues({
    ...listIdentityValues(identities),
    ...(request.network === undefined ? {} : listNetworkValues(request.network)),
    CreateProvider: chooseProviders(identities, request.existingProviders),
    RoleName: role.name,
    RolePath: role.path ?? '/',
    PolicyArns: role.policyArns.join(','),
    PermissionsBoundary: role.boundaryArn ?? '',
    MaxSessionDuration: String(role.maxSessionSeconds ?? defaultSessionSeconds),
  });
}

/** The same for `wif-role-stack-set.yaml`, in the accounts of organizational units. */
export function listStackSetParameters(
  request: TemplateRequest,
  organizationalUnits: readonly string[],
): readonly StackParameter[] {
  return [...listValues({ OrganizationalUnitIds: organizationalUnits.join(',') }), ...listStackParameters(request)];
}

function listValues(values: Readonly<Record<string, string>>): readonly StackParameter[] {
  return Object.entries(values).map(([key, value]): StackParameter => `${key}=${value}`);
}

/** Without a network none is named: an update of a stack then keeps the one that it has. */
function listNetworkValues({ endpointIds, vpcIds, vpcArns, addressRanges }: NetworkBounds) {
  return {
    SourceVpceIds: endpointIds.join(','),
    SourceVpcIds: vpcIds.join(','),
    SourceVpcArns: vpcArns.join(','),
    SourceIpRanges: addressRanges.join(','),
  };
}

function listIdentityValues(identities: readonly Identity[]): Readonly<Record<string, string>> {
  return Object.assign(
    { TenantId: '', EntraSubject: '', OrganizationId: '', AzureDevOpsSubject: '' },
    ...identities.map(({ issuer, subject }) => {
      const plain = requirePlainSubject(subject, 'the template', /["\\]|\{\{/);
      return issuer.kind === 'entra'
        ? { TenantId: issuer.tenantId, EntraSubject: plain }
        : { OrganizationId: issuer.organizationId, AzureDevOpsSubject: plain };
    }),
  ) as Readonly<Record<string, string>>;
}

function chooseProviders(identities: readonly Identity[], existing: readonly IssuerKind[]): string {
  const missing = identities.map(({ issuer }) => issuer.kind).filter(kind => !existing.includes(kind));
  const [first = 'none'] = missing;
  return missing.length > 1 ? 'both' : first;
}

function requireOneConnection({ connections }: TemplateRequest): readonly Identity[] {
  const [first, ...others] = connections;
  if (first !== undefined && first.identities.length > 0 && others.length === 0) return first.identities;
  throw new WifError({
    code: 'TrustPolicyRefused',
    found: `The template would need values for ${connections.length} connections.`,
    expected: 'one connection; a stack creates the role for one service connection.',
    remedy: 'Run the command once per connection, with --existing-provider after the first; or use Terraform.',
  });
}
