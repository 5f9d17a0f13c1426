import { readStatement, type Statement } from './statement.ts';
import { parsePolicyText, readArrayOrOne, readObject, unreadable } from './policy-json.ts';

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

export type PolicyVersion = '2008-10-17' | '2012-10-17';

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
