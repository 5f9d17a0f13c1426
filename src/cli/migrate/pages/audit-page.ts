import { isFinding, type Audit } from '../../../migration/audit.ts';
import type { FleetConnection } from '../../../migration/fleet/connections.ts';
import { nameConnection } from '../../../migration/role-trust.ts';
import type { Histories } from '../../connections/ask-azure-devops.ts';
import type { Block, Page } from '../../pages/page.ts';
import type { Counts } from '../counts.ts';
import type { AccountInput, MigrationInput } from '../input.ts';
import { groupRows } from '../rows.ts';
import { addTable, countOf, introduce, listLeft, listNext, listNotes } from './parts.ts';

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

function listAccounts(audits: AuditFacts['audits']): readonly Block[] {
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
