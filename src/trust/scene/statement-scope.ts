import { matchWildcards } from '../pattern.ts';
import type { Principal, Statement } from '../statement.ts';

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
