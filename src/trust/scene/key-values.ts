import { parseClaimKey } from '../web-identity.ts';

/**
 * The keys that may have several values, so that they need a set operator; all others have one. A claim is written without the
 * provider's URL.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (Value type)
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
const severalValues: readonly RegExp[] = [
  /^amr$/i,
  /^aws:(?:\w+OrgPaths|TagKeys|CalledVia|PrincipalServiceNamesList)$/i,
  /^sts:TransitiveTagKeys$/i,
];

/** Returns whether a condition key may have several values in one request. */
export function mayHaveSeveral(key: string): boolean {
  const name = parseClaimKey(key)?.claim ?? key;
  return severalValues.some(pattern => pattern.test(name));
}

/** Returns that keys have one value, in words: those of claims without their URLs. */
export function sayTheyAreSingle(keys: readonly string[]): string {
  const names = [...new Set(keys.map(key => parseClaimKey(key)?.claim ?? key))];
  return `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} a single value`;
}
