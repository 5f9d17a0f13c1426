import { isFinding, type Audit } from '../../../migration/audit.ts';
import type { FleetConnection } from '../../../migration/fleet/connections.ts';
import { nameConnection } from '../../../migration/role-trust.ts';
import type { Histories } from '../../connections/read-fleet.ts';
import type { Block, Page } from '../../pages/page.ts';
import type { Counts } from '../counts.ts';
import type { AccountInput, MigrationInput } from '../input.ts';
import { groupRows } from '../rows.ts';
import { addTable, introduce, listLeft, listNext, listNotes } from './parts.ts';

export interface AuditFacts {
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
      showCounts(counts),
      ...listNotes(
        input.failed.flatMap(({ failure }) => failure.problems),
        warnings,
      ),
      ...listRows(all),
      ...listLeft(all.flatMap(({ leftOut }) => leftOut)),
      ...listConnections(fleet.connections, histories),
      ...listAccounts(audits),
      ...listNext(next),
    ],
  };
}

function showCounts({ connections, roles, leftOut, accounts }: Counts): Block {
  return {
    kind: 'counts',
    counts: [
      {
        count: connections.breaking,
        label: 'connections would break or are broken',
        tone: toneOf(connections.breaking, 'bad'),
      },
      {
        count: connections.undecided,
        label: 'connections need a decision',
        tone: toneOf(connections.undecided, 'warn'),
      },
      { count: connections.ready, label: 'connections are ready', tone: 'good' },
      { count: connections.converted, label: 'connections are converted', tone: 'good' },
      { count: connections.others, label: 'connections are not affected' },
      { count: roles, label: 'roles trust the Azure DevOps issuer' },
      { count: leftOut, label: 'things are left to decide', tone: toneOf(leftOut, 'warn') },
      { count: accounts.read, label: 'accounts were read' },
      { count: accounts.failed, label: 'accounts could not be read', tone: toneOf(accounts.failed, 'bad') },
    ],
  };
}

function toneOf(count: number, tone: 'bad' | 'warn'): 'bad' | 'warn' | 'plain' {
  return count === 0 ? 'plain' : tone;
}

function listRows(audits: readonly Audit[]): readonly Block[] {
  const groups = groupRows(audits.flatMap(({ rows }) => rows));
  return addTable('Roles and connections', {
    columns: ['How it stands', 'Role', 'Connection', 'Why'],
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
    columns: ['Connection', 'Kind', 'State', 'Why', 'Pipelines in its execution history'],
    rows: connections.map(one => ({
      cells: [nameConnection(one), one.kind?.title ?? '', one.status, one.why ?? '', histories.get(one.id) ?? []],
    })),
  });
}

function listAccounts(audits: AuditFacts['audits']): readonly Block[] {
  return addTable('Accounts', {
    columns: ['Account', 'Read as', 'Roles', 'Roles that trust the Azure DevOps issuer', 'OIDC providers of it'],
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
