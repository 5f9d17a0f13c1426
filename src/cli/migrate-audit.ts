import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../identity/issuer.ts';
import { auditAccount, isFinding, type Audit, type AuditRow, type AuditState } from '../migration/audit.ts';
import type { Fleet } from '../migration/connections.ts';
import { nameConnection } from '../migration/role-trust.ts';
import { neededActions } from '../migration/read-account.ts';
import { neutralise } from '../outside-text.ts';
import { conversion, formatLeftOut, listConnection, listFleet } from './migrate-format.ts';
import { addMigrateOptions, type MigrateOptions } from './migrate-options.ts';
import { readScene, type MigrateScene } from './migrate-scene.ts';
import type { Paint } from './paint.ts';
import type { CommandShell } from './program.ts';
import { neededScopes, readHistories, type Histories } from './read-fleet.ts';
import type { Report } from './report.ts';

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
Exit code 1: something would break, is broken, or only AWS can tell.`,
    )
    .action((options: MigrateOptions) =>
      shell.run(async () => {
        const scene = await readScene(options, shell);
        const { connections } = scene.read.fleet;
        const histories = await readHistories(
          scene.read,
          connections.filter(({ status }) => status === 'retiring'),
        );
        return reportAudit(scene, auditAccount(scene.state, scene.read.fleet), histories);
      }),
    );
}

function reportAudit({ state, caller, read: { fleet } }: MigrateScene, audit: Audit, histories: Histories): Report {
  return {
    exit: audit.rows.some(isFinding) ? 1 : 0,
    json: {
      ...state.account,
      caller: caller.arn,
      retires: azureDevOpsIssuerRetires,
      ...listFleet(fleet),
      connections: fleet.connections.map(one => listConnection(one, histories)),
      providers: audit.providers,
      roles: audit.roles,
      results: audit.rows.map(listRow),
      leftOut: audit.leftOut,
      conversion,
    },
    text: paint => formatAudit(fleet, audit, histories, paint),
    warnings: warnOfFleet(fleet, histories),
  };
}

/** Returns a row as JSON documents show it. */
export function listRow({ roleArn, connection, state, old, next, why }: AuditRow): Readonly<Record<string, unknown>> {
  const { id, project, name } = connection;
  return {
    role: roleArn,
    connection: { id, project, connection: name },
    state,
    azureDevOps: old.decision,
    entra: next?.decision ?? null,
    from: state === 'breaks' ? whenItBreaks : state === 'broken' ? 'now' : null,
    why,
  };
}

const whenItBreaks = `${azureDevOpsIssuerRetires}, or the conversion of the connection`;

/** Returns what to know about what was seen, and what was not. */
export function warnOfFleet({ tenant, connections }: Fleet, histories?: Histories): readonly string[] {
  const warnings = [
    'Connections that this token may not see are missing here: Azure DevOps hides them without a word.',
  ];
  if (tenant.kind === 'unconfirmed') {
    warnings.push(
      "The organization's tenant is not confirmed (no connection is converted yet): the Entra identities take each connection's own. Nothing is written without --tenant-id.",
    );
  }
  if (tenant.kind === 'conflict') {
    warnings.push(`The organization's tenant is not clear: ${tenant.ids.join(' or ')}. Check --tenant-id.`);
  }
  const unread = connections.filter(({ id }) => histories?.has(id) === true && histories.get(id) === undefined);
  if (unread.length > 0) warnings.push(`The execution history of ${unread.length} connections could not be read.`);
  return warnings.map(neutralise);
}

const titles: Readonly<Record<AuditState, string>> = {
  breaks: `Will be refused from ${whenItBreaks} on`,
  broken: 'Refused today: on the Entra issuer, and the role names the old subject only',
  undecided: 'Only AWS can tell',
  ready: 'Ready: admitted on both issuers',
  removable: 'Converted: aws-wif migrate finish removes what is left of the old issuer',
  stays: 'Stays on the Azure DevOps issuer: of another cloud',
  matched: 'On the Entra issuer, and matched by a pattern for the old one that may not have meant it',
};

function formatAudit(fleet: Fleet, audit: Audit, histories: Histories, paint: Paint): string {
  return [
    formatConnections(fleet, histories, paint),
    formatRows(audit.rows, paint),
    formatTrust(audit, paint),
    formatLeftOut(audit.leftOut, paint),
    conversion,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function formatConnections({ connections }: Fleet, histories: Histories, paint: Paint): string {
  return [
    paint.bold(`${connections.length} WIF connections`),
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

/** Returns rows under a title for each state, the worst first. */
export function formatRows(rows: readonly AuditRow[], paint: Paint): string {
  const states = Object.keys(titles) as AuditState[];
  return states
    .flatMap(state => {
      const group = rows.filter(row => row.state === state);
      if (group.length === 0) return [];
      const colour = group.some(isFinding) ? paint.red : paint.green;
      const lines = group.map(row => {
        const why = isFinding(row) && row.why.length > 0 ? ` (${row.why.join('; ')})` : '';
        return `  ${neutralise(`${row.roleArn}  ${nameConnection(row.connection)}${why}`)}`;
      });
      return [[colour(titles[state]), ...lines].join('\n')];
    })
    .join('\n\n');
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
