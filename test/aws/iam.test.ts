import assert from 'node:assert/strict';
import { openAccount, type IamAccess, limits } from '../../src/aws/account.ts';
import { IamError } from '../../src/aws/iam-error.ts';
import type { Partition } from '../../src/trust/oidc-provider.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import { canaryKeys, entraAudiences, entraUrl, policies, roleArn, startAccounts } from '../cli/company.ts';

const providerArn = `arn:aws:iam::111111111111:oidc-provider/${entraUrl}`;

const openIam = (partition: Partition): IamAccess => openAccount({ partition });

describe('iam', () => {
  let accounts: RecordedServer;
  let before: NodeJS.ProcessEnv;
  beforeEach(async () => {
    accounts = await startAccounts();
    before = { ...process.env };
    Object.assign(process.env, canaryKeys, { AWS_ENDPOINT_URL_IAM: accounts.url, AWS_CONFIG_FILE: '/absent' });
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    await accounts.close();
  });

  it('reads a role with its trust policy as JSON', async () => {
    const role = await openIam('aws').readRole('deploy');
    assert.equal(role?.arn, roleArn);
    assert.deepEqual(JSON.parse(role.trustPolicy), policies.entra);
  });

  it('lists providers and reads their client ids', async () => {
    const iam = openIam('aws');
    assert.deepEqual(await iam.listProviderArns(), [providerArn]);
    assert.deepEqual((await iam.readProvider(providerArn))?.clientIds, entraAudiences);
  });

  const signed = [
    { partition: 'aws', region: 'us-east-1' },
    { partition: 'aws-cn', region: 'cn-north-1' },
    { partition: 'aws-us-gov', region: 'us-gov-west-1' },
    { partition: 'aws-eusc', region: 'eusc-de-east-1' },
  ] as const;
  for (const { partition, region } of signed) {
    it(`signs for ${region} in ${partition}, whatever region the environment names`, async () => {
      process.env['AWS_REGION'] = 'ap-southeast-2';
      await openIam(partition).readRole('deploy');
      assert.match(accounts.requests[0]?.headers.authorization ?? '', new RegExp(`/${region}/iam/aws4_request`));
    });
  }

  const refused = [
    { key: 'AKIANOROLES', role: 'deploy', refusal: 'forbidden' },
    { key: 'AKIAWRONG', role: 'deploy', refusal: 'credentials' },
  ];
  for (const { key, role, refusal } of refused) {
    it(`${refusal} for ${key} and ${role}`, async () => {
      process.env['AWS_ACCESS_KEY_ID'] = key;
      await assert.rejects(openIam('aws').readRole(role), (thrown: unknown) => {
        assert.ok(thrown instanceof IamError);
        assert.deepEqual([thrown.refusal, thrown.action], [refusal, 'iam:GetRole']);
        return true;
      });
    });
  }

  it('undefined for a role that is not there', async () => {
    assert.equal(await openIam('aws').readRole('absent'), undefined);
  });

  const lists = [
    ['listRoles', (iam: IamAccess) => iam.listRoles()],
    ['listRoleDetails', (iam: IamAccess) => iam.listRoleDetails()],
    ['listPolicies', (iam: IamAccess) => iam.listPolicies('deploy')],
    ['listProviderArns', (iam: IamAccess) => iam.listProviderArns()],
  ] as const;
  for (const [name, list] of lists) {
    for (const [what, body] of [
      ['an HTML page', '<html>portal</html>'],
      ['nothing', ''],
      ['an answer to something else', '<GetUserResponse><GetUserResult/></GetUserResponse>'],
      ['half of an answer', '<ListRolesResponse><ListRolesResult><Roles>'],
    ] as const) {
      it(`unreadable, and no empty list, where ${name} gets ${what}`, async () => {
        accounts.failNext({ kind: 'answer', status: 200, body });
        await assert.rejects(list(openIam('aws')), { name: 'IamError', refusal: 'unreadable' });
      });
    }
  }

  it('unreadable where a list goes on, and does not say where', async () => {
    const body = '<R><ListRolesResult><Roles/><IsTruncated>true</IsTruncated></ListRolesResult></R>';
    accounts.failNext({ kind: 'answer', status: 200, body });
    await assert.rejects(openIam('aws').listRoles(), { name: 'IamError', refusal: 'unreadable' });
  });

  it('unreadable where a list goes on with the same marker for ever, but an empty page is none', async () => {
    const page = (marker: string) => ({
      kind: 'answer' as const,
      status: 200,
      body: `<R><ListRolesResult><Roles/><IsTruncated>true</IsTruncated><Marker>${marker}</Marker></ListRolesResult></R>`,
    });
    for (const marker of ['a', 'b', 'a']) accounts.failNext(page(marker));
    await assert.rejects(openIam('aws').listRoles(), { name: 'IamError', refusal: 'unreadable' });
    accounts.failNext(page('c'));
    accounts.failNext({
      kind: 'answer',
      status: 200,
      body: '<R><ListRolesResult><Roles/><IsTruncated>false</IsTruncated></ListRolesResult></R>',
    });
    assert.deepEqual(await openIam('aws').listRoles(), []);
  });

  for (const [code, status, refusal] of [
    ['RequestExpired', 400, 'credentials'],
    ['NotAuthorized', 401, 'forbidden'],
    ['AccessDeniedException', 403, 'forbidden'],
    ['RequestTimeout', 408, 'unavailable'],
    ['RequestEntityTooLarge', 413, 'rejected'],
    ['ValidationError', 400, 'rejected'],
  ] as const) {
    it(`${refusal} where IAM answers ${code}`, async () => {
      const body = `<ErrorResponse><Error><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`;
      accounts.failNext({ kind: 'answer', status, headers: { 'content-type': 'text/xml' }, body }, 3);
      await assert.rejects(openIam('aws').readRole('deploy'), { name: 'IamError', refusal, said: 'm' });
    });
  }

  for (const [kind, limit] of [
    ['hang', 'requestTimeout'],
    ['hang', 'socketTimeout'],
    ['hang-after-headers', 'socketTimeout'],
  ] as const) {
    it(`unreachable after ${limit} at ${kind}`, async () => {
      accounts.failNext({ kind }, 3);
      const iam = openAccount({ partition: 'aws', transport: { ...limits, [limit]: 100 } });
      const said = 'no response within 0.1 s';
      await assert.rejects(iam.readRole('deploy'), { name: 'IamError', refusal: 'unreachable', said });
    });
  }

  it('unreadable where something else answers', async () => {
    accounts.failNext({ kind: 'answer', status: 200, body: '<html>portal</html>' });
    await assert.rejects(openIam('aws').readRole('deploy'), { name: 'IamError', refusal: 'unreadable' });
    for (const status of [302, 403, 407]) {
      accounts.failNext({ kind: 'answer', status, body: '<html>portal</html>' });
      const said = `status ${status}, without a message`;
      await assert.rejects(openIam('aws').readRole('deploy'), { name: 'IamError', refusal: 'unreadable', said });
    }
  });
});
