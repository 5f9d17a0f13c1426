import type { Fleet, FleetConnection } from '../../migration/fleet/connections.ts';
import { needsDecision, type LeftOut } from '../../migration/left-out.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { neutralise } from '../../secret.ts';
import { listRole, countChanges, formatRun, isMade, type AccountRun } from '../accounts/run.ts';
import { listIdentity } from '../connections/identities.ts';
import { cutLines, groupBy, nameCount, type Paint } from '../terminal/layout.ts';
import type { FailedAccount } from './input.ts';
import type { Histories } from '../connections/ask-azure-devops.ts';
import { isFinding, type Audit, type AuditRow } from '../../migration/audit.ts';
import type { Status } from '../terminal/report.ts';

/** Returns an organization's connections as JSON documents show them. */
export function listFleet(
  { organization, tenant, connections, hidden }: Fleet,
  histories?: Histories,
): Readonly<Record<string, unknown>> {
  return {
    organization: { ...organization, tenant },
    connections: connections.map(one => listConnection(one, histories)),
    hiddenConnections: hidden,
  };
}

function listConnection(
  { id, name, project, kind, status, inScope, old, next, confirmed, why }: FleetConnection,
  histories?: Histories,
): Readonly<Record<string, unknown>> {
  return {
    id,
    project,
    name,
    kind: kind?.name ?? null,
    status,
    inScope,
    azureDevOps: old.map(listIdentity),
    entra: next === undefined ? null : listIdentity(next),
    tenantConfirmed: next === undefined ? null : confirmed,
    why: why ?? null,
    ...(histories === undefined ? {} : { pipelinesInExecutionHistory: histories.get(id) ?? null }),
  };
}

/** Returns an account that could not be read as JSON documents show it. */
export function listFailed({ target, failure }: FailedAccount): Readonly<Record<string, unknown>> {
  const status = failure.exit === 3 ? 'failed' : 'refused';
  return { ...target.account, caller: null, status, errors: failure.problems };
}

/** Returns a connection's name and id as JSON documents show them. */
export function listConnectionName({ id, project, name }: FleetConnection): Readonly<Record<string, string>> {
  return { id, project, name };
}

/** Returns what is left as it is as JSON documents show it. */
export function listLeftOut(leftOut: readonly LeftOut[]): readonly unknown[] {
  return leftOut.map(({ roleArn, statement = null, ...rest }) => ({ ...rest, role: listRole(roleArn), statement }));
}

/** Returns what is left as it is, with the reason and what to do. */
export function formatLeftOut(leftOut: readonly LeftOut[], paint: Paint): string {
  return leftOut
    .map(({ code, roleArn, statement, why, connections, remedy }) =>
      [
        `${paint.yellow(code)} ${neutralise(roleArn)}${statement === undefined ? '' : `, statement ${statement + 1}`}: ${neutralise(why)}`,
        ...(connections.length === 0 ? [] : [`  connections: ${neutralise(connections.join(', '))}`]),
        `  ${remedy}`,
      ].join('\n'),
    )
    .join('\n');
}

/** Returns the names of connections. */
export function nameAll(connections: readonly FleetConnection[]): string {
  return neutralise(connections.map(nameConnection).join(', '));
}

/** Returns what is left as it is, a line for each code. */
export function countLeftOut(leftOut: readonly LeftOut[], paint: Paint): string {
  const lines = [...groupBy(leftOut, ({ code }) => code)].map(([code, group]) => {
    const roles = new Set(group.map(({ roleArn }) => roleArn));
    const [first = ''] = roles;
    return `  ${paint.yellow(code)}: ${group.length} in ${nameCount(roles.size, 'role')}, for example ${neutralise(first)}`;
  });
  return lines.length === 0 ? '' : [paint.bold('Left as it is'), ...cutLines(lines, 5)].join('\n');
}

/** What several accounts come to. A connection counts once, by the worst that any role of any account says of it. */
export interface Counts {
  readonly connections: {
    readonly seen: number;
    /** Some role refuses them, or will. */
    readonly breaking: number;
    /** Somebody has to decide, or only AWS can decide. */
    readonly undecided: number;
    /** All roles that allow them allow them on both issuers. */
    readonly ready: number;
    /** Converted, and allowed on the Entra issuer. */
    readonly converted: number;
    /** No role allows them, or they stay as they are. */
    readonly others: number;
  };
  /** Roles that trust the Azure DevOps issuer. */
  readonly roles: number;
  /** What is left as it is until somebody decides. */
  readonly leftOut: number;
  readonly accounts: { readonly read: number; readonly failed: number };
}

type Standing = 'breaking' | 'undecided' | 'ready' | 'converted';

const order: readonly Standing[] = ['converted', 'ready', 'undecided', 'breaking'];

function standOf(row: AuditRow): Standing | undefined {
  if (row.state === 'undecided') return 'undecided';
  if (isFinding(row)) return 'breaking';
  if (row.state === 'ready') return 'ready';
  return row.state === 'stays' ? undefined : 'converted';
}

