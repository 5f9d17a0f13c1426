import { parseAddressRange } from '../network/address-range.ts';
import { findPath } from '../network/bounds.ts';
import { isAddressKey } from '../conditions.ts';
import { isReachable, networkForms } from '../network/reachable.ts';
import type { Condition } from '../trust-policy.ts';
import { propose, type Proposal } from './proposal.ts';
import { allowsWebIdentity, type Scene } from '../scene/scene.ts';

/**
 * Returns what an Allow asks of the network that a request comes from: it depends on the agent and on the endpoint of STS
 * that the step uses, so that it decides for some agents only, or for none.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 */
export function findNetworkConditions(scene: Scene): readonly Proposal[] {
  if (!allowsWebIdentity(scene) || scene.providers.length === 0) return [];
  const conditions = scene.statement.conditions.filter(isPositiveNetwork);
  const [internet, endpoint] = (['internet', 'endpoint'] as const).map(path =>
    conditions.filter(({ key }) => findPath(key) === path),
  );
  const addresses = conditions.filter(isPrivate);
  const impossible = [
    ...reportAddresses(scene, addresses),
    ...(addresses.length > 0 ? [] : reportBothPaths(scene, internet ?? [], endpoint ?? [])),
    ...reportTexts(scene, conditions.filter(isTextOfRange)),
    ...conditions.flatMap(one => reportForm(scene, one)),
  ];
  const all = scene.statement.conditions.filter(({ key }) => findPath(key) !== undefined);
  if (isReachable(all)) return [...impossible, ...reportEndpoints(scene, endpoint ?? [])];
  return impossible.length > 0 ? impossible : reportTogether(scene, all);
}

function isPositiveNetwork({ operator, key }: Condition): boolean {
  return findPath(key) !== undefined && !/Not|IfExists$|^Null$|^ForAllValues:/.test(operator);
}

function isPrivate({ key, values }: Condition): boolean {
  return findPath(key) === 'internet' && values.length > 0 && values.every(isPrivateRange);
}

function isPrivateRange(text: string): boolean {
  return parseAddressRange(text)?.reach === 'private';
}

function reportAddresses(scene: Scene, conditions: readonly Condition[]): readonly Proposal[] {
  if (conditions.length === 0) return [];
  const values = conditions.flatMap(one => one.values).join(', ');
  const means = `aws:SourceIp is the public address that a request comes from, and is missing if it comes through a VPC endpoint. ${values} is private, so the condition never holds.`;
  const remedy =
    'For agents that reach STS over the internet, use their public addresses and no key of a VPC; for a VPC endpoint, use aws:VpcSourceIp instead of aws:SourceIp, together with aws:SourceVpce.';
  return [propose(scene, { code: 'NetworkCondition', severity: 'medium', means, remedy })];
}

function reportBothPaths(
  scene: Scene,
  internet: readonly Condition[],
  endpoint: readonly Condition[],
): readonly Proposal[] {
  if (internet.length === 0 || endpoint.length === 0) return [];
  const means = `A request has ${nameKeys(internet)} only over the internet, and ${nameKeys(endpoint)} only through a VPC endpoint. No request has both, so the statement allows nobody.`;
  const remedy = 'Keep the keys for the route that your agents use. If they use both routes, create one role for each.';
  return [propose(scene, { code: 'NetworkCondition', severity: 'medium', means, remedy })];
}

/** A range compared character by character. */
function isTextOfRange({ operator, key, values }: Condition): boolean {
  return (
    isAddressKey(key) && operator.includes('String') && values.length > 0 && values.every(one => one.includes('/'))
  );
}

function reportTexts(scene: Scene, conditions: readonly Condition[]): readonly Proposal[] {
  return conditions.map(({ operator, key, values }) => {
    const means = `${operator} compares ${key} with ${values.join(', ')} as text, and an address never equals a range: the condition never holds.`;
    const remedy = `Use IpAddress instead of ${operator}.`;
    return propose(scene, { code: 'NetworkCondition', severity: 'medium', means, remedy });
  });
}

/** A pattern or a variable may stand for anything. */
function isOpen(value: string): boolean {
  return /^(?:[*?]|\$\{)/.test(value);
}

function reportForm(scene: Scene, { key, values }: Condition): readonly Proposal[] {
  const known = networkForms[key.toLowerCase()];
  if (known === undefined || values.length === 0 || values.some(value => isOpen(value) || known.form.test(value)))
    return [];
  const means = `${key} is never ${values.join(' or ')}: the statement allows nobody.`;
  const remedy = `Use a value like ${known.example}.`;
  return [propose(scene, { code: 'NetworkCondition', severity: 'medium', means, remedy })];
}

function reportTogether(scene: Scene, conditions: readonly Condition[]): readonly Proposal[] {
  const means = `No request meets the conditions on ${nameKeys(conditions)} together, so the statement allows nobody.`;
  const remedy = 'Keep the conditions for the network that your agents use.';
  return [propose(scene, { code: 'NetworkCondition', severity: 'medium', means, remedy })];
}

function reportEndpoints(scene: Scene, conditions: readonly Condition[]): readonly Proposal[] {
  if (conditions.length === 0) return [];
  const means = `The request has ${nameKeys(conditions)} only if the agent reaches STS through a VPC endpoint, which Microsoft-hosted agents never do.`;
  const byId = conditions.some(({ key }) => key.toLowerCase() === 'aws:sourcevpc');
  const remedy = `Run the step on agents in that VPC, with the endpoint in stsEndpoint or private DNS; otherwise remove the condition: then a token can be exchanged from any network.${byId ? ' For a VPC, AWS recommends aws:SourceVpcArn, because IDs are unique only within a Region.' : ''}`;
  return [propose(scene, { code: 'NetworkCondition', severity: 'low', means, remedy })];
}

function nameKeys(conditions: readonly Condition[]): string {
  return [...new Set(conditions.map(({ key }) => key))].join(', ');
}
