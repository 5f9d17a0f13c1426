import { judgeCondition, readOperator, isAddressKey } from '../conditions.ts';
import { fillPattern } from '../pattern-overlap.ts';
import { readPattern } from '../pattern.ts';
import type { Condition } from '../trust-policy.ts';
import { findPath, type NetworkPath } from './bounds.ts';

/** What the value of a key begins with; letter case counts. Keys that are not listed have values of any form. */
export const networkForms: Readonly<Record<string, { readonly form: RegExp; readonly example: string }>> = {
  'aws:sourcevpc': { form: /^vpc-/, example: 'vpc-0123456789abcdef0' },
  'aws:sourcevpce': { form: /^vpce-/, example: 'vpce-0123456789abcdef0' },
  'aws:sourcevpcarn': { form: /^arn:/, example: 'arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-0123456789abcdef0' },
};

/** IPv4 and IPv6 addresses that nobody has on the internet, by their first digits. */
const ownNetwork =
  /^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^f[cd]|^fe[89ab]/i;

/**
 * Returns whether some request can meet conditions on its network together, over the internet or through a VPC endpoint. It
 * compares ranges of addresses only with those of private networks: what it calls reachable may still be none.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 */
export function isReachable(lines: readonly Condition[]): boolean {
  return (['internet', 'endpoint'] as const).some(path => isMetOn(path, lines));
}

function isMetOn(path: NetworkPath, lines: readonly Condition[]): boolean {
  const keys = [...new Set(lines.map(({ key }) => key.toLowerCase()))];
  return keys.every(key => {
    const own = lines.filter(one => one.key.toLowerCase() === key);
    const values = findPath(key) === path ? listValues(key, own) : [[]];
    return values.some(value => own.every(one => isMet(one, value)));
  });
}

/** What a request may have under a key: what the policy names, as far as it can be, and something else. */
function listValues(key: string, lines: readonly Condition[]): readonly (readonly string[])[] {
  const named = lines.flatMap(({ operator, values }) => {
    const wildcards = readOperator(operator)?.name === 'StringLike';
    return values.map(value => fillPattern(readPattern(value, { wildcards, version: '2012-10-17' }), '0'));
  });
  const form = networkForms[key]?.form;
  const possible = named.filter(value => form === undefined || form.test(value) || value.includes('$'));
  return [...possible, networkForms[key]?.example ?? 'another'].map(value => [value]);
}

/** A range in a policy is one that addresses are in, unless it is a private one on the internet. */
function isMet(condition: Condition, value: readonly string[]): boolean {
  const { key, operator, values } = condition;
  if (value.length > 0 && isAddressKey(key) && /^IpAddress(?:IfExists)?$/.test(operator)) {
    return findPath(key) === 'endpoint' || !values.every(one => ownNetwork.test(one));
  }
  if (value.length > 0 && isAddressKey(key) && values.every(one => one.includes('/')) && isPositiveText(operator))
    return false;
  return judgeCondition(condition, () => value, '2012-10-17').holds !== false;
}

function isPositiveText(operator: string): boolean {
  const parts = readOperator(operator);
  return parts !== undefined && !parts.negated && parts.name !== 'Null';
}
