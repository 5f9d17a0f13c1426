import {
  type PolicyVersion,
  parsePolicyText,
  readArrayOrOne,
  readObject,
  unreadable,
  faulty,
  readTexts,
  readValues,
} from './policy-json.ts';
import { memberPath } from '../json.ts';
import { matchWildcards } from './pattern.ts';

/** A trust policy as IAM writes and takes it. Elements that this product does not know stay in it. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: StatementElement | readonly StatementElement[];
}

export type OneOrMany<T> = T | readonly T[];

export interface StatementElement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: string | Readonly<Record<string, OneOrMany<string>>>;
  readonly NotPrincipal?: string | Readonly<Record<string, OneOrMany<string>>>;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string | number | boolean>>>>>;
}

/** A trust policy that was read: its document, unchanged, and the same in one shape for those who judge it. */
export interface TrustPolicy {
  readonly document: PolicyDocument;
  /** IAM accepts a policy without Version for one of 2008-10-17, which has no policy variables. */
  readonly version: PolicyVersion;
  readonly statements: readonly Statement[];
  /** Elements of the policy that IAM does not document. */
  readonly unknownElements: readonly string[];
}

const versions: readonly string[] = ['2008-10-17', '2012-10-17'] satisfies readonly PolicyVersion[];

/**
 * Returns a trust policy in all the shapes that IAM accepts, from JSON text or from a value that was parsed already.
 * Throws `TrustPolicyUnreadable`, with the place as a JSON path, for what IAM would not take either.
 *
 * It does not check that IAM would accept every name in it. Of a value that was parsed already nobody can tell whether its
 * text had a name twice: read texts with `parsePolicyText`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parseTrustPolicy(source: unknown): TrustPolicy {
  const document = readObject(typeof source === 'string' ? parsePolicyText(source) : source, '$');
  const { Version: version = '2008-10-17', Id: id, Statement: statements, ...unknown } = document;
  if (!isVersion(version)) throw unreadable('$.Version', version, `one of ${versions.join(', ')}`);
  if (id !== undefined && typeof id !== 'string') throw unreadable('$.Id', id, 'a text');
  const list = readArrayOrOne(statements);
  if (statements === undefined || list.length === 0)
    throw unreadable('$.Statement', statements, 'at least one statement');
  return {
    document: document as unknown as PolicyDocument,
    version,
    statements: list.map((value, index) =>
      readStatement(value, index, Array.isArray(statements) ? `$.Statement[${index}]` : '$.Statement'),
    ),
    unknownElements: Object.keys(unknown),
  };
}

function isVersion(value: unknown): value is PolicyVersion {
  return typeof value === 'string' && versions.includes(value);
}

/** Returns a statement as people find it: by its number from 1, and its Sid. */
export function nameStatement(statement: Pick<Statement, 'index' | 'sid'> | undefined): string {
  if (statement === undefined) return 'a statement';
  return `statement ${statement.index + 1}${statement.sid === undefined ? '' : ` (${statement.sid})`}`;
}

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
function readStatement(value: unknown, index: number, path: string): Statement {
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

/** Returns whether a principal is everyone, with AWS credentials or without. */
export function isEveryone({ type, value }: Principal): boolean {
  return value === '*' && (type === '*' || type === 'AWS');
}

/** Returns whether a principal is a star alone, under no kind: IAM does not accept it in a trust policy. */
export function isBareStar({ type }: Principal): boolean {
  return type === '*';
}

/** Returns whether a statement is for everyone, or for all except some. */
export function isForEveryone({ principals: { negated, listed } }: Statement): boolean {
  return negated || listed.some(isEveryone);
}

/** Returns whether a statement is an Allow of an action, whomever it is for. */
export function allowsAction(statement: Statement, action: string): boolean {
  return statement.effect === 'Allow' && coversAction(statement, action);
}

/** Returns whether a statement is about an action: `*` and `?` count, letter case does not, and NotAction is all others. */
export function coversAction({ actions: { negated, patterns } }: Statement, action: string): boolean {
  return patterns.some(one => matchWildcards(one, action)) !== negated;
}
