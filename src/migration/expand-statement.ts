import { escapeValue } from '../trust/build.ts';
import type { Statement } from '../trust/trust-policy.ts';
import type { FleetConnection } from './connections.ts';
import {
  hasOnlyProvider,
  judgeSubject,
  keep,
  left,
  listApplying,
  type FinishScene,
  type Outcome,
} from './finish-scene.ts';
import { addEquals, putMembers, replaceLines, type JsonObject } from './policy-document.ts';
import { readClaim } from './statements.ts';

/** Names those that were seen and are still on the old issuer, in place of what let them in. */
export function expandStatement(
  scene: FinishScene,
  statement: Statement,
  element: JsonObject,
  matched: readonly FleetConnection[],
): Outcome {
  const { trust, old } = scene;
  const converted = matched.filter(({ status }) => status === 'converted');
  const troubles = matched.flatMap(owner => {
    if (owner.status !== 'converted' && owner.status !== 'unclear') return [];
    const trouble = judgeSubject(scene, owner.old[0]?.subject ?? '', owner);
    return trouble === undefined ? [] : left(scene, statement, { ...trouble, connections: [owner] });
  });
  // Whose subject is not known cannot be named. Who is converted has no use for the statement, admitted elsewhere or not.
  if (matched.some(({ status }) => status === 'unclear')) return keep(element, troubles);
  const staying = matched
    .filter(({ status }) => status !== 'converted')
    .flatMap(one => listApplying(scene, statement, one));
  if (staying.length === 0) {
    if (hasOnlyProvider(statement, old)) return { statements: [], removed: converted, leftOut: troubles };
    const why = 'nobody of the old issuer would be left in it, but it has other principals';
    return keep(element, [
      ...troubles,
      left(scene, statement, { code: 'MixedPrincipals', why, connections: converted }),
    ]);
  }
  const write = trust.policy.version === '2012-10-17' ? escapeValue : String;
  const subjects = [...new Set(staying.map(({ subject }) => write(subject)))].sort();
  const others = replaceLines(element['Condition'], ({ key, values }) =>
    readClaim({ key }, old.url) === 'sub' ? undefined : values,
  );
  const Condition = addEquals(others, { [`${old.url}:sub`]: subjects });
  return { statements: [putMembers(element, { Condition })], removed: converted, leftOut: troubles };
}
