import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';
import type { Fleet, FleetConnection } from '../../migration/fleet/connections.ts';
import type { LeftOut } from '../../migration/left-out.ts';
import type { Problem } from '../../problem.ts';
import type { Block, Count, Tone, Page } from '../pages/page.ts';
import { isFinding, type Audit } from '../../migration/audit.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import type { Histories } from '../connections/ask-azure-devops.ts';
import type { Counts, RunCounts } from './format.ts';
import type { AccountInput, MigrationInput, MigrateRun } from './input.ts';
import { groupRows } from './rows.ts';
import { groupPlans } from '../accounts/run.ts';

// What the pages of a migration have in common. Their readers were not there: each page says what it is about.

/** Returns what the migration is, for people who hear of it for the first time, and which organization this is about. */
function introduce({ organization, tenant }: Fleet, command: string, nowMs: number): readonly Block[] {
  const { name, id } = organization;
  const who =
    tenant.kind === 'confirmed' ? `Microsoft Entra tenant ${tenant.id}` : 'Microsoft Entra tenant not confirmed';
  return [
    {
      kind: 'paragraph',
      text: `Azure DevOps organization ${name} (${id}), ${who}. Written by ${command} on ${new Date(nowMs).toISOString()}.`,
    },
    {
      kind: 'paragraph',
      text: `Pipelines assume IAM roles with ID tokens of their service connections. Microsoft retires the issuer of these tokens, https://vstoken.dev.azure.com/${id}, on ${azureDevOpsIssuerRetires}. As soon as a connection is converted, its tokens come from the Microsoft Entra issuer, with a different issuer, subject and audience: a role that trusts only the old ones denies the pipeline.`,
    },
  ];
}

/** Returns warnings and problems as notes that a reader cannot miss. */
function listNotes(problems: readonly Problem[], warnings: readonly string[]): readonly Block[] {
  return [
    ...problems.map(({ code, found, expected, remedy }): Block => ({
      kind: 'note',
      tone: 'bad',
      text: `${code}: ${found} Expected: ${expected} What to do: ${remedy}`,
    })),
    ...warnings.map((text): Block => ({ kind: 'note', tone: 'warn', text })),
  ];
}

/** Returns a table under its title; nothing without rows. */
function addTable(title: string, table: Omit<Extract<Block, { readonly kind: 'table' }>, 'kind'>): readonly Block[] {
  if (table.rows.length === 0) return [];
  return [
    { kind: 'heading', text: title },
    { kind: 'table', ...table },
  ];
}

/** Returns what stays as it is until somebody decides. */
function listLeft(leftOut: readonly LeftOut[]): readonly Block[] {
  return addTable('Left as it is', {
    columns: ['Why', 'Role', 'Connections', 'What to do'],
    rows: leftOut.map(({ code, roleArn, statement, connections, why, remedy }) => {
      const place = statement === undefined ? [] : [`statement ${statement + 1}`];
      return { tone: 'warn', cells: [[code, why], [roleArn, ...place], connections, remedy] };
    }),
  });
}

/** Returns a number with what is counted, in the number that fits. */
function countOf(count: number, one: string, many: string, tone: Tone = 'plain'): Count {
  return { count, label: count === 1 ? one : many, tone: count === 0 ? 'plain' : tone };
}

/** Returns what comes next, a line each. */
function listNext(texts: readonly string[]): readonly Block[] {
  const items = texts.flatMap(text => text.split('\n').map(line => line.trim()));
  return items.length === 0
    ? []
    : [
        { kind: 'heading', text: 'Next steps' },
        { kind: 'list', items },
      ];
}

interface AuditFacts {
  readonly input: MigrationInput;
  readonly audits: readonly { readonly account: AccountInput; readonly audit: Audit }[];
  readonly counts: Counts;
  readonly histories: Histories;
  readonly warnings: readonly string[];
  readonly next: readonly string[];
  readonly nowMs: number;
}

/** Returns an audit as a page for people who decide about it. */
export function writeAuditPage({ input, audits, counts, histories, warnings, next, nowMs }: AuditFacts): Page {
  const { fleet } = input.read;
  const all = audits.map(({ audit }) => audit);
  return {
    title: `Roles that trust the Azure DevOps issuer of ${fleet.organization.name}`,
    blocks: [
      ...introduce(fleet, 'aws-wif migrate audit', nowMs),
      countAudit(counts),
      ...listNotes(
        input.failed.flatMap(({ failure }) => failure.problems),
        warnings,
      ),
      ...listRows(all),
      ...listLeft(all.flatMap(({ leftOut }) => leftOut)),
      ...listConnections(fleet.connections, histories),
      ...listAudited(audits),
      ...listNext(next),
    ],
  };
}

function countAudit({ connections, roles, leftOut, accounts }: Counts): Block {
  return {
    kind: 'counts',
    counts: [
      countOf(
        connections.breaking,
        'connection would break or is broken',
        'connections would break or are broken',
        'bad',
      ),
      countOf(connections.undecided, 'connection needs a decision', 'connections need a decision', 'warn'),
      countOf(connections.ready, 'connection is ready', 'connections are ready', 'good'),
      countOf(connections.converted, 'connection is converted', 'connections are converted', 'good'),
      countOf(connections.others, 'connection is not affected', 'connections are not affected'),
      countOf(roles, 'role trusts the Azure DevOps issuer', 'roles trust the Azure DevOps issuer'),
      countOf(leftOut, 'decision left to you', 'decisions left to you', 'warn'),
      countOf(accounts.read, 'account was read', 'accounts were read'),
      countOf(accounts.failed, 'account could not be read', 'accounts could not be read', 'bad'),
    ],
  };
}

