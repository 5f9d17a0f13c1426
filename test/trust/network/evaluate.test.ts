import assert from 'node:assert/strict';
import { evaluateTrust, type Decision } from '../../../src/trust/evaluate.ts';
import { describeOrigin, type Origin } from '../../../src/trust/network/origin.ts';
import { parseTrustPolicy } from '../../../src/trust/trust-policy.ts';
import { describeWebIdentity } from '../../../src/trust/web-identity.ts';
import { account, oldClaims, oldUrl } from '../company.ts';

const [vpce, vpc] = ['vpce-0123456789abcdef0', 'vpc-0123456789abcdef0'];
const vpcArn = `arn:aws:ec2:eu-west-1:111111111111:vpc/${vpc}`;

const office: Origin = { path: 'internet', address: '52.1.2.3' };
const range: Origin = { path: 'internet', address: '52.1.0.0/16' };
const sixth: Origin = { path: 'internet', address: '2600:1f00::1' };
const endpoint: Origin = { path: 'endpoint', endpointId: vpce };
const inVpc: Origin = { path: 'endpoint', endpointId: vpce, vpcArn };

type Condition = readonly [operator: string, key: string, value: string | readonly string[]];

const cases: readonly (readonly [condition: Condition, origin: Origin, decision: Decision])[] = [
  [['IpAddress', 'aws:SourceIp', '52.1.2.3'], office, 'allowed'],
  [['IpAddress', 'AWS:sourceip', ['9.9.9.9', '52.1.0.0/16']], office, 'allowed'],
  [['IpAddress', 'aws:SourceIp', '52.2.0.0/16'], office, 'denied'],
  [['IpAddress', 'aws:SourceIp', '52.1.2.0/24'], range, 'unknown'],
  [['IpAddress', 'aws:SourceIp', '52.0.0.0/8'], range, 'allowed'],
  [['IpAddress', 'aws:SourceIp', 'office'], office, 'unknown'],
  [['IpAddress', 'aws:SourceIp', '0.0.0.0/0'], sixth, 'denied'],
  [['IpAddress', 'aws:SourceIp', '2600:1f00::/24'], sixth, 'allowed'],
  [['IpAddress', 'aws:SourceIp', '0.0.0.0/0'], endpoint, 'denied'],
  [['IpAddressIfExists', 'aws:SourceIp', '9.9.9.9'], endpoint, 'allowed'],
  [['IpAddressIfExists', 'aws:SourceIp', '9.9.9.9'], office, 'denied'],
  [['NotIpAddress', 'aws:SourceIp', '52.1.0.0/16'], office, 'denied'],
  [['NotIpAddress', 'aws:SourceIp', '9.9.9.0/24'], office, 'allowed'],
  [['NotIpAddress', 'aws:SourceIp', '9.9.9.0/24'], endpoint, 'allowed'],
  [['StringEquals', 'aws:SourceIp', '52.1.2.3'], office, 'allowed'],
  [['StringEquals', 'aws:SourceIp', '52.1.0.0/16'], office, 'denied'],
  [['StringLike', 'aws:SourceIp', '52.1.*'], office, 'allowed'],
  [['StringEquals', 'aws:SourceIp', '52.1.0.0/16'], range, 'unknown'],
  [['StringEquals', 'aws:SourceIp', '2600:1f00::1'], sixth, 'unknown'],
  [['StringEquals', 'aws:SourceVpce', vpce], endpoint, 'allowed'],
  [['StringEquals', 'aws:SourceVpce', [vpce, 'vpce-01234567']], endpoint, 'allowed'],
  [['StringEquals', 'aws:SourceVpce', 'vpce-01234567'], endpoint, 'denied'],
  [['StringEquals', 'aws:SourceVpce', vpce.toUpperCase()], endpoint, 'denied'],
  [['StringEquals', 'aws:SourceVpce', vpce], office, 'denied'],
  [['StringEqualsIfExists', 'aws:SourceVpce', 'vpce-01234567'], office, 'allowed'],
  [['StringNotEquals', 'aws:SourceVpce', vpce], office, 'allowed'],
  [['StringNotEquals', 'aws:SourceVpce', vpce], endpoint, 'denied'],
  [['StringEquals', 'aws:SourceVpc', vpc], endpoint, 'unknown'],
  [['StringEquals', 'aws:SourceVpc', vpc], inVpc, 'allowed'],
  [['StringEquals', 'aws:SourceVpcArn', vpcArn], inVpc, 'allowed'],
  [['StringEquals', 'aws:SourceVpcArn', vpcArn], office, 'denied'],
  [['IpAddress', 'aws:VpcSourceIp', '10.0.0.0/8'], inVpc, 'unknown'],
  [['IpAddress', 'aws:VpcSourceIp', '10.0.0.0/8'], office, 'denied'],
  [['Null', 'aws:SourceVpce', 'false'], office, 'denied'],
  [['Null', 'aws:SourceVpce', 'false'], endpoint, 'allowed'],
  [['Null', 'aws:SourceIp', 'true'], endpoint, 'allowed'],
];

describe('a trust policy that asks for a network', () => {
  for (const [[operator, key, value], origin, decision] of cases) {
    it(`${operator} on ${key}: ${String(value)}, ${JSON.stringify(origin)}: ${decision}`, () => {
      const policy = parseTrustPolicy({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${oldUrl}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { [operator]: { [key]: value } },
        },
      });
      const request = describeWebIdentity({ claims: oldClaims, account, network: describeOrigin(origin) });
      assert.equal(evaluateTrust(policy, request).decision, decision);
    });
  }
});
