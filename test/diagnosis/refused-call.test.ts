import assert from 'node:assert/strict';
import { describeRoute, findEndpointId } from '../../src/diagnosis/refused-call.ts';
import { explain, hub } from './refused-calls.ts';

const regional = 'sts.eu-west-1.amazonaws.com';
const own = 'vpce-0123456789abcdef0-x1.sts.eu-west-1.vpce.amazonaws.com';

const rows: readonly (readonly [host: string, isMicrosoftHosted: boolean, says: RegExp | undefined, id?: string])[] = [
  [regional, true, /Microsoft-hosted agent called the public endpoint sts\.eu-west-1.+only aws:SourceIp/],
  [regional, false, /called sts\.eu-west-1.+the public endpoint unless a VPC endpoint's private DNS/],
  ['sts-fips.us-east-1.amazonaws.com', false, /called sts-fips/],
  [
    own,
    false,
    /called VPC endpoint vpce-0123456789abcdef0, so the request has no aws:SourceIp/,
    'vpce-0123456789abcdef0',
  ],
  [own.replace('-x1.', '-x1-eu-west-1a.'), false, /vpce-0123456789abcdef0/, 'vpce-0123456789abcdef0'],
  // What stands behind a name of somebody's own is not known.
  ['sts.example.com.attacker.example', false, /called sts\.example/],
  ['aws.example.com', true, undefined],
  ['127.0.0.1', false, undefined],
];

describe('diagnosis/refused-call, the route', () => {
  for (const [host, isMicrosoftHosted, says, id] of rows) {
    it(`${host}${isMicrosoftHosted ? ', Microsoft-hosted' : ''}`, () => {
      const [line, ...others] = describeRoute({ host, isMicrosoftHosted });
      assert.deepEqual(others, []);
      if (says === undefined) assert.equal(line, undefined);
      else assert.match(line ?? '', says);
      assert.equal(findEndpointId({ host, isMicrosoftHosted }), id);
    });
  }

  it('is a cause of a refusal of the ID token and of a chained role, and of nothing else', () => {
    const route = { host: regional, isMicrosoftHosted: true };
    const says = /condition on the network/;
    assert.match(explain('StsAccessDenied', { route }).likely.join(), says);
    assert.match(explain('StsAccessDenied', { route, caller: hub }).likely.join(), says);
    for (const code of ['StsProviderMissing', 'StsAudienceRefused', 'StsThrottled'] as const)
      assert.doesNotMatch(explain(code, { route }).likely.join(), says);
  });
});
