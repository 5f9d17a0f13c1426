import { WifError } from '../../errors.ts';
import type { Identity } from '../../identity/audience.ts';
import type { KnownIssuer } from '../../identity/issuer.ts';
import { type NetworkBounds, unbounded } from '../../trust/network/bounds.ts';
import { defaultSessionSeconds, type WantedRole } from '../request.ts';
import { stripScheme } from '../../trust/oidc-provider.ts';
import { quoteHcl } from './quote.ts';

export type IssuerKind = KnownIssuer['kind'];

/** A connection that may assume the role. */
export interface TrustedConnection {
  /** Its name, or its id where that is all that is known. */
  readonly label: string;
  readonly identities: readonly Identity[];
}

/** What a template is filled with. */
export interface TemplateRequest {
  readonly role: WantedRole;
  readonly connections: readonly TrustedConnection[];
  /** Undefined binds the trust to no network. */
  readonly network?: NetworkBounds | undefined;
  /** The issuers whose providers the account has already. */
  readonly existingProviders: readonly IssuerKind[];
}

/** Printable ASCII and Latin-1 without those that mean more than themselves to IAM. */
const plain = /^[ -)+->@-~\u00a1-\u00ac\u00ae-\u00ff]*$/;

/**
 * Returns a subject that a template can hold. Throws `TrustPolicyRefused` for all others: those with `*`, `?` or `${`, with
 * a slash at the end, or with letters past U+00FF, which IAM accepts as JSON escapes only, and templates' engines write
 * no such; `refused` matches what the target cannot hold besides.
 */
export function requirePlainSubject(subject: string, target: string, refused: RegExp): string {
  const fits = plain.test(subject) && !subject.includes('${') && !subject.endsWith('/') && !refused.test(subject);
  if (fits) return subject;
  throw new WifError({
    code: 'TrustPolicyRefused',
    found: `The subject is "${subject}", which ${target} cannot represent.`,
    expected:
      'no * ? or ${, no slash at the end, no letters above U+00FF; for CloudFormation also no quotes, backslashes or {{.',
    remedy: 'Use --issuer entra, whose subjects consist of IDs; or aws-wif template commands, or aws-wif setup.',
  });
}

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

/**
 * Returns the module's inputs as HCL, for a `.tfvars` file or between the braces of a module block. Throws
 * `TrustPolicyRefused` for a subject that the module refuses.
 */
export function formatTerraformValues({ role, connections, network, existingProviders }: TemplateRequest): string {
  const existing = connections
    .flatMap(({ identities }) => identities)
    .filter(({ issuer }) => existingProviders.includes(issuer.kind))
    .map(({ issuerUrl }) => stripScheme(issuerUrl));
  return alignAttributes([
    'roles = {',
    `  ${quoteHcl(role.name)} = {`,
    '    connections = {',
    ...labelEach(connections).flatMap(formatConnection),
    '    }',
    ...formatNetwork(network ?? unbounded),
    ...formatPolicies(role.policyArns),
    ...(role.boundaryArn === undefined ? [] : [`    permissions_boundary = ${quoteHcl(role.boundaryArn)}`]),
    `    max_session_duration = ${role.maxSessionSeconds ?? defaultSessionSeconds}`,
    `    path = ${quoteHcl(role.path ?? '/')}`,
    '  }',
    '}',
    '',
    // Of the module, not of the role: the providers get them, too.
    'tags = {',
    ...Object.entries(role.tags).map(([key, value]) => `  ${quoteHcl(key)} = ${quoteHcl(value)}`),
    '}',
    '',
    `existing_providers = [${[...new Set(existing)].map(quoteHcl).join(', ')}]`,
    '',
  ]).join('\n');
}

const attribute = /^ *(?:\w+|"(?:[^"\\]|\\.)*")(?= = (?!\{$))/;

/** Returns lines as `terraform fmt` writes them: the values of neighbouring attributes below one another. */
function alignAttributes(lines: readonly string[]): readonly string[] {
  const names = lines.map(line => attribute.exec(line)?.[0]);
  return lines.map((line, index) => {
    const name = names[index];
    if (name === undefined) return line;
    const begin = names.lastIndexOf(undefined, index) + 1;
    const end = names.indexOf(undefined, index);
    const width = Math.max(...names.slice(begin, end).map(one => one?.length ?? 0));
    return name.padEnd(width) + line.slice(name.length);
  });
}

/** HCL takes the last of equal keys: a connection would be lost. */
function labelEach(connections: readonly TrustedConnection[]): readonly TrustedConnection[] {
  return connections.map((connection, place) => {
    const isTaken = connections.slice(0, place).some(({ label }) => label === connection.label);
    return isTaken ? { ...connection, label: `${connection.label} (${place + 1})` } : connection;
  });
}

function formatConnection({ label, identities }: TrustedConnection): readonly string[] {
  return [`      ${quoteHcl(label)} = {`, ...identities.flatMap(formatIdentity), '      }'];
}

function formatIdentity({ issuer, subject }: Identity): readonly string[] {
  const [name, id] =
    issuer.kind === 'entra'
      ? ['entra', `tenant_id = ${quoteHcl(issuer.tenantId)}`]
      : ['azure_devops', `organization_id = ${quoteHcl(issuer.organizationId)}`];
  const plain = quoteHcl(requirePlainSubject(subject, 'the module', /^$/));
  return [`        ${name} = {`, `          ${id}`, `          subject = ${plain}`, '        }'];
}

function formatNetwork({ endpointIds, vpcIds, vpcArns, addressRanges }: NetworkBounds): readonly string[] {
  const lists = Object.entries({
    source_vpce_ids: endpointIds,
    source_vpc_ids: vpcIds,
    source_vpc_arns: vpcArns,
    source_ip_ranges: addressRanges,
  });
  return lists
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `    ${name} = [${values.map(quoteHcl).join(', ')}]`);
}

/** By the policy's own name; by its ARN where two have the same. */
function formatPolicies(arns: readonly string[]): readonly string[] {
  const names = arns.map(arn => arn.slice(arn.lastIndexOf('/') + 1));
  const keys = names.map((name, place) => (names.indexOf(name) === place ? name : (arns[place] ?? name)));
  return [
    '    policy_arns = {',
    ...arns.map((arn, place) => `      ${quoteHcl(keys[place] ?? arn)} = ${quoteHcl(arn)}`),
    '    }',
  ];
}
