import assert from 'node:assert/strict';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import {
  canaryKeys,
  canarySignature,
  entraUrl,
  makeToken,
  offlineEntra,
  offlineOld,
  oldSubject,
  oldUrl,
  policies,
  roleArn,
  startAccounts,
  startCompany,
  tokens,
} from './company.ts';
import { buildCommandLine, folder, run, writeInput } from './command-line.ts';

let accounts: RecordedServer;
let company: RecordedServer;
before(async () => {
  buildCommandLine();
  [accounts, company] = await Promise.all([startAccounts(), startCompany()]);
});
after(() => Promise.all([accounts.close(), company.close()]));

function credentials(accessKeyId = canaryKeys.AWS_ACCESS_KEY_ID) {
  return { ...canaryKeys, AWS_ACCESS_KEY_ID: accessKeyId, AWS_ENDPOINT_URL: accounts.url };
}

function policyFile(name: keyof typeof policies): readonly string[] {
  return ['--trust-policy-file', writeInput(`policy-${name}.json`, JSON.stringify(policies[name]))];
}

function tokenFile(change: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return ['--token-file', writeInput('token.jwt', `${makeToken(change)}\n`)];
}

interface Result {
  readonly decision: string;
  readonly verified: boolean;
  readonly refusal: string | null;
  readonly reasons: readonly string[];
  readonly statement: { readonly index: number } | null;
  readonly statementToAdd: { readonly Effect: string; readonly Condition: unknown } | null;
}

interface Document {
  readonly results: readonly Result[];
  readonly findings: readonly { readonly code: string }[];
  readonly warnings: readonly string[];
}

const oldClaims = { iss: `https://${oldUrl}`, sub: oldSubject, aud: 'api://AzureADTokenExchange', azp: undefined };
const past = { iat: 1_700_000_000, exp: 1_700_000_300 };
const role = ['--role', roleArn];
const otherRole = ['--role', 'arn:aws:iam::111111111111:role/other'];
const oldRole = ['--role', 'arn:aws:iam::111111111111:role/old'];

const cases = [
  {
    name: 'a token that gets in, by a file',
    args: () => [...tokenFile(), ...policyFile('entra')],
    exit: 0,
    decision: 'allowed',
    refusal: null,
  },
  {
    name: 'a token that gets in, by IAM',
    args: () => [...tokenFile(), ...role],
    exit: 0,
    decision: 'allowed',
    refusal: null,
  },
  {
    name: 'a connection that gets in, by a file',
    args: () => [...offlineEntra, '--issuer', 'entra', ...policyFile('entra')],
    exit: 0,
    decision: 'allowed',
    refusal: null,
  },
  {
    name: 'a connection that gets in, by IAM',
    args: () => [...offlineEntra, ...role],
    exit: 0,
    decision: 'allowed',
    refusal: null,
  },
  {
    name: 'another subject',
    args: () => [...tokenFile(), ...otherRole],
    exit: 1,
    decision: 'denied',
    refusal: 'StsAccessDenied',
  },
  {
    name: 'another subject, by a file',
    args: () => [...tokenFile(), ...policyFile('other')],
    exit: 1,
    decision: 'denied',
    refusal: 'StsAccessDenied',
  },
  {
    name: 'a connection on the other issuer',
    args: () => [...offlineOld, ...policyFile('entra'), '--account', '111111111111'],
    exit: 1,
    decision: 'denied',
    refusal: 'StsAccessDenied',
  },
  {
    name: 'another account',
    args: () => [...tokenFile(), ...policyFile('entra'), '--account', '222222222222'],
    exit: 1,
    decision: 'denied',
    refusal: 'StsAccessDenied',
  },
  {
    name: 'a token that has ended, as if it had not',
    args: () => [...tokenFile(past), ...role],
    exit: 0,
    decision: 'allowed',
    refusal: null,
    warns: /^The token expired at 2023-11-14T22:18:20Z: AWS no longer accepts it\. It is evaluated/m,
  },
  {
    name: 'another subject of a token that has ended',
    args: () => [...tokenFile(past), ...otherRole],
    exit: 1,
    decision: 'denied',
    refusal: 'StsAccessDenied',
    warns: /^The token expired at /m,
  },
  {
    name: 'a token that is yet to come, as if it had',
    args: () => [...tokenFile({ iat: 4_000_000_000, exp: 4_000_003_600 }), ...role],
    exit: 0,
    decision: 'allowed',
    refusal: null,
    warns: /^The token is not valid until 2096-10-02T07:06:40Z/m,
  },
  {
    name: "the pipeline's own token, which an open policy lets in",
    args: () => [...tokenFile({ ...oldClaims, sub: 'p://contoso/Payments/infra' }), ...policyFile('openOld')],
    exit: 1,
    decision: 'allowed',
    refusal: null,
    finds: 'ConditionMissing',
  },
  {
    name: "a managed identity's token, which an open policy lets in",
    args: () => [...tokenFile({ sub: '8f2b2b8e-7f0c-4f68-9b8d-6e1a7a1fb7f3' }), ...policyFile('openEntra')],
    exit: 1,
    decision: 'allowed',
    refusal: null,
    finds: 'ConditionMissing',
  },
  {
    name: 'an account without the provider',
    args: () => [...tokenFile(oldClaims), ...oldRole],
    exit: 1,
    decision: 'denied',
    refusal: 'StsProviderMissing',
  },
  {
    name: 'a provider without the audience',
    args: () => [...tokenFile(), ...role],
    key: 'AKIANOAUDIENCE',
    exit: 1,
    decision: 'denied',
    refusal: 'StsAudienceRefused',
  },
  {
    name: 'a condition that only AWS can judge',
    args: () => [...tokenFile(), ...policyFile('unknown')],
    exit: 3,
    decision: 'unknown',
    refusal: null,
  },
  {
    name: 'a policy that lets everyone of the tenant in',
    args: () => [...tokenFile(), ...policyFile('audienceOnly')],
    exit: 1,
    decision: 'allowed',
    refusal: null,
  },
] as const;

