import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkBounds } from '../../src/trust/network/bounds.ts';
import { listStackParameters } from '../../src/setup/template/values.ts';
import { admits } from './admits.ts';
import { boundCases, boundRequest, buildBound, refusedPairs, refusedRanges } from './bound-trust.ts';
import {
  entraAudiences,
  entraClaims,
  entraSubject,
  entraUrl,
  oldAudience,
  oldClaims,
  oldSubject,
  oldUrl,
  organizationId,
  strangers,
  tenantId,
} from './company.ts';
import { cloudFormation, parseTemplate, readTemplate, type Fields } from './read-template.ts';
import { readTables } from './readme-table.ts';
import { makeStack, readParameterFile, type Stack } from './stack.ts';

const files = ['wif-role.yaml', 'wif-role-stack-set.yaml'];
const role = readTemplate('wif-role.yaml');
const stackSet = readTemplate('wif-role-stack-set.yaml');

const entra = { TenantId: tenantId, EntraSubject: entraSubject };
const old = { OrganizationId: organizationId, AzureDevOpsSubject: oldSubject };

function readTrust({ resources }: Stack): string {
  const { AssumeRolePolicyDocument: policy } = resources['Role']?.['Properties'] as Fields;
  assert.equal(typeof policy, 'string');
  return String(policy);
}

function listBoundParameters(network: NetworkBounds): Readonly<Record<string, string>> {
  return readParameterFile(JSON.stringify(listStackParameters({ ...boundRequest, network })));
}

function nameProviders({ resources }: Stack): readonly unknown[] {
  const providers = Object.values(resources).filter(({ Type }) => Type === 'AWS::IAM::OIDCProvider');
  return providers.map(({ Properties }) => Properties);
}

