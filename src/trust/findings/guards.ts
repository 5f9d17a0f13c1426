import { evaluateTrust, type Verdict } from '../evaluate.ts';
import type { Condition, Statement } from '../statement.ts';
import { parseClaimKey, webIdentityAction } from '../web-identity.ts';
import { isExact, isHard, isNegatedOrNull, readValuePatterns } from './operators.ts';
import { findPositive, type NamedProvider, type Scene } from './scene.ts';

/** Nobody's subject: what lets it in lets anyone in. */
const stranger = 'a subject that no issuer gives';

/** Returns whether a statement by itself may let in a token of a provider, whatever its subject. */
export function admitsStranger(scene: Scene, provider: NamedProvider): boolean {
  return judgeStranger(scene, scene.statement, provider).decision !== 'denied';
}

/**
 * Returns whether just the exact subjects that the policy names can get in with a provider's token: by a condition of the
 * statement that has to hold, or by a Deny for all the others. What else is on the subject can only narrow that.
 *
 * A Deny for all that a pattern does not cover leaves open who is covered, so that is no guard.
 */
export function isPinned(scene: Scene, provider: NamedProvider): boolean {
  const { version, statements } = scene.policy;
  const isAllExact = (condition: Condition) => readValuePatterns(condition, version).every(isExact);
  const own = findPositive(scene, provider, 'sub').map(({ condition }) => condition);
  if (own.some(condition => isHard(condition) && isAllExact(condition))) return true;
  const denies = statements.filter(({ effect }) => effect === 'Deny');
  return denies.some(deny => {
    const conditions = deny.conditions.filter(
      ({ key }) => key.toLowerCase() === `${provider.arn.url.toLowerCase()}:sub`,
    );
    return conditions.every(one => isNegatedOrNull(one) && isAllExact(one)) && refuses(scene, deny, provider);
  });
}

function refuses(scene: Scene, deny: Statement, provider: NamedProvider): boolean {
  const verdict = judgeStranger(scene, deny, provider);
  return verdict.decision === 'denied' && verdict.explicit;
}

/** Asks one statement alone about a stranger's token, if need be with the right audience. */
function judgeStranger({ policy }: Scene, statement: Statement, { text, arn }: NamedProvider): Verdict {
  const prefix = `${arn.url.toLowerCase()}:`;
  return evaluateTrust(
    { ...policy, statements: [statement] },
    { action: webIdentityAction, principal: text, context: key => answerStranger(key.toLowerCase(), prefix) },
  );
}

/** The stranger's other keys are unknown, save those that no token of the provider has. */
function answerStranger(key: string, prefix: string): readonly string[] | 'unknown' {
  if (key === `${prefix}sub`) return [stranger];
  if (['aud', 'oaud', 'amr'].some(claim => key === `${prefix}${claim}`)) return 'unknown';
  return parseClaimKey(key) === undefined ? 'unknown' : [];
}
