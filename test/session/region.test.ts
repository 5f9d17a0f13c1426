import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isAwsStsHost, isPartition, isRegion, partitionOf, regionalStsEndpoint } from '../../src/session/region.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const regions = [
  { region: 'eu-west-1', partition: 'aws', host: 'sts.eu-west-1.amazonaws.com' },
  { region: 'us-east-1', partition: 'aws', host: 'sts.us-east-1.amazonaws.com' },
  { region: 'ap-southeast-2', partition: 'aws', host: 'sts.ap-southeast-2.amazonaws.com' },
  { region: 'ap-northeast-3', partition: 'aws', host: 'sts.ap-northeast-3.amazonaws.com' },
  { region: 'il-central-1', partition: 'aws', host: 'sts.il-central-1.amazonaws.com' },
  { region: 'mx-central-1', partition: 'aws', host: 'sts.mx-central-1.amazonaws.com' },
  { region: 'cn-north-1', partition: 'aws-cn', host: 'sts.cn-north-1.amazonaws.com.cn' },
  { region: 'cn-northwest-1', partition: 'aws-cn', host: 'sts.cn-northwest-1.amazonaws.com.cn' },
  { region: 'us-gov-west-1', partition: 'aws-us-gov', host: 'sts.us-gov-west-1.amazonaws.com' },
  { region: 'us-gov-east-1', partition: 'aws-us-gov', host: 'sts.us-gov-east-1.amazonaws.com' },
  { region: 'eusc-de-east-1', partition: 'aws-eusc', host: 'sts.eusc-de-east-1.amazonaws.eu' },
];

const noRegions = [
  '',
  'us-east-1@evil.example/',
  'us-east-1.evil.example',
  'us-east-1/..',
  'us-east-1#',
  'us-east-1?x',
  'us-east-1:443',
  'us-east-1\n',
  '\nus-east-1',
  ' us-east-1',
  'us-east-1 ',
  'US-EAST-1',
  'us_east_1',
  'us-east',
  'us-east-1a',
  'us-east-0',
  'us-east-100',
  'useast1',
  'eu-west-1,eu-west-2',
  'eu-wést-1',
  'eu-west-１',
  '$(region)',
  'global',
  'aws-global',
  '-east-1',
  'us--1',
];

/** Regions of partitions whose STS reaches no issuer of Azure DevOps. */
const isolated = [
  'us-iso-east-1',
  'us-iso-west-1',
  'us-isob-east-1',
  'us-isof-south-1',
  'us-isof-east-1',
  'eu-isoe-west-1',
];

const ownHosts = [
  'sts.amazonaws.com',
  'sts.eu-west-1.amazonaws.com',
  'sts-fips.us-east-1.amazonaws.com',
  'sts.cn-north-1.amazonaws.com.cn',
  'sts.us-gov-west-1.amazonaws.com',
  'sts.eusc-de-east-1.amazonaws.eu',
  'vpce-0123456789abcdef0-example1.sts.eu-west-1.vpce.amazonaws.com',
  'vpce-0123456789abcdef0-example1-eu-west-1a.sts.eu-west-1.vpce.amazonaws.com',
  'vpce-0123456789abcdef0-example1.sts.cn-north-1.vpce.amazonaws.com.cn',
  'sts.eu-west-1.api.aws',
  'sts-fips.us-east-1.api.aws',
  'sts.us-gov-west-1.api.aws',
  'sts.cn-north-1.api.amazonwebservices.com.cn',
  'sts.eusc-de-east-1.api.amazonwebservices.eu',
];

const strangeHosts = [
  'sts.eu-west-1.amazonaws.com.evil.example',
  'sts.eu-west-1.amazonaws.com.',
  'evil-sts.eu-west-1.amazonaws.com',
  'evil.sts.eu-west-1.amazonaws.com',
  'stsXeu-west-1.amazonaws.com',
  'sts.eu-west-1.amazonawsXcom',
  'sts.eu-west-1.evil.example',
  'sts.mars.amazonaws.com',
  'sts.eu-west-1.vpce.amazonaws.com',
  'x.sts.mars.vpce.amazonaws.com',
  'x.s3.eu-west-1.vpce.amazonaws.com',
  'bucket.s3.eu-west-1.amazonaws.com',
  'x.execute-api.eu-west-1.amazonaws.com',
  'sts.eu-west-1.api.aws.evil.example',
  'evil.sts.eu-west-1.api.aws',
  'sts.eu-west-1.apiXaws',
  'sts.mars.api.aws',
  'sts.api.aws',
  'x.sts.eu-west-1.vpce.api.aws',
  's3.eu-west-1.api.aws',
  'sts.cn-north-1.api.amazonwebservices.com',
  'amazonaws.com',
  'localhost',
  '127.0.0.1',
  '',
];

describe('session/region', () => {
  describe('regions match a fully anchored pattern before any URL is built', () => {
    for (const { region } of regions) {
      it(`takes ${region}`, () => {
        assert.equal(isRegion(region), true);
      });
    }

    for (const region of noRegions) {
      it(`refuses ${JSON.stringify(region)}`, () => {
        assert.equal(isRegion(region), false);
      });
    }

    for (const region of isolated) {
      it(`refuses ${region}, whose partition cannot reach the token issuers`, () => {
        assert.equal(isRegion(region), false);
      });
    }
  });

  describe("the built URL's host must equal the computed host exactly", () => {
    for (const { region, partition, host } of regions) {
      it(`builds https://${host}/ for ${region} in ${partition}`, () => {
        assert.equal(partitionOf(region), partition);
        assert.equal(regionalStsEndpoint(region).href, `https://${host}/`);
      });
    }

    for (const region of [
      'us-east-1@evil.example/',
      'evil.example/',
      'a:b@evil.example/',
      'us-east-1.evil.example#',
      'US-EAST-1',
      'a\u3002b/',
    ]) {
      it(`builds nothing for ${region}`, () => {
        assert.throws(() => regionalStsEndpoint(region), { name: 'TypeError' });
      });
    }

    it('calls no host but the computed one, whatever passes for a region', () => {
      const text = fc.oneof(
        fc.stringMatching(/^[a-z]{1,5}(-[a-z@/.#:]{1,6}){1,2}-[0-9]{1,2}$/),
        fc.string().map(end => `us-east-1${end}`),
        fc.string(),
      );
      fc.assert(
        fc.property(text, region => {
          if (!isRegion(region)) return;
          const url = regionalStsEndpoint(region);
          assert.match(url.href, /^https:\/\/sts\.[a-z0-9-]+\.amazonaws\.(?:com|com\.cn|eu)\/$/);
          assert.ok(url.host.startsWith(`sts.${region}.`));
          assert.ok(isAwsStsHost(url.host));
        }),
        scaleRuns(3),
      );
    });
  });

  for (const partition of ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc']) {
    it(`knows the partition ${partition}`, () => {
      assert.equal(isPartition(partition), true);
    });
  }

  for (const partition of ['', 'AWS', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'toString', '__proto__', 'aws ']) {
    it(`does not know a partition "${partition}"`, () => {
      assert.equal(isPartition(partition), false);
    });
  }

  describe('a host outside sts[-fips][.<region>].<partition suffix>, its dual-stack form and *.sts.<region>.vpce.<partition suffix> is not AWS STS', () => {
    for (const host of ownHosts) {
      it(`takes ${host}`, () => {
        assert.equal(isAwsStsHost(host), true);
      });
    }

    for (const host of strangeHosts) {
      it(`refuses "${host}"`, () => {
        assert.equal(isAwsStsHost(host), false);
      });
    }
  });
});
