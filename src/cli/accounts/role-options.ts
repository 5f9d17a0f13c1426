import { isRoleArn, parseRoleArn } from '../../session/role-arn.ts';
import { ownTag } from '../../account/iam.ts';
import { isPartition, type Partition } from '../../trust/oidc-provider.ts';
import { readAll, refuseIf, wrongUsage } from '../terminal/failure.ts';
import type { Command } from 'commander';
import { parseAddressRange, type AddressRange, type Reach } from '../../trust/network/address-range.ts';
import type { NetworkBounds } from '../../trust/network/bounds.ts';
import { collect } from '../connections/options.ts';

// What options say of a role, the same for every command that has them. IAM would refuse most of what is refused here, but
// only after some of the changes.

/** Returns the name of a role. Throws for one that IAM does not take. */
export function readRoleName(name: string): string {
  if (/^[\w+=,.@-]{1,64}$/.test(name)) return name;
  throw wrongUsage(
    `--role-name is "${name}".`,
    '1 to 64 letters, digits or any of +=,.@_- (the path goes into --path).',
  );
}

/** Returns the path of a role; undefined if none was given. */
export function readRolePath(path: string | undefined): string | undefined {
  if (path === undefined || isRoleArn(parseRoleArn(`arn:aws:iam::111111111111:role${path}x`))) return path;
  throw wrongUsage(`--path is "${path}".`, 'a path that starts and ends with a slash, like /pipelines/.');
}

/** Returns the length of a session in seconds; undefined if none was given. */
export function readSessionSeconds(
  text: string | undefined,
  option = '--max-session-duration',
  min = 3600,
): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{3,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= min && seconds <= 43_200) return seconds;
  throw wrongUsage(`${option} is "${text}".`, `a whole number of seconds from ${min} to 43200.`);
}

interface PolicyArn {
  readonly text: string;
  readonly partition: string;
  /** An account's id, or `aws`. */
  readonly owner: string;
}

/** Returns the parts of a managed policy's ARN. Throws for a text that is none. */
export function readPolicyArn(option: string, text: string): PolicyArn {
  const pattern = /^arn:([^:]+):iam::(\d{12}|aws):policy\/(?:[\x21-\x2e\x30-\x7e]+\/)*[\w+=,.@-]{1,128}$/;
  const [, partition = '', owner = ''] = pattern.exec(text) ?? [];
  if (isPartition(partition) && !/[*?]|\$\{/.test(text)) return { text, partition, owner };
  throw wrongUsage(
    `${option} is "${text}".`,
    'the ARN of a managed policy, like arn:aws:iam::aws:policy/ReadOnlyAccess.',
  );
}

/** IAM accepts 50, and that of aws-wif is one of them. */
const maxTags = 49;

/**
 * Returns the tags of `key=value` texts. Throws for what IAM does not take, for a key that stands twice in any letter case,
 * since a role has it once, and for the key of aws-wif's own tag.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
 */
export function readTags(texts: readonly string[] = [], option = '--tag'): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const [key, value] of readAll(...texts.map(text => () => readTag(text, option)))) {
    const taken = [...tags.keys(), ownTag.key].find(one => one.toLowerCase() === key.toLowerCase());
    if (taken !== undefined) {
      throw wrongUsage(
        `${option} has the key "${key}" as well as ${taken}.`,
        `each key only once, regardless of letter case, and not ${ownTag.key}.`,
      );
    }
    tags.set(key, value);
  }
  if (tags.size <= maxTags) return Object.fromEntries(tags);
  throw wrongUsage(
    `${option} is given ${tags.size} times.`,
    `at most ${maxTags}: IAM allows 50 tags, and aws-wif adds its own.`,
  );
}

function readTag(text: string, option: string): readonly [key: string, value: string] {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const valid = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value);
  if (valid && !/^aws:/i.test(key)) return [key, value];
  throw wrongUsage(
    `${option} is "${text}".`,
    'key=value, with letters, digits, spaces and _.:/=+-@; the key must not start with aws:.',
  );
}

export interface NetworkOptions {
  readonly sourceVpce?: readonly string[];
  readonly sourceVpc?: readonly string[];
  readonly sourceIp?: readonly string[];
}

/** Adds the options that bind a trust policy to a network. */
export function addNetworkOptions(command: Command): Command {
  return command
    .optionsGroup('Network, for self-hosted agents:')
    .option('--source-vpce <id>', 'allow only requests through this VPC endpoint for AWS STS; repeatable', collect)
    .option('--source-vpc <vpc>', 'allow only requests from this VPC (ARN or ID); repeatable', collect)
    .option(
      '--source-ip <range>',
      'allow only requests from these public addresses, like 203.0.113.0/24; repeatable',
      collect,
    );
}

/** Networks to bind a trust policy to, and what to know before using it. */
export interface ChosenNetwork {
  readonly bounds: NetworkBounds;
  readonly warnings: readonly string[];
}

/**
 * Returns the networks that the options name; undefined if they name none. Throws for what is no such network, and for
 * what no request can fulfil: VPCs and addresses together, and what is of another partition than the role.
 */
