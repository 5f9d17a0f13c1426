/** How a request reaches AWS STS: over the internet, or through a VPC endpoint. */
export type NetworkPath = 'internet' | 'endpoint';

/**
 * The condition keys that a request has on one of the two paths alone. Of the last three AWS says only that they need an
 * endpoint.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
 */
const paths: ReadonlyMap<string, NetworkPath> = new Map([
  ['aws:sourceip', 'internet'],
  ['aws:sourcevpc', 'endpoint'],
  ['aws:sourcevpcarn', 'endpoint'],
  ['aws:sourcevpce', 'endpoint'],
  ['aws:vpcsourceip', 'endpoint'],
  ['aws:vpceaccount', 'endpoint'],
  ['aws:vpceorgid', 'endpoint'],
  ['aws:vpceorgpaths', 'endpoint'],
]);

/** Returns the path that a request must take to have a condition key; undefined if the key is not about the network. */
export function findPath(key: string): NetworkPath | undefined {
  return paths.get(key.toLowerCase());
}

/** Returns whether a key's value is an IP address: IpAddress and NotIpAddress compare it with ranges. */
export function isAddressKey(key: string): boolean {
  return /^aws:(?:vpc)?sourceip$/i.test(key);
}
