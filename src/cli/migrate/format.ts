import type { Fleet, FleetConnection } from '../../migration/fleet/connections.ts';
import type { LeftOut } from '../../migration/left-out.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { neutralise } from '../../outside-text.ts';
import { listRole } from '../accounts/report.ts';
import { listIdentity } from '../connections/identity-json.ts';
import type { Paint } from '../terminal/paint.ts';
import type { FailedAccount } from './input.ts';
import type { Histories } from '../connections/read-fleet.ts';

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
