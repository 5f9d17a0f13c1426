import { judgeValue, type JudgedCondition, type Operator, type RequestContext } from '../conditions.ts';
import { matchPattern, readPattern, type Pattern } from '../pattern.ts';
import type { Condition } from '../statement.ts';
import { allHold, type Truth } from '../truth.ts';

const typedOperator = /^(?:(Arn)(Not)?(?:Equals|Like)|(Bool))(IfExists)?$/;

/**
 * Returns whether a condition on an ARN or a boolean holds; undefined for all other operators, which `judgeCondition` knows.
 * Trust policies compare texts: what AWS would make of these operators on a claim is left to it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function judgeTyped(condition: Condition, context: RequestContext): JudgedCondition | undefined {
  const parts = typedOperator.exec(condition.operator);
  if (parts === null) return undefined;
  const [, arn, not, , ifExists] = parts;
  const actual = context(condition.key);
  if (actual === 'unknown' || actual.length > 1) return doubtful(condition, actual);
  const name = arn ?? 'Bool';
  const operator: Operator = { set: undefined, name, ifExists: ifExists !== undefined, negated: not !== undefined };
  return judgeValue(operator, condition, actual, {
    match: arn === undefined ? matchBoolean : matchArn,
    doubt: `AWS does not document how ${condition.operator} reads these values`,
  });
}

function matchBoolean(expected: string, actual: string): Truth {
  if (![expected, actual].every(one => /^(?:true|false)$/i.test(one))) return 'unknown';
  return expected.toLowerCase() === actual.toLowerCase();
}

/**
 * Returns whether a pattern covers an ARN: each of its six parts on its own, so that a star does not reach over a
 * colon. A text that is not an ARN, and a pattern with a variable, leave the answer open.
 */
export function matchArn(expected: string, actual: string): Truth {
  const [texts, patterns] = [splitArn(actual), splitArn(expected)];
  if (texts.length < 6 || expected.includes('${')) return 'unknown';
  if (patterns.length < 6) return matchPattern(read(expected), actual) === false ? false : 'unknown';
  return allHold(patterns.map((pattern, index) => matchPattern(read(pattern), texts[index] ?? '')));
}

function read(text: string): Pattern {
  return readPattern(text, { wildcards: true, version: '2012-10-17' });
}

function splitArn(text: string): readonly string[] {
  const [arn = '', partition = '', service = '', region = '', account = '', ...rest] = text.split(':');
  return rest.length === 0 ? [text] : [arn, partition, service, region, account, rest.join(':')];
}

function doubtful(condition: Condition, actual: JudgedCondition['actual']): JudgedCondition {
  const why = actual === 'unknown' ? `only AWS knows the request's ${condition.key}` : `the request has several values`;
  return { ...condition, holds: 'unknown', actual, doubt: why };
}
