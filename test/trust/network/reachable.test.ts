import assert from 'node:assert/strict';
import { isReachable } from '../../../src/trust/network/reachable.ts';
import type { Condition } from '../../../src/trust/trust-policy.ts';

const line = (operator: string, key: string, ...values: string[]): Condition => ({ operator, key, values });
const vpc = line('StringEquals', 'aws:SourceVpc', 'vpc-1');
const range = line('IpAddress', 'aws:SourceIp', '20.0.0.0/8');

describe('trust/network/reachable', () => {
  const reachable: readonly (readonly [string, readonly Condition[]])[] = [
    ['nothing is asked', []],
    ['a VPC', [vpc]],
    ['a public range', [range]],
    ['a private range within a VPC', [line('IpAddress', 'aws:VpcSourceIp', '10.0.0.0/8'), vpc]],
    ['a VPC and its endpoint', [vpc, line('StringLike', 'aws:SourceVpce', 'vpce-*')]],
    ['a VPC, or the internet from elsewhere', [line('StringEqualsIfExists', 'aws:SourceVpc', 'vpc-1'), range]],
    ['no VPC', [line('Null', 'aws:SourceVpc', 'true'), range]],
    ['all but a private range', [line('NotIpAddress', 'aws:SourceIp', '10.0.0.0/8')]],
    ['one of a private and a public range', [line('IpAddress', 'aws:SourceIp', '10.0.0.0/8', '20.0.0.0/8')]],
    ['a variable', [line('StringEquals', 'aws:SourceVpc', '${aws:PrincipalTag/vpc}')]],
    ['an operator that is not evaluated', [line('ArnLike', 'aws:SourceVpcArn', 'arn:aws:ec2:*:*:vpc/vpc-1')]],
    ['two patterns with something in common', [line('StringLike', 'aws:SourceVpc', 'vpc-1*'), vpc]],
  ];
  const unreachable: readonly (readonly [string, readonly Condition[]])[] = [
    ['both paths', [vpc, range]],
    ['a private range on the internet', [line('IpAddress', 'aws:SourceIp', '10.1.0.0/16')]],
    ['private ranges of IPv6', [line('IpAddress', 'aws:SourceIp', 'fd00::/8', '172.16.0.0/12')]],
    ['a range as a text', [line('StringEquals', 'aws:SourceIp', '20.0.0.0/8')]],
    ['a subnet for a VPC', [line('StringEquals', 'aws:SourceVpc', 'subnet-1')]],
    ['two VPCs at once', [vpc, line('StringLike', 'aws:SourceVpc', 'vpc-2')]],
    ['a VPC, and none', [vpc, line('Null', 'AWS:SourceVpc', 'true')]],
    ['no address, and no VPC', [line('Null', 'aws:SourceIp', 'true'), line('Null', 'aws:SourceVpc', 'true')]],
  ];
  for (const [name, lines] of reachable)
    it(`sees a way: ${name}`, () => {
      assert.ok(isReachable(lines));
    });
  for (const [name, lines] of unreachable)
    it(`sees no way: ${name}`, () => {
      assert.ok(!isReachable(lines));
    });
});
