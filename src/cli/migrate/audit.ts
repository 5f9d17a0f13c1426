import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';
import { auditAccount, hasFinding, type Audit } from '../../migration/audit.ts';
import type { Fleet, FleetConnection } from '../../migration/fleet/connections.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { neutralise } from '../../secret.ts';
import { listCaller, listRole } from '../accounts/run.ts';
import {
  countAudits,
  formatCounts,
  countLeftOut,
  formatLeftOut,
  listFailed,
  listFleet,
  listLeftOut,
  type Counts,
} from './format.ts';
import { conversion, formatConversion, listPortals, warnOfFleet, type Portal } from './report.ts';
import {
  addFleetOptions,
  neededActions,
  readInput,
  type MigrateOptions,
  type AccountInput,
  type MigrationInput,
} from './input.ts';
import { addFormatOption, renderPage, type FormatOptions, type PageFormat } from '../pages/format.ts';
import { writeAuditPage } from './pages.ts';
import { formatRows, listRow, summariseRows } from './rows.ts';
import { chooseText, joinParts, type Paint } from '../terminal/layout.ts';
import type { CommandShell } from '../shell.ts';
import { neededScopes, readHistories, type Histories } from '../connections/ask-azure-devops.ts';
import { makeLate, type Report } from '../terminal/report.ts';

/** Defines `migrate audit`. */
export function addAudit(command: Command, shell: CommandShell): void {
  command.description(
    `Lists an organization's connections that obtain ID tokens, and the roles and OIDC providers in one or more accounts that trust the Azure DevOps issuer. Matches them to show which roles will deny which connections from ${azureDevOpsIssuerRetires}, or as soon as the connection is converted. It changes nothing.`,
  );
  addFormatOption(addFleetOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111 --json --out audit.json
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111 --account 222222222222 \\
      --assume-role arn:aws:iam::{account}:role/audit --all

AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${neededActions.read.join(', ')}.
Connections to other clouds keep the issuer. So do those of multitenant applications, but nothing shows which these are.
Exit code 1: access would break or is broken, or only AWS can decide; a connection or a subject is unknown; or a decision is left to you.`,
    )
    .action((options: AuditOptions) =>
      shell.run(async () => {
        const input = await readInput(options, shell);
        const { fleet } = input.read;
        const audits = input.accounts.map(account => ({ account, audit: auditAccount(account.state, fleet) }));
        const histories = await readHistories(input.read, listUsed(audits.map(({ audit }) => audit)));
        return reportAudit(input, audits, { histories, format: options.format, nowMs: shell.nowMs() });
      }),
    );
}

interface AuditOptions extends MigrateOptions, FormatOptions {}

/** What to know about a file with an audit. */
const mapsRoles = 'It names roles, who may assume them, and their weaknesses: share it only with people who need it.';

interface AccountAudit {
  readonly account: AccountInput;
  readonly audit: Audit;
}

/** Connections that somebody has to care for: a role allows them, and they are on the old issuer. Each once. */
function listUsed(audits: readonly Audit[]): readonly FleetConnection[] {
  const used = audits.flatMap(({ rows }) => rows.map(({ connection }) => connection));
  return [...new Set(used)].filter(({ status }) => status === 'retiring' || status === 'unconvertible');
}

interface AuditStyle {
  readonly histories: Histories;
  readonly format: PageFormat;
  readonly nowMs: number;
}

function reportAudit(
  input: MigrationInput,
  audits: readonly AccountAudit[],
  { histories, format, nowMs }: AuditStyle,
): Report {
  const { read, failed, given } = input;
  const all = audits.map(({ audit }) => audit);
  const portals = listPortals(input, read.fleet.connections);
  const warnings = warnOfFleet(read.fleet, histories);
  const counts = countAudits(all, read.fleet.connections, failed.length);
  return {
    status: failed.length > 0 ? 'partial' : 'ok',
    exit: failed.length > 0 ? 3 : all.some(hasFinding) ? 1 : 0,
    json: {
      retires: azureDevOpsIssuerRetires,
      counts,
      ...listFleet(read.fleet, histories),
      accounts: [
        ...audits.map(one => makeLate(() => listAccount(one))),
        ...failed.map(one => ({ ...listFailed(one), ...nothing })),
      ],
      conversion,
      portals,
    },
    text: paint => {
      if (format === 'text') {
        return formatAudit(read.fleet, joinAudits(all), { counts, histories, portals, paint, all: given.all });
      }
      const next = [formatConversion(portals)];
      return renderPage(writeAuditPage({ input, audits, counts, histories, warnings, next, nowMs }), format);
    },
    errors: failed.flatMap(({ failure }) => failure.problems),
    warnings,
    caution: mapsRoles,
  };
}

const nothing = { providers: [], roles: [], results: [], leftOut: [] };

function listAccount({ account: { state, caller }, audit }: AccountAudit): Readonly<Record<string, unknown>> {
  return {
    ...state.account,
    caller: listCaller(caller),
    status: 'ok',
    errors: [],
    providers: audit.providers,
    roles: audit.roles.map(({ arn, organizationIds }) => ({ role: listRole(arn), organizationIds })),
    results: audit.rows.map(listRow),
    leftOut: listLeftOut(audit.leftOut),
  };
}

function joinAudits(audits: readonly Audit[]): Audit {
  return {
    providers: audits.flatMap(({ providers }) => providers),
    roles: audits.flatMap(({ roles }) => roles),
    rows: audits.flatMap(({ rows }) => rows),
    leftOut: audits.flatMap(({ leftOut }) => leftOut),
    unclear: [...new Set(audits.flatMap(({ unclear }) => unclear))],
  };
}

interface Extras {
  readonly counts: Counts;
  readonly histories: Histories;
  readonly portals: readonly Portal[];
  readonly paint: Paint;
  readonly all: boolean | undefined;
}

function formatAudit(fleet: Fleet, audit: Audit, { counts, histories, portals, paint, all }: Extras): string {
  const whole = joinParts([
    formatCounts(counts, paint),
    formatConnections(fleet, histories, paint),
    formatRows(audit.rows, paint),
    formatTrust(audit, paint),
    formatLeftOut(audit.leftOut, paint),
    formatConversion(portals),
  ]);
  const brief = (): string =>
    joinParts([
      `${formatCounts(counts, paint)}\n${titleConnections(fleet)}`,
      summariseRows(audit.rows, paint),
      countLeftOut(audit.leftOut, paint),
      formatConversion(portals, 2),
    ]);
  return chooseText(whole, brief, all);
}

function titleConnections({ connections, hidden }: Fleet): string {
  const unseen = hidden === 0 ? '' : `, and ${hidden} that this token cannot see`;
  return `Connections that obtain ID tokens: ${connections.length}${unseen}`;
}

function formatConnections(fleet: Fleet, histories: Histories, paint: Paint): string {
  return [
    paint.bold(titleConnections(fleet)),
    ...fleet.connections.flatMap(one => {
      const pipelines = histories.get(one.id) ?? [];
      return [
        `  ${one.status.padEnd(9)}  ${neutralise(nameConnection(one))}${one.why === undefined ? '' : ` (${neutralise(one.why)})`}`,
        ...(pipelines.length === 0 ? [] : [`    pipelines in its usage history: ${neutralise(pipelines.join(', '))}`]),
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
    ...list('OIDC providers for the Azure DevOps issuer', providers),
    ...list('Roles that trust the Azure DevOps issuer', roles),
  ].join('\n');
}
