import { readOperator } from '../conditions.ts';
import type { Condition } from '../statement.ts';
import { parseClaimKey } from '../web-identity.ts';
import { changeCondition } from './corrections.ts';
import type { Finding, FindingCode } from './finding.ts';
import { isPinned } from './guards.ts';
import { found, type Scene } from './scene.ts';

/**
 * Returns the operators of an Allow that hold without the key, or for all values but some.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function findLaxOperators(scene: Scene): readonly Finding[] {
  if (scene.statement.effect !== 'Allow') return [];
  const lax = scene.statement.conditions.map(condition => ({ condition, kinds: describeLax(condition) }));
  if (lax.every(({ kinds }) => kinds.length === 0)) return [];
  const isGuarded = scene.providers.some(provider => isPinned(scene, provider));
  return lax.flatMap(({ condition, kinds }) =>
    kinds.map(kind => (isGuarded && !isWho(condition) ? reportHarmless(scene, kind) : report(scene, condition, kind))),
  );
}

interface Lax {
  readonly code: FindingCode;
  readonly means: string;
  readonly remedy: string;
  /** The operator to write instead, where there is one. */
  readonly operator: string | undefined;
}

function describeLax({ operator, key }: Condition): readonly Lax[] {
  const lax: Lax[] = [];
  const absent = `${operator} on ${key} also holds where the request does not have that key.`;
  if (operator.startsWith('ForAllValues:')) {
    const plain = operator.slice('ForAllValues:'.length);
    const remedy = `Write ${plain}: claims of a token have one value.`;
    lax.push({ code: 'ForAllValuesOnAllow', means: absent, remedy, operator: plain });
  }
  if (readOperator(operator)?.negated) {
    const means = `${operator} on ${key} holds for all other values, and where the request does not have that key.`;
    const remedy = 'Say who may get in, with StringEquals, rather than who may not; or deny in a statement of its own.';
    lax.push({ code: 'NegatedOperatorOnAllow', means, remedy, operator: undefined });
  }
  if (operator.endsWith('IfExists')) {
    const plain = operator.slice(0, -'IfExists'.length);
    lax.push({ code: 'IfExistsOnAllow', means: absent, remedy: `Write ${plain}.`, operator: plain });
  }
  return lax;
}

/** On the subject and the audience a lax operator says less about who gets in than it seems to. */
function isWho({ key }: Condition): boolean {
  return ['sub', 'aud'].includes(parseClaimKey(key)?.claim.toLowerCase() ?? '');
}

function report(scene: Scene, condition: Condition, { operator, code, means, remedy }: Lax): Finding {
  const corrected =
    operator === undefined ? undefined : changeCondition(scene, condition, one => ({ ...one, operator }));
  return found(scene, { code, severity: 'high', means, remedy }, corrected);
}

/** Where exact subjects guard the role, such a condition can only narrow it further. */
function reportHarmless(scene: Scene, { code, means }: Lax): Finding {
  const remedy = 'Leave it where that is meant: the exact subject guards the role in any case.';
  return found(scene, { code, severity: 'low', means, remedy });
}
