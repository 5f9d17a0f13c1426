import type { Fleet, FleetConnection } from '../../migration/fleet/connections.ts';
import type { LeftOut } from '../../migration/left-out.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { neutralise } from '../../outside-text.ts';
import { listRole } from '../accounts/run.ts';
import { listIdentity } from '../connections/identities.ts';
import { cutLines, nameCount, type Paint } from '../terminal/layout.ts';
import type { FailedAccount } from './input.ts';
import type { Histories } from '../connections/ask-azure-devops.ts';
import { isFinding, type AuditRow } from '../../migration/audit.ts';
import type { MigrationPlan } from '../../migration/dual-trust/plan.ts';
import type { Problem } from '../../problem.ts';

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
  const groups = new Map<string, LeftOut[]>();
  for (const one of leftOut) groups.set(one.code, [...(groups.get(one.code) ?? []), one]);
  const lines = [...groups].map(([code, group]) => {
    const roles = new Set(group.map(({ roleArn }) => roleArn));
    const [first = ''] = roles;
    return `  ${paint.yellow(code)}: ${group.length} in ${nameCount(roles.size, 'role')}, for example ${neutralise(first)}`;
  });
  return lines.length === 0 ? '' : [paint.bold('Left as it is'), ...cutLines(lines, 5)].join('\n');
}

/** Returns what, read back, is not ready although it was meant to be. */
export function findUnready({ roles }: Pick<MigrationPlan, 'roles'>, rows: readonly AuditRow[]): readonly Problem[] {
  const meant = new Set(roles.flatMap(({ arn, connections }) => connections.map(({ id }) => `${arn} ${id}`)));
  const unready = rows.filter(row => isFinding(row) && meant.has(`${row.roleArn} ${row.connection.id}`));
  if (unready.length === 0) return [];
  return [
    {
      code: 'NotSettled',
      found: `After the change, ${unready.map(({ roleArn, connection }) => `${roleArn} does not allow ${nameAll([connection])} on the Entra issuer`).join('; ')}.`,
      expected: 'roles that allow both identities of each connection.',
      remedy: 'Wait a minute, then run aws-wif migrate verify. Do not convert any connection before it succeeds.',
    },
  ];
}
