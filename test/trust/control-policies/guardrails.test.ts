import assert from 'node:assert/strict';
import { WifError } from '../../../src/errors.ts';
import { guardChanges } from '../../../src/trust/control-policies/changes.ts';
import { fitPolicies, maxControlPolicy, type Guardrail } from '../../../src/trust/control-policies/control-policy.ts';
import { guardProviders } from '../../../src/trust/control-policies/providers.ts';
import { guardRetired, guardSubjects } from '../../../src/trust/control-policies/subjects.ts';
import { organizationId, tenantId } from '../company.ts';
import { findGrammarMistakes } from './grammar.ts';
import { askers, askStandIn, judge, otherOrganization, roleArn, taggedWith, urls, type Asker } from './scene.ts';

const exemption = { key: 'wif-exempt', value: 'yes' };
const { connection, otherConnection, lookalike, managedIdentity, otherTenant, oldConnection, pipeline, otherOld } =
  askers;
const { github, eks, cognito, facebook, saml, service, chained } = askers;
const everybody: readonly Asker[] = Object.values(askers);

const subjects = {
  organizations: [{ id: organizationId, name: 'contoso' }],
  tenantId,
  entraSubjects: [],
  azureDevOpsSubjects: [],
  exemption: undefined,
};

const strangersOnEntra = [otherConnection, lookalike, managedIdentity];
const tagged = (asker: Asker): Asker => taggedWith({ 'WIF-Exempt': 'yes' }, asker);
const wronglyTagged = (asker: Asker): Asker => taggedWith({ 'wif-exempt': 'Yes', other: 'yes' }, asker);

interface Case {
  readonly name: string;
  readonly guardrail: Guardrail;
  /** All others pass. */
  readonly denied: readonly Asker[];
  readonly asked?: readonly Asker[];
}

const cases: readonly Case[] = [
  { name: 'subjects', guardrail: guardSubjects(subjects), denied: [...strangersOnEntra, pipeline] },
  {
    name: 'subjects without an organization name',
    guardrail: guardSubjects({ ...subjects, organizations: [{ id: organizationId.toUpperCase(), name: undefined }] }),
    denied: strangersOnEntra,
  },
  {
    name: 'subjects of the retiring issuer alone',
    guardrail: guardSubjects({ ...subjects, tenantId: undefined }),
    denied: [pipeline],
  },
  {
    name: 'subjects of two organizations and a managed identity',
    guardrail: guardSubjects({
      ...subjects,
      organizations: [...subjects.organizations, { id: otherOrganization, name: undefined }],
      entraSubjects: ['5ca1ab1e-0000-4000-8000-00000000beef'],
      azureDevOpsSubjects: ['p://contoso/Payments/*'],
    }),
    denied: [lookalike],
  },
  {
    name: 'subjects with exempt roles',
    guardrail: guardSubjects({ ...subjects, exemption }),
    denied: [...strangersOnEntra, pipeline, ...[otherConnection, managedIdentity, pipeline].map(wronglyTagged)],
    asked: [
      ...everybody,
      ...[otherConnection, managedIdentity, pipeline].flatMap(one => [tagged(one), wronglyTagged(one)]),
    ],
  },
  {
    name: 'providers',
    guardrail: guardProviders(
      [urls.entraUrl, urls.githubUrl, urls.eksUrl, 'cognito-identity.amazonaws.com'],
      undefined,
    ),
    denied: [otherTenant, oldConnection, pipeline, otherOld, facebook],
  },
  {
    name: 'providers that IAM has by itself',
    guardrail: guardProviders(['graph.facebook.com', 'www.amazon.com', 'accounts.google.com'], undefined),
    denied: everybody.filter(one => one.action === github.action && one !== facebook),
  },
  {
    name: 'providers with exempt roles',
    guardrail: guardProviders([urls.entraUrl], exemption),
    denied: [otherTenant, oldConnection, pipeline, otherOld, github, eks, cognito, facebook, wronglyTagged(github)],
    asked: [...everybody, tagged(github), wronglyTagged(github), tagged(connection)],
  },
  { name: 'retired', guardrail: guardRetired([organizationId], undefined), denied: [oldConnection, pipeline] },
  {
    name: 'retired of two organizations',
    guardrail: guardRetired([organizationId, otherOrganization, organizationId.toUpperCase()], undefined),
    denied: [oldConnection, pipeline, otherOld],
  },
  {
    name: 'retired with exempt roles',
    guardrail: guardRetired([organizationId], exemption),
    denied: [oldConnection, pipeline, wronglyTagged(oldConnection)],
    asked: [...everybody, tagged(oldConnection), wronglyTagged(oldConnection)],
  },
  {
    name: 'changes',
    guardrail: guardChanges({ administrators: ['arn:aws:iam::*:role/admin'], roles: ['*'], exemption }),
    denied: [],
  },
];

