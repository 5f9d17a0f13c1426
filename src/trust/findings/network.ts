import type { Condition } from '../statement.ts';
import { propose, type Proposal } from './proposal.ts';
import { allowsWebIdentity, type Scene } from '../scene/scene.ts';

/** Addresses that never are a request's public one: private, shared and link-local. */
const privateAddress =
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe80:)/i;

/**
 * Returns what an Allow asks of the network that a request comes from: it depends on the agent and on the endpoint of STS
 * that the step uses, so that it decides for some agents only, or for none.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
 */
export function findNetworkConditions(scene: Scene): readonly Proposal[] {
  if (!allowsWebIdentity(scene) || scene.providers.length === 0) return [];
  const conditions = scene.statement.conditions.filter(isPositiveNetwork);
  const addresses = conditions.filter(isPrivate);
  const endpoints = conditions.filter(({ key }) => /^aws:source(?:vpc|vpce|vpcarn)$|^aws:vpc/i.test(key));
  return [...reportAddresses(scene, addresses), ...reportEndpoints(scene, endpoints)];
}

function isPositiveNetwork({ operator }: Condition): boolean {
  return !/Not|IfExists$|^Null$|^ForAllValues:/.test(operator);
}

function isPrivate({ key, values }: Condition): boolean {
  return key.toLowerCase() === 'aws:sourceip' && values.length > 0 && values.every(one => privateAddress.test(one));
}

function reportAddresses(scene: Scene, conditions: readonly Condition[]): readonly Proposal[] {
  if (conditions.length === 0) return [];
  const values = conditions.flatMap(one => one.values).join(', ');
  const means = `aws:SourceIp is the public address that a request comes from, and is missing where it comes through a VPC endpoint: ${values} is private, so the condition hardly ever holds.`;
  const remedy =
    "Write the agents' public addresses, or aws:VpcSourceIp together with aws:SourceVpce for a VPC endpoint.";
  return [propose(scene, { code: 'NetworkCondition', severity: 'medium', means, remedy })];
}

function reportEndpoints(scene: Scene, conditions: readonly Condition[]): readonly Proposal[] {
  if (conditions.length === 0) return [];
  const keys = conditions.map(({ key }) => key).join(', ');
  const means = `The request has ${keys} only where the agent reaches STS through a VPC endpoint: Microsoft-hosted agents never do.`;
  const remedy =
    'Run the step on agents in that VPC, with the endpoint in stsEndpoint or by private DNS; else leave the condition out.';
  return [propose(scene, { code: 'NetworkCondition', severity: 'low', means, remedy })];
}
