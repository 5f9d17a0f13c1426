import assert from 'node:assert/strict';
import { checkRoles, listTrustedProviders } from '../../../src/trust/control-policies/check-roles.ts';
import { fitPolicies, type Guardrail } from '../../../src/trust/control-policies/control-policy.ts';
import { guardProviders } from '../../../src/trust/control-policies/providers.ts';
import { guardRetired, guardSubjects } from '../../../src/trust/control-policies/subjects.ts';
import { readControlPolicy } from '../../../src/trust/control-policies/read-control-policy.ts';
import { buildForIdentities } from '../../../src/trust/build.ts';
import { parseTrustPolicy } from '../../../src/trust/trust-policy.ts';
import { account, byId, byName, entraUrl, githubUrl, oldUrl, organizationId, tenantId } from '../company.ts';
import { otherOrganization, roleArn, urls } from './scene.ts';

const both = buildForIdentities([byName, byId], account).document;
const anotherSubject = byId.subject.replace(organizationId, otherOrganization);
const managedIdentity = '5ca1ab1e-0000-4000-8000-00000000beef';

function trusting(url: string, subject: string | readonly string[] | undefined, operator = 'StringLike'): object {
  const conditions = subject === undefined ? {} : { [operator]: { [`${url}:sub`]: subject } };
  const principal =
    url.includes('amazonaws.com') && !url.includes('/') ? url : `arn:aws:iam::111111111111:oidc-provider/${url}`;
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: principal },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: conditions,
    },
  };
}

/** A caller has to be in both patterns. */
function trustingBoth(one: string, other: string): object {
  const trust = trusting(oldUrl, one) as { readonly Statement: { readonly Condition: object } };
  const Condition = { ...trust.Statement.Condition, 'ForAllValues:StringLike': { [`${oldUrl}:sub`]: other } };
  return { ...trust, Statement: { ...trust.Statement, Condition } };
}

const subjects = guardSubjects({
  organizations: [{ id: organizationId, name: 'contoso' }],
  tenantId,
  entraSubjects: [],
  azureDevOpsSubjects: [],
  exemption: undefined,
});
const exempting = guardRetired([organizationId], { key: 'wif-exempt', value: 'yes' });
const retired = guardRetired([organizationId], undefined);
const providers = guardProviders([entraUrl, githubUrl, 'cognito-identity.amazonaws.com'], undefined);

/** Who would be denied, as `issuer subject`; undefined tags were not read. */
function check(trust: object, guardrail: Guardrail, tags: Readonly<Record<string, string>> | undefined = {}) {
  const role = { arn: roleArn, account, tags, providers: [entraUrl, oldUrl], trust: parseTrustPolicy(trust) };
  const policies = fitPolicies(guardrail).map(({ document }) => readControlPolicy(document, guardrail.guardrail));
  return checkRoles([role], policies).map(one => `${one.issuer} ${one.subject ?? 'anyone'} ${String(one.denies)}`);
}

