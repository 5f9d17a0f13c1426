import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';
import { auditAccount, hasFinding, type Audit } from '../../migration/audit.ts';
import type { Fleet } from '../../migration/fleet/connections.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { neutralise } from '../../outside-text.ts';
import { listCaller, listRole } from '../accounts/report.ts';
import { formatLeftOut, listFleet, listLeftOut } from './format.ts';
import { conversion, formatConversion, listPortals, type Portal } from './next-steps.ts';
import { addMigrateOptions, neededActions, type MigrateOptions } from './options.ts';
import { readInput, type MigrationInput } from './input.ts';
import { formatRows, listRow } from './rows.ts';
import { warnOfFleet } from './warnings.ts';
import type { Paint } from '../terminal/paint.ts';
import type { CommandShell } from '../shell.ts';
import { neededScopes, readHistories, type Histories } from '../connections/read-fleet.ts';
import type { Report } from '../terminal/report.ts';

/** Adds `migrate audit`. */
export function addAudit(migrate: Command, shell: CommandShell): void {
  const command = migrate
    .command('audit')
    .summary('show which roles would refuse which connections')
    .description(
      `Lists the WIF connections of all projects of an organization, and the roles and OIDC providers of an account that trust the Azure DevOps issuer, and joins them: which roles would refuse which connections from ${azureDevOpsIssuerRetires}, or from the conversion of the connection on. It changes nothing.`,
    );
  addMigrateOptions(command)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111 --json > audit.json

AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${neededActions.read.join(', ')}.
Connections of other clouds keep the issuer. Those of multitenant applications do as well, but cannot be told apart.
Exit code 1: something would break, is broken, or only AWS can tell; a connection or a subject is not known; something is
left that somebody has to decide.`,
    )
    .action((options: MigrateOptions) =>
      shell.run(async () => {
        const input = await readInput(options, shell);
        const { connections } = input.read.fleet;
        const histories = await readHistories(
          input.read,
          connections.filter(({ status }) => status === 'retiring'),
        );
        return reportAudit(input, auditAccount(input.state, input.read.fleet), histories);
      }),
    );
}

function reportAudit(input: MigrationInput, audit: Audit, histories: Histories): Report {
  const { state, caller, read } = input;
  const portals = listPortals(input, read.fleet.connections);
  const account = {
    ...state.account,
    caller: listCaller(caller),
    providers: audit.providers,
    roles: audit.roles.map(({ arn, organizationIds }) => ({ role: listRole(arn), organizationIds })),
    results: audit.rows.map(listRow),
    leftOut: listLeftOut(audit.leftOut),
  };
  return {
    status: 'ok',
    exit: hasFinding(audit) ? 1 : 0,
    json: {
      retires: azureDevOpsIssuerRetires,
      ...listFleet(read.fleet, histories),
      accounts: [account],
      conversion,
      portals,
    },
    text: paint => formatAudit(read.fleet, audit, { histories, portals, paint }),
    warnings: warnOfFleet(read.fleet, histories),
  };
}

interface Extras {
  readonly histories: Histories;
  readonly portals: readonly Portal[];
  readonly paint: Paint;
}

function formatAudit(fleet: Fleet, audit: Audit, { histories, portals, paint }: Extras): string {
  return [
    formatConnections(fleet, histories, paint),
    formatRows(audit.rows, paint),
    formatTrust(audit, paint),
    formatLeftOut(audit.leftOut, paint),
    formatConversion(portals),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function formatConnections({ connections, hidden }: Fleet, histories: Histories, paint: Paint): string {
  return [
    paint.bold(
      `${connections.length} WIF connections${hidden === 0 ? '' : `, and ${hidden} that this token may not see`}`,
    ),
    ...connections.flatMap(one => {
      const pipelines = histories.get(one.id) ?? [];
      return [
        `  ${one.status.padEnd(9)}  ${neutralise(nameConnection(one))}${one.why === undefined ? '' : ` (${neutralise(one.why)})`}`,
        ...(pipelines.length === 0
          ? []
          : [`    pipelines in its execution history: ${neutralise(pipelines.join(', '))}`]),
      ];
    }),
  ].join('\n');
}

function formatTrust({ providers, roles }: Audit, paint: Paint): string {
  const list = (title: string, all: Audit['roles']): readonly string[] =>
    all.length === 0
      ? []
      : [
          paint.bold(title),
          ...all.map(one => `  ${neutralise(`${one.arn}  (organization ${one.organizationIds.join(', ')})`)}`),
        ];
  return [
    ...list('OIDC providers of the Azure DevOps issuer', providers),
    ...list('Roles that trust the Azure DevOps issuer', roles),
  ].join('\n');
}
