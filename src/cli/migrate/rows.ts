import type { Identity } from '../../identity/audience.ts';
import type { Decision } from '../../trust/evaluate.ts';
import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';
import { isFinding, type AuditRow, type AuditState } from '../../migration/audit.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { neutralise } from '../../secret.ts';
import { listRole } from '../accounts/run.ts';
import { listIdentity } from '../connections/identities.ts';
import { listConnectionName } from './format.ts';
import { cutLines, nameCount, type Paint } from '../terminal/layout.ts';

const whenItBreaks = `${azureDevOpsIssuerRetires}, or when the connection is converted`;

/** Returns a row as JSON documents show it: what the role says to the connection's identity on each issuer. */
export function listRow(row: AuditRow): Readonly<Record<string, unknown>> {
  const { roleArn, connection, state, old, next, why } = row;
  return {
    role: listRole(roleArn),
    connection: listConnectionName(connection),
    state,
    azureDevOps: listJudged(row.identity, old.decision),
    entra: listJudged(connection.next, next?.decision),
    from: state === 'breaks' ? whenItBreaks : state === 'broken' || state === 'matched' ? 'now' : null,
    why,
  };
}

function listJudged(identity: Identity | undefined, decision: Decision | undefined): unknown {
  if (decision === undefined) return null;
  return { ...(identity === undefined ? {} : listIdentity(identity)), decision };
}

const titles: Readonly<Record<AuditState, string>> = {
  breaks: `Will be denied from ${azureDevOpsIssuerRetires}, or as soon as the connection is converted`,
  broken: 'Denied today: the connection uses the Entra issuer, but the role trusts only its old subject',
  matched: 'Denied today: was allowed only by a wildcard that may not have been meant for it',
  undecided:
    "Unclear: only AWS can decide, or Azure DevOps reports an identity that does not match the connection's names",
  ready: 'Ready: allowed on both issuers',
  removable: 'Converted: aws-wif migrate finish removes the rest of the old trust',
  moved: 'Converted, and allowed only on the Entra issuer',
  stays: 'Stays on the Azure DevOps issuer: connects to another cloud',
};

/** Returns rows under a title for each state, the worst first; with the identities that were judged where that is asked for. */
export function formatRows(
  rows: readonly AuditRow[],
  paint: Paint,
  { identities = false }: { readonly identities?: boolean } = {},
): string {
  return groupRows(rows)
    .map(({ title, isBad, group }) => {
      const colour = isBad ? paint.red : paint.green;
      return [colour(title), ...group.flatMap(row => formatRow(row, identities))].join('\n');
    })
    .join('\n\n');
}

/** Returns the numbers of rows by their states, and the first few of those that are findings. */
export function summariseRows(rows: readonly AuditRow[], paint: Paint): string {
  return groupRows(rows)
    .flatMap(({ title, isBad, group }) => {
      const counted = `${nameCount(group.length, 'time')}: ${title}`;
      if (!isBad) return [paint.green(counted)];
      const lines = group.flatMap(row => formatRow(row, false));
      return [paint.red(counted), ...cutLines(lines, 2)];
    })
    .join('\n');
}

export interface RowGroup {
  readonly title: string;
  readonly isBad: boolean;
  readonly group: readonly AuditRow[];
}

/** Returns the rows of each state that there is, the worst first. */
export function groupRows(rows: readonly AuditRow[]): readonly RowGroup[] {
  return (Object.keys(titles) as AuditState[]).flatMap(state => {
    const group = rows.filter(row => row.state === state);
    return group.length === 0 ? [] : [{ title: titles[state], isBad: group.some(isFinding), group }];
  });
}

function formatRow(row: AuditRow, identities: boolean): readonly string[] {
  const { roleArn, connection, why, old, next } = row;
  const reason = isFinding(row) && why.length > 0 ? ` (${why.join('; ')})` : '';
  const lines = identities
    ? [formatIdentity(row.identity, old.decision), formatIdentity(connection.next, next?.decision)]
    : [];
  return [`  ${roleArn}  ${nameConnection(connection)}${reason}`, ...lines.flat()].map(neutralise);
}

function formatIdentity(identity: Identity | undefined, decision = 'unknown'): readonly string[] {
  if (identity === undefined) return [];
  const { issuerUrl, subject, audiences } = identity;
  return [`    ${decision}: issuer ${issuerUrl}, subject ${subject}, audiences ${audiences.join(' and ')}`];
}
