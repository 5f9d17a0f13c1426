import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { parseHcl } from './parse-hcl.ts';
import { buildForIdentities, buildTrustPolicy, deriveIdentities } from '../../src/trust/build.ts';
import { admits } from './admits.ts';
import { refusedRanges } from './bound-trust.ts';
import {
  connectionId,
  entraClaims,
  entraSubject,
  entraUrl,
  oldClaims,
  oldSubject,
  oldUrl,
  organizationId,
  strangers,
  tenantId,
} from './company.ts';
import { root, terraformModule, type Fields } from './read-template.ts';
import {
  evaluateModule,
  evaluateModules,
  hasTerraform,
  inFolder,
  listRefusals,
  needTerraform,
  planUnknown,
  readHcl,
  runTerraform,
  type Evaluated,
  type Ran,
} from './terraform.ts';

const account = { partition: 'aws', accountId: '111111111111' } as const;
const facts = {
  organizationId,
  tenantId,
  connectionId,
  organization: 'contoso',
  project: 'Payments',
  connection: 'aws',
};
const entra = { tenant_id: tenantId, subject: entraSubject };
const old = { organization_id: organizationId, subject: oldSubject };

/** JSON is HCL, except for what begins a template. */
function writeValues(values: Fields): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  return texts.join('').replace(/[$%](?=\{)/g, '$&$&');
}

const policy_arns = { read: 'arn:aws:iam::aws:policy/ReadOnlyAccess' };
const inline_policies = { buckets: '{"Version":"2012-10-17","Statement":[]}' };

function oneRole(connection: Fields, role: Fields = {}): Fields {
  return { roles: { deploy: { connections: { aws: connection }, ...role } } };
}

/** A policy of so many characters. */
function inlinePolicy(characters: number): string {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: '' }] });
  return text.replace('""', `"${'x'.repeat(characters - text.length)}"`);
}

function requireTrust(evaluated: Evaluated | undefined, role = 'deploy'): string {
  return evaluated?.trustPolicies[role] ?? '';
}

