import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHcl } from './parse-hcl.ts';
import { admits } from './admits.ts';
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
import { terraformModule, type Fields } from './read-template.ts';
import { readTables } from './readme-table.ts';
import {
  evaluateModule,
  hasTerraform,
  inFolder,
  listRefusals,
  needTerraform,
  readHcl,
  runTerraform,
  type Evaluated,
} from './terraform.ts';

const entra = { tenant_id: tenantId, subject: entraSubject };
const old = { organization_id: organizationId, subject: oldSubject };

/** JSON is HCL, but for what begins a template. */
function writeValues(values: Fields): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  return texts.join('').replace(/[$%](?=\{)/g, '$&$&');
}

function oneRole(connection: Fields, role: Fields = {}): Fields {
  return { roles: { deploy: { connections: { aws: connection }, ...role } } };
}

function requireTrust(evaluated: Evaluated, role = 'deploy'): string {
  assert.ok('trustPolicies' in evaluated, 'refused' in evaluated ? evaluated.refused : '');
  return evaluated.trustPolicies[role] ?? '';
}

describe('infra/terraform-aws-azure-devops-oidc', function () {
  describe('trusts', () => {
    const cases = [
      { name: 'on the Entra issuer', connection: { entra }, admitted: [entraClaims] },
      { name: 'on the Azure DevOps issuer', connection: { azure_devops: old }, admitted: [oldClaims] },
      { name: 'on both', connection: { entra, azure_devops: old }, admitted: [entraClaims, oldClaims] },
    ];
    for (const { name, connection, admitted } of cases) {
      it(`exactly the connection ${name}`, async function () {
        needTerraform(this, 'the module was not evaluated');
        const policy = requireTrust(await evaluateModule(writeValues(oneRole(connection))));
        for (const claims of [entraClaims, oldClaims]) {
          assert.equal(admits(policy, claims), admitted.includes(claims), claims.sub);
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
      const { Version, Statement } = JSON.parse(requireTrust(evaluated, 'both')) as Fields;
      const action = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' };
      const provider = (url: string) => ({ Federated: `arn:aws:iam::111111111111:oidc-provider/${url}` });
      assert.equal(Version, '2012-10-17');
      assert.deepEqual(Statement, [
        {
          ...action,
          Principal: provider(entraUrl),
          Condition: {
            StringEquals: {
              [`${entraUrl}:aud`]: [...entraAudiences],
              [`${entraUrl}:sub`]: [entraSubject, other.subject].sort(),
            },
          },
        },
        {
          ...action,
          Principal: provider(oldUrl),
          Condition: { StringEquals: { [`${oldUrl}:aud`]: [oldAudience], [`${oldUrl}:sub`]: [oldSubject] } },
        },
      ]);
      assert.equal(admits(requireTrust(evaluated, 'one'), entraClaims), false);
      assert.deepEqual('created' in evaluated ? evaluated.created : [], [entraUrl]);
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

  describe('refuses', () => {
    const named = (connection: string) =>
      oneRole({ azure_devops: { ...old, subject: `sc://contoso/Payments/${connection}` } });
    const onSubject = /The subject on the Azure DevOps issuer is/;
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
        says: /tenant_id and organization_id are GUIDs in lower case/,
      },
      {
        name: 'an empty tenant',
        values: oneRole({ entra: { ...entra, tenant_id: '' } }),
        says: /tenant_id and organization_id are GUIDs in lower case/,
      },
      {
        name: 'no tenant',
        values: oneRole({ entra: { ...entra, tenant_id: null } }),
        says: /tenant_id and organization_id are GUIDs in lower case/,
      },
      {
        name: 'an empty organization besides a tenant',
        values: oneRole({ entra, azure_devops: { ...old, organization_id: '' } }),
        says: /tenant_id and organization_id are GUIDs in lower case/,
      },
      {
        name: 'an empty Entra subject',
        values: oneRole({ entra: { ...entra, subject: '' } }),
        says: /The subject on the Entra issuer is/,
      },
      {
        name: 'an empty policy',
        values: oneRole({ entra }, { policy_arns: { x: '' } }),
        says: /ARNs of managed policies/,
      },
      {
        name: "a role's empty boundary",
        values: oneRole({ entra }, { permissions_boundary: '' }),
        says: /ARNs of managed policies/,
      },
      {
        name: 'an empty boundary of all roles',
        values: { ...oneRole({ entra }), permissions_boundary: '' },
        says: /ARN of a managed policy/,
      },
      {
        name: 'an organization with a slash',
        values: oneRole({ azure_devops: { ...old, organization_id: `${organizationId}/` } }),
        says: /tenant_id and organization_id are GUIDs in lower case/,
      },
      ...[entraSubject.replace(/[^/]+$/, '*'), entraSubject.toUpperCase(), `${entraSubject}/`, `${entraSubject}\n`].map(
        subject => ({
          name: `the Entra subject ${JSON.stringify(subject.slice(-12))}`,
          values: oneRole({ entra: { ...entra, subject } }),
          says: /The subject on the Entra issuer is/,
        }),
      ),
      { name: 'a connection on no issuer', values: oneRole({}), says: /without a subject everybody/ },
      {
        name: 'a role without a connection',
        values: { roles: { deploy: { connections: {} } } },
        says: /without a subject everybody/,
      },
      {
        name: 'a role name that is a pattern',
        values: { roles: { 'a*': { connections: { aws: { entra } } } } },
        says: /The name of a role/,
      },
      {
        name: 'a policy by name',
        values: oneRole({ entra }, { policy_arns: { x: 'ReadOnlyAccess' } }),
        says: /ARNs of managed policies/,
      },
      {
        name: 'a session of 59 minutes',
        values: oneRole({ entra }, { max_session_duration: 3599 }),
        says: /3600 to 43200/,
      },
      { name: 'a path without its last slash', values: oneRole({ entra }, { path: '/x' }), says: /path is a slash/ },
      { name: 'an empty path', values: oneRole({ entra }, { path: '' }), says: /path is a slash/ },
      {
        name: 'a boundary that is a role',
        values: { ...oneRole({ entra }), permissions_boundary: 'arn:aws:iam::111111111111:role/x' },
        says: /ARN of a managed policy/,
      },
      ...[`https://${oldUrl}`, `${oldUrl}/`, oldUrl.toUpperCase(), entraUrl.replace('/v2.0', ''), '*'].map(url => ({
        name: `the existing provider ${url}`,
        values: { ...oneRole({ entra }), existing_providers: [url] },
        says: /existing_providers are/,
      })),
    ];
    let refusals: readonly string[] = [];
    before(async () => {
      if (hasTerraform)
        refusals = await listRefusals([oneRole({ entra }), ...rows.map(one => one.values)].map(writeValues));
    });

    it('nothing else', function () {
      needTerraform(this, 'the module was not evaluated');
      assert.equal(refusals[0], '');
    });

    for (const [index, { name, says }] of rows.entries()) {
      it(name, function () {
        needTerraform(this, `the module did not refuse ${name}`);
        assert.match(refusals[index + 1] ?? '', says);
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

    it('described in its README: inputs, attributes of a role and outputs', async () => {
      const { variable } = await readHcl(join(terraformModule, 'variables.tf'));
      const [inputs = []] = readTables(terraformModule, 'input');
      const expected = Object.entries(variable ?? {}).map(([name, blocks]) => {
        const [{ default: fallback } = {}] = blocks as readonly Fields[];
        return { name, fallback: fallback === undefined ? 'required' : JSON.stringify(fallback) };
      });
      const byName = (one: { readonly name: string }, other: { readonly name: string }) =>
        one.name < other.name ? -1 : 1;
      assert.deepEqual([...inputs].sort(byName), [...expected].sort(byName));
      const [{ type = '' } = {}] = (variable?.['roles'] ?? []) as unknown as readonly { type?: string }[];
      const [attributes = []] = readTables(terraformModule, 'attribute');
      const written = [...type.matchAll(/^ {4}(\w+) +=(?: optional\(.*?(?:, (.*))?\)$)?/gm)];
      assert.deepEqual(
        attributes,
        written.map(([line, name = '', fallback = '']) => ({
          name,
          fallback: line.includes('optional') ? fallback : 'required',
        })),
      );
      const { output } = await readHcl(join(terraformModule, 'outputs.tf'));
      const [outputs = []] = readTables(terraformModule, 'output');
      assert.deepEqual(outputs.map(({ name }) => name).sort(), Object.keys(output ?? {}).sort());
    });

    it('valid with the provider, examples included', async function () {
      const { TERRAFORM_PLUGIN_DIR: plugins = '' } = process.env;
      needTerraform(this, 'infra/terraform-aws-azure-devops-oidc was not validated');
      if (plugins === '') {
        console.log(
          '*** SKIPPED: TERRAFORM_PLUGIN_DIR names no folder with hashicorp/aws, so infra/terraform-aws-azure-devops-oidc was not validated',
        );
        this.skip();
      }
      await inFolder(folder => {
        cpSync(terraformModule, folder, { recursive: true });
        for (const part of ['.', 'examples/connection', 'examples/hub-and-spoke']) {
          const init = runTerraform(join(folder, part), [
            'init',
            '-input=false',
            '-no-color',
            `-plugin-dir=${plugins}`,
          ]);
          assert.equal(init.status, 0, init.stderr);
          const validate = runTerraform(join(folder, part), ['validate', '-no-color']);
          assert.equal(validate.status, 0, validate.stdout + validate.stderr);
        }
      });
    });
  });

  describe('examples', () => {
    it('connection: inputs that the module takes', async function () {
      needTerraform(this, 'the example was not evaluated');
      const text = readFileSync(join(terraformModule, 'examples/connection/main.tf'), 'utf8');
      const [, body = ''] = /module "aws_wif" \{\n {2}source = .*\n([^]*?)\n\}\n/.exec(text) ?? [];
      const evaluated = await evaluateModule(`${body}\n`);
      assert.equal(admits(requireTrust(evaluated, 'payments-deploy'), entraClaims), true);
      assert.equal(admits(requireTrust(evaluated, 'network-deploy'), entraClaims), false);
    });

    it('the README: inputs that the module takes', async function () {
      needTerraform(this, 'the example was not evaluated');
      const text = readFileSync(join(terraformModule, 'README.md'), 'utf8');
      const [, body = ''] = /```hcl\nmodule "aws_wif" \{\n {2}source = .*\n([^]*?)\n\}\n```/.exec(text) ?? [];
      assert.equal(admits(requireTrust(await evaluateModule(`${body}\n`), 'payments-deploy'), entraClaims), true);
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
    one.endsWith('.tf'),
  )) {
    it(`${file} is HCL`, async () => {
      assert.notDeepEqual(await readHcl(join(terraformModule, file)), {});
    });
  }

  it('and a broken file is none', async () => {
    await assert.rejects(parseHcl('x.tf', 'variable "x" {'));
  });
});
