import assert from 'node:assert/strict';
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeBundle, describeEndpoint } from '../../../src/cli/accounts/open.ts';
import { createAuthority } from '../../fakes/certificates.ts';
import { startIam, type IamServer } from '../../fakes/iam.ts';
import { canaryKeys } from '../company.ts';
import { folder, runAsIs as run, writeInput } from '../command-line.ts';
import { createHash } from 'node:crypto';
import { startProxy, type FakeProxy } from '../../fakes/proxy.ts';
import { startRecordedServer, type RecordedServer } from '../../fakes/recorded-server.ts';

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

const names = ['iam.amazonaws.com', 'sts.us-east-1.amazonaws.com', 'sts.amazonaws.com'];
const login = { username: 'canary-user', password: 'canary:p@ss' };
const list = ['thumbprints', 'list', '--json'];
const portal = 'portal.sso.eu-west-1.amazonaws.com';

/** AWS under its own names, behind a proxy that asks for a login; its certificates are of a company's authority. */
describe('cli/accounts/open', () => {
  let iam: IamServer;
  let sso: RecordedServer;
  let proxy: FakeProxy;
  let authority: string;

  before(async () => {
    const issuer = await createAuthority();
    authority = writeInput('authority.pem', issuer.pem);
    const tls = await issuer.issue({ hosts: [...names, portal, '127.0.0.1'] });
    const account = { accountId: '111111111111', roles: [], providers: [], policyArns: [] };
    iam = await startIam([{ ...account, accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID }], { tls });
    sso = await startRecordedServer(() => ({ status: 200, body: JSON.stringify({ roleCredentials: ssoKeys() }) }), {
      tls,
    });
    const routes = Object.fromEntries(names.map(name => [`${name}:443`, iam.url]));
    proxy = await startProxy({ login, routes: { ...routes, [`${portal}:443`]: sso.url } });
  });
  after(() => Promise.all([iam.close(), sso.close(), proxy.close()]));

  const withLogin = (): string =>
    proxy.url.replace('//', `//${encodeURIComponent(login.username)}:${encodeURIComponent(login.password)}@`);

  for (const bundle of ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']) {
    it(`asks IAM through HTTPS_PROXY by CONNECT only, and believes the authority of ${bundle}`, async () => {
      const before = proxy.connects.length;
      const { status, stdout, stderr } = await run(list, {
        ...canaryKeys,
        HTTPS_PROXY: withLogin(),
        [bundle]: authority,
      });
      assert.equal(status, 0, stdout);
      assert.deepEqual(
        [...new Set(proxy.connects.slice(before).map(({ target }) => target))],
        ['iam.amazonaws.com:443'],
      );
      assert.deepEqual(proxy.plainRequests, []);
      assert.ok(!JSON.stringify(proxy.connects.map(({ headers }) => Object.keys(headers))).includes('x-amz'));
      assert.doesNotMatch(`${stdout}${stderr}`, /canary/);
    });
  }

  const profiles = [
    { name: 'an sso_session without a section', config: 'sso_session = absent\nsso_account_id = 1\nsso_role_name = a' },
    {
      name: 'a token file that is not there',
      config: 'web_identity_token_file = absent\nrole_arn = arn:aws:iam::1:role/a',
    },
    { name: 'a program that fails', config: 'credential_process = /bin/false' },
  ];
  for (const { name, config } of profiles) {
    it(`finds no credentials in a profile with ${name}`, async () => {
      const file = writeInput('broken-profile', `[profile a]\n${config}\nregion = eu-west-1\n`);
      const { status, stdout } = await run([...list, '--profile', 'a'], { AWS_CONFIG_FILE: file });
      assert.equal(status, 3);
      assert.match(stdout, /"code": "AwsCredentialsMissing"/);
    });
  }

  const refused = [
    { name: "without the proxy's login", env: () => ({ HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: authority }) },
    { name: 'without the authority', env: () => ({ HTTPS_PROXY: withLogin() }) },
    {
      name: 'with a proxy that is no URL',
      env: () => ({ HTTPS_PROXY: 'socks5://127.0.0.1:1', AWS_CA_BUNDLE: authority }),
    },
    ...['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].flatMap(name => [
      { name: `with no file of ${name}`, env: () => ({ [name]: 'absent.pem' }) },
      { name: `with a folder for ${name}`, env: () => ({ [name]: folder }) },
    ]),
    { name: 'with a file of no authority', env: () => ({ AWS_CA_BUNDLE: writeInput('empty.pem', 'canary') }) },
  ];
  for (const { name, env } of refused) {
    it(`fails ${name}, and IAM is not asked`, async () => {
      const asked = iam.requests.length;
      const { status, stdout, stderr } = await run(list, { ...canaryKeys, ...env() });
      assert.equal(status, 3, stdout);
      assert.equal(iam.requests.length, asked);
      assert.doesNotMatch(stdout, /InternalError/);
      assert.doesNotMatch(`${stdout}${stderr}`, /canary/);
    });
  }

  for (const name of ['NO_PROXY', 'no_proxy']) {
    it(`asks a host of ${name} without the proxy`, async () => {
      const before = proxy.connects.length;
      const env = { AWS_ENDPOINT_URL: iam.url, [name]: 'example.com,127.0.0.1' };
      const { status, stdout } = await run(list, {
        ...canaryKeys,
        HTTPS_PROXY: withLogin(),
        AWS_CA_BUNDLE: authority,
        ...env,
      });
      assert.equal(status, 0, stdout);
      assert.equal(proxy.connects.length, before);
    });
  }

  const forms = [
    {
      name: 'a session',
      config: `[profile admin]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = admin\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n`,
      cacheKey: 'corp',
    },
    {
      name: 'the older form',
      config: `[profile admin]\nsso_account_id = 111111111111\nsso_role_name = admin\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n`,
      cacheKey: 'https://corp.awsapps.com/start',
    },
  ];
  for (const { name, config, cacheKey } of forms) {
    it(`signs in by IAM Identity Center in the profile's own Region, as ${name} has it`, async () => {
      const home = prepareHome(config, cacheKey);
      const before = proxy.connects.length;
      const { status, stdout } = await run([...list, '--profile', 'admin'], {
        ...home,
        HTTPS_PROXY: withLogin(),
        AWS_CA_BUNDLE: authority,
      });
      assert.equal(status, 0, stdout);
      assert.deepEqual(
        [...new Set(proxy.connects.slice(before).map(({ target }) => target))],
        [`${portal}:443`, 'iam.amazonaws.com:443'],
      );
    });
  }
});

function ssoKeys(): Readonly<Record<string, unknown>> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = canaryKeys;
  return { accessKeyId, secretAccessKey, sessionToken: 'canary-session', expiration: Date.now() + 3_600_000 };
}

/** A home as `aws sso login` leaves it: the token's file is named by the SHA-1 of the session or of the start URL. */
function prepareHome(config: string, cacheKey: string): Readonly<Record<string, string>> {
  const home = join(folder, 'home', createHash('sha1').update(cacheKey).digest('hex'));
  mkdirSync(join(home, '.aws/sso/cache'), { recursive: true });
  writeFileSync(join(home, '.aws/config'), config);
  writeFileSync(
    join(home, '.aws/sso/cache', `${createHash('sha1').update(cacheKey).digest('hex')}.json`),
    JSON.stringify({
      accessToken: 'canary-token',
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      region: 'eu-west-1',
    }),
  );
  return { HOME: home, USERPROFILE: home, AWS_CONFIG_FILE: join(home, '.aws/config') };
}
