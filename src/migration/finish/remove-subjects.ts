import type { Statement } from '../../trust/statement.ts';
import { explain, judgeSubjects, keep, type Outcome } from './outcome.ts';
import type { Reason } from '../left-out.ts';
import { listValues, putMembers, replaceLines, type JsonObject } from '../../trust/policy-document.ts';
import type { RoleCase } from '../role-trust.ts';
import { readClaim } from '../../trust/web-identity.ts';
import { hasOnlyProvider, readLiteral } from '../statements.ts';

/** Returns a statement without the subjects that may go, or none if nobody would be left in it. */
export function removeSubjects(
  role: RoleCase,
  statement: Statement,
  element: JsonObject,
  reasons: readonly Reason[] = [],
): Outcome {
  const judged = judgeSubjects(role, statement);
  const all = [...judged.flatMap(({ trouble }) => trouble ?? []), ...reasons];
  const gone = judged.filter(({ trouble }) => trouble === undefined);
  if (gone.length === 0) return keep(role, statement, element, all);
  const removed = gone.flatMap(({ owner }) => owner ?? []);
  const leftOut = explain(role, statement, all);
  const rest = withoutSubjects(
    role,
    element,
    gone.map(({ subject }) => subject),
  );
  if (rest !== 'empty') return { statements: [rest], removed, leftOut };
  if (hasOnlyProvider(statement, role.old)) return { statements: [], removed, leftOut };
  const why = 'no subject of the old issuer would remain in it, but it has other principals';
  return keep(role, statement, element, [...all, { code: 'MixedPrincipals', why, connections: removed }]);
}

/** The lines on `:sub` without some subjects; `empty` where a line loses its last one, so that it allows nobody. */
function withoutSubjects(
  { trust: { policy }, old }: RoleCase,
  element: JsonObject,
  subjects: readonly string[],
): JsonObject | 'empty' {
  const empty: string[] = [];
  const Condition = replaceLines(element['Condition'], ({ operator, key, values }) => {
    if (readClaim({ key }, old.url) !== 'sub') return values;
    const line = { operator, key, values: [] };
    const isGone = (value: unknown): boolean =>
      subjects.includes(readLiteral(line, String(value), policy.version) ?? '');
    const kept = listValues(values).filter(value => !isGone(value));
    if (kept.length === 0) empty.push(key);
    return kept.length === listValues(values).length ? values : kept;
  });
  return empty.length > 0 ? 'empty' : putMembers(element, { Condition });
}