/** The two readings, which have to agree. */
function assertDecision(documents: readonly unknown[], asker: Asker, denied: boolean): void {
  assert.equal(judge(documents, asker), denied, `the evaluator: ${asker.name}`);
  assert.equal(askStandIn(documents, asker), denied, `the other reading: ${asker.name}`);
}

function documentsOf(guardrail: Guardrail): readonly unknown[] {
  return fitPolicies(guardrail).map(({ document }) => document);
}

describe('trust/control-policies', () => {
  for (const { name, guardrail, denied, asked = everybody } of cases) {
    it(`${name}: denies those it is for, and nobody else`, () => {
      assert.ok(denied.every(one => asked.some(({ name: other }) => other === one.name)));
      for (const asker of asked) {
        assertDecision(
          documentsOf(guardrail),
          asker,
          denied.some(one => one.name === asker.name),
        );
      }
    });

    it(`${name}: is what AWS Organizations accepts`, () => {
      for (const { text, type, characters } of fitPolicies(guardrail)) {
        assert.deepEqual(findGrammarMistakes(text, type), []);
        assert.equal(characters, text.length);
      }
    });
  }

  it('people, services and role chains are never asked about', () => {
    for (const asker of [saml, service, chained]) {
      for (const { guardrail } of cases) assertDecision(documentsOf(guardrail), asker, false);
    }
  });

  describe('changes', () => {
    const administrator = 'arn:aws:iam::222222222222:role/security/wif-admin';
    const narrow = guardChanges({
      administrators: ['arn:aws:iam::*:role/security/wif-admin'],
      roles: ['arn:aws:iam::*:role/pipelines/*'],
      exemption,
    });
    const wide = guardChanges({
      administrators: ['arn:aws:iam::*:role/security/wif-admin'],
      roles: ['*'],
      exemption: undefined,
    });
    const user = 'arn:aws:iam::111111111111:user/wif-admin';
    const byUser = guardChanges({
      administrators: ['arn:aws:iam::*:user/wif-admin'],
      roles: [],
      exemption: undefined,
    });
    const ask = (who: string, action: string, resource: string, tagKeys: readonly string[] = []): Asker => ({
      name: `${who} ${action} ${resource} ${tagKeys.join()}`,
      action,
      resource,
      keys: { 'aws:principalarn': [who], 'aws:tagkeys': tagKeys },
      isMember: true,
    });
    const developer = 'arn:aws:iam::111111111111:role/developer';
    const impostor = 'arn:aws:iam::111111111111:role/x:role/security/wif-admin';
    const provider = `arn:aws:iam::111111111111:oidc-provider/${urls.entraUrl}`;
    const serviceRole = 'arn:aws:iam::111111111111:role/lambda-basic';
    const changes: readonly (readonly [guardrail: Guardrail, asker: Asker, denied: boolean])[] = [
      ...['Create', 'Delete', 'Tag', 'Untag'].map(
        verb => [narrow, ask(developer, `iam:${verb}OpenIDConnectProvider`, provider), true] as const,
      ),
      [narrow, ask(developer, 'iam:AddClientIDToOpenIDConnectProvider', provider), true],
      [narrow, ask(developer, 'iam:RemoveClientIDFromOpenIDConnectProvider', provider), true],
      [narrow, ask(developer, 'iam:UpdateOpenIDConnectProviderThumbprint', provider), true],
      [narrow, ask(developer, 'iam:GetOpenIDConnectProvider', provider), false],
      [narrow, ask(administrator, 'iam:CreateOpenIDConnectProvider', provider), false],
      [narrow, ask(impostor, 'iam:CreateOpenIDConnectProvider', provider), true],
      [narrow, ask('arn:aws:iam::111111111111:root', 'iam:DeleteOpenIDConnectProvider', provider), true],
      [narrow, ask(developer, 'iam:UpdateAssumeRolePolicy', roleArn), true],
      [narrow, ask(developer, 'iam:CreateRole', roleArn), true],
      [narrow, ask(administrator, 'iam:UpdateAssumeRolePolicy', roleArn), false],
      [narrow, ask(developer, 'iam:CreateRole', serviceRole), false],
      [narrow, ask(developer, 'iam:UpdateAssumeRolePolicy', serviceRole), false],
      [narrow, ask(developer, 'iam:CreateRole', administrator), true],
      [narrow, ask(developer, 'iam:AttachRolePolicy', roleArn), false],
      [narrow, ask(developer, 'iam:CreateServiceLinkedRole', roleArn), false],
      ...['CreateUser', 'UpdateUser', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile'].flatMap(verb => [
        [byUser, ask(developer, `iam:${verb}`, user), true] as const,
        [byUser, ask(developer, `iam:${verb}`, 'arn:aws:iam::111111111111:user/bob'), false] as const,
        [byUser, ask(user, `iam:${verb}`, user), false] as const,
      ]),
      // Whoever may change an exempt role's trust policy needs no tag.
      [narrow, taggedWith({ 'WIF-Exempt': 'yes' }, ask(developer, 'iam:UpdateAssumeRolePolicy', serviceRole)), true],
      [narrow, taggedWith({ 'wif-exempt': 'no' }, ask(developer, 'iam:UpdateAssumeRolePolicy', serviceRole)), false],
      [
        narrow,
        taggedWith({ 'wif-exempt': 'yes' }, ask(administrator, 'iam:UpdateAssumeRolePolicy', serviceRole)),
        false,
      ],
      [wide, ask(developer, 'iam:CreateRole', serviceRole), true],
      [wide, ask(developer, 'iam:TagRole', serviceRole, ['wif-exempt']), false],
      ...['iam:TagRole', 'iam:UntagRole', 'iam:CreateRole'].flatMap(action =>
        ['wif-exempt', 'WIF-EXEMPT', 'Wif-Exempt'].map(
          key => [narrow, ask(developer, action, serviceRole, ['a', key]), true] as const,
        ),
      ),
      [narrow, ask(developer, 'iam:TagRole', serviceRole, ['owner']), false],
      [narrow, ask(administrator, 'iam:TagRole', serviceRole, ['wif-exempt']), false],
    ];
    for (const [guardrail, asker, denied] of changes) {
      it(`${denied ? 'denies' : 'leaves'} ${asker.name}`, () => {
        assertDecision(documentsOf(guardrail), asker, denied);
      });
    }
  });

  describe('sizes', () => {
    const ids = (count: number) =>
      Array.from({ length: count }, (_, index) => `0ca3ddd9-f0b0-4635-a98c-${index.toString(16).padStart(12, '0')}`);

    it('splits statements over policies of at most 5,120 characters, and loses none', () => {
      const policies = fitPolicies(guardRetired(ids(60), undefined));
      assert.ok(policies.length > 1 && policies.every(({ text }) => text.length <= maxControlPolicy));
      assert.deepEqual(
        policies.map(({ part, parts }) => [part, parts]),
        policies.map((_, index) => [index + 1, policies.length]),
      );
      assert.equal(policies.flatMap(({ document }) => document.Statement).length, 60);
    });

    it('leaves out white space before it splits', () => {
      const [policy, ...others] = fitPolicies(guardRetired(ids(20), undefined));
      assert.equal(others.length, 0);
      assert.ok(policy !== undefined && !policy.text.includes('\n'));
      assert.ok(fitPolicies(guardRetired(ids(2), undefined))[0]?.text.includes('\n'));
    });

    it('measures what is printed, which is ASCII', () => {
      const [policy] = fitPolicies(
        guardSubjects({ ...subjects, azureDevOpsSubjects: ['sc://contoso/Zahlungen \u00fc/*'] }),
      );
      assert.ok(policy !== undefined && /^[ -~\n]*\\u00fc[ -~\n]*$/.test(policy.text), policy?.text);
      const many = Array.from({ length: 20 }, (_, index) => `sc://contoso/${'\u00fc'.repeat(50)}${index}`);
      assert.throws(
        () => fitPolicies(guardSubjects({ ...subjects, azureDevOpsSubjects: many })),
        (thrown: WifError) => thrown.code === 'ControlPolicyTooLarge',
      );
    });

    const tooLarge = [
      guardSubjects({ ...subjects, entraSubjects: ids(150) }),
      guardProviders(
        ids(100).map(id => `oidc.eks.eu-west-1.amazonaws.com/id/${id}`),
        undefined,
      ),
    ];
    for (const guardrail of tooLarge) {
      it(`says how to split a list of ${guardrail.guardrail} that cannot be`, () => {
        assert.throws(
          () => fitPolicies(guardrail),
          (thrown: WifError) =>
            thrown.code === 'ControlPolicyTooLarge' && thrown.message.includes('organizational unit'),
        );
      });
    }
  });

  describe('refuses', () => {
    const refused: readonly (readonly [name: string, build: () => unknown])[] = [
      ['an organization id that is not a GUID', () => guardRetired(['contoso'], undefined)],
      ['a tenant id with a wildcard', () => guardSubjects({ ...subjects, tenantId: '*' })],
      ['an empty list of providers', () => guardProviders([], undefined)],
      ['a provider with a scheme', () => guardProviders(['https://gitlab.com'], undefined)],
      ['a provider with two slashes at its end', () => guardProviders(['a.example//'], undefined)],
      ['a provider with a wildcard', () => guardProviders(['*.example.com'], undefined)],
      ['a provider with a quotation mark', () => guardProviders(['a.example"'], undefined)],
      ['a provider with a variable', () => guardProviders(['a.example/${aws:userid}'], undefined)],
    ];
    for (const [name, build] of refused) {
      it(name, () => {
        assert.throws(build, WifError);
      });
    }

    it('no wildcard of an organization name as one', () => {
      const [policy] = fitPolicies(
        guardSubjects({ ...subjects, organizations: [{ id: organizationId, name: 'c*?${x' }] }),
      );
      assert.ok(policy?.text.includes('"sc://c${*}${?}${$}{x/*"'), policy?.text);
    });
  });
});
