import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeBundle, describeEndpoint } from '../../../src/cli/accounts/endpoint-notice.ts';
import { createAuthority } from '../../fakes/certificates.ts';
import { startIam, type IamServer } from '../../fakes/iam.ts';
import { canaryKeys } from '../company.ts';
import { folder, runAsIs as run } from '../command-line.ts';

describe('cli/accounts/endpoint-notice', () => {
  const evil = 'https://evil.example:4566';
  const named: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    [`${evil}/`, { AWS_ENDPOINT_URL: evil }, 'AWS_ENDPOINT_URL is set: requests go to evil.example:4566 '],
    [
      `${evil}/`,
      { AWS_ENDPOINT_URL_IAM: `${evil}/x`, AWS_ENDPOINT_URL_STS: 'https://sts.amazonaws.com' },
      'AWS_ENDPOINT_URL_IAM is set',
    ],
    [
      `${evil}/`,
      { AWS_ENDPOINT_URL_SSO_OIDC: evil, AWS_ENDPOINT_URL: evil },
      'AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SSO_OIDC are set',
    ],
    ['https://iam.amazonaws.com', { AWS_ENDPOINT_URL: 'https://iam.amazonaws.com:443' }, 'AWS_ENDPOINT_URL is set'],
    [`${evil}/`, { AWS_ENDPOINT_URL: 'https://other.example' }, 'Requests go to evil.example:4566 '],
    [`${evil}/`, { AWS_ENDPOINT_URL: 'no url', AWS_PROFILE: 'corp' }, 'in the AWS profile "corp".'],
    [`${evil}/`, {}, 'Look for endpoint_url or services in the AWS profile "default".'],
    ...[
      'ec2-1-2-3-4.compute-1.amazonaws.com',
      'x1.execute-api.us-east-1.amazonaws.com',
      'iam.amazonaws.com.evil.example',
      'iam.evil.amazonaws.com.example',
      'vpce-0-x.sts.us-east-1.vpce.amazonaws.com',
      'iam.a.b.amazonaws.com',
      '127.0.0.1',
    ].map(host => [`https://${host}/`, {}, `Requests go to ${host} `] as const),
  ];
  for (const [url, environment, says] of named) {
    it(`${url} with ${JSON.stringify(environment)} is said`, () => {
      assert.ok(
        describeEndpoint(new URL(url), environment)?.includes(says),
        describeEndpoint(new URL(url), environment),
      );
    });
  }

  const own = [
    'iam.amazonaws.com',
    'iam.cn-north-1.amazonaws.com.cn',
    'iam.us-gov.amazonaws.com',
    'iam.eusc-de-east-1.amazonaws.eu',
    'iam-fips.amazonaws.com',
    'iam.global.api.aws',
    'sts.amazonaws.com',
    'sts.us-gov-west-1.amazonaws.com',
    'sts-fips.us-east-1.api.aws',
    'sts.cn-north-1.api.amazonwebservices.com.cn',
    'oidc.eu-west-1.amazonaws.com',
    'portal.sso.ap-southeast-2.amazonaws.com',
    'eu-west-1.signin.aws.amazon.com',
  ];
  for (const host of own) {
    it(`${host} is AWS's own, whatever variables name other hosts`, () => {
      const environment = {
        AWS_ENDPOINT_URL_S3: evil,
        AWS_ENDPOINT: `https://${host}`,
        XAWS_ENDPOINT_URL: `https://${host}`,
      };
      assert.equal(describeEndpoint(new URL(`https://${host}/`), environment), undefined);
    });
  }

  it('AWS_CA_BUNDLE is named with its file', () => {
    assert.match(
      describeBundle({ AWS_CA_BUNDLE: ' /etc/corp.pem ' }) ?? '',
      /^AWS_CA_BUNDLE is set: .* in \/etc\/corp\.pem /,
    );
    for (const environment of [{}, { AWS_CA_BUNDLE: ' ' }, { NODE_EXTRA_CA_CERTS: '/etc/corp.pem' }])
      assert.equal(describeBundle(environment), undefined);
  });

  describe('in the built command line', () => {
    let iam: IamServer;
    const list = ['thumbprints', 'list'];

    before(async () => {
      iam = await startIam([
        {
          accountId: '111111111111',
          accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID,
          roles: [],
          providers: [],
          policyArns: [],
        },
      ]);
    });
    after(() => iam.close());

    it('a variable and AWS_CA_BUNDLE: once each on stderr, and in the document', async () => {
      const bundle = join(folder, 'bundle.pem');
      writeFileSync(bundle, (await createAuthority()).pem);
      const env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url, AWS_CA_BUNDLE: bundle };
      for (const json of [[], ['--json']]) {
        const { status, stdout, stderr } = await run([...list, ...json], env);
        const shown = stderr.split('\n').filter(line => /AWS_(?:ENDPOINT_URL|CA_BUNDLE)/.test(line));
        const host = new URL(iam.url).host;
        assert.equal(status, 0, stderr);
        assert.deepEqual(
          shown.map(line => line.slice(0, 35)),
          ['Warning: AWS_CA_BUNDLE is set: requ', 'Warning: AWS_ENDPOINT_URL is set: r'],
        );
        assert.ok(shown[1]?.includes(` ${host} `), stderr);
        if (json.length === 0) continue;
        const { warnings } = JSON.parse(stdout) as { readonly warnings: readonly string[] };
        assert.deepEqual(
          warnings.slice(0, 2),
          shown.map(line => line.slice('Warning: '.length)),
        );
      }
    });

    it("a profile's endpoint_url, and a services section of it, are seen by where requests go", async () => {
      const host = new URL(iam.url).host;
      const config = join(folder, 'steered-config');
      const keys = join(folder, 'steered-credentials');
      writeFileSync(
        keys,
        ['[corp]', ...Object.entries(canaryKeys).map(([name, value]) => `${name.toLowerCase()} = ${value}`)].join('\n'),
      );
      const contents = [
        `[profile corp]\nendpoint_url = ${iam.url}\n`,
        `[profile corp]\nservices = local\n[services local]\niam =\n  endpoint_url = ${iam.url}\nsts =\n  endpoint_url = ${iam.url}\n`,
      ];
      for (const content of contents) {
        writeFileSync(config, content);
        const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: keys, AWS_PROFILE: 'corp' };
        const { status, stderr } = await run(list, env);
        assert.equal(status, 0, stderr);
        assert.match(
          stderr,
          new RegExp(`^Warning: Requests go to ${host} instead of AWS\\. .* in the AWS profile "corp"\\.$`, 'm'),
        );
      }
    });
  });
});
