import type { Command } from 'commander';
import type { ConnectionGuards } from '../azure-devops/rest-records.ts';
import type { ConnectionFacts, Identity } from '../identity/audience.ts';
import { neutralise } from '../secret.ts';
import type { OpenAzureDevOps } from './connections/ask-azure-devops.ts';
import { issuerTitles, nothingDerived, listIdentity } from './connections/identities.ts';
import { addConnectionOptions, requireNamedConnections, type ConnectionOptions } from './connections/options.ts';
import { readAll, refuseIf } from './terminal/failure.ts';
import { describeConnections, type DescribedConnection } from './connections/describe.ts';
import { formatRows, type Paint, type Row } from './terminal/layout.ts';
import type { CommandShell } from './shell.ts';
import type { Report } from './terminal/report.ts';

/** Defines `connection`. */
export function addConnection(command: Command, { openAzureDevOps, run }: CommandShell): void {
  command.description(
    "Prints a service connection's ID, and the issuer, subject and audiences of its ID tokens on both issuers: read from " +
      'Azure DevOps and compared with the values that follow from names and IDs, or derived only from these.',
  );
  addConnectionOptions(command, 'both')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif connection --organization-url https://dev.azure.com/contoso --project Payments --connection aws
  $ aws-wif connection --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 \\
      --organization contoso --project Payments --connection aws
  $ aws-wif connection --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --issuer entra \\
      --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded --connection-id f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a --json

Exit code 1: Azure DevOps shows other values than the derived ones.
Looking up connections needs a token in AZURE_DEVOPS_EXT_PAT with the scope Service Connections (Read), and Build (Read) to see who may use them.`,
    )
    .action((options: ConnectionOptions) => run(() => findConnection(options, openAzureDevOps)));
}

async function findConnection(options: ConnectionOptions, openAzureDevOps: OpenAzureDevOps): Promise<Report> {
  const [named] = readAll(
    () => requireNamedConnections(options),
    refuseIf(
      Math.max(options.connection?.length ?? 0, options.connectionId?.length ?? 0) > 1,
      'Several service connections are named.',
      'only one; aws-wif trust-policy accepts several.',
    ),
  );
  const described = await describeConnections(named, options.issuer ?? 'both', openAzureDevOps);
  const [connection] = described;
  if (connection === undefined || connection.identities.length === 0) throw nothingDerived(described);
  return reportConnection(connection);
}

function reportConnection(described: DescribedConnection): Report {
  const { facts, identities, missing, current, differences, warnings, shown } = described;
  return {
    status: 'ok',
    exit: differences.length > 0 ? 1 : 0,
    json: {
      connection: {
        ...listFacts(facts),
        kind: shown?.kind.name ?? null,
        type: shown?.type ?? null,
        scheme: shown?.scheme ?? null,
        openToAll: shown?.guards.openToAll ?? null,
        approval: shown?.guards.checks?.approval ?? null,
        branchControl: shown?.guards.checks?.branchControl ?? null,
      },
      identities: identities.map(one => ({
        ...listIdentity(one),
        current: current === undefined ? null : one.issuer.kind === current,
      })),
      missing: missing.map(({ issuer, needed, why }) => ({ issuerKind: issuer, needed, why })),
      differences,
    },
    text: paint => formatConnection(described, paint),
    warnings,
  };
}

/** What is not known is null. */
function listFacts(facts: ConnectionFacts): Readonly<Record<string, string | null>> {
  const { organizationId, organization = null, project = null, connection = null, tenantId = null } = facts;
  const { connectionId = null, environment = null } = facts;
  return { id: connectionId, project, name: connection, organization, organizationId, tenantId, environment };
}

function formatConnection(
  { facts, identities, missing, current, differences, shown }: DescribedConnection,
  paint: Paint,
): string {
  const rows: readonly Row[] = [
    ['organization ID', facts.organizationId.toLowerCase()],
    ...optional('organization', facts.organization),
    ...optional('project', facts.project),
    ...optional('connection', facts.connection),
    ...optional('connection ID', facts.connectionId?.toLowerCase()),
    ...optional('kind', shown?.kind.title),
    ...optional('type', shown?.type),
    ...optional('scheme', shown?.scheme),
    ...optional('tenant ID', facts.tenantId?.toLowerCase()),
    ...(shown === undefined ? [] : listGuards(shown.guards)),
  ];
  return [
    formatRows(rows, paint),
    ...identities.map(one => formatIdentity(one, one.issuer.kind === current, paint)),
    ...missing.map(({ issuer, why }) => `${capitalise(issuerTitles[issuer])} is not shown: ${neutralise(why)}.`),
    ...differences.map(
      ({ what, read, derived }) =>
        `${paint.red(`The ${what} differs`)}\n${formatRows(
          [
            ['Azure DevOps shows', read],
            ['derived', derived],
          ],
          paint,
        )}`,
    ),
  ].join('\n\n');
}

/** Who may use the connection, and so gets the role. */
function listGuards({ openToAll, checks }: ConnectionGuards): readonly Row[] {
  const pipelines = openToAll === true ? 'all of the project' : 'only those that were permitted';
  const found = [
    ...(checks?.approval === true ? ['approval'] : []),
    ...(checks?.branchControl === true ? ['branch control'] : []),
  ];
  return [
    ['pipelines', openToAll === undefined ? 'unknown' : pipelines],
    [
      'checks',
      checks === undefined ? 'unknown' : found.length === 0 ? 'no approval, no branch control' : found.join(', '),
    ],
  ];
}

function formatIdentity({ issuer, issuerUrl, subject, audiences }: Identity, isCurrent: boolean, paint: Paint): string {
  const title = `${capitalise(issuerTitles[issuer.kind])}${isCurrent ? ' (the connection is on it)' : ''}`;
  const rows: readonly Row[] = [
    ['  issuer', issuerUrl],
    ['  subject', subject],
    ...audiences.map((audience, place): Row => [place === 0 ? '  audiences' : '', audience]),
  ];
  return `${paint.green(title)}\n${formatRows(rows, paint)}`;
}

function optional(name: string, value: string | undefined): readonly Row[] {
  return value === undefined ? [] : [[name, value]];
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
