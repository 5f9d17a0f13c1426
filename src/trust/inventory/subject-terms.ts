import { readOperator, isPositive, readValuePatterns } from '../conditions.ts';
import { parseProviderArn } from '../oidc-provider.ts';
import { readText, matchPattern, matchPatternIgnoringCase, type Truth } from '../pattern.ts';
import { coversAction, isForEveryone, type Condition, type Statement, type TrustPolicy } from '../trust-policy.ts';
import { readClaim, webIdentityAction } from '../web-identity.ts';

/** What keeps callers out: those that its values cover, or all the others. */
export interface Limit {
  readonly keepsOut: 'these' | 'others';
  /** In the policy's words. */
  readonly values: readonly string[];
  /**
   * How the values are compared: character by character, without letter case, or as patterns in which `*` and `?`
   * count.
   */
  readonly compares: 'exact' | 'ignoring-case' | 'pattern';
}

/** A value that a condition compares subjects with. */
export interface SubjectValue {
  readonly text: string;
  readonly isExact: boolean;
  readonly ignoresCase: boolean;
  readonly covers: (subject: string) => Truth;
}

/** What a policy says of an issuer's subjects. */
export interface SubjectTerms {
  /** What its Allow statements compare subjects with. */
  readonly values: readonly SubjectValue[];
  /** What keeps some out whom the values cover. */
  readonly limits: readonly Limit[];
}

/** Returns what a policy says of an issuer's subjects. */
export function readSubjectTerms(policy: TrustPolicy, url: string): SubjectTerms {
  const lines = listSubjectLines(policy, url);
  return {
    values: lines.filter(isNaming).flatMap(one => listValues(one.condition, policy)),
    limits: [...lines.flatMap(describeLimit), ...listJoined(lines)],
  };
}

interface SubjectLine {
  readonly statement: Statement;
  readonly condition: Condition;
}

function listSubjectLines({ statements }: TrustPolicy, url: string): readonly SubjectLine[] {
  const asked = statements.filter(one => isAbout(one, url));
  return asked.flatMap(statement =>
    statement.conditions
      .filter(condition => readClaim(condition, url) === 'sub')
      .map(condition => ({ statement, condition })),
  );
}

/** Whether a statement decides about an issuer's tokens at all. */
function isAbout(statement: Statement, url: string): boolean {
  const named = statement.principals.listed.some(
    ({ value }) => parseProviderArn(value)?.url === url || /[*?]/.test(value),
  );
  return coversAction(statement, webIdentityAction) && (named || isForEveryone(statement));
}

/** Whether a line says who gets in: it compares, and it is in an Allow. */
function isNaming({ statement, condition }: SubjectLine): boolean {
  return statement.effect === 'Allow' && isPositive(condition);
}

/** A Deny keeps out whom it covers, its negated form all the others; in an Allow a negated form keeps out whom it covers. */
function describeLimit({ statement, condition }: SubjectLine): readonly Limit[] {
  const operator = readOperator(condition.operator);
  if (operator === undefined || operator.name === 'Null') return [];
  if (statement.effect === 'Allow') return operator.negated ? [limit('these', condition)] : [];
  return [limit(operator.negated ? 'others' : 'these', condition)];
}

/** Several comparisons of a statement have to hold together. */
function listJoined(lines: readonly SubjectLine[]): readonly Limit[] {
  const naming = lines.filter(isNaming);
  const joined = naming.filter(({ statement }) => naming.filter(one => one.statement === statement).length > 1);
  return joined.map(({ condition }) => limit('others', condition));
}

function limit(keepsOut: Limit['keepsOut'], { operator, values }: Condition): Limit {
  const name = readOperator(operator)?.name;
  const compares = name === 'StringLike' ? 'pattern' : name === 'StringEqualsIgnoreCase' ? 'ignoring-case' : 'exact';
  return { keepsOut, values, compares };
}

function listValues(condition: Condition, { version }: TrustPolicy): readonly SubjectValue[] {
  const ignoresCase = readOperator(condition.operator)?.name === 'StringEqualsIgnoreCase';
  const match = ignoresCase ? matchPatternIgnoringCase : matchPattern;
  return readValuePatterns(condition, version).map(pattern => ({
    text: readText(pattern) ?? pattern.value,
    isExact: pattern.isExact,
    ignoresCase,
    covers: subject => match(pattern, subject),
  }));
}
