import {
  readPatterns,
  matchPattern,
  matchPatternIgnoringCase,
  readPattern,
  allHold,
  anyHolds,
  negate,
  type Pattern,
  type Truth,
  type ValuePattern,
} from './pattern.ts';
import { recall, type Memory, type PolicyVersion } from './policy-json.ts';
import type { Condition } from './trust-policy.ts';
import { readValueTest, type RangeTest } from './typed-operators.ts';

/**
 * What a request says under a condition key, in any letter case: its values, none if the request does not have the
 * key, or `unknown` where only AWS can decide.
 */
export type RequestContext = (key: string) => readonly string[] | 'unknown';

/** Whether a condition holds for a request, and by what. */
export interface JudgedCondition extends Condition {
  readonly holds: Truth;
  /** What the request has under the key. */
  readonly actual: readonly string[] | 'unknown';
  /** Why nobody can tell, if it is unknown. */
  readonly doubt: string | undefined;
}

export interface Operator {
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly name: string;
  readonly ifExists: boolean;
  /** Of the form Not...: it holds if nothing matches, a missing key included. */
  readonly negated: boolean;
}

interface Comparison {
  readonly wildcards: boolean;
  readonly match: (pattern: Pattern, text: string) => Truth;
}

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: { wildcards: false, match: matchPattern },
  StringEqualsIgnoreCase: { wildcards: false, match: matchPatternIgnoringCase },
  StringLike: { wildcards: true, match: matchPattern },
};

/** A policy is asked about hundreds of callers: the few names are read once. */
const operators: Memory<Operator | undefined> = new Map();

/** Returns the parts of an operator's name; letter case counts. Undefined for operators that are not known here. */
export function readOperator(text: string): Operator | undefined {
  return recall(operators, text, readParts);
}

function readParts(text: string): Operator | undefined {
  const parts = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(text);
  if (parts === null) return undefined;
  const [, set, name = '', ifExists] = parts;
  if (name === 'Null') return text === 'Null' ? { set: undefined, name, ifExists: false, negated: false } : undefined;
  const positive = name.replace(/^StringNot/, 'String');
  if (!Object.hasOwn(comparisons, positive)) return undefined;
  return {
    set: set === 'ForAllValues' || set === 'ForAnyValue' ? set : undefined,
    name: positive,
    ifExists: ifExists !== undefined,
    negated: positive !== name,
  };
}

/** Returns whether a key's value is an IP address: IpAddress and NotIpAddress compare it with ranges. */
export function isAddressKey(key: string): boolean {
  return /^aws:(?:vpc)?sourceip$/i.test(key);
}

