import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isAwsStsHost, isRegion, regionalStsEndpoint } from '../../../src/session/region.ts';
import type { RoleArn } from '../../../src/session/match-role-arn.ts';
import { Faults } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/faults.ts';
import { checkAllowedAccounts } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/goals.ts';
import {
  checkEndpoint,
  checkRegion,
  checkRole,
  warnOfEndpoint,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/role.ts';
import { scaleRuns } from '../../hardness/fuzz/check.ts';

const role: RoleArn = {
  text: 'arn:aws:iam::111111111111:role/deploy',
  partition: 'aws',
  accountId: '111111111111',
  path: '/',
  name: 'deploy',
};

function foundIn(checked: unknown): string {
  assert.ok(checked instanceof Faults, 'was not refused');
  return checked.list.map(({ found }) => found).join('\n');
}

const endpoints = [
  'https://sts.eu-west-1.amazonaws.com',
  'https://sts.eu-west-1.amazonaws.com/',
  'https://vpce-0123456789abcdef0-example1.sts.eu-west-1.vpce.amazonaws.com',
  'https://sts.contoso.example:8443',
  'HTTPS://STS.EU-WEST-1.AMAZONAWS.COM',
  'http://127.0.0.1:8080',
  'http://127.1.2.3',
  'http://[::1]:8080/',
];

const noEndpoints = [
  'sts.eu-west-1.amazonaws.com',
  '//sts.eu-west-1.amazonaws.com',
  'https://',
  'https://sts.eu-west-1.amazonaws.com:99999',
  'http://sts.eu-west-1.amazonaws.com',
  'http://localhost:8080',
  'http://127.0.0.1.evil.example',
  'http://[::ffff:127.0.0.1]',
  'http://10.0.0.1',
  'http://0.0.0.0',
  'http://169.254.169.254',
  'ftp://sts.eu-west-1.amazonaws.com',
  'file:///etc/passwd',
  'https://user@sts.eu-west-1.amazonaws.com',
  'https://user:canary@sts.eu-west-1.amazonaws.com',
  'https://sts.eu-west-1.amazonaws.com/?canary=1',
  'https://sts.eu-west-1.amazonaws.com/#canary',
  'https://sts.eu-west-1.amazonaws.com/path',
  'http://127.0.0.1@evil.example',
  'user:canary@sts.eu-west-1.amazonaws.com',
  'https:/user:canary@sts.eu-west-1.amazonaws.com',
  'https://sts.eu-west-1\t.amazonaws.com',
  'https://sts.eu-west-1\n.amazonaws.com',
  'https:\\\\sts.eu-west-1.amazonaws.com',
  'https://sts..amazonaws.com',
  'https://sts.eu-west-1.amazonaws.com, https://sts.eu-west-2.amazonaws.com',
];

const accounts = [
  { text: '', roles: [role], ids: [] },
  { text: '111111111111', roles: [role], ids: ['111111111111'] },
  {
    text: '222222222222,111111111111',
    roles: [role, { ...role, accountId: '222222222222' }],
    ids: ['222222222222', '111111111111'],
  },
  { text: ' 222222222222 ,\r\n 111111111111 ,', roles: [role], ids: ['222222222222', '111111111111'] },
  { text: '012345678901', roles: [], ids: ['012345678901'] },
];

const noAccounts = [
  { text: ',', found: /allowedAccountIds contains ","/ },
  { text: ' , ,\n', found: /allowedAccountIds contains/ },
  { text: 'all', found: /"all"/ },
  { text: '*', found: /"\*"/ },
  { text: '11111111111', found: /"11111111111", which has 11 digits/ },
  { text: '1111111111111', found: /"1111111111111"/ },
  { text: '1111-1111-1111', found: /"1111-1111-1111", with separators/ },
  { text: '222222222222;111111111111', found: /with ";" between IDs/ },
  { text: '222222222222/111111111111/333333333333', found: /with "\/" between IDs/ },
  { text: '1111 1111 1111', found: /"1111 1111 1111", with separators/ },
  { text: 'arn:aws:iam::111111111111:root', found: /an ARN/ },
  { text: '111111111111;222222222222', found: /"111111111111;222222222222"/ },
  { text: '111111111111, prod, 1', found: /"prod", "1"/ },
  { text: '١١١١١١١١١١١١', found: /allowedAccountIds contains/ },
  { text: '222222222222', found: /role arn:aws:iam::111111111111:role\/deploy is in account 111111111111/ },
];

describe('tasks/inputs/role', () => {
  describe('regions match a fully anchored pattern before any URL is built', () => {
    for (const region of ['eu-west-1', 'us-east-1']) {
      it(`takes ${region}`, () => {
        assert.equal(checkRegion(region, {}, role), region);
      });
    }

    for (const region of [
      'us-east-1@evil.example/',
      'us-east-1.evil.example',
      'EU-WEST-1',
      'eu-west-1a',
      'us-east-1 x',
      '*',
    ]) {
      it(`refuses ${region}`, () => {
        assert.match(foundIn(checkRegion(region, {}, role)), /^Input region is "/);
      });
    }

    it('calls no host but the computed one, or reports a fault', () => {
      fc.assert(
        fc.property(
          fc.oneof(
            fc.string(),
            fc.string().map(end => `eu-west-1${end}`),
          ),
          text => {
            const region = checkRegion(text, {}, undefined);
            if (region instanceof Faults) return;
            assert.equal(checkEndpoint(''), 'regional');
            assert.ok(isRegion(region) && isAwsStsHost(regionalStsEndpoint(region).host));
          },
        ),
      );
    });
  });

  describe('the partition of the region must be that of the role', () => {
    const rows = [
      { region: 'cn-north-1', partition: 'aws-cn', is: true },
      { region: 'us-gov-west-1', partition: 'aws-us-gov', is: true },
      { region: 'eusc-de-east-1', partition: 'aws-eusc', is: true },
      { region: 'eu-west-1', partition: 'aws-cn', is: false },
      { region: 'us-east-1', partition: 'aws-us-gov', is: false },
      { region: 'us-gov-west-1', partition: 'aws', is: false },
      { region: 'eusc-de-east-1', partition: 'aws', is: false },
    ] as const;
    for (const { region, partition, is } of rows) {
      it(`${is ? 'takes' : 'refuses'} ${region} for a role of ${partition}`, () => {
        const checked = checkRegion(region, {}, { ...role, partition });
        if (is) assert.equal(checked, region);
        else assert.match(foundIn(checked), new RegExp(`${region} is in partition [a-z-]+, the role in ${partition}`));
      });
    }
  });

  describe('http only to a literal loopback address; userinfo, query and fragment in endpoints are refused', () => {
    for (const text of endpoints) {
      it(`takes ${text}`, () => {
        const url = checkEndpoint(text);
        assert.ok(url instanceof URL);
        assert.equal(url.href, new URL(text).href);
      });
    }

    for (const text of noEndpoints) {
      it(`refuses ${text}, and repeats neither password nor query`, () => {
        const found = foundIn(checkEndpoint(text));
        assert.match(found, /Input stsEndpoint/);
        assert.doesNotMatch(found, /canary/);
      });
    }

    it("is the region's own where the input is empty", () => {
      assert.equal(checkEndpoint(''), 'regional');
      assert.deepEqual(regionalStsEndpoint('eu-west-1'), new URL('https://sts.eu-west-1.amazonaws.com/'));
    });

    it('never throws, and takes only https or literal loopback without anything hidden in it', () => {
      const text = fc.oneof(
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        fc.string(),
        fc.string().map(end => `http://127.0.0.1${end}`),
      );
      fc.assert(
        fc.property(text, endpoint => {
          const url = checkEndpoint(endpoint);
          if (!(url instanceof URL) || endpoint === '') return;
          assert.match(url.href, /^(?:https:\/\/[^/?#@]+|http:\/\/127\.\d+\.\d+\.\d+(?::\d+)?)\/[?#]*$/);
        }),
        scaleRuns(3),
      );
    });
  });

  describe('an endpoint that is none of AWS STS is named in a warning', () => {
    for (const url of [
      'https://sts.eu-west-1.amazonaws.com',
      'https://sts-fips.us-east-1.amazonaws.com',
      'https://x.sts.eu-west-1.vpce.amazonaws.com',
    ]) {
      it(`says nothing of ${url}`, () => {
        assert.deepEqual(warnOfEndpoint(new URL(url)), []);
      });
    }

    for (const url of [
      'https://sts.contoso.example:8443',
      'http://127.0.0.1:8080',
      'https://sts.eu-west-1.amazonaws.com.evil.example',
    ]) {
      it(`warns of ${url}`, () => {
        const [warning = '', ...more] = warnOfEndpoint(new URL(url));
        assert.ok(warning.includes(new URL(url).host));
        assert.deepEqual(more, []);
      });
    }
  });

  describe('an allowedAccountIds with text but no 12-digit id is an error', () => {
    for (const { text, roles, ids } of accounts) {
      it(`takes ${JSON.stringify(text)}`, () => {
        assert.deepEqual(checkAllowedAccounts(text, roles), ids);
      });
    }

    for (const { text, found } of noAccounts) {
      it(`refuses ${JSON.stringify(text)}`, () => {
        assert.match(foundIn(checkAllowedAccounts(text, [role])), found);
      });
    }
  });

  it('names every role in an account that is not allowed', () => {
    const others = ['222222222222', '333333333333'].map(accountId => ({
      ...role,
      accountId,
      text: `role-${accountId}`,
    }));
    const found = foundIn(checkAllowedAccounts('111111111111', [role, ...others]));
    assert.deepEqual(
      found.split('\n').map(line => line.split(' ')[2]),
      ['role-222222222222', 'role-333333333333'],
    );
  });

  describe('a region is needed only where something would take it', () => {
    it('is none where the input is empty and nothing needs one', () => {
      assert.equal(checkRegion('', 'not needed', 'none'), 'none');
    });

    it('is checked all the same where it is given', () => {
      assert.equal(checkRegion('eu-west-1', 'not needed', 'none'), 'eu-west-1');
      assert.match(foundIn(checkRegion('mars', 'not needed', 'none')), /Input region is "mars"/);
    });

    it('is missing where something needs one', () => {
      assert.match(foundIn(checkRegion('', {}, 'none')), /Input region is empty/);
    });
  });

  it('takes an empty role for none, since there may be roles in profiles', () => {
    assert.equal(checkRole(''), 'none');
  });

  it('says what is wrong with a role', () => {
    assert.match(foundIn(checkRole('arn:aws-iso:iam::111111111111:role/a')), /partition "aws-iso"/);
    assert.match(foundIn(checkRole('arn:aws:sts::111111111111:assumed-role/a/b')), /the ARN of a session/);
  });
});
