import { readOperator } from '../conditions.ts';
import { readPattern, type Pattern, type ValuePattern } from '../pattern.ts';
import type { Condition } from '../statement.ts';
import type { PolicyVersion } from '../trust-policy.ts';

/** Returns whether a condition compares with its values, for all operators that are known here; Null does not. */
export function isPositive({ operator }: Condition): boolean {
  const parts = readOperator(operator);
  return parts?.negated === false && parts.name !== 'Null';
}

/** Returns whether a condition is one of the form Not..., or Null. */
export function isNegatedOrNull({ operator }: Condition): boolean {
  const parts = readOperator(operator);
  return parts?.negated === true || parts?.name === 'Null';
}

/** Returns whether a condition only holds for a request that has the key, with a value that the policy covers. */
export function isHard(condition: Condition): boolean {
  const parts = readOperator(condition.operator);
  return isPositive(condition) && parts?.ifExists === false && parts.set !== 'ForAllValues';
}

const known = new WeakMap<readonly string[], Map<string, readonly ValuePattern[]>>();

/**
 * Returns a condition's values as its operator reads them: wildcards count for StringLike, variables for all. The same list of
 * values is parsed once.
 */
export function readValuePatterns({ operator, values }: Condition, version: PolicyVersion): readonly ValuePattern[] {
  const wildcards = readOperator(operator)?.name === 'StringLike';
  const lists = known.get(values) ?? new Map<string, readonly ValuePattern[]>();
  const rules = `${version} ${wildcards}`;
  const patterns = lists.get(rules) ?? values.map(value => readPattern(value, { wildcards, version }));
  known.set(values, lists.set(rules, patterns));
  return patterns;
}

/** Returns whether a pattern covers one text only: it has neither wildcards nor policy variables. */
export function isExact(pattern: Pattern): boolean {
  return pattern.isExact;
}

/** Returns a pattern as text, each wildcard and each variable as a star. */
export function showPattern(pattern: Pattern): string {
  if (pattern.isExact) return pattern.prefix;
  return pattern.parts.map(part => (typeof part === 'string' ? '*' : part.character)).join('');
}
