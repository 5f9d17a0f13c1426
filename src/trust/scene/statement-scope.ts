import { matchWildcards } from '../pattern.ts';
import type { Principal, Statement } from '../statement.ts';

/** Returns whether a principal is everyone, with AWS credentials or without. */
export function isEveryone({ type, value }: Principal): boolean {
  return value === '*' && (type === '*' || type === 'AWS');
}

/** Returns whether a statement is about an action: `*` and `?` count, letter case does not, and NotAction is all others. */
export function coversAction({ actions: { negated, patterns } }: Statement, action: string): boolean {
  return patterns.some(one => matchWildcards(one, action)) !== negated;
}
