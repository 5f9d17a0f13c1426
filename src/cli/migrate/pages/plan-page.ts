import { nameConnection } from '../../../migration/role-trust.ts';
import { groupPlans } from '../../accounts/run.ts';
import type { Block, Page } from '../../pages/page.ts';
import type { MigrationInput, MigrateRun } from '../input.ts';
import type { RunCounts } from '../counts.ts';
import { addTable, countOf, introduce, listLeft, listNext, listNotes } from './parts.ts';

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
      showCounts(counts),
      ...listNotes(
        runs.flatMap(({ problems }) => problems),
        warnings,
      ),
      ...listRoles(runs),
      ...listLeft(runs.flatMap(({ plan }) => plan.leftOut)),
      ...listDifferences(runs),
      ...listAccounts(runs),
      ...listNext([...next, undo]),
    ],
  };
}

const meaning =
  'This plan adds the OIDC provider for the Microsoft Entra issuer if it is missing. For each statement that trusts connections on the retiring issuer it adds one that trusts the same connections on the Microsoft Entra issuer. No statement is removed or changed, and nobody else is allowed. Nothing has been changed yet.';

const undo =
  'To undo: each document is saved before it is changed, and aws-wif migrate rollback FILE restores it unless somebody has changed it since.';

function showCounts({ changes, roles, accounts, leftOut }: RunCounts): Block {
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
        cells: [arn, connections.map(nameConnection), characters === undefined ? '' : String(characters)],
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

function listAccounts(runs: readonly MigrateRun[]): readonly Block[] {
  return addTable('Accounts', {
    columns: ['Account', 'Read as', 'Status', 'Changes'],
    rows: runs.map(({ target, opened, status, changes, exit }) => ({
      tone: exit === 0 ? 'good' : 'bad',
      cells: [target.account.accountId, opened?.caller.arn ?? '', status, String(changes.length)],
    })),
  });
}