/** Returns what the audits of accounts come to. */
export function countAudits(audits: readonly Audit[], connections: readonly FleetConnection[], failed: number): Counts {
  const worst = new Map<string, Standing>();
  const raise = (id: string, standing: Standing): void => {
    const known = worst.get(id);
    if (known === undefined || order.indexOf(standing) > order.indexOf(known)) worst.set(id, standing);
  };
  for (const row of audits.flatMap(({ rows }) => rows)) {
    const standing = standOf(row);
    if (standing !== undefined) raise(row.connection.id, standing);
  }
  for (const { id } of audits.flatMap(({ unclear }) => unclear)) raise(id, 'undecided');
  const left = audits.flatMap(({ leftOut }) => leftOut.filter(needsDecision));
  const undecided = new Set(left.flatMap(({ connections: names }) => names));
  for (const one of connections) if (undecided.has(nameConnection(one))) raise(one.id, 'undecided');
  const count = (wanted: Standing): number => [...worst.values()].filter(one => one === wanted).length;
  return {
    connections: {
      seen: connections.length,
      breaking: count('breaking'),
      undecided: count('undecided'),
      ready: count('ready'),
      converted: count('converted'),
      others: connections.length - worst.size,
    },
    roles: audits.reduce((sum, { roles }) => sum + roles.length, 0),
    leftOut: left.length,
    accounts: { read: audits.length, failed },
  };
}

/** Returns counts in two lines. */
export function formatCounts({ connections, roles, leftOut, accounts }: Counts, paint: Paint): string {
  const { breaking, undecided, ready, converted, others } = connections;
  const colour = breaking > 0 ? paint.red : undecided > 0 || leftOut > 0 ? paint.yellow : paint.green;
  const failed = accounts.failed === 0 ? '' : `; ${nameCount(accounts.failed, 'account')} could not be read`;
  return [
    colour(
      `Connections: ${breaking} denied now or later, ${undecided} waiting for a decision, ${ready} ready, ${converted} converted, ${others} not affected`,
    ),
    `Roles that trust the Azure DevOps issuer: ${roles} in ${nameCount(accounts.read, 'account')}; ${nameCount(leftOut, 'decision')} left to you${failed}`,
  ].join('\n');
}

/** What the runs of several accounts come to. */
export interface RunCounts {
  readonly accounts: { readonly read: number; readonly failed: number };
  readonly roles: number;
  readonly changes: { readonly planned: number; readonly made: number; readonly putAside: number };
  readonly leftOut: number;
}

/** Returns what runs come to; `countOwn` says what the command's own plan of a run has. */
export function countRuns<Run extends AccountRun>(
  runs: readonly Run[],
  countOwn: (run: Run) => Pick<RunCounts, 'roles' | 'leftOut'>,
): RunCounts {
  const read = runs.filter(({ opened }) => opened !== undefined).length;
  const outcomes = runs.flatMap(run => run.outcomes);
  const sum = (count: (run: Run) => number): number => runs.reduce((total, run) => total + count(run), 0);
  return {
    accounts: { read, failed: runs.length - read },
    roles: sum(run => countOwn(run).roles),
    changes: {
      planned: sum(({ changes }) => changes.length),
      made: outcomes.filter(isMade).length,
      putAside: outcomes.filter(({ state }) => state === 'put-aside' || state === 'stopped').length,
    },
    leftOut: sum(run => countOwn(run).leftOut),
  };
}

/** Returns counts in a line. */
export function formatRunCounts({ accounts, roles, changes, leftOut }: RunCounts, paint: Paint): string {
  const failed = accounts.failed === 0 ? '' : `, ${nameCount(accounts.failed, 'account')} could not be read`;
  const aside = changes.putAside === 0 ? '' : `, ${changes.putAside} skipped`;
  return paint.bold(
    `${countChanges(changes.planned)} in ${nameCount(accounts.read, 'account')} (${nameCount(roles, 'role')}): ${changes.made} applied${aside}, ${nameCount(leftOut, 'decision')} left to you${failed}`,
  );
}

/** Returns how all ended. Where some accounts failed and others were changed, the whole is partial. */
export function chooseStatus(runs: readonly AccountRun[], worst: Status): Status {
  const isMixed = runs.some(({ outcomes }) => outcomes.some(({ state }) => state === 'done'));
  return isMixed && (worst === 'failed' || worst === 'refused') ? 'partial' : worst;
}

/** Changes are to be read before somebody agrees to them: a few of them are shown in full. */
export const maxRunLines = 120;

/** Returns the first lines of runs, those that did not go well before the others. */
export function formatWorst(runs: readonly AccountRun[], paint: Paint): string {
  const worst = [...runs].sort((one, other) => other.exit - one.exit);
  return cutLines(
    worst.flatMap(run => cutLines(formatRun(run, paint).split('\n'), 6)),
    12,
  ).join('\n');
}
