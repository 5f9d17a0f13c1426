import type { Identity } from '../../identity/audience.ts';
import { stripScheme } from '../../trust/oidc-provider.ts';
import { unbounded, type NetworkBounds } from '../../trust/network/bounds.ts';
import { quoteHcl } from './quote.ts';
import {
  defaultSessionSeconds,
  requirePlainSubject,
  type TemplateRequest,
  type TrustedConnection,
} from './role-request.ts';

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
