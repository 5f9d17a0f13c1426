import type { Command } from 'commander';
import { describeOrigin, type Origin } from '../../trust/network/origin.ts';
import { findPath } from '../../trust/network/bounds.ts';
import type { Partition } from '../../trust/oidc-provider.ts';
import type { TrustPolicy } from '../../trust/trust-policy.ts';
import type { RequestNetwork } from '../../trust/web-identity.ts';
import { readEndpointId, readSourceIp, readVpc } from '../accounts/role-options.ts';
import { readAll } from '../terminal/failure.ts';

export interface OriginOptions {
  readonly sourceIp?: string;
  readonly sourceVpce?: string;
  readonly sourceVpc?: string;
}

/** Adds the options that say where the requests of an agent come from. */
export function addOriginOptions(command: Command): Command {
  return command
    .optionsGroup('Network that the agent calls AWS STS from (default: not known):')
    .option('--source-ip <address>', 'over the internet, from this public address')
    .option('--source-vpce <id>', 'through this VPC endpoint')
    .option('--source-vpc <vpc>', 'through an endpoint in this VPC (ARN or ID)');
}

/** Where requests come from, in words and as the keys that they have. */
export interface KnownOrigin {
  readonly network: RequestNetwork;
  readonly text: string;
}

/** Returns where requests come from; undefined if no option says. Throws for what no request is. */
export function readOrigin(options: OriginOptions, partition: Partition): KnownOrigin | undefined {
  const { sourceIp, sourceVpce, sourceVpc } = options;
  const [address, endpointId, vpc] = readAll(
    () => (sourceIp === undefined ? undefined : readSourceIp(sourceIp).text),
    () => (sourceVpce === undefined ? undefined : readEndpointId(sourceVpce)),
    () => (sourceVpc === undefined ? undefined : readVpc(sourceVpc, partition)),
  );
  if (address !== undefined)
    return describe({ path: 'internet', address }, `over the internet, from ${sourceIp ?? ''}`);
  const place = [endpointId, ...(vpc === undefined ? [] : [`in ${vpc}`])].filter(one => one !== undefined).join(' ');
  if (place === '') return undefined;
  const isArn = vpc?.startsWith('arn:') === true;
  return describe(
    {
      path: 'endpoint',
      ...(endpointId === undefined ? {} : { endpointId }),
      ...(vpc === undefined ? {} : isArn ? { vpcArn: vpc } : { vpcId: vpc }),
    },
    `through a VPC endpoint, ${place}`,
  );
}

function describe(origin: Origin, text: string): KnownOrigin {
  return { network: describeOrigin(origin), text };
}

/** Returns how to get a verdict on a policy that asks for a network that is not known; nothing if it asks for none. */
export function suggestOrigin({ statements }: TrustPolicy, origin: KnownOrigin | undefined): readonly string[] {
  const asks = statements.some(({ conditions }) => conditions.some(({ key }) => findPath(key) !== undefined));
  if (!asks || origin !== undefined) return [];
  return ['Specify the network that the agent calls AWS STS from: --source-ip, --source-vpce or --source-vpc.'];
}
