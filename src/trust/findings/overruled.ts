import { judgeAlone } from '../evaluate.ts';
import type { Caller } from '../callers.ts';
import type { Bench } from '../corrections/settle.ts';
import type { Condition, Statement } from '../trust-policy.ts';
import { allowsWebIdentity, type Scene } from '../scene/scene.ts';
import { propose, type Proposal } from './proposal.ts';

/** Returns each Allow whose callers a Deny of the same policy denies, all of them: it allows nobody, without looking so. */
export function findOverruled(bench: Bench): readonly Proposal[] {
  const denies = bench.policy.statements.filter(({ effect }) => effect === 'Deny');
  if (denies.length === 0) return [];
  return bench.scenes.flatMap(scene => {
    const isForTokens = scene.providers.length === scene.statement.principals.listed.length;
    return isForTokens && allowsWebIdentity(scene) ? judgeAllow(scene, denies, bench) : [];
  });
}

function judgeAllow(scene: Scene, denies: readonly Statement[], { policy, callers }: Bench): readonly Proposal[] {
  const own = callers.filter(({ caller }) => judgeAlone(policy, scene.statement, caller.request) === true);
  if (own.length === 0 || own.some(({ decision }) => decision !== 'denied')) return [];
  const deciding = denies.filter(deny => own.some(({ caller }) => judgeAlone(policy, deny, caller.request) === true));
  const [deny] = deciding;
  if (deny === undefined) return [];
  const places = deciding.map(({ index }) => index + 1).join(' and ');
  const missing = deny.conditions.find(one =>
    holdsWithoutKey(
      one,
      own.map(({ caller }) => caller),
    ),
  );
  const why =
    missing === undefined
      ? ''
      : `: ${missing.operator} on ${missing.key} also holds if the request does not have that key, as in this case`;
  const means = `The statement allows nobody, because statement ${places} ${deciding.length === 1 ? 'denies' : 'deny'} everyone it would allow${why}.`;
  const narrow =
    missing === undefined
      ? 'make an exception for them in the Deny'
      : `add Null on ${missing.key} with "false" to the Deny, so that it applies only to requests with that key`;
  const remedy = `If the Deny is intended, remove this statement. If its callers should have access, ${narrow}; ask the owner of the role first.`;
  return [propose(scene, { code: 'AllowOverruled', severity: 'medium', means, remedy })];
}

/** Whether a condition that holds does so because the callers' requests do not have its key; for Null that is the question. */
function holdsWithoutKey({ operator, key }: Condition, callers: readonly Caller[]): boolean {
  if (operator === 'Null') return false;
  return callers.every(({ request }) => {
    const values = request.context(key);
    return values !== 'unknown' && values.length === 0;
  });
}
