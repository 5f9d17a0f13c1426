import { isDeepStrictEqual } from 'node:util';
import { escapeUnit } from '../secret.ts';
import { parseTrustPolicy, type OneOrMany, type PolicyDocument, type TrustPolicy } from './trust-policy.ts';

/** An object of a policy as IAM has it: unknown members, order, and lists of one are kept. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns whether two policies are the same document; white space and the order of an object's members do not count. */
export function isSameDocument(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    return one === other;
  }
}

/** Returns a policy's size as IAM counts it. */
export function measureDocument(text: string): number {
  return measurePolicy(parseTrustPolicy(text).document);
}

/** Returns a policy's statements as they are. Throws `TrustPolicyUnreadable` for what is not a policy. */
export function listStatements(text: string): readonly JsonObject[] {
  return listElements(parseTrustPolicy(text));
}

/** Returns the statements of a policy that was read as they are in it. */
export function listElements({ document }: Pick<TrustPolicy, 'document'>): readonly JsonObject[] {
  return [document.Statement].flat() as unknown as readonly JsonObject[];
}

/**
 * Returns a policy with each statement replaced by some others, or on its own; all else as it is. Returns undefined
 * if no statement would be left, which IAM does not take.
 */
export function replaceStatements(
  { document }: Pick<TrustPolicy, 'document'>,
  replace: (statement: JsonObject, index: number) => readonly JsonObject[],
): string | undefined {
  const list = listElements({ document }).flatMap(replace);
  const [only] = list;
  if (only === undefined) return undefined;
  const one = list.length === 1 && !Array.isArray(document.Statement);
  // Spread over the old member, so that it keeps its place.
  return renderPolicy({ ...document, Statement: one ? only : list } as unknown as PolicyDocument);
}

/** Returns one value as it is, several as a list, in their order and each once. */
export function oneOrMany(values: readonly string[]): OneOrMany<string> {
  const [first = '', ...rest] = new Set(values);
  return rest.length === 0 ? first : [first, ...rest];
}

/** Returns a list of a member that holds one value or a list of them. */
export function listValues(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** A line of a Condition element, with the values as they are. */
export interface ConditionLine {
  readonly operator: string;
  readonly key: string;
  readonly values: unknown;
}

/**
 * Returns a Condition element with each line replaced by its new values, or left out where these are undefined; operators
 * that lose their last line go with it. Undefined if nothing is left.
 */
export function replaceLines(
  condition: unknown,
  replace: (line: ConditionLine) => unknown,
): Readonly<Record<string, JsonObject>> | undefined {
  const kept = Object.entries((condition ?? {}) as Readonly<Record<string, JsonObject>>).flatMap(
    ([operator, lines]) => {
      const left = Object.entries(lines).flatMap(([key, values]) => {
        const next = replace({ operator, key, values });
        return next === undefined ? [] : [[key, next] as const];
      });
      return left.length === 0 && Object.keys(lines).length > 0 ? [] : [[operator, Object.fromEntries(left)] as const];
    },
  );
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Returns a Condition element with lines of StringEquals added, in front of nothing and in place of nothing. */
export function addEquals(
  condition: Readonly<Record<string, JsonObject>> | undefined,
  lines: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, JsonObject>> {
  const added = Object.fromEntries(Object.entries(lines).map(([key, values]) => [key, oneOrMany(values)]));
  return { ...condition, StringEquals: { ...condition?.['StringEquals'], ...added } };
}

/** Returns a statement with members put in place of its own, or at its end; undefined leaves one out. */
export function putMembers(statement: JsonObject, members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...statement, ...members }).filter(([, value]) => value !== undefined));
}

/**
 * What IAM counts of a role's trust policy: the quota that accounts begin with, and the most it is raised to.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const defaultQuota = 2048;
export const largestQuota = 4096;

/**
 * Returns a policy as JSON that IAM's API takes: characters past U+00FF are `\u` escapes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
 */
export function renderPolicy(document: PolicyDocument): string {
  return escapeCharacters(JSON.stringify(document, null, 2));
}

/** The same in one line, without white space between the parts. */
export function renderCompactPolicy(document: PolicyDocument): string {
  return escapeCharacters(JSON.stringify(document));
}

/**
 * Returns a policy's size as IAM counts it. White space between the parts does not count; IAM does not say so of spaces
 * inside texts, so they are counted.
 */
export function measurePolicy(document: PolicyDocument): number {
  return renderCompactPolicy(document).length;
}

/** Returns a warning where IAM accepts a trust policy of this size only from accounts whose quota was raised. */
export function warnOfQuota(roleArn: string, characters: number): readonly string[] {
  if (characters <= defaultQuota) return [];
  return [
    `The trust policy of ${roleArn} would have ${characters} characters; IAM accepts ${defaultQuota} unless the account's quota "Role trust policy length" was raised (to at most ${largestQuota}).`,
  ];
}

/** JSON has its own escapes below U+0020; what is left to do is by UTF-16 unit, as JSON's escapes are. */
function escapeCharacters(json: string): string {
  return json.replace(/[\u0100-\uffff]/g, escapeUnit);
}
