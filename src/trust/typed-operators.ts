import { matchPattern, readPattern, type Pattern } from './pattern.ts';
import { allHold, type Truth } from './truth.ts';

/** Compares a value of a policy with the one of a request. */
type ValueMatch = (expected: string, actual: string) => Truth;

/**
 * Returns how an operator for ARNs or booleans compares, whether it is of the form Not... or not; undefined for all others. It is
 * for keys of AWS: what AWS would make of these operators on a claim, which is a text, is left to it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function readTypedOperator(text: string, key: string): ValueMatch | undefined {
  if (!/^(?:aws|iam|sts):/i.test(key)) return undefined;
  if (/^Arn(?:Not)?(?:Equals|Like)(?:IfExists)?$/.test(text)) return matchArn;
  return /^Bool(?:IfExists)?$/.test(text) ? matchBoolean : undefined;
}

function matchBoolean(expected: string, actual: string): Truth {
  if (![expected, actual].every(one => /^(?:true|false)$/i.test(one))) return 'unknown';
  return expected.toLowerCase() === actual.toLowerCase();
}

/**
 * Returns whether a pattern covers an ARN: each of its six parts by itself, so that a star does not reach over a colon. A text
 * that is not an ARN, and a pattern with a variable, leave the answer open.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
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