describe('trust/control-policies/check-roles', () => {
  const cases: readonly (readonly [name: string, trust: object, guardrail: Guardrail, refused: readonly string[]])[] = [
    ['a role of ours', both, subjects, []],
    ['a role of ours', both, retired, [`${oldUrl} ${byName.subject} true`]],
    ['a role of ours', both, providers, [`${oldUrl} ${byName.subject} true`]],
    ['another organization', trusting(entraUrl, anotherSubject), subjects, [`${entraUrl} ${anotherSubject} true`]],
    [
      'a managed identity',
      trusting(entraUrl, [managedIdentity, byId.subject]),
      subjects,
      [`${entraUrl} ${managedIdentity} true`],
    ],
    ['a pattern that covers others, too', trusting(entraUrl, '/eid1/*'), subjects, [`${entraUrl} /eid1/* true`]],
    ['a pattern of ours', trusting(entraUrl, `${byId.subject.slice(0, -5)}*`), subjects, []],
    ...['*/Payments/aws', '*aws', 's?:*'].map(
      text => ['a pattern without a beginning', trusting(oldUrl, text), retired, [`${oldUrl} ${text} true`]] as const,
    ),
    [
      'two patterns at once',
      trustingBoth('sc://*', '*/aws'),
      retired,
      [`${oldUrl} sc://* true`, `${oldUrl} */aws true`],
    ],
    // An organization's own issuer signs no other organization's tokens.
    ...['sc://*', 'sc://contoso*', 'sc://c?ntoso/*', 'sc://contoso/*', 'sc://*/aws', 'sc:*'].map(
      text => ["a pattern on the organization's own issuer", trusting(oldUrl, text), subjects, []] as const,
    ),
    ...['sc://fabrikam/*', 'sc://Contoso/*', 'p://*', 'p://contoso/*', '*/Payments/aws', '*'].map(
      text =>
        [
          "what the organization's own connections are not",
          trusting(oldUrl, text),
          subjects,
          [`${oldUrl} ${text} true`],
        ] as const,
    ),
    [
      'two names for one organization',
      trusting(oldUrl, ['sc://fabrikam/Payments/x', 'sc://*/aws']),
      subjects,
      [`${oldUrl} sc://fabrikam/Payments/x true`, `${oldUrl} sc://*/aws unknown`],
    ],
    ['no subject at all', trusting(oldUrl, undefined), subjects, [`${oldUrl} anyone true`]],
    ['no subject at all', trusting(entraUrl, undefined), subjects, [`${entraUrl} anyone true`]],
    ['no subject at all', trusting(oldUrl, undefined), retired, [`${oldUrl} anyone true`]],
    ['no subject at all', trusting(entraUrl, undefined), retired, []],
    ['GitHub', trusting(githubUrl, 'repo:us/*'), subjects, []],
    ['GitHub', trusting(githubUrl, 'repo:us/*'), retired, []],
    ['GitHub', trusting(githubUrl, 'repo:us/*'), providers, []],
    [
      'an EKS cluster',
      trusting(urls.eksUrl, 'system:serviceaccount:a:b'),
      providers,
      [`${urls.eksUrl} system:serviceaccount:a:b true`],
    ],
    ['Cognito', trusting('cognito-identity.amazonaws.com', undefined), providers, []],
    ['Cognito', trusting('cognito-identity.amazonaws.com', undefined), subjects, []],
    [
      'Facebook, by a list without it',
      {
        ...trusting('x.y', undefined),
        Statement: {
          Effect: 'Allow',
          Principal: { Federated: 'graph.facebook.com' },
          Action: 'sts:AssumeRoleWithWebIdentity',
        },
      },
      providers,
      ['graph.facebook.com anyone true'],
    ],
    [
      'a Deny of the trust policy',
      {
        Version: '2012-10-17',
        Statement: [
          trusting(oldUrl, '*')['Statement' as keyof object],
          { Effect: 'Deny', Principal: { AWS: '*' }, Action: '*' },
        ],
      },
      retired,
      [],
    ],
    [
      'a service role',
      {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      },
      providers,
      [],
    ],
    [
      'SAML',
      {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Federated: 'arn:aws:iam::111111111111:saml-provider/x' },
          Action: 'sts:AssumeRoleWithSAML',
        },
      },
      providers,
      [],
    ],
    [
      'everyone',
      { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:*' } },
      retired,
      [`${oldUrl} anyone true`],
    ],
  ];
  for (const [name, trust, guardrail, refused] of cases) {
    it(`${name} under ${guardrail.guardrail}: ${refused.join(', ') || 'nobody'}`, () => {
      assert.deepEqual([...new Set(check(trust, guardrail))], refused);
    });
  }

  it('an exempt role, one that is not, and one whose tags were not read', () => {
    const denied = [{ 'WIF-exempt': 'yes' }, { 'wif-exempt': 'no' }, {}].map(
      tags => check(both, exempting, tags).length,
    );
    assert.deepEqual(denied, [0, 1, 1]);
    const role = { arn: roleArn, account, tags: undefined, providers: [], trust: parseTrustPolicy(both) };
    const policies = fitPolicies(exempting).map(({ document }) => readControlPolicy(document, 'retired'));
    assert.deepEqual(
      checkRoles([role], policies).map(({ denies }) => denies),
      ['unknown'],
    );
  });

  it('lists the providers that a role trusts, each once', () => {
    const lists = [
      both,
      trusting('cognito-identity.amazonaws.com', undefined),
      { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: '*', Action: '*' } },
    ];
    assert.deepEqual(
      lists.map(trust => listTrustedProviders({ trust: parseTrustPolicy(trust), providers: [oldUrl] })),
      [[entraUrl, oldUrl], ['cognito-identity.amazonaws.com'], [oldUrl]],
    );
  });
});
