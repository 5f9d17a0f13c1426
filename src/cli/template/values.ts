import role from '../../../infra/cloudformation/wif-role.yaml';
import stackSet from '../../../infra/cloudformation/wif-role-stack-set.yaml';
import main from '../../../infra/terraform-aws-azure-devops-oidc/main.tf';
import outputs from '../../../infra/terraform-aws-azure-devops-oidc/outputs.tf';
import variables from '../../../infra/terraform-aws-azure-devops-oidc/variables.tf';
import versions from '../../../infra/terraform-aws-azure-devops-oidc/versions.tf';
import {
  listStackParameters,
  listStackSetParameters,
  type TemplateRequest,
  type TrustedConnection,
  formatTerraformValues,
} from '../../setup/template/values.ts';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import type { Issuers } from '../connections/options.ts';
import { escapeJson } from '../terminal/report.ts';
import type { FileFormat, Format, TemplateOptions, WantedTrust } from './options.ts';
import { settleConnections, type SettledConnection } from '../connections/identities.ts';
import type { Identity } from '../../identity/audience.ts';
import { parseSubject } from '../../identity/issuer.ts';

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

/** Returns the connections behind identities: those of one connection stand together, one for each issuer. */
function groupByConnection(identities: readonly Identity[]): readonly TrustedConnection[] {
  const groups: Identity[][] = [];
  for (const identity of identities) {
    const last = groups.at(-1);
    const isOther = last === undefined || last.some(({ issuer }) => issuer.kind === identity.issuer.kind);
    if (isOther) groups.push([identity]);
    else last.push(identity);
  }
  return groups.map(group => ({ label: findLabel(group), identities: group }));
}

/** The connection's name, or its id where only the Entra issuer's subject is known. */
function findLabel(group: readonly Identity[]): string {
  const labels = group.map(({ subject }) => {
    const parsed = parseSubject(subject);
    if (parsed.kind === 'connection-name') return parsed.connection;
    return parsed.kind === 'connection-id' ? parsed.connectionId : subject;
  });
  return labels[0] ?? '';
}

/** A file as it is to be saved. */
export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}

/** The files of infra/, as they are there. */
export const templateFiles: Readonly<Record<'cloudformation' | 'stack-set' | 'terraform', readonly TemplateFile[]>> = {
  cloudformation: [{ name: 'wif-role.yaml', text: role }],
  'stack-set': [{ name: 'wif-role-stack-set.yaml', text: stackSet }],
  terraform: [
    { name: 'versions.tf', text: versions },
    { name: 'variables.tf', text: variables },
    { name: 'main.tf', text: main },
    { name: 'outputs.tf', text: outputs },
  ],
};
