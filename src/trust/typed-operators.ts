import { matchPattern, readPattern, allHold, type Pattern, type Truth } from './pattern.ts';

/** Returns whether all of an address or range that was asked for is in a range of a policy. */
export type RangeTest = (range: string, asked: string) => Truth;

/** How an operator compares a value of a policy with the one of a request, and what is in doubt where that is unknown. */
interface ValueTest {
  readonly match: (expected: string, actual: string) => Truth;
  readonly doubt: string;
}

/**
 * Returns how an operator for addresses, ARNs or booleans compares, whether it is of the form Not... or not; undefined for all
 * others. It is for keys of AWS: what AWS would make of these operators on a claim, which is a text, is left to it.
 *
 * @param isInRange undefined where the key does not hold an address
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function readValueTest(text: string, key: string, isInRange: RangeTest | undefined): ValueTest | undefined {
  if (/^(?:Not)?IpAddress(?:IfExists)?$/.test(text) && isInRange !== undefined)
    return { match: isInRange, doubt: 'only some of these addresses are in the ranges, or a value is not a range' };
  if (!/^(?:aws|iam|sts):/i.test(key)) return undefined;
  const doubt = `AWS does not document how ${text} reads these values`;
  if (/^Arn(?:Not)?(?:Equals|Like)(?:IfExists)?$/.test(text)) return { match: matchArn, doubt };
  return /^Bool(?:IfExists)?$/.test(text) ? { match: matchBoolean, doubt } : undefined;
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
