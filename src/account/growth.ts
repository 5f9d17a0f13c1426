import { isDeepStrictEqual } from 'node:util';
import { readOperator } from '../trust/conditions.ts';
import { parseTrustPolicy } from '../trust/trust-policy.ts';
import type { ChangedDocument, PlannedChange } from './change.ts';
import { listStatements, listValues, type JsonObject } from '../trust/policy-document.ts';

/**
 * Returns in words what changes allow that is not allowed now: an Allow that the live policy does not have, or not for so
 * many; a Deny that goes; a provider, or a client id of it, that does not exist. What cannot be compared counts as
 * more.
 */
export function listGrowth(changes: readonly PlannedChange[]): readonly string[] {
  return changes.flatMap(({ change, document }) => {
    if (change.kind === 'set-trust-policy') return compare(change.roleName, readBefore(document), change.trustPolicy);
    if (change.kind === 'create-provider') return [`the OIDC provider ${change.arn} would exist again`];
    if (change.kind === 'add-client-id') return [`${change.arn} would have the client ID ${change.clientId} again`];
    return [];
  });
}

function readBefore(document: ChangedDocument): string | null {
  return document.kind === 'role' ? (document.before?.trustPolicy ?? null) : null;
}

function compare(roleName: string, live: string | null, next: string): readonly string[] {
  const [now, then] = [live === null ? [] : listStatements(live), listStatements(next)];
  if (live !== null && parseTrustPolicy(live).version !== parseTrustPolicy(next).version) {
    return [`${roleName} would have another policy Version, which changes how every statement is evaluated`];
  }
  const isAllow = ({ Effect }: JsonObject): boolean => Effect !== 'Deny';
  const fresh = then.filter(one => isAllow(one) && !now.some(other => isAllow(other) && isWithin(one, other)));
  const denies = now.filter(one => !isAllow(one) && !then.some(other => isDeepStrictEqual(one, other)));
  return [
    ...fresh.map(one => `${roleName} would have this statement again: ${JSON.stringify(one)}`),
    ...denies.map(one => `${roleName} would no longer have this statement: ${JSON.stringify(one)}`),
  ];
}

/** The same statement, or one that takes fewer values under the same conditions. */
function isWithin(one: JsonObject, other: JsonObject): boolean {
  const [{ Condition: conditions, ...rest }, { Condition: others, ...otherRest }] = [one, other];
  return isDeepStrictEqual(rest, otherRest) && isWithinCondition(conditions, others);
}

function isWithinCondition(one: unknown, other: unknown): boolean {
  if (isDeepStrictEqual(one, other)) return true;
  const [lines, others] = [listLines(one), listLines(other)];
  if (!isDeepStrictEqual([...lines.keys()].sort(), [...others.keys()].sort())) return false;
  return [...lines].every(([name, { operator, values }]) => {
    const wider = others.get(name)?.values ?? [];
    if (isDeepStrictEqual(values, wider)) return true;
    const { negated = true, name: kind = 'Null' } = readOperator(operator) ?? {};
    return !negated && kind !== 'Null' && values.length > 0 && values.every(value => wider.includes(value));
  });
}

function listLines(
  condition: unknown,
): Map<string, { readonly operator: string; readonly values: readonly unknown[] }> {
  const operators = Object.entries((condition ?? {}) as Readonly<Record<string, JsonObject>>);
  return new Map(
    operators.flatMap(([operator, lines]) =>
      Object.entries(lines).map(([key, values]) => [`${operator} ${key}`, { operator, values: listValues(values) }]),
    ),
  );
}