/**
 * Returns whether a condition holds, as IAM reads its operators: values are alternatives, a missing key fails unless the
 * operator is negated, ends in IfExists or begins with ForAllValues. Key names have no letter case.
 *
 * It knows the string operators, Null, the address operators for keys that hold an address, and those for ARNs and booleans on
 * AWS's keys; of all others it knows what a missing key does. For keys whose value only AWS knows and for policy variables it
 * answers `unknown`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function judgeCondition(
  condition: Condition,
  context: RequestContext,
  version: PolicyVersion,
  isInRange: RangeTest = () => 'unknown',
): JudgedCondition {
  const operator = readOperator(condition.operator);
  const actual = context(condition.key);
  if (operator === undefined) return judgeOther(condition, actual, isInRange);
  if (actual === 'unknown')
    return judged(condition, 'unknown', actual, `only AWS knows the request's ${condition.key}`);
  if (isAddressKey(condition.key) && operator.name !== 'Null' && actual.some(one => /[:/]/.test(one)))
    return judged(condition, 'unknown', actual, 'only AWS knows how it formats the address');
  const holds = operator.name === 'Null' ? judgeNull(condition, actual) : compare(operator, condition, actual, version);
  return judged(condition, holds, actual, holds === 'unknown' ? describeDoubt(condition, actual, version) : undefined);
}

/** Operators that compare no text; where a comparison is not evaluated here, a missing key decides it all the same. */
const otherOperator =
  /^(?:(ForAllValues|ForAnyValue):)?(?:(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Arn(?:Not)?(?:Equals|Like)|Bool|BinaryEquals|(?:Not)?IpAddress)(IfExists)?$/;

function judgeOther(condition: Condition, actual: JudgedCondition['actual'], isInRange: RangeTest): JudgedCondition {
  const { operator: name, key, values } = condition;
  const parts = otherOperator.exec(name);
  if (actual === 'unknown' && parts !== null)
    return judged(condition, 'unknown', actual, `only AWS knows the request's ${key}`);
  const test = readValueTest(name, key, isAddressKey(key) ? isInRange : undefined);
  const isMissing = parts !== null && actual.length === 0 && values.length > 0;
  if (actual === 'unknown' || (!isMissing && (test === undefined || actual.length > 1)))
    return judged(condition, 'unknown', actual, `${name} is not evaluated here`);
  const [, set, ifExists] = parts ?? [];
  const negated = name.includes('Not');
  const [value] = actual;
  if (value === undefined) {
    const missing = compareMissing({ set, ifExists: ifExists !== undefined, negated });
    return judged(condition, missing, actual, missing === 'unknown' ? describeMissing(condition) : undefined);
  }
  const matches = anyHolds(values.map(expected => test?.match(expected, value) ?? 'unknown'));
  const holds = negated ? negate(matches) : matches;
  return judged(condition, holds, actual, holds === 'unknown' ? test?.doubt : undefined);
}

/** `true`: the key is missing; `false`: it is there. IAM calls an empty text null as well, so that stays open. */
function judgeNull({ values }: Condition, actual: readonly string[]): Truth {
  if (actual.length > 0 && isNull(actual)) return 'unknown';
  return anyHolds(
    values.map((value): Truth => {
      if (!/^(?:true|false)$/i.test(value)) return 'unknown';
      return (value.toLowerCase() === 'true') === (actual.length === 0);
    }),
  );
}

function compare(operator: Operator, { values }: Condition, actual: readonly string[], version: PolicyVersion): Truth {
  const { set, negated } = operator;
  // IAM says what an empty list of values does for all except these.
  if (values.length === 0 && negated) return 'unknown';
  if (actual.length === 0) return compareMissing(operator);
  if (set !== undefined && isNull(actual)) return set === 'ForAllValues';
  const truths = actual.map(text => compareOne(operator, values, text, version));
  if (set === 'ForAllValues') return allHold(truths);
  if (set === 'ForAnyValue') return anyHolds(truths);
  // A key with several values needs a set operator; without one only an agreement of all is certain.
  const [first = false] = truths;
  return truths.every(truth => truth === first) ? first : 'unknown';
}

/** What decides about a key that is missing. */
type Missing = Pick<Operator, 'ifExists' | 'negated'> & { readonly set: string | undefined };

/**
 * A key that is missing. IAM's page on operators says that `...IfExists` holds then, its page on set operators that
 * ForAnyValue does not: AWS's support and other evaluators read ForAnyValue first, and no page decides it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 * @see https://iam.cloudcopilot.io/resources/operators/ForAnyValue:StringNotEqualsIfExists
 */
function compareMissing({ set, ifExists, negated }: Missing): Truth {
  if (set === 'ForAnyValue') return ifExists ? 'unknown' : false;
  return ifExists || set === 'ForAllValues' || negated;
}

function compareOne(
  { name, negated }: Operator,
  values: readonly string[],
  text: string,
  version: PolicyVersion,
): Truth {
  const comparison = comparisons[name];
  if (comparison === undefined) return 'unknown';
  const { wildcards, match } = comparison;
  const { literals, others, listAll } = readPatterns(values, { wildcards, version });
  const isExact = match === matchPattern;
  const patterns = isExact ? others : listAll();
  const matches = (isExact && literals.has(text)) || anyHolds(patterns.map(pattern => match(pattern, text)));
  return negated ? negate(matches) : matches;
}

function isNull(actual: readonly string[]): boolean {
  return actual.every(value => value === '');
}

function describeDoubt({ operator, values }: Condition, actual: readonly string[], version: PolicyVersion): string {
  const variables = values.flatMap(value => readPattern(value, { wildcards: false, version }).variables);
  if (variables.length > 0) return `only AWS knows the value of ${variables.join(', ')}`;
  if (actual.length === 0) return describeMissing({ operator });
  if (actual.length > 1) return `the request has ${actual.length} values, and ${operator} compares only one`;
  return `AWS does not document how ${operator} reads these values`;
}

function describeMissing({ operator }: Pick<Condition, 'operator'>): string {
  return `the request does not have this key, and AWS's documentation contradicts itself about ${operator} in that case`;
}

function judged(
  { operator, key, values }: Condition,
  holds: Truth,
  actual: JudgedCondition['actual'],
  doubt: string | undefined,
): JudgedCondition {
  return { operator, key, values, holds, actual, doubt };
}

/** Returns whether a condition compares with its values, for all operators that are known here; Null does not. */
export function isPositive({ operator }: Pick<Condition, 'operator'>): boolean {
  const parts = readOperator(operator);
  return parts?.negated === false && parts.name !== 'Null';
}

/** Returns whether a condition is one of the form Not..., or Null. */
export function isNegatedOrNull({ operator }: Pick<Condition, 'operator'>): boolean {
  return readOperator(operator) !== undefined && !isPositive({ operator });
}

/** Returns whether a condition only holds for a request that has the key, with a value that the policy covers. */
export function isHard(condition: Condition): boolean {
  const parts = readOperator(condition.operator);
  return isPositive(condition) && parts?.ifExists === false && parts.set !== 'ForAllValues';
}

/** Returns a condition's values as its operator reads them: wildcards count for StringLike, variables for all. */
export function readValuePatterns({ operator, values }: Condition, version: PolicyVersion): readonly ValuePattern[] {
  return readPatterns(values, { wildcards: readOperator(operator)?.name === 'StringLike', version }).listAll();
}
