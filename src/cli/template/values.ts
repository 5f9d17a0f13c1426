import { listStackParameters, listStackSetParameters } from '../../setup/template/cloudformation-values.ts';
import type { TemplateRequest } from '../../setup/template/role-request.ts';
import { formatTerraformValues } from '../../setup/template/terraform-values.ts';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import { readNamedConnections, requireNamedConnections, type Issuers } from '../connections/options.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { escapeJson } from '../terminal/json.ts';
import { groupByConnection } from './connections.ts';
import type { TemplateFile } from './files.ts';
import type { Format, TemplateOptions } from './options.ts';
import { readTemplateRole } from './role-options.ts';
import { settleConnections, type SettledConnection } from '../connections/trusted-identities.ts';

/** The values that go with a template, where a connection was named. */
export interface Filled {
  readonly values: TemplateFile | undefined;
  readonly warnings: readonly string[];
}

/** Returns the values for a template of the named connections. Throws where there are none that it can hold. */
export async function fillTemplate(
  format: Exclude<Format, 'commands'>,
  options: TemplateOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<Filled> {
  const wanted = options.part === 'values' || hasValueOptions(options) || readNamedConnections(options) !== undefined;
  if (!wanted || options.part === 'template') return { values: undefined, warnings: [] };
  const { request, warnings } = await readRequest(options, openAzureDevOps);
  return { values: formatValues(format, request, options), warnings: [...warnings, ...warnOfTags(format, request)] };
}

/** Options that mean nothing without a connection would be ignored: then one is asked for. */
function hasValueOptions(options: TemplateOptions): boolean {
  const { roleName, path, policyArn, permissionsBoundary, maxSessionDuration, tag } = options;
  const { existingProvider, organizationalUnit, issuer } = options;
  return [roleName, path, policyArn, permissionsBoundary, maxSessionDuration, tag]
    .concat([existingProvider, organizationalUnit, issuer])
    .some(one => one !== undefined);
}

/** Returns the role and the connections that the options name. */
export async function readRequest(
  options: TemplateOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<{ readonly request: TemplateRequest; readonly warnings: readonly string[] }> {
  const role = readTemplateRole(options);
  const named = requireNamedConnections(options);
  const settled = await settleConnections(named, options.issuer, openAzureDevOps);
  const connections = groupByConnection(settled.connections.flatMap(({ identities }) => identities));
  return {
    request: { role, connections, existingProviders: options.existingProvider ?? [] },
    warnings: [...settled.warnings, ...warnOfRemoval(settled.connections, options.issuer)],
  };
}

/** What was generated while the connection was on the retiring issuer, or offline, may have had more. */
function warnOfRemoval(connections: readonly SettledConnection[], wanted: Issuers | undefined): readonly string[] {
  const isNarrow = connections.some(({ issuers }) => issuers.length === 1 && issuers[0] === 'entra');
  return isNarrow && wanted === undefined ? [removal] : [];
}

const removal =
  "This is for the Microsoft Entra issuer alone. If you update a stack, or apply a Terraform module, that also trusts the Azure DevOps issuer (retiring), the update removes that issuer's statement from the role: connections that are not converted lose access. The OIDC provider is kept. To keep both: --issuer both.";

function formatValues(
  format: Exclude<Format, 'commands'>,
  request: TemplateRequest,
  { organizationalUnit = [] }: TemplateOptions,
): TemplateFile {
  switch (format) {
    case 'terraform':
      return { name: 'terraform.tfvars', text: formatTerraformValues(request) };
    case 'cloudformation':
      return { name: 'parameters.json', text: `${escapeJson(listStackParameters(request))}\n` };
    case 'stack-set': {
      if (organizationalUnit.length === 0)
        throw wrongUsage('No --organizational-unit is given.', 'the units whose accounts are to have the role.');
      return { name: 'parameters.json', text: `${escapeJson(listStackSetParameters(request, organizationalUnit))}\n` };
    }
  }
}

function warnOfTags(format: Format, { role }: TemplateRequest): readonly string[] {
  if (format === 'terraform' || Object.keys(role.tags).length === 0) return [];
  return ['Tags are no parameters: give them to the stack (--tags key=value), which hands them on to what it makes.'];
}