export function readNetwork(options: NetworkOptions, partition: Partition): ChosenNetwork | undefined {
  const { sourceVpce = [], sourceVpc = [], sourceIp = [] } = options;
  if (sourceVpce.length + sourceVpc.length + sourceIp.length === 0) return undefined;
  const [endpointIds, vpcs, ranges] = readAll(
    () => readAll(...sourceVpce.map(text => () => readEndpointId(text))),
    () => readAll(...sourceVpc.map(text => () => readVpc(text, partition))),
    () => readAll(...sourceIp.map(text => () => readSourceIp(text))),
    refuseIf(
      new Set(sourceVpc.map(isArn)).size > 1,
      'Some --source-vpc values are ARNs and some are IDs.',
      'only ARNs or only IDs: they are two condition keys, and a request would have to match both.',
    ),
  );
  const bounds = {
    endpointIds,
    vpcIds: vpcs.filter(one => !isArn(one)),
    vpcArns: vpcs.filter(isArn),
    addressRanges: [...new Set(ranges.map(({ text }) => text))],
  };
  const masked = ranges.flatMap((range, index) => (range.isMasked ? warnOfMask(sourceIp[index] ?? '', range) : []));
  return { bounds, warnings: [...masked, ...warnOfBounds(bounds)] };
}

/** Returns the id of a VPC endpoint. Throws for any other text: IAM compares character by character. */
export function readEndpointId(text: string): string {
  if (/^vpce-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(text)) return text;
  throw wrongUsage(
    `--source-vpce is "${text}".`,
    'the ID of a VPC endpoint in lower case, like vpce-0123456789abcdef0.',
  );
}

/** Returns the ARN or the id of a VPC. Throws for any other text, and for a VPC of another partition. */
export function readVpc(text: string, partition: Partition): string {
  const pattern = /^(?:arn:(aws[a-z-]*):ec2:[a-z0-9-]+:\d{12}:vpc\/)?vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
  const parts = pattern.exec(text);
  if (parts !== null && (parts[1] ?? partition) === partition) return text;
  throw wrongUsage(
    `--source-vpc is "${text}".`,
    parts === null
      ? "a VPC's ARN, like arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-0123456789abcdef0, or its ID."
      : `a VPC in partition ${partition} (--partition); VPCs in other partitions cannot reach its AWS STS through an endpoint.`,
  );
}

const minPrefixLengths = { v4: 8, v6: 16 };

/** Returns a range of public addresses. Throws for any other text, and for a range that binds to nothing. */
export function readSourceIp(text: string): AddressRange {
  const range = parseAddressRange(text);
  if (range === undefined) {
    throw wrongUsage(
      `--source-ip is "${text}".`,
      'an IPv4 or IPv6 address, or a range of them, like 203.0.113.0/24 or 2001:db8::/32.',
    );
  }
  const min = range.isIPv6 ? minPrefixLengths.v6 : minPrefixLengths.v4;
  if (range.prefixLength < min) {
    throw wrongUsage(
      `--source-ip is ${text}, which is the internet or a large part of it, so the trust policy would not be restricted.`,
      `the addresses that your agents' requests come from, /${min} or smaller.`,
    );
  }
  const refusal = refusals[range.reach];
  if (refusal === undefined) return range;
  throw wrongUsage(`--source-ip is ${text}, ${refusal}.`, notPublic);
}

const refusals: Readonly<Record<Reach, string | undefined>> = {
  public: undefined,
  // They are everywhere in examples: a warning says that nobody calls from there.
  documentation: undefined,
  private: 'which is private',
  reserved: 'which is reserved and not used on the internet',
};

const notPublic =
  'public addresses: AWS sees the address from which the request leaves your network. Requests through a VPC endpoint have no aws:SourceIp; for those, use --source-vpce or --source-vpc.';

function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

function warnOfMask(given: string, { text }: AddressRange): string {
  return `--source-ip ${given} is an address inside a range; the policy gets the whole range, written as ${text}. For only that address, omit the prefix length.`;
}

/**
 * Returns who cannot use a trust policy that is bound to a network, in whole sentences.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 * @see https://learn.microsoft.com/azure/devops/pipelines/agents/hosted#networking
 */
function warnOfBounds(bounds: NetworkBounds): readonly string[] {
  return [...warnOfEndpoints(bounds), ...warnOfAddresses(bounds)];
}

function warnOfEndpoints({ endpointIds, vpcIds, vpcArns }: NetworkBounds): readonly string[] {
  const vpcs = vpcIds.length + vpcArns.length;
  if (endpointIds.length + vpcs === 0) return [];
  return [
    'Microsoft-hosted agents cannot use the role: they call AWS STS over the internet. Self-hosted agents in the VPC can, through its endpoint for AWS STS (with private DNS or the input stsEndpoint).',
    ...(endpointIds.length > 0 && vpcs > 0
      ? [
          'Both --source-vpce and --source-vpc are given, and a request must match both: nobody can use the role through an endpoint outside these VPCs.',
        ]
      : []),
    ...(vpcIds.length > 0
      ? ["VPC IDs are unique only within a Region. AWS recommends a VPC's ARN (aws:SourceVpcArn)."]
      : []),
  ];
}

function warnOfAddresses({ addressRanges }: NetworkBounds): readonly string[] {
  if (addressRanges.length === 0) return [];
  const ranges = addressRanges.flatMap(text => parseAddressRange(text) ?? []);
  const examples = ranges.filter(({ reach }) => reach === 'documentation').map(({ text }) => text);
  return [
    'Microsoft-hosted agents cannot use the role for long: their addresses change every week and are shared with other customers. Self-hosted agents can, as long as their requests leave from these addresses and not through a VPC endpoint for AWS STS.',
    ...(examples.length > 0
      ? [
          `${examples.join(', ')} is for documentation and not used on the internet, so nobody can use the role from there.`,
        ]
      : []),
    ...(ranges.every(({ isIPv6 }) => isIPv6)
      ? [
          "All addresses are IPv6, but the Region's default AWS STS endpoint supports only IPv4: nobody can use the role except through a dual-stack endpoint (the input stsEndpoint).",
        ]
      : []),
  ];
}