describe('infra/cloudformation', () => {
  describe('wif-role.yaml trusts', () => {
    const cases = [
      { name: 'on the Entra issuer', parameters: entra, admitted: [entraClaims] },
      { name: 'on the Azure DevOps issuer', parameters: old, admitted: [oldClaims] },
      { name: 'on both', parameters: { ...entra, ...old }, admitted: [entraClaims, oldClaims] },
      {
        name: 'with providers that are there already',
        parameters: { ...entra, ...old, CreateProvider: 'none' },
        admitted: [entraClaims, oldClaims],
      },
    ];
    for (const { name, parameters, admitted } of cases) {
      it(`exactly the connection ${name}`, () => {
        const policy = readTrust(makeStack(role, parameters));
        for (const claims of [entraClaims, oldClaims]) {
          assert.equal(admits(policy, claims), admitted.includes(claims), claims.sub);
        }
        for (const { name: stranger, claims } of strangers) assert.equal(admits(policy, claims), false, stranger);
      });
    }

    it('by StringEquals on :sub and :aud, and by nothing else', () => {
      const { Version, Statement } = JSON.parse(readTrust(makeStack(role, { ...entra, ...old }))) as Fields;
      const action = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' };
      const provider = (url: string) => ({ Federated: `arn:aws:iam::111111111111:oidc-provider/${url}` });
      assert.equal(Version, '2012-10-17');
      assert.deepEqual(Statement, [
        {
          ...action,
          Principal: provider(entraUrl),
          Condition: {
            StringEquals: { [`${entraUrl}:aud`]: [...entraAudiences], [`${entraUrl}:sub`]: entraSubject },
          },
        },
        {
          ...action,
          Principal: provider(oldUrl),
          Condition: { StringEquals: { [`${oldUrl}:aud`]: oldAudience, [`${oldUrl}:sub`]: oldSubject } },
        },
      ]);
    });

    const names = [
      "it's",
      'a,b',
      'a/b',
      'Zo\u00eb',
      '$x',
      '{x}',
      '$',
      '`id`',
      '$(id)',
      '##vso[x]',
      '<&>',
      '%{x}',
      'a b',
    ];
    for (const name of names) {
      it(`a connection named ${name}`, () => {
        const subject = `sc://contoso/Payments/${name}`;
        const policy = readTrust(makeStack(role, { ...old, AzureDevOpsSubject: subject }));
        assert.equal(admits(policy, { ...oldClaims, sub: subject }), true);
        assert.equal(admits(policy, oldClaims), false);
      });
    }
  });

  describe('wif-role.yaml bound to a network', () => {
    for (const { name, bounds } of boundCases) {
      it(`trusts as aws-wif does: ${name}`, () => {
        assert.deepEqual(JSON.parse(readTrust(makeStack(role, listBoundParameters(bounds)))), buildBound(bounds));
      });
    }
  });

  describe('parameters refuse', () => {
    const upper = organizationId.toUpperCase();
    const rows: readonly { readonly name: string; readonly [parameter: string]: string }[] = [
      { name: 'an upper-case tenant', TenantId: tenantId.toUpperCase() },
      { name: 'a tenant with a slash', TenantId: `${tenantId}/` },
      { name: 'a tenant that is a pattern', TenantId: '*' },
      { name: 'a tenant that is a name', TenantId: 'contoso.onmicrosoft.com' },
      { name: 'an upper-case organization', OrganizationId: upper },
      { name: 'an organization with a slash', OrganizationId: `${organizationId}/` },
      { name: 'an organization by name', OrganizationId: 'contoso' },
      { name: 'an endpoint in upper case', SourceVpceIds: 'vpce-0123456789ABCDEF0' },
      { name: 'an endpoint that is a VPC', SourceVpceIds: 'vpc-0123456789abcdef0' },
      { name: 'an endpoint that is a pattern', SourceVpceIds: 'vpce-*' },
      { name: 'a VPC that is an endpoint', SourceVpcIds: 'vpce-0123456789abcdef0' },
      { name: 'a list that ends in a comma', SourceVpcIds: 'vpc-01234567,' },
      { name: "a VPC's ARN without an account", SourceVpcArns: 'arn:aws:ec2:eu-west-1::vpc/vpc-01234567' },
      ...refusedRanges.map(range => ({ name: `the addresses ${range}`, SourceIpRanges: range })),
      { name: 'private addresses besides public ones', SourceIpRanges: '203.0.113.0/24,10.0.0.0/8' },
      { name: 'a star in an Entra subject', EntraSubject: entraSubject.replace(/[^/]+$/, '*') },
      { name: 'a question mark in an Entra subject', EntraSubject: entraSubject.replace(/.$/, '?') },
      { name: 'a slash after an Entra subject', EntraSubject: `${entraSubject}/` },
      { name: 'upper case in an Entra subject', EntraSubject: entraSubject.replace(organizationId, upper) },
      {
        name: "another application's subject",
        EntraSubject: entraSubject.replace('rISbSSETf0KqFyZ8ppdXmA', 'x'.repeat(22)),
      },
      { name: 'a line after an Entra subject', EntraSubject: `${entraSubject}\n` },
      ...[
        '*',
        'a*',
        'a?',
        '${aws:userid}',
        'a${*}',
        '"',
        'a"b',
        '\\',
        'a\\u0022b',
        'a/',
        '/',
        '',
        'a\nb',
        'a\u0000',
        '\u043a',
        '\u00ad',
        'a\u202eb',
        '{{resolve:ssm:name}}',
        '{{resolve:secretsmanager:name:SecretString:key}}',
        'a{{b',
      ].map(connection => ({
        name: `a connection named ${JSON.stringify(connection)}`,
        AzureDevOpsSubject: `sc://contoso/Payments/${connection}`,
      })),
      { name: 'a project that is a pattern', AzureDevOpsSubject: 'sc://contoso/*/aws' },
      { name: 'a project that is a dynamic reference', AzureDevOpsSubject: 'sc://contoso/{{resolve:ssm:name}}/aws' },
      { name: 'an organization that is a pattern', AzureDevOpsSubject: 'sc://*/Payments/aws' },
      { name: 'a subject without a connection', AzureDevOpsSubject: 'sc://contoso/Payments' },
      { name: "a pipeline's subject", AzureDevOpsSubject: 'p://contoso/Payments/aws' },
      { name: 'an unknown choice of providers', CreateProvider: 'true' },
      { name: 'a role name that is a pattern', RoleName: 'deploy*' },
      { name: 'a role name with a slash', RoleName: 'teams/deploy' },
      { name: 'a role name of 65 characters', RoleName: 'x'.repeat(65) },
      { name: 'a path without its last slash', RolePath: '/teams' },
      { name: 'a path that is a pattern', RolePath: '/*/' },
      { name: 'a policy by name', PolicyArns: 'ReadOnlyAccess' },
      { name: 'a second policy by name', PolicyArns: 'arn:aws:iam::aws:policy/ReadOnlyAccess,Other' },
      { name: 'policies that are a pattern', PolicyArns: 'arn:aws:iam::aws:policy/*' },
      ...['arn:aws:iam::aws:policy/x', '{}', '[{"Statement":[]}]', '{"Statement":"{{resolve:ssm:x}}"}', ' '].map(
        json => ({
          name: `the inline policy ${json}`,
          InlinePolicy: json,
        }),
      ),
      { name: 'a boundary with a slash at its end', PermissionsBoundary: 'arn:aws:iam::111111111111:policy/x/' },
      { name: 'a boundary that is a role', PermissionsBoundary: 'arn:aws:iam::111111111111:role/x' },
      { name: 'a session of 59 minutes', MaxSessionDuration: '3599' },
      { name: 'a session of more than twelve hours', MaxSessionDuration: '43201' },
    ];
    for (const { name, ...parameters } of rows) {
      it(name, () => {
        const [parameter = ''] = Object.keys(parameters);
        const expected = new RegExp(`^Error: Parameter ${parameter} failed to satisfy constraint$`);
        assert.throws(() => makeStack(role, { ...entra, ...old, ...parameters }), expected);
      });
    }

    const rules = [
      { name: 'no subject at all', parameters: {}, rule: 'SomeIssuer' },
      { name: 'a tenant without a subject', parameters: { ...old, TenantId: tenantId }, rule: 'EntraComplete' },
      { name: 'an Entra subject alone', parameters: { EntraSubject: entraSubject }, rule: 'EntraComplete' },
      {
        name: 'an organization without a subject',
        parameters: { ...entra, OrganizationId: organizationId },
        rule: 'AzureDevOpsComplete',
      },
      ...[
        { name: 'addresses and an endpoint', bounds: refusedPairs.path, rule: 'OneNetworkPath' },
        { name: 'VPCs by id and by ARN', bounds: refusedPairs.form, rule: 'OneVpcKey' },
      ].map(({ name, bounds, rule }) => ({ name, parameters: listBoundParameters(bounds), rule })),
      { name: 'a named subject alone', parameters: { AzureDevOpsSubject: oldSubject }, rule: 'AzureDevOpsComplete' },
    ];
    for (const { name, parameters, rule } of rules) {
      it(name, () => {
        assert.throws(() => makeStack(role, parameters), new RegExp(`^Error: Rule ${rule} failed$`));
        const units = { OrganizationalUnitIds: 'ou-abcd-12345678' };
        assert.throws(
          () => makeStack(stackSet, { ...units, ...parameters }),
          new RegExp(`^Error: Rule ${rule} failed$`),
        );
      });
    }
  });

  describe('wif-role.yaml makes', () => {
    const entraProvider = { Url: `https://${entraUrl}`, ClientIdList: [...entraAudiences] };
    const oldProvider = { Url: `https://${oldUrl}`, ClientIdList: [oldAudience] };
    const cases = [
      { parameters: { ...entra, ...old }, providers: [entraProvider, oldProvider] },
      { parameters: { ...entra, ...old, CreateProvider: 'entra' }, providers: [entraProvider] },
      { parameters: { ...entra, ...old, CreateProvider: 'azure-devops' }, providers: [oldProvider] },
      { parameters: { ...entra, ...old, CreateProvider: 'none' }, providers: [] },
      { parameters: entra, providers: [entraProvider] },
      { parameters: old, providers: [oldProvider] },
      { parameters: { ...old, CreateProvider: 'entra' }, providers: [] },
    ];
    for (const { parameters, providers } of cases) {
      it(`${providers.length} providers for ${JSON.stringify(Object.entries(parameters).map(([key, value]) => (key === 'CreateProvider' ? value : key)))}`, () => {
        assert.deepEqual(nameProviders(makeStack(role, parameters)), providers);
      });
    }

    it('providers that outlive their stack: other roles may trust them', () => {
      for (const name of ['EntraProvider', 'AzureDevOpsProvider']) {
        const { DeletionPolicy, UpdateReplacePolicy } = role.Resources[name] ?? {};
        assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['Retain', 'Retain'], name);
      }
    });

    it('a role with nothing that was not asked for', () => {
      const { resources } = makeStack(role, entra);
      const { AssumeRolePolicyDocument, ...properties } = resources['Role']?.['Properties'] as Fields;
      assert.equal(typeof AssumeRolePolicyDocument, 'string');
      assert.deepEqual(properties, {
        RoleName: 'azure-pipelines',
        Path: '/',
        Description: 'Azure Pipelines, by workload identity federation.',
        MaxSessionDuration: '3600',
      });
    });

    it('a role with everything that was', () => {
      const arns = ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::111111111111:policy/teams/deploy'];
      const boundary = 'arn:aws:iam::111111111111:policy/boundary';
      const given = {
        RoleName: 'deploy',
        RolePath: '/teams/',
        MaxSessionDuration: '7200',
        PermissionsBoundary: boundary,
        InlinePolicy: '{\n  "Statement": [{ "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}" }]\n}\n',
      };
      const { resources, outputs } = makeStack(role, { ...entra, ...given, PolicyArns: arns.join(', ') });
      const properties = resources['Role']?.['Properties'] as Fields;
      const { RoleName, Path, MaxSessionDuration, ManagedPolicyArns, PermissionsBoundary, Policies } = properties;
      assert.deepEqual(Policies, [{ PolicyName: 'azure-pipelines', PolicyDocument: given.InlinePolicy }]);
      assert.deepEqual(
        [RoleName, Path, MaxSessionDuration, ManagedPolicyArns, PermissionsBoundary],
        ['deploy', '/teams/', '7200', arns, boundary],
      );
      assert.deepEqual(outputs, {
        RoleArn: '<Role.Arn>',
        EntraProviderArn: `arn:aws:iam::111111111111:oidc-provider/${entraUrl}`,
      });
    });

    it("the example's role", () => {
      const values = readParameterFile(readFileSync(join(cloudFormation, 'example-parameters.json'), 'utf8'));
      assert.equal(admits(readTrust(makeStack(role, values)), entraClaims), true);
    });
  });

  describe('wif-role-stack-set.yaml', () => {
    const units = { OrganizationalUnitIds: 'ou-abcd-12345678, r-abcd' };
    const readSet = (parameters: Readonly<Record<string, string>>) =>
      makeStack(stackSet, { ...entra, ...units, ...parameters }).resources['StackSet']?.['Properties'] as Fields;

    it('holds wif-role.yaml line by line', () => {
      const { TemplateBody: body } = stackSet.Resources['StackSet']?.['Properties'] as Fields;
      const expected = readFileSync(join(cloudFormation, 'wif-role.yaml'), 'utf8');
      assert.equal(body, expected, 'indent wif-role.yaml by eight spaces below TemplateBody');
    });

    it("has wif-role.yaml's parameters and rules", () => {
      for (const section of ['Parameters', 'Rules'] as const) {
        for (const [name, value] of Object.entries(role[section])) {
          assert.deepEqual(stackSet[section][name], value, `${section}.${name}`);
        }
      }
    });

    it('hands every parameter on: the stack in an account admits exactly the connection', () => {
      const arns = 'arn:aws:iam::aws:policy/ReadOnlyAccess,arn:aws:iam::aws:policy/SecurityAudit';
      const set = readSet({ ...old, PolicyArns: arns, RoleName: 'deploy', CreateProvider: 'none' });
      const handed = (set['Parameters'] as readonly Fields[]).map(
        ({ ParameterKey, ParameterValue }) => [String(ParameterKey), String(ParameterValue)] as const,
      );
      assert.deepEqual(handed.map(([key]) => key).sort(), Object.keys(role.Parameters).sort());
      const stack = makeStack(parseTemplate(String(set['TemplateBody'])), Object.fromEntries(handed));
      assert.deepEqual((stack.resources['Role']?.['Properties'] as Fields)['ManagedPolicyArns'], arns.split(','));
      assert.deepEqual(nameProviders(stack), []);
      for (const claims of [entraClaims, oldClaims]) assert.equal(admits(readTrust(stack), claims), true);
      for (const { name, claims } of strangers) assert.equal(admits(readTrust(stack), claims), false, name);
    });

    const targets = [
      { name: 'all accounts of the units', parameters: {}, extra: {} },
      {
        name: 'all but some',
        parameters: { AccountFilter: 'DIFFERENCE', Accounts: '111111111111,222222222222', AutoDeployment: 'false' },
        extra: { AccountFilterType: 'DIFFERENCE', Accounts: ['111111111111', '222222222222'] },
      },
    ];
    for (const { name, parameters, extra } of targets) {
      it(`deploys to one region of ${name}`, () => {
        const set = readSet(parameters);
        assert.deepEqual(set['StackInstancesGroup'], [
          {
            Regions: ['eu-west-1'],
            DeploymentTargets: { OrganizationalUnitIds: ['ou-abcd-12345678', 'r-abcd'], ...extra },
          },
        ]);
        assert.equal(set['PermissionModel'], 'SERVICE_MANAGED');
        assert.deepEqual(set['Capabilities'], ['CAPABILITY_NAMED_IAM']);
      });
    }

    const refused = [
      { parameters: { OrganizationalUnitIds: '111111111111' }, says: /Parameter OrganizationalUnitIds failed/ },
      { parameters: { OrganizationalUnitIds: '' }, says: /Parameter OrganizationalUnitIds failed/ },
      { parameters: { Accounts: '1111' }, says: /Parameter Accounts failed/ },
      { parameters: { AccountFilter: 'UNION' }, says: /Parameter AccountFilter failed/ },
      { parameters: { Accounts: '111111111111' }, says: /Rule FilterComplete failed/ },
      { parameters: { AccountFilter: 'DIFFERENCE', AutoDeployment: 'false' }, says: /Rule FilterComplete failed/ },
      {
        parameters: { AccountFilter: 'DIFFERENCE', Accounts: '111111111111' },
        says: /Rule FilterWithoutAutoDeployment failed/,
      },
      { parameters: { AzureDevOpsSubject: 'sc://*/*/*' }, says: /Parameter AzureDevOpsSubject failed/ },
      {
        parameters: { ...old, AzureDevOpsSubject: 'sc://contoso/Payments/{{resolve:ssm:name}}' },
        says: /Parameter AzureDevOpsSubject failed/,
      },
    ];
    for (const { parameters, says } of refused) {
      it(`refuses ${JSON.stringify(parameters)}`, () => {
        assert.throws(() => readSet(parameters), says);
      });
    }
  });

  describe('every template', () => {
    for (const file of files) {
      it(`${file} names no thumbprint, no administrator and no account's root`, () => {
        const text = readFileSync(join(cloudFormation, file), 'utf8');
        assert.doesNotMatch(text, /ThumbprintList|AdministratorAccess|PowerUserAccess|:root\b/);
      });

      it(`${file} fits a request: 51,200 bytes`, () => {
        assert.ok(readFileSync(join(cloudFormation, file)).length <= 51_200, file);
      });
    }

    // One run for all templates, since the linter takes seconds to start.
    it('passes cfn-lint, as the template of the refresher does', function () {
      const paths = [...files, 'wif-guardrails.yaml', 'thumbprint-refresher.yaml'].map(file =>
        join(cloudFormation, file),
      );
      const args = ['--non-zero-exit-code', 'informational', ...paths];
      const { error, status, stdout } = spawnSync('cfn-lint', args, { encoding: 'utf8' });
      if (error !== undefined) {
        console.log('*** SKIPPED: cfn-lint is not on PATH, so it did not read the templates ***');
        this.skip();
      }
      assert.equal(status, 0, stdout);
    });
  });

  describe('README', () => {
    const [first = [], second = []] = readTables(cloudFormation, 'parameter');
    const list = (parameters: typeof role.Parameters) =>
      Object.entries(parameters).map(([name, { Default: fallback }]) => ({
        name,
        fallback: (fallback as string | number | undefined)?.toString() ?? 'required',
      }));
    const sort = (rows: readonly { readonly name: string }[]) =>
      [...rows].sort((one, other) => (one.name < other.name ? -1 : 1));

    it("lists wif-role.yaml's parameters and their defaults", () => {
      assert.deepEqual(first, list(role.Parameters));
    });

    it("lists the StackSet's besides", () => {
      assert.deepEqual(sort([...first, ...second]), sort(list(stackSet.Parameters)));
    });
  });
});
