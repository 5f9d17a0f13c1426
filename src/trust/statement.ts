import { faulty, memberPath, readObject, readTexts, readValues, unreadable } from './policy-json.ts';

/** One statement: lists instead of one-or-many, all values as text. */
export interface Statement {
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: Principals;
  readonly actions: ActionList;
  readonly conditions: readonly Condition[];
  /** Elements that IAM documents for no trust policy, Resource among them. */
  readonly unknownElements: readonly string[];
}

export interface Principals {
  /** Written as NotPrincipal, which IAM does not take in a trust policy. */
  readonly negated: boolean;
  readonly listed: readonly Principal[];
}

export interface Principal {
  /** `*` where the element was just a star. */
  readonly type: string;
  readonly value: string;
}

export interface ActionList {
  /** Written as NotAction. */
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

/** One line of a Condition element: an operator, a key and the values to compare with. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The kinds of principals that the grammar of IAM policies has. */
const principalTypes = ['AWS', 'Federated', 'Service', 'CanonicalUser'];

/** Returns a statement in one shape. Throws `TrustPolicyUnreadable` where IAM would not take it. */
export function readStatement(value: unknown, index: number, path: string): Statement {
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Condition, ...unknown } = readObject(value, path);
  if (Sid !== undefined && typeof Sid !== 'string') throw unreadable(`${path}.Sid`, Sid, 'a text');
  if (Effect !== 'Allow' && Effect !== 'Deny')
    throw unreadable(`${path}.Effect`, Effect, 'Allow or Deny, in this letter case');
  return {
    index,
    sid: Sid,
    effect: Effect,
    principals: choose(path, { Principal, NotPrincipal }, readPrincipals),
    actions: choose(path, { Action, NotAction }, readActions),
    conditions: Condition === undefined ? [] : readConditions(Condition, `${path}.Condition`),
    unknownElements: Object.keys(unknown),
  };
}

/** Reads one of an element and its negation: a statement has just one of them. */
function choose<T>(
  path: string,
  elements: Readonly<Record<string, unknown>>,
  read: (value: unknown, negated: boolean, path: string) => T,
): T {
  const [given, second] = Object.entries(elements).filter(([, value]) => value !== undefined);
  const names = Object.keys(elements).join(' or ');
  if (given === undefined) throw faulty(path, `no ${names}`, `a statement with ${names}`);
  if (second !== undefined) throw faulty(path, `both ${names}`, `a statement with either ${names}`);
  const [name, value] = given;
  return read(value, name.startsWith('Not'), `${path}.${name}`);
}

function readPrincipals(value: unknown, negated: boolean, path: string): Principals {
  if (value === '*') return { negated, listed: [{ type: '*', value: '*' }] };
  if (typeof value === 'string')
    throw unreadable(path, value, '"*", or an object like {"Federated": "<provider ARN>"}');
  const listed = Object.entries(readObject(value, path)).flatMap(([type, values]): readonly Principal[] => {
    const place = memberPath(path, type);
    if (!principalTypes.includes(type)) throw unreadable(place, type, `one of ${principalTypes.join(', ')}`);
    return readTexts(values, place).map(text => ({ type, value: text }));
  });
  return { negated, listed };
}

function readActions(value: unknown, negated: boolean, path: string): ActionList {
  return { negated, patterns: readTexts(value, path) };
}

function readConditions(value: unknown, path: string): readonly Condition[] {
  return Object.entries(readObject(value, path)).flatMap(([operator, keys]) => {
    const place = memberPath(path, operator);
    const lines = Object.entries(readObject(keys, place));
    refuseDuplicates(
      lines.map(([key]) => key),
      place,
    );
    return lines.map(([key, values]) => ({ operator, key, values: readValues(values, memberPath(place, key)) }));
  });
}

/**
 * Condition keys have no letter case, so these are one key twice, which AWS calls an error.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (duplicate keys with
 * different case)
 */
function refuseDuplicates(keys: readonly string[], path: string): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key.toLowerCase()))
      throw faulty(memberPath(path, key), 'this key again in another letter case', 'each condition key once');
    seen.add(key.toLowerCase());
  }
}
