import type { Fleet, FleetConnection } from '../../migration/fleet/connections.ts';
import type { LeftOut } from '../../migration/left-out.ts';
import type { PlannedChange } from '../../migration/dual-trust/plan.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { neutralise } from '../../outside-text.ts';
import { escapeJsonText } from '../terminal/json.ts';
import type { Paint } from '../terminal/paint.ts';
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
  { id, name, project, status, inScope, old, next, confirmed, why }: FleetConnection,
  histories?: Histories,
): Readonly<Record<string, unknown>> {
  const list = (one: (typeof old)[number]) => ({ issuer: one.issuerUrl, subject: one.subject });
  return {
    id,
    project,
    connection: name,
    status,
    inScope,
    azureDevOps: old.map(list),
    entra: next === undefined ? null : { ...list(next), audiences: next.audiences },
    tenantConfirmed: next === undefined ? null : confirmed,
    why: why ?? null,
    ...(histories === undefined ? {} : { pipelinesInExecutionHistory: histories.get(id) ?? null }),
  };
}

/** Returns planned changes as JSON documents show them. */
export function listChanges(changes: readonly PlannedChange[]): readonly unknown[] {
  return changes.map(({ change }) =>
    change.kind === 'set-trust-policy'
      ? { ...change, trustPolicy: JSON.parse(change.trustPolicy) as unknown }
      : { ...change },
  );
}

/** Returns planned changes as differences. */
export function formatChanges(changes: readonly PlannedChange[], paint: Paint): string {
  return changes.map(one => formatChange(one, paint)).join('\n\n');
}

function formatChange({ change, document }: PlannedChange, paint: Paint): string {
  const title = paint.bold(neutralise(`${change.kind} ${'arn' in change ? change.arn : change.roleName}`));
  if (document.kind === 'trust-policy')
    return `${title}\n${compareLines(document.before ?? '{}', document.after, paint)}`;
  if (change.kind === 'create-provider') {
    const lines = [
      ...change.clientIds.map(id => `client id ${id}`),
      ...Object.entries(change.tags).map(one => `tag ${one.join(' = ')}`),
    ];
    return [title, ...lines.map(text => paint.green(`  + ${neutralise(text)}`))].join('\n');
  }
  return 'clientId' in change ? `${title}\n  client id ${neutralise(change.clientId)}` : title;
}

/** What both begin and end with is left out, but for three lines. */
function compareLines(one: string, other: string, paint: Paint): string {
  const [before, after] = [split(one), split(other)];
  const most = Math.min(before.length, after.length);
  let [head, tail] = [0, 0];
  while (head < most && before[head] === after[head]) head += 1;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const show = (mark: string, lines: readonly string[]): readonly string[] =>
    lines.map(text => `  ${mark} ${neutralise(escapeJsonText(text))}`);
  return [
    ...show(' ', before.slice(Math.max(head - 3, 0), head)),
    ...show('-', before.slice(head, before.length - tail)).map(paint.red),
    ...show('+', after.slice(head, after.length - tail)).map(paint.green),
    ...show(' ', after.slice(after.length - tail, after.length - tail + 3)),
  ].join('\n');
}

function split(json: string): readonly string[] {
  return JSON.stringify(JSON.parse(json), null, 2).split('\n');
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
