import { listStackParameters, listStackSetParameters } from '../../setup/template/cloudformation-values.ts';
import type { TemplateRequest } from '../../setup/template/role-request.ts';
import { formatTerraformValues } from '../../setup/template/terraform-values.ts';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import type { Issuers } from '../connections/options.ts';
import { escapeJson } from '../terminal/json.ts';
import { groupByConnection } from './connections.ts';
import type { TemplateFile } from './files.ts';
import type { FileFormat, Format, TemplateOptions, WantedTrust } from './options.ts';
import { settleConnections, type SettledConnection } from '../connections/trusted-identities.ts';

/** The values that go with a template, where a connection was named. */
export interface Filled {
  readonly values: TemplateFile | undefined;
  readonly warnings: readonly string[];
}

/** Returns the values for a template of the named connections; none if none are asked for. */
export async function fillTemplate(
  format: FileFormat,
  wanted: WantedTrust | undefined,
  options: TemplateOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<Filled> {
  if (wanted === undefined) return { values: undefined, warnings: [] };
  const { request, warnings } = await readRequest(wanted, options, openAzureDevOps);
  return { values: formatValues(format, request, options), warnings: [...warnings, ...warnOfTags(format, request)] };
}

/** Returns the role and the connections that the options name. */
export async function readRequest(
  { role, named, network }: WantedTrust,
  options: TemplateOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<{ readonly request: TemplateRequest; readonly warnings: readonly string[] }> {
  const settled = await settleConnections(named, options.issuer, openAzureDevOps);
  const connections = groupByConnection(settled.connections.flatMap(({ identities }) => identities));
  return {
    request: { role, connections, network: network?.bounds, existingProviders: options.existingProvider ?? [] },
    warnings: [
      ...settled.warnings,
      ...warnOfRemoval(settled.connections, options.issuer),
      ...(network?.warnings ?? []),
    ],
  };
}

/** What was generated while the connection was on the retiring issuer, or offline, may have had more. */
function warnOfRemoval(connections: readonly SettledConnection[], wanted: Issuers | undefined): readonly string[] {
  const isNarrow = connections.some(({ issuers }) => issuers.length === 1 && issuers[0] === 'entra');
  return isNarrow && wanted === undefined ? [removal] : [];
}

const removal =
  "This is only for the Microsoft Entra issuer. If you update a stack, or apply a Terraform module, that also trusts the Azure DevOps issuer (retiring), the update removes that issuer's statement from the role: connections that are not converted lose access. The OIDC provider is kept. To keep both: --issuer both.";

function formatValues(
  format: FileFormat,
  request: TemplateRequest,
  { organizationalUnit = [] }: TemplateOptions,
): TemplateFile {
  switch (format) {
    case 'terraform':
      return { name: 'terraform.tfvars', text: formatTerraformValues(request) };
    case 'cloudformation':
      return { name: 'parameters.json', text: `${escapeJson(listStackParameters(request))}\n` };
    case 'stack-set':
      return { name: 'parameters.json', text: `${escapeJson(listStackSetParameters(request, organizationalUnit))}\n` };
  }
}

function warnOfTags(format: Format, { role }: TemplateRequest): readonly string[] {
  if (format === 'terraform' || Object.keys(role.tags).length === 0) return [];
  return [
    'Tags are not parameters: give them to the stack (--tags key=value), which passes them to the resources it creates.',
  ];
}