describe('infra/terraform-aws-azure-devops-oidc', function () {
  describe('trusts', () => {
    const cases = [
      { name: 'on the Entra issuer', issuers: 'entra', connection: { entra }, admitted: [entraClaims] },
      {
        name: 'on the Azure DevOps issuer',
        issuers: 'azure-devops',
        connection: { azure_devops: old },
        admitted: [oldClaims],
      },
      {
        name: 'on both',
        issuers: 'both',
        connection: { entra, azure_devops: old },
        admitted: [entraClaims, oldClaims],
      },
    ] as const;
    let evaluated: readonly Evaluated[] = [];
    before(async () => {
      if (!hasTerraform) return;
      ({ evaluated } = await evaluateModules(cases.map(({ connection }) => writeValues(oneRole(connection)))));
    });

    for (const [index, { name, issuers, admitted }] of cases.entries()) {
      it(`exactly the connection ${name}, by the policy that aws-wif writes`, function () {
        needTerraform(this, 'the module was not evaluated');
        const policy = requireTrust(evaluated[index]);
        const { document } = buildTrustPolicy({ ...account, connections: [facts], issuers });
        assert.deepEqual(JSON.parse(policy), document);
        for (const claims of [entraClaims, oldClaims]) {
          assert.equal(admits(policy, claims), (admitted as readonly unknown[]).includes(claims), claims.sub);
        }
        for (const { name: stranger, claims } of strangers) assert.equal(admits(policy, claims), false, stranger);
      });
    }

    it('many connections by one statement for each issuer, each role its own', async function () {
      needTerraform(this, 'the module was not evaluated');
      const other = { ...entra, subject: entraSubject.replace(/.$/, 'b') };
      const roles = {
        both: { connections: { aws: { entra, azure_devops: old }, other: { entra: other } } },
        one: { connections: { other: { entra: other } } },
      };
      const evaluated = await evaluateModule(writeValues({ roles, existing_providers: [oldUrl] }));
      const identities = [facts, { ...facts, connectionId: connectionId.replace(/.$/, 'b') }].map(connection =>
        deriveIdentities({ connections: [connection], issuers: 'both' }),
      );
      const { document } = buildForIdentities([...(identities[0] ?? []), ...(identities[1]?.slice(1) ?? [])], account);
      assert.deepEqual(JSON.parse(requireTrust(evaluated, 'both')), document);
      assert.equal(admits(requireTrust(evaluated, 'one'), entraClaims), false);
      assert.deepEqual(evaluated.created['aws_iam_openid_connect_provider'], [entraUrl]);
    });

    it('a connection and an endpoint that the same apply creates', async function () {
      needTerraform(this, 'the module was not planned');
      const plan = (one: Fields): Promise<Ran> => {
        const role = { policy_arns, inline_policies, source_vpce_ids: ['?'] };
        const values = writeValues(oneRole({ entra: { ...entra, ...one } }, role));
        return planUnknown(values.replaceAll('"?"', 'terraform_data.connection.output'));
      };
      assert.equal((await plan({ subject: '?' })).stderr, '');
      // The URL of a provider is a key of for_each.
      assert.match((await plan({ tenant_id: '?' })).stderr, /Invalid for_each argument/);
    });

    it('connections of all names that IAM takes', async function () {
      needTerraform(this, 'the module was not evaluated');
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
        '"quoted"',
        'a\\b',
        '<&>',
        '%{x}',
        '##vso[x]',
      ];
      const subjects = names.map(name => `sc://contoso/Payments/${name}`);
      const connections = Object.fromEntries(
        subjects.map((subject, place) => [`c${place}`, { azure_devops: { ...old, subject } }]),
      );
      const policy = requireTrust(await evaluateModule(writeValues({ roles: { deploy: { connections } } })));
      for (const sub of subjects) assert.equal(admits(policy, { ...oldClaims, sub }), true, sub);
      assert.equal(admits(policy, oldClaims), false);
    });
  });

  describe('creates', () => {
    const values = oneRole({ entra, azure_devops: old }, { policy_arns, inline_policies });
    const provider = [entraUrl, oldUrl];
    const roles = { role: ['deploy'], attachment: ['deploy read'], policy: ['deploy buckets'] };
    const none = { role: [], attachment: [], policy: [] };
    const rows = [
      { name: 'providers, roles and policies', switches: {}, created: { provider, ...roles } },
      { name: 'nothing', switches: { create: false }, created: { provider: [], ...none } },
      { name: 'no roles', switches: { create_roles: false }, created: { provider, ...none } },
      { name: 'no providers', switches: { create_providers: false }, created: { provider: [], ...roles } },
      {
        name: 'the other provider',
        switches: { existing_providers: [entraUrl] },
        created: { provider: [oldUrl], ...roles },
      },
    ];
    const connect = (count: number): Fields =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => {
          const subject = entraSubject.replace(/..$/, String(10 + index));
          return [`c${index}`, { entra: { ...entra, subject } }];
        }),
      );
    const large = { roles: { eleven: { connections: connect(11) }, twelve: { connections: connect(12) } } };
    let evaluated: readonly Evaluated[] = [];
    let said = '';
    before(async () => {
      if (!hasTerraform) return;
      const several = [...rows.map(({ switches }) => ({ ...values, ...switches })), large];
      ({ evaluated, said } = await evaluateModules(several.map(writeValues)));
    });

    for (const [index, { name, switches, created }] of rows.entries()) {
      it(`${name}: ${JSON.stringify(switches)}`, function () {
        needTerraform(this, 'the module was not evaluated');
        assert.deepEqual(evaluated[index]?.created, {
          aws_iam_openid_connect_provider: created.provider,
          aws_iam_role: created.role,
          aws_iam_role_policy: created.policy,
          aws_iam_role_policy_attachment: created.attachment,
        });
        assert.deepEqual(Object.keys(evaluated[index].trustPolicies), 'create' in switches ? [] : ['deploy']);
      });
    }

    it('a role of too many connections, with a warning', function () {
      needTerraform(this, 'the module was not evaluated');
      assert.deepEqual(
        ['eleven', 'twelve'].map(role => requireTrust(evaluated.at(-1), role).length > 2048),
        [false, true],
      );
      assert.match(said, /more than 2048 characters: \["twelve"\]\. Expected: .+\. Split the connections/);
    });
  });

  describe('refuses', () => {
    const named = (connection: string) =>
      oneRole({ azure_devops: { ...old, subject: `sc://contoso/Payments/${connection}` } });
    const onSubject = 'Subjects found on the Azure DevOps issuer';
    const onId = 'Found as tenant_id or organization_id';
    const onEntra = 'Subjects found on the Microsoft Entra issuer';
    const onArn = 'Found as policy_arns or permissions_boundary';
    const rows = [
      ...['*', 'a?', '${aws:userid}', 'a${*}', 'a/', '', 'a\nb', '\u043a', '\u00ad', 'a\u202eb'].map(connection => ({
        name: `a connection named ${JSON.stringify(connection)}`,
        values: named(connection),
        says: onSubject,
      })),
      {
        name: "a pipeline's subject",
        values: oneRole({ azure_devops: { ...old, subject: 'p://contoso/Payments/aws' } }),
        says: onSubject,
      },
      {
        name: 'an upper-case tenant',
        values: oneRole({ entra: { ...entra, tenant_id: tenantId.toUpperCase() } }),
        says: onId,
      },
      {
        name: 'an empty tenant',
        values: oneRole({ entra: { ...entra, tenant_id: '' } }),
        says: onId,
      },
      {
        name: 'no tenant',
        values: oneRole({ entra: { ...entra, tenant_id: null } }),
        says: onId,
      },
      {
        name: 'an empty organization besides a tenant',
        values: oneRole({ entra, azure_devops: { ...old, organization_id: '' } }),
        says: onId,
      },
      {
        name: 'an empty Entra subject',
        values: oneRole({ entra: { ...entra, subject: '' } }),
        says: onEntra,
      },
      {
        name: 'an empty policy',
        values: oneRole({ entra }, { policy_arns: { x: '' } }),
        says: onArn,
      },
      {
        name: "a role's empty boundary",
        values: oneRole({ entra }, { permissions_boundary: '' }),
        says: onArn,
      },
      {
        name: 'an empty boundary of all roles',
        values: { ...oneRole({ entra }), permissions_boundary: '' },
        says: 'Found as permissions_boundary',
      },
      {
        name: 'an organization with a slash',
        values: oneRole({ azure_devops: { ...old, organization_id: `${organizationId}/` } }),
        says: onId,
      },
      ...[entraSubject.replace(/[^/]+$/, '*'), entraSubject.toUpperCase(), `${entraSubject}/`, `${entraSubject}\n`].map(
        subject => ({
          name: `the Entra subject ${JSON.stringify(subject.slice(-12))}`,
          values: oneRole({ entra: { ...entra, subject } }),
          says: onEntra,
        }),
      ),
      { name: 'a connection on no issuer', values: oneRole({}), says: 'Connections on no issuer' },
      {
        name: 'a role without a connection',
        values: { roles: { deploy: { connections: {} } } },
        says: 'Roles without a connection',
      },
      {
        name: 'a role name that is a pattern',
        values: { roles: { 'a*': { connections: { aws: { entra } } } } },
        says: 'Role names found',
      },
      {
        name: 'a policy by name',
        values: oneRole({ entra }, { policy_arns: { x: 'ReadOnlyAccess' } }),
        says: onArn,
      },
      {
        name: 'a session of 59 minutes',
        values: oneRole({ entra }, { max_session_duration: 3599 }),
        says: 'Found as max_session_duration',
      },
      ...refusedRanges.map(range => ({
        name: `the addresses ${range}`,
        values: oneRole({ entra }, { source_ip_ranges: [range] }),
        says: 'Found as source_ip_ranges',
      })),
      {
        name: 'an endpoint that is a VPC',
        values: oneRole({ entra }, { source_vpce_ids: ['vpc-01234567'] }),
        says: 'Found as source_vpce_ids',
      },
      {
        name: 'a VPC in upper case',
        values: oneRole({ entra }, { source_vpc_ids: ['vpc-0123456A'] }),
        says: 'Found as source_vpc_ids',
      },
      {
        name: "a VPC's ARN that is a pattern",
        values: oneRole({ entra }, { source_vpc_arns: ['arn:aws:ec2:*:111111111111:vpc/vpc-01234567'] }),
        says: 'Found as source_vpc_arns',
      },
      {
        name: 'addresses and an endpoint',
        values: oneRole({ entra }, { source_vpce_ids: ['vpce-01234567'], source_ip_ranges: ['203.0.113.0/24'] }),
        says: 'Roles with addresses and VPCs',
      },
      {
        name: 'VPCs by id and by ARN',
        values: oneRole(
          { entra },
          {
            source_vpc_ids: ['vpc-01234567'],
            source_vpc_arns: ['arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-01234567'],
          },
        ),
        says: 'Roles with VPCs by ID and by ARN',
      },
      { name: 'a path without its last slash', values: oneRole({ entra }, { path: '/x' }), says: 'Paths found' },
      { name: 'an empty path', values: oneRole({ entra }, { path: '' }), says: 'Paths found' },
      {
        name: 'a boundary that is a role',
        values: { ...oneRole({ entra }), permissions_boundary: 'arn:aws:iam::111111111111:role/x' },
        says: 'Found as permissions_boundary',
      },
      ...[
        { name: 'an inline policy by ARN', inline_policies: { x: 'arn:aws:iam::aws:policy/ReadOnlyAccess' } },
        { name: 'an inline policy without a statement', inline_policies: { x: '{}' } },
        { name: "an inline policy's name with a slash", inline_policies: { 'a/b': '{"Statement":[]}' } },
        { name: 'an inline policy without a name', inline_policies: { '': '{"Statement":[]}' } },
      ].map(({ name, ...role }) => ({ name, values: oneRole({ entra }, role), says: 'Inline policies found' })),
      {
        name: 'two inline policies that are too long together',
        values: oneRole({ entra }, { inline_policies: { a: inlinePolicy(5121), b: inlinePolicy(5120) } }),
        says: 'Roles with too long inline policies',
      },
      {
        name: 'a session of half seconds',
        values: oneRole({ entra }, { max_session_duration: 3600.5 }),
        says: 'Found as max_session_duration',
      },
      {
        name: 'a description past Latin-1',
        values: oneRole({ entra }, { description: '\u043a' }),
        says: 'Descriptions found',
      },
      ...[{ 'aws:x': 'y' }, { 'AWS:x': 'y' }, { '': 'y' }, { x: 'y'.repeat(257) }, { 'a,b': 'c' }].flatMap(tags => [
        {
          name: `the tags ${JSON.stringify(tags).slice(0, 20)}`,
          values: { ...oneRole({ entra }), tags },
          says: 'Tags found',
        },
        {
          name: `the role's tags ${JSON.stringify(tags).slice(0, 20)}`,
          values: oneRole({ entra }, { tags }),
          says: 'Tags found',
        },
      ]),
      ...[`https://${oldUrl}`, `${oldUrl}/`, oldUrl.toUpperCase(), entraUrl.replace('/v2.0', ''), '*'].map(url => ({
        name: `the existing provider ${url}`,
        values: { ...oneRole({ entra }), existing_providers: [url] },
        says: 'Found as existing_providers',
      })),
    ];
    const everything = {
      ...oneRole(
        { entra, azure_devops: old },
        {
          policy_arns: { read: 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess' },
          inline_policies: { a: inlinePolicy(5120), 'b=,.@-': `${inlinePolicy(5119)}\n ` },
          permissions_boundary: 'arn:aws-cn:iam::111111111111:policy/boundary',
          max_session_duration: 43200,
          path: '/teams/pipelines/',
          description: 'Zo\u00eb\n',
          tags: { 'a b': '', '\u00fc:/=+@-': 'x' },
        },
      ),
      permissions_boundary: 'arn:aws:iam::111111111111:policy/a/b',
      existing_providers: [oldUrl, entraUrl],
      tags: { owner: 'platform' },
    };
    let refusals: readonly string[] = [];
    before(async () => {
      if (hasTerraform) refusals = await listRefusals([everything, ...rows.map(one => one.values)].map(writeValues));
    });

    it('nothing that IAM accepts', function () {
      needTerraform(this, 'the module was not evaluated');
      assert.equal(refusals[0], '');
    });

    for (const [index, { name, says }] of rows.entries()) {
      it(name, function () {
        needTerraform(this, `the module did not refuse ${name}`);
        // Found, expected, do: and what was found is never an empty list.
        const refusal = refusals[index + 1] ?? '';
        assert.ok(refusal.includes(`${says}: `), refusal);
        assert.match(refusal, /: (?!\[\]).+\. Expected: .+\. \w.+\./);
      });
    }
  });

  describe('is', () => {
    it('for the first provider in which thumbprints are optional, and sets none', async () => {
      const { terraform } = await readHcl(join(terraformModule, 'versions.tf'));
      const [{ required_providers: required = [] } = {}] = terraform as unknown as readonly {
        required_providers?: readonly Fields[];
      }[];
      const [providers] = required;
      assert.deepEqual(providers, { aws: { source: 'hashicorp/aws', version: '>= 5.81.0' } });
      const { resource } = await readHcl(join(terraformModule, 'main.tf'));
      const [provider] = (resource?.['aws_iam_openid_connect_provider'] as { this: [Fields] }).this;
      assert.deepEqual(Object.keys(provider).sort(), ['client_id_list', 'for_each', 'lifecycle', 'tags', 'url']);
    });

    it('without an administrator or an account for a principal', () => {
      for (const file of readdirSync(terraformModule, { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.tf')) continue;
        const text = readFileSync(join(terraformModule, file), 'utf8').replace(/^\s*#.*$/gm, '');
        assert.doesNotMatch(text, /AdministratorAccess|PowerUserAccess|:root\b|thumbprint_list/, file);
      }
    });

    it('formatted as terraform fmt does', function () {
      needTerraform(this, 'the format of infra/terraform-aws-azure-devops-oidc was not checked');
      const { status, stdout } = runTerraform(terraformModule, ['fmt', '-check', '-diff', '-recursive']);
      assert.equal(status, 0, stdout);
    });

    it('a repository of its own: the files of a registry, and no link that leaves them', () => {
      const files = readdirSync(terraformModule, { recursive: true, encoding: 'utf8' });
      for (const file of ['LICENSE', 'README.md', 'main.tf', 'outputs.tf', 'variables.tf', 'versions.tf']) {
        assert.ok(files.includes(file), file);
      }
      assert.equal(readFileSync(join(terraformModule, 'LICENSE'), 'utf8'), readFileSync(join(root, 'LICENSE'), 'utf8'));
      for (const page of files.filter(file => file.endsWith('.md'))) {
        const text = readFileSync(join(terraformModule, page), 'utf8');
        const up = [...text.matchAll(/\]\((\.\.[^)]*)\)/g)].map(([, target = '']) =>
          normalize(join(page, '..', target)),
        );
        assert.deepEqual(
          up.filter(target => target.startsWith('..')),
          [],
          page,
        );
      }
      for (const { name } of readdirSync(join(terraformModule, 'examples'), { withFileTypes: true })) {
        assert.ok(files.includes(join('examples', name, 'README.md')), `examples/${name} has no README.md`);
      }
    });

    it('valid with the provider, examples included, and passes its own tests', async function () {
      needTerraform(this, 'infra/terraform-aws-azure-devops-oidc was not validated');
      const plugins = process.env['TERRAFORM_PLUGIN_DIR'] ?? '';
      if (plugins === '') {
        console.log(
          '*** SKIPPED: TERRAFORM_PLUGIN_DIR names no folder with hashicorp/aws, so infra/terraform-aws-azure-devops-oidc was neither validated nor run by terraform test',
        );
        this.skip();
      }
      await inFolder(folder => {
        cpSync(terraformModule, folder, { recursive: true });
        const run = (part: string, args: readonly string[]): void => {
          const { status, stdout, stderr } = runTerraform(join(folder, part), [...args, '-no-color']);
          assert.equal(status, 0, `${part} ${args.join(' ')}: ${stdout}${stderr}`);
        };
        // examples/azuredevops needs Microsoft's provider, too.
        for (const part of ['.', 'examples/connection', 'examples/hub-and-spoke']) {
          run(part, ['init', '-input=false', `-plugin-dir=${plugins}`]);
          run(part, ['validate']);
        }
        run('.', ['test']);
      });
    });
  });

  describe('examples', () => {
    it('and the README give the module what it accepts', async function () {
      needTerraform(this, 'the examples were not evaluated');
      const several = ['README.md', 'examples/connection/main.tf', 'examples/azuredevops/main.tf'].map(file => {
        const text = readFileSync(join(terraformModule, file), 'utf8');
        const [, body = ''] = /module "aws_wif" \{\n {2}source = .*\n([^]*?)\n\}\n/.exec(text) ?? [];
        return `${body}\n`
          .replace('azuredevops_serviceendpoint_azurerm.aws.workload_identity_federation_subject', `"${entraSubject}"`)
          .replace('var.tenant_id', `"${tenantId}"`);
      });
      const { evaluated } = await evaluateModules(several);
      for (const one of evaluated) assert.equal(admits(requireTrust(one, 'payments-deploy'), entraClaims), true);
      assert.equal(admits(requireTrust(evaluated[1], 'network-deploy'), entraClaims), false);
    });

    it("hub-and-spoke: the spoke trusts the hub role's ARN", async () => {
      const { resource } = await readHcl(join(terraformModule, 'examples/hub-and-spoke/main.tf'));
      const { spoke } = resource?.['aws_iam_role'] as { readonly spoke: readonly Fields[] };
      const trust = String(spoke[0]?.['assume_role_policy']);
      assert.match(trust, /Principal = \{ AWS = module\.hub\.role_arns\["hub-payments"\] \}/);
      assert.doesNotMatch(trust, /root|\*/);
    });
  });
});

// Without the binary nothing above would have noticed a syntax error.
describe('infra/terraform-aws-azure-devops-oidc, read without Terraform', () => {
  for (const file of readdirSync(terraformModule, { recursive: true, encoding: 'utf8' }).filter(one =>
    /\.(?:tf|hcl)$/.test(one),
  )) {
    it(`${file} is HCL`, async () => {
      assert.notDeepEqual(await readHcl(join(terraformModule, file)), {});
    });
  }

  it('and a broken file is none', async () => {
    await assert.rejects(parseHcl('x.tf', 'variable "x" {'));
  });
});