function listRows(audits: readonly Audit[]): readonly Block[] {
  const groups = groupRows(audits.flatMap(({ rows }) => rows));
  return addTable('Roles and connections', {
    columns: ['Status', 'Role', 'Connection', 'Why'],
    rows: groups.flatMap(({ title, isBad, group }) =>
      group.map(row => ({
        tone: isBad ? 'bad' : 'good',
        cells: [title, row.roleArn, nameConnection(row.connection), isFinding(row) ? row.why : ''],
      })),
    ),
  });
}

function listConnections(connections: readonly FleetConnection[], histories: Histories): readonly Block[] {
  return addTable('Connections that obtain ID tokens', {
    columns: ['Connection', 'Kind', 'State', 'Why', 'Pipelines in its usage history'],
    rows: connections.map(one => ({
      cells: [nameConnection(one), one.kind?.title ?? '', one.status, one.why ?? '', histories.get(one.id) ?? []],
    })),
  });
}

function listAudited(audits: AuditFacts['audits']): readonly Block[] {
  return addTable('Accounts', {
    columns: ['Account', 'Read as', 'Roles', 'Roles that trust the Azure DevOps issuer', 'OIDC providers for it'],
    rows: audits.map(({ account: { state, caller }, audit: { roles, providers } }) => ({
      cells: [
        state.account.accountId,
        caller.arn,
        String(state.roles.length),
        roles.map(({ arn }) => arn),
        providers.map(({ arn }) => arn),
      ],
    })),
  });
}

export interface PlanFacts {
  readonly input: MigrationInput;
  readonly runs: readonly MigrateRun[];
  readonly warnings: readonly string[];
  /** What comes next; nothing if it was not done. */
  readonly next: readonly string[];
}

/** Returns a plan as a page for those who approve it. */
export function writePlanPage({ input, runs, warnings, next }: PlanFacts, counts: RunCounts, nowMs: number): Page {
  const { fleet } = input.read;
  return {
    title: `Plan: the roles of ${fleet.organization.name} will also trust the Microsoft Entra issuer`,
    blocks: [
      ...introduce(fleet, 'aws-wif migrate plan', nowMs),
      { kind: 'paragraph', text: meaning },
      countPlan(counts),
      ...listNotes(
        runs.flatMap(({ problems }) => problems),
        warnings,
      ),
      ...listRoles(runs),
      ...listLeft(runs.flatMap(({ plan }) => plan.leftOut)),
      ...listDifferences(runs),
      ...listWritten(runs),
      ...listNext([...next, undo]),
    ],
  };
}

const meaning =
  'This plan adds the OIDC provider for the Microsoft Entra issuer if it is missing. For each statement that trusts connections on the retiring issuer it adds one that trusts the same connections on the Microsoft Entra issuer. No statement is removed or changed, and nobody else is allowed. Nothing has been changed yet.';

const undo =
  'To undo: each document is saved before it is changed, and aws-wif migrate rollback FILE restores it unless somebody has changed it since.';

function countPlan({ changes, roles, accounts, leftOut }: RunCounts): Block {
  return {
    kind: 'counts',
    counts: [
      countOf(changes.planned, 'change is planned', 'changes are planned'),
      countOf(roles, 'role changes', 'roles change'),
      countOf(accounts.read, 'account was read', 'accounts were read'),
      countOf(accounts.failed, 'account could not be read', 'accounts could not be read', 'bad'),
      countOf(leftOut, 'decision left to you', 'decisions left to you', 'warn'),
    ],
  };
}

function listRoles(runs: readonly MigrateRun[]): readonly Block[] {
  return addTable('Roles, and the connections that they will allow on the Microsoft Entra issuer', {
    columns: ['Role', 'Connections', 'Characters of the trust policy'],
    rows: runs.flatMap(({ plan }) =>
      plan.roles.map(({ arn, connections, characters }) => ({
        cells: [arn, connections.map(nameConnection), String(characters)],
      })),
    ),
  });
}

/** Accounts whose plans differ only in their IDs share one. */
function listDifferences(runs: readonly MigrateRun[]): readonly Block[] {
  const groups = groupPlans(runs);
  if (groups.length === 0) return [];
  return [
    { kind: 'heading', text: 'Every change: added (+), changed (~), removed (-)' },
    ...groups.flatMap(({ title, lines }): readonly Block[] => [
      { kind: 'paragraph', text: title },
      { kind: 'code', language: 'diff', text: lines.join('\n') },
    ]),
  ];
}

function listWritten(runs: readonly MigrateRun[]): readonly Block[] {
  return addTable('Accounts', {
    columns: ['Account', 'Read as', 'Status', 'Changes'],
    rows: runs.map(({ target, opened, status, changes, exit }) => ({
      tone: exit === 0 ? 'good' : 'bad',
      cells: [target.account.accountId, opened?.caller.arn ?? '', status, String(changes.length)],
    })),
  });
}