describe('aws-wif diagnose', () => {
  for (const one of cases) {
    const env = () => credentials('key' in one ? one.key : undefined);
    it(`${one.name}: ${one.decision}`, async () => {
      const { status, stdout, stderr } = await run(['diagnose', ...one.args(), '--json'], env());
      const { results, findings, warnings } = JSON.parse(stdout) as Document;
      assert.deepEqual(
        results.map(({ decision, refusal }) => [decision, refusal]),
        [[one.decision, one.refusal]],
      );
      assert.deepEqual({ status, stderr }, { status: one.exit, stderr: '' });
      assert.ok((results[0]?.reasons.length ?? 0) > 0 && results[0]?.verified === false, stdout);
      if ('warns' in one)
        assert.ok(
          warnings.some(text => one.warns.test(text)),
          warnings.join('\n'),
        );
      if ('finds' in one)
        assert.ok(
          findings.some(({ code }) => code === one.finds),
          stdout,
        );
    });

    it(`${one.name}, as text, without the token`, async () => {
      const { status, stdout, stderr } = await run(['diagnose', ...one.args()], env());
      assert.equal(status, one.exit);
      assert.match(
        stdout,
        { allowed: /^Allowed$/m, denied: /^Denied$/m, unknown: /^Unknown: only AWS can decide$/m }[one.decision],
      );
      const all = stdout + stderr;
      for (const secret of [canarySignature, 'canary', 'eyJ']) assert.ok(!all.includes(secret), secret);
    });
  }

  it('says which condition decides, and the statement to add', async () => {
    const { stdout } = await run(['diagnose', ...tokenFile(), ...otherRole, '--json'], credentials());
    const [result] = (JSON.parse(stdout) as Document).results;
    assert.ok(result);
    assert.equal(result.statement?.index, 0);
    assert.match(
      result.reasons.join('\n'),
      new RegExp(`condition StringEquals on ${entraUrl}:sub: the policy has .*b; the request has .*a$`, 'm'),
    );
    assert.deepEqual(result.statementToAdd, policies.entra.Statement[0]);
  });

  it('names the weakness of a policy', async () => {
    const { stdout } = await run(['diagnose', ...tokenFile(), ...policyFile('audienceOnly'), '--json']);
    assert.deepEqual(
      (JSON.parse(stdout) as Document).findings.map(({ code }) => code),
      ['AudienceOnly'],
    );
  });

  const bare = [
    { issuer: 'the Azure DevOps issuer', url: oldUrl, named: offlineOld, opens: /every pipeline of organization / },
    { issuer: 'the Entra issuer', url: entraUrl, named: offlineEntra, opens: /tenant / },
  ];
  for (const { issuer, url, named, opens } of bare) {
    it(`shows people a statement without Condition on ${issuer}, and the same corrected`, async () => {
      const federated = `arn:aws:iam::111111111111:oidc-provider/${url}`;
      const statement = {
        Effect: 'Allow',
        Principal: { Federated: federated },
        Action: 'sts:AssumeRoleWithWebIdentity',
      };
      const path = writeInput('bare.json', JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
      const { status, stdout } = await run(['diagnose', ...named, '--trust-policy-file', path]);
      assert.equal(status, 1);
      const finding = /^critical ConditionMissing, statement 1\n(.*)\n.*\n {2}Corrected:\n((?: {4}.*\n?)+)/m.exec(
        stdout,
      );
      assert.match(finding?.[1] ?? '', opens);
      const corrected = JSON.parse(finding?.[2] ?? '{}') as { Condition?: { StringEquals?: object } };
      assert.deepEqual(Object.keys(corrected.Condition?.StringEquals ?? {}), [`${url}:aud`, `${url}:sub`]);
    });
  }

  it('says which option to use where one issuer is let in and the other is not', async () => {
    const both = [...new Set([...offlineOld, ...offlineEntra])];
    const { status, stderr } = await run(['diagnose', ...both, ...policyFile('entra')]);
    assert.equal(status, 1);
    assert.match(stderr, /One issuer is allowed and another is denied\. .*--issuer entra or --issuer azure-devops/);
  });

  it('gives each finding every field in JSON', async () => {
    const open = writeInput(
      'open.json',
      JSON.stringify(policies.entra).replace(/"Condition":\{.*?\}\}/, '"Condition":{}'),
    );
    const { stdout } = await run(['diagnose', ...offlineEntra, '--trust-policy-file', open, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: readonly object[] };
    assert.ok(findings.length > 0);
    for (const one of findings)
      for (const name of ['statement', 'claim', 'correction', 'corrected']) assert.ok(name in one, name);
  });

  it('takes no policy in which a name stands twice, since AWS does not say which counts', async () => {
    const [, ...rest] = JSON.stringify(policies.entra);
    const path = writeInput('twice.json', `{"Version":"2008-10-17",${rest.join('')}`);
    const { status, stdout, stderr } = await run(['diagnose', ...tokenFile(), '--trust-policy-file', path]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^TrustPolicyUnreadable: .*twice\.json: The file .*Version.*a second time/);
  });

  it('says what sends the name of the session, where a policy asks for one', async () => {
    const [statement] = [policies.entra.Statement].flat() as readonly { Condition: object }[];
    for (const [key, asks] of [
      ['sts:roleSessionName', true],
      ['sts:DurationSeconds', false],
    ] as const) {
      const Condition = { ...statement?.Condition, StringLike: { [key]: 'infra-*' } };
      const path = writeInput(
        'named.json',
        JSON.stringify({ ...policies.entra, Statement: { ...statement, Condition } }),
      );
      const ran = await run(['diagnose', ...tokenFile(), '--trust-policy-file', path]);
      assert.equal(ran.status, 3, ran.stdout + ran.stderr);
      assert.equal(/What to do\n.*Compare the session name .* its input roleSessionName/.test(ran.stdout), asks);
    }
  });

  describe('a policy that asks for an endpoint in a VPC', () => {
    const rows = [
      { from: [], status: 3, says: /Specify the network that the agent calls AWS STS from: --source-ip/ },
      {
        from: ['--source-vpce', 'vpce-01234567'],
        status: 0,
        says: /^ *network +through a VPC endpoint, vpce-01234567$/m,
      },
      { from: ['--source-vpce', 'vpce-76543210'], status: 1, says: /only a network condition denies the token/i },
      {
        from: ['--source-ip', '52.1.2.3'],
        status: 1,
        says: /aws:SourceVpce: the policy has vpce-01234567; the request has no such key/,
      },
      { from: ['--source-ip', '10.0.0.1'], status: 2, says: /--source-ip is 10\.0\.0\.1, which is private/ },
      {
        from: ['--source-ip', '52.1.2.3', '--source-vpc', 'vpc-01234567'],
        status: 2,
        says: /Both --source-ip and --source-vpc/,
      },
    ];
    for (const { from, status, says } of rows) {
      it(`from ${from.join(' ') || 'somewhere'}: exit ${status}`, async () => {
        const [statement] = [policies.entra.Statement].flat() as readonly { Condition: { StringEquals: object } }[];
        const StringEquals = { ...statement?.Condition.StringEquals, 'aws:SourceVpce': 'vpce-01234567' };
        const bound = { ...policies.entra, Statement: [{ ...statement, Condition: { StringEquals } }] };
        const path = writeInput('bound.json', JSON.stringify(bound));
        const ran = await run(['diagnose', ...tokenFile(), '--trust-policy-file', path, ...from]);
        assert.equal(ran.status, status, ran.stdout + ran.stderr);
        assert.match(ran.stdout + ran.stderr, says);
        assert.doesNotMatch(ran.stdout, /^Statement$/m);
      });
    }
  });

  it('takes what aws iam get-role prints', async () => {
    const path = writeInput('get-role.json', JSON.stringify({ Role: { AssumeRolePolicyDocument: policies.entra } }));
    const { status, stdout } = await run(['diagnose', ...tokenFile(), '--trust-policy-file', path]);
    assert.equal(status, 0);
    assert.match(stdout, /^Allowed$/m);
  });

  it('a connection on the issuer that it is on, both sides read', async () => {
    const named = ['--organization-url', `${company.url}/contoso`, '--project', 'Payments', '--connection', 'aws'];
    const ran = await run(['diagnose', ...named, ...role, '--json'], {
      ...credentials(),
      AZURE_DEVOPS_EXT_PAT: tokens.full,
    });
    const { results } = JSON.parse(ran.stdout) as Document;
    assert.deepEqual([ran.status, ran.stderr, results.map(({ decision }) => decision)], [0, '', ['allowed']]);
  });

  it('goes on without the right to read providers, and says so', async () => {
    const ran = await run(['diagnose', ...tokenFile(), ...role, '--json'], credentials('AKIANOPROVIDERS'));
    const { results, warnings } = JSON.parse(ran.stdout) as Document;
    assert.deepEqual([ran.status, results[0]?.decision], [0, 'allowed']);
    assert.match(
      warnings.join('\n'),
      /OIDC providers of account 111111111111 could not be read, .* Allow iam:ListOpenIDConnectProviders/,
    );
  });

  const failures = [
    {
      name: 'no such role',
      args: ['--role', 'arn:aws:iam::111111111111:role/absent'],
      says: /^RoleNotFound: /m,
      exit: 3,
    },
    {
      name: 'a role of the same name in another account',
      args: role,
      key: 'AKIAOTHER',
      says: /^AccountDiffers: .*, account 222222222222, /m,
      exit: 1,
    },
    {
      name: 'another path',
      args: ['--role', 'arn:aws:iam::111111111111:role/deploy'],
      says: /^RolePathDiffers: /m,
      exit: 3,
    },
    {
      name: 'no right to read the role',
      args: role,
      key: 'AKIANOROLES',
      says: /^IamForbidden: iam:GetRole .* Message: User: .* is not authorized to perform: iam:GetRole/m,
      exit: 3,
    },
    {
      name: 'wrong AWS credentials',
      args: role,
      key: 'AKIAWRONG',
      says: /^AwsCredentialsRefused: sts:GetCallerIdentity .* The security token included in the request is invalid\./,
      exit: 3,
    },
  ] as const;
  for (const one of failures) {
    it(`concludes nothing from ${one.name}`, async () => {
      const ran = await run(['diagnose', ...tokenFile(), ...one.args], credentials('key' in one ? one.key : undefined));
      assert.deepEqual([ran.status, ran.stdout], [one.exit, '']);
      assert.match(ran.stderr, one.says);
      assert.doesNotMatch(ran.stderr, /canary|eyJ/);
    });
  }

  it('concludes nothing without AWS credentials', async () => {
    const ran = await run(['diagnose', ...tokenFile(), ...role], { AWS_ENDPOINT_URL: accounts.url });
    assert.deepEqual([ran.status, ran.stdout], [3, '']);
    assert.match(ran.stderr, /^AwsCredentialsMissing: sts:GetCallerIdentity .* found no AWS credentials\./);
  });

  it('concludes nothing where AWS cannot be reached', async () => {
    const ran = await run(['diagnose', ...tokenFile(), ...role], {
      ...canaryKeys,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    });
    assert.deepEqual([ran.status, ran.stdout], [3, '']);
    assert.match(ran.stderr, /^IamUnavailable: sts:GetCallerIdentity .* could not reach AWS\. Message: .*ECONNREFUSED/);
  });

  for (const option of ['--token-file', '--trust-policy-file']) {
    it(`concludes nothing without the file of ${option}`, async () => {
      const args = option === '--token-file' ? policyFile('entra') : tokenFile();
      const ran = await run(['diagnose', ...args, option, `${folder}/absent`]);
      assert.deepEqual([ran.status, ran.stdout], [3, '']);
      assert.match(
        ran.stderr,
        new RegExp(
          `^FileUnreadable: The file given with ${option}, .*absent, cannot be read: there is no such file\\.`,
        ),
      );
    });
  }
});
