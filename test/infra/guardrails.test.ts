import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardChanges } from '../../src/trust/control-policies/changes.ts';
import { fitPolicies, type Guardrail } from '../../src/trust/control-policies/control-policy.ts';
import { guardProviders } from '../../src/trust/control-policies/providers.ts';
import { guardRetired, guardSubjects } from '../../src/trust/control-policies/subjects.ts';
import { findGrammarMistakes } from '../trust/control-policies/grammar.ts';
import { entraSubject, organizationId, tenantId } from './company.ts';
import { cloudFormation, readTemplate, root, type Fields } from './read-template.ts';
import { readTables } from './readme-table.ts';
import { makeStack } from './stack.ts';
import { inFolder, needTerraform, readHcl, runTerraform } from './terraform.ts';

const template = readTemplate('wif-guardrails.yaml');
const managedIdentity = '5ca1ab1e-0000-4000-8000-00000000beef';
const own = `${entraSubject.slice(0, -36)}*`;
const entra = { TenantId: tenantId, EntraSubjects: own };
const administrators = ['arn:aws:iam::*:role/wif-admin', 'arn:aws:iam::222222222222:user/ann'];
const admins = { Administrators: administrators.join() };
const exempt = { ExemptTagKey: 'wif-exempt', ExemptTagValue: 'yes', ...admins };
const tag = { key: 'wif-exempt', value: 'yes' };

const subjects = {
  organizations: [{ id: organizationId, name: undefined as string | undefined }],
  tenantId: tenantId as string | undefined,
  entraSubjects: [] as readonly string[],
  azureDevOpsSubjects: [],
  exemption: undefined as typeof tag | undefined,
};
const named = [{ id: organizationId, name: 'contoso' }];

type Values = Readonly<Record<string, string>>;

function makePolicies(values: Values): Readonly<Record<string, Fields>> {
  const { resources } = makeStack(template, values);
  return Object.fromEntries(Object.entries(resources).map(([name, { Properties }]) => [name, Properties as Fields]));
}

/** IAM accepts one value wherever it takes a list, in any order. */
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? normalise(value[0]) : value.map(normalise).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'Statement' ? one : normalise(one)]),
  );
}

function normalisePolicy(document: unknown): unknown {
  const { Version, Statement } = document as { readonly Version: string; readonly Statement: readonly unknown[] };
  return { Version, Statement: Statement.map(normalise) };
}

describe('infra/cloudformation/wif-guardrails.yaml', () => {
  const cases: readonly {
    readonly name: string;
    readonly values: Values;
    readonly policies: Readonly<Record<string, Guardrail>>;
  }[] = [
    { name: 'nothing', values: {}, policies: {} },
    { name: 'our organization on the Entra issuer', values: entra, policies: { Subjects: guardSubjects(subjects) } },
    {
      name: 'the same with a managed identity',
      values: { ...entra, EntraSubjects: `${own},${managedIdentity}` },
      policies: { Subjects: guardSubjects({ ...subjects, entraSubjects: [managedIdentity] }) },
    },
    {
      name: 'the same on both issuers',
      values: { ...entra, OrganizationId: organizationId, OrganizationName: 'contoso' },
      policies: {
        Subjects: guardSubjects({ ...subjects, organizations: named }),
        Retired: guardRetired([organizationId], undefined),
      },
    },
    {
      name: 'the retiring issuer alone',
      values: { OrganizationId: organizationId, OrganizationName: 'contoso' },
      policies: {
        Subjects: guardSubjects({ ...subjects, tenantId: undefined, organizations: named }),
        Retired: guardRetired([organizationId], undefined),
      },
    },
    {
      name: 'listed providers',
      values: { ProviderKeys: 'graph.facebook.com:id,sts.windows.net/a/:sub,token.actions.githubusercontent.com:sub' },
      policies: {
        Providers: guardProviders(
          ['graph.facebook.com', 'sts.windows.net/a/', 'token.actions.githubusercontent.com'],
          undefined,
        ),
      },
    },
    {
      name: 'administrators, and roles',
      values: { ...admins, GuardedRoles: 'arn:aws:iam::*:role/pipelines/*' },
      policies: {
        Changes: guardChanges({
          administrators,
          roles: ['arn:aws:iam::*:role/pipelines/*'],
          exemption: undefined,
        }),
      },
    },
    {
      name: 'exempt roles',
      values: {
        ...entra,
        ...exempt,
        Administrators: administrators[0] ?? '',
        OrganizationId: organizationId,
        ProviderKeys: 'gitlab.com:sub',
      },
      policies: {
        Subjects: guardSubjects({ ...subjects, exemption: tag }),
        Providers: guardProviders(['gitlab.com'], tag),
        Retired: guardRetired([organizationId], tag),
        Changes: guardChanges({ administrators: administrators.slice(0, 1), roles: [], exemption: tag }),
      },
    },
  ];
  for (const { name, values, policies } of cases) {
    it(`makes of ${name} what aws-wif guardrail prints`, () => {
      const made = makePolicies(values);
      assert.deepEqual(Object.keys(made).sort(), Object.keys(policies).sort());
      for (const [resource, guardrail] of Object.entries(policies)) {
        const { Content: content, Type: type } = made[resource] ?? {};
        const [policy] = fitPolicies(guardrail);
        assert.equal(type, guardrail.type);
        assert.deepEqual(findGrammarMistakes(String(content), guardrail.type), []);
        assert.deepEqual(normalisePolicy(JSON.parse(String(content))), normalisePolicy(policy?.document));
      }
    });
  }

  it('attaches to nothing of itself, and turns the switch by its own targets', () => {
    const organization = { OrganizationId: organizationId };
    const targets = (values: Values) =>
      Object.entries(makePolicies({ ...entra, ...organization, ...values })).map(([name, { TargetIds }]) => [
        name,
        TargetIds,
      ]);
    assert.deepEqual(targets({}), [
      ['Subjects', undefined],
      ['Retired', undefined],
    ]);
    assert.deepEqual(targets({ TargetIds: '111111111111' }), [
      ['Subjects', ['111111111111']],
      ['Retired', undefined],
    ]);
    assert.deepEqual(targets({ RetiredTargetIds: 'r-abcd,ou-abcd-12345678' }), [
      ['Subjects', undefined],
      ['Retired', ['r-abcd', 'ou-abcd-12345678']],
    ]);
  });

  const refused: readonly Values[] = [
    { TenantId: tenantId },
    { EntraSubjects: own },
    ...['*', '/eid1/*', own.replace(organizationId, '*'), `${own}"`, 'a,b', '${aws:userid}'].map(one => ({
      TenantId: tenantId,
      EntraSubjects: one,
    })),
    { ...entra, TenantId: tenantId.toUpperCase() },
    { OrganizationName: 'contoso' },
    { OrganizationId: organizationId, OrganizationName: 'a*' },
    { OrganizationId: organizationId, OrganizationName: 'a","b' },
    { RetiredTargetIds: 'r-abcd' },
    { ExemptTagKey: 'wif-exempt', ExemptTagValue: 'yes' },
    { ...exempt, OrganizationId: organizationId, RetiredTargetIds: 'r-abcd' },
    { ExemptTagKey: 'wif-exempt', ...admins },
    ...['aws:a', 'AWS:a', 'a*', 'a"b', 'a${b}'].map(key => ({ ...exempt, ExemptTagKey: key })),
    ...['*', 'a"'].map(value => ({ ...exempt, ExemptTagValue: value })),
    ...['gitlab.com', '*:sub', 'gitlab.com:aud', 'https://gitlab.com:sub', 'gitlab.com:sub,'].map(keys => ({
      ProviderKeys: keys,
    })),
    ...['*', 'arn:aws:iam::*:role/*', 'arn:aws:iam::*:root', 'arn:aws:iam::*:role/${aws:userid}'].map(arn => ({
      Administrators: arn,
    })),
    { GuardedRoles: '*' },
    { ...admins, GuardedRoles: 'arn:aws:iam::*:user/a' },
    { ...entra, TargetIds: 'everything' },
  ];
  for (const values of refused) {
    it(`refuses ${JSON.stringify(values)}`, () => {
      assert.throws(() => makeStack(template, values), /^Error: (?:Parameter \w+ failed|Rule \w+ failed)/);
    });
  }

  it('has its parameters and their defaults in the README', () => {
    const [table] = readTables(cloudFormation, 'parameter of the guardrails');
    const expected = Object.entries(template.Parameters).map(([name, { Default: fallback }]) => ({ name, fallback }));
    assert.deepEqual(table, expected);
  });
});

describe('infra/terraform-guardrails', () => {
  const folder = join(root, 'infra/terraform-guardrails');

  it('creates each policy as it was printed, and attaches it to its own targets', async () => {
    const { resource, variable } = await readHcl(join(folder, 'main.tf'));
    const policy = (resource?.['aws_organizations_policy'] as { readonly this: readonly Fields[] }).this[0] ?? {};
    const attachment = (resource?.['aws_organizations_policy_attachment'] as { readonly this: readonly Fields[] })
      .this[0];
    assert.deepEqual([policy['type'], policy['content']], ['${each.value.type}', '${each.value.document}']);
    assert.equal(attachment?.['policy_id'], '${aws_organizations_policy.this[each.value.name].id}');
    assert.deepEqual(Object.keys(variable ?? {}), ['policies', 'tags']);
    assert.equal(JSON.stringify(variable?.['policies']).match(/"condition"/g)?.length, 3);
  });

  it('lists its inputs in its README', () => {
    const [table = []] = readTables(folder, 'input');
    assert.deepEqual(
      table.map(({ name }) => name),
      ['policies', 'tags'],
    );
    assert.match(readFileSync(join(folder, 'README.md'), 'utf8'), /off/);
  });

  it('is formatted as Terraform does it', async function () {
    needTerraform(this, 'the module for guardrails was not looked at');
    await inFolder(copy => {
      copyFileSync(join(folder, 'main.tf'), join(copy, 'main.tf'));
      const { status, stdout } = runTerraform(copy, ['fmt', '-check', '-diff']);
      assert.equal(status, 0, stdout);
    });
  });
});
