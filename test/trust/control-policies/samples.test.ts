import assert from 'node:assert/strict';
import { fitPolicies, type Guardrail } from '../../../src/trust/control-policies/control-policy.ts';
import { guardChanges } from '../../../src/trust/control-policies/changes.ts';
import { guardProviders } from '../../../src/trust/control-policies/providers.ts';
import { guardSubjects } from '../../../src/trust/control-policies/subjects.ts';
import { entraUrl, githubUrl, organizationId, tenantId } from '../company.ts';
import { askers, askStandIn, judge, taggedWith, type Asker } from './scene.ts';

// What AWS publishes, with the placeholders filled for this company. docs/guardrails.md explains each difference.
// https://github.com/aws-samples/resource-control-policy-examples at f1aedfa28e41f5f4292eea8b01741be5f77249e4
// https://github.com/aws-samples/data-perimeter-policy-examples at 8e0d3c5179a45dca414d4ea1f3a7b544aba02009

const action = 'sts:AssumeRoleWithWebIdentity';
const own = `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}`;

function rcp(Condition: object): object {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: action, Resource: '*', Condition }],
  };
}

function tenants(key: string, operator: string, value: string): object {
  return rcp({ [operator]: { [key]: value, 'aws:ResourceTag/dp:exclude:identity': 'true' }, Null: { [key]: 'false' } });
}

const exemption = { key: 'dp:exclude:identity', value: 'true' };
const subjects = guardSubjects({
  organizations: [{ id: organizationId, name: undefined }],
  tenantId,
  entraSubjects: [],
  azureDevOpsSubjects: [],
  exemption,
});
const { connection, otherConnection, lookalike, managedIdentity, github, cognito, facebook } = askers;
const excluded = [connection, otherConnection, github].map(one => taggedWith({ 'DP:Exclude:Identity': 'true' }, one));
const everybody: readonly Asker[] = [...Object.values(askers), ...excluded];

interface Comparison {
  readonly sample: string;
  readonly document: object;
  readonly guardrail: Guardrail;
  /** Whom the sample denies and we don't. */
  readonly onlySample: readonly Asker[];
  readonly onlyOurs: readonly Asker[];
}

const comparisons: readonly Comparison[] = [
  {
    sample: 'EnforceTrustedOIDCTenants as it stands: one whole subject',
    document: tenants(`${entraUrl}:sub`, 'StringNotEqualsIfExists', `${own}/*`),
    guardrail: subjects,
    onlySample: [connection],
    onlyOurs: [],
  },
  {
    sample: 'EnforceTrustedOIDCTenants with StringNotLike, as the samples for shared issuers have it',
    document: rcp({
      StringNotLikeIfExists: { [`${entraUrl}:sub`]: `${own}/*` },
      StringNotEqualsIfExists: { 'aws:ResourceTag/dp:exclude:identity': 'true' },
      Null: { [`${entraUrl}:sub`]: 'false' },
    }),
    guardrail: subjects,
    onlySample: [],
    onlyOurs: [],
  },
  {
    sample: 'the tag under the same operator as a subject that is to be like another: all keys hold together',
    document: tenants(`${entraUrl}:sub`, 'StringNotLikeIfExists', `${own}/*`),
    guardrail: subjects,
    onlySample: [],
    onlyOurs: [],
  },
  {
    sample: 'GitHub-Actions for another organization',
    document: rcp({
      StringNotLikeIfExists: { [`${githubUrl}:sub`]: 'repo:ours/*' },
      Null: { [`${githubUrl}:sub`]: 'false' },
    }),
    guardrail: subjects,
    onlySample: [github, taggedWith({ 'DP:Exclude:Identity': 'true' }, github)],
    onlyOurs: [otherConnection, lookalike, managedIdentity],
  },
  {
    sample: 'EnforceTrustedOIDCProviders',
    document: rcp({ Null: { [`${entraUrl}:sub`]: 'true', [`${githubUrl}:sub`]: 'true' } }),
    guardrail: guardProviders([entraUrl, githubUrl], undefined),
    onlySample: [],
    onlyOurs: [],
  },
  {
    sample: 'EnforceTrustedOIDCProviders with Facebook by :sub, a key that its tokens do not have',
    document: rcp({ Null: { [`${entraUrl}:sub`]: 'true', 'graph.facebook.com:sub': 'true' } }),
    guardrail: guardProviders([entraUrl, 'graph.facebook.com'], undefined),
    onlySample: [facebook],
    onlyOurs: [],
  },
];

function documentsOf(guardrail: Guardrail): readonly unknown[] {
  return fitPolicies(guardrail).map(({ document }) => document);
}

describe('published samples', () => {
  for (const { sample, document, guardrail, onlySample, onlyOurs } of comparisons) {
    it(`${sample}: what it denies beside ${guardrail.guardrail}, and the reverse`, () => {
      const ours = documentsOf(guardrail);
      for (const asker of everybody) {
        const byUs = onlyOurs.some(one => one.name === asker.name);
        const bySample = onlySample.some(one => one.name === asker.name);
        const denies = judge([document], asker);
        assert.equal(denies, askStandIn([document], asker), asker.name);
        assert.equal(denies && judge(ours, asker) === false, bySample, asker.name);
        assert.equal(!denies && judge(ours, asker) === true, byUs, asker.name);
      }
    });
  }

  it('Deny-built-in-web-identity-providers denies by a key that is documented for sessions: providers by none of theirs', () => {
    const document = rcp({
      StringEquals: {
        'aws:federatedProvider': [
          'accounts.google.com',
          'graph.facebook.com',
          'cognito-identity.amazonaws.com',
          'www.amazon.com',
        ],
      },
    });
    const withKey = (asker: Asker, provider: string): Asker => ({
      ...asker,
      keys: { ...asker.keys, 'aws:federatedprovider': [provider] },
    });
    const providers = documentsOf(guardProviders([entraUrl], undefined));
    for (const [asker, provider, denied] of [
      [cognito, 'cognito-identity.amazonaws.com', true],
      [facebook, 'graph.facebook.com', true],
      [connection, `arn:aws:iam::111111111111:oidc-provider/${entraUrl}`, false],
    ] as const) {
      for (const documents of [[document], providers])
        assert.equal(judge(documents, withKey(asker, provider)), denied, asker.name);
    }
    assert.equal(judge([document], cognito), false, 'without that key nobody is denied');
  });

  describe('service control policies', () => {
    const developer = 'arn:aws:iam::111111111111:role/developer';
    const ask = (name: string, keys: Asker['keys'] = {}): Asker => {
      const resource = 'arn:aws:iam::111111111111:role/pipelines/deploy';
      return { name, action: name, resource, keys: { 'aws:principalarn': [developer], ...keys }, isMember: true };
    };
    const scp = (Action: unknown, Condition: object) => ({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action, Resource: '*', Condition }],
    });
    const providers = scp(
      [
        ...['Create', 'Delete', 'Tag', 'Untag'].map(verb => `iam:${verb}OpenIDConnectProvider`),
        'iam:AddClientIDToOpenIDConnectProvider',
        'iam:RemoveClientIDFromOpenIDConnectProvider',
        'iam:UpdateOpenIDConnectProviderThumbprint',
        ...['Create', 'Delete', 'Tag', 'Untag', 'Update'].map(verb => `iam:${verb}SAMLProvider`),
        'rolesanywhere:CreateTrustAnchor',
        'sso:CreateInstance',
      ],
      { StringNotEqualsIfExists: { 'aws:PrincipalTag/dp:exclude:identity': 'true' } },
    );
    const tags = scp('*', {
      StringNotEqualsIfExists: { 'aws:PrincipalTag/team': 'admin' },
      'ForAnyValue:StringLike': { 'aws:TagKeys': ['dp:*', 'team'] },
    });
    const ours = documentsOf(guardChanges({ administrators: ['arn:aws:iam::*:role/admin'], roles: ['*'], exemption }));
    const cases: readonly (readonly [asker: Asker, sample: boolean, ours: boolean])[] = [
      [ask('iam:CreateOpenIDConnectProvider'), true, true],
      [ask('iam:DeleteOpenIDConnectProvider', { 'aws:principaltag/dp:exclude:identity': ['true'] }), false, true],
      [
        ask('iam:CreateOpenIDConnectProvider', { 'aws:principalarn': ['arn:aws:iam::111111111111:role/admin'] }),
        true,
        false,
      ],
      [ask('iam:CreateSAMLProvider'), true, false],
      [ask('rolesanywhere:CreateTrustAnchor'), true, false],
      [ask('sso:CreateInstance'), true, false],
      [ask('iam:UpdateAssumeRolePolicy'), false, true],
      [ask('iam:CreateRole'), false, true],
      [ask('iam:TagRole', { 'aws:tagkeys': ['dp:exclude:identity'] }), true, true],
      [ask('iam:TagRole', { 'aws:tagkeys': ['DP:Exclude:Identity'] }), false, true],
      [ask('ec2:CreateTags', { 'aws:tagkeys': ['dp:exclude:identity'] }), true, false],
      [ask('iam:TagRole', { 'aws:tagkeys': ['team'] }), true, false],
    ];
    for (const [asker, bySample, byUs] of cases) {
      it(`${asker.name} ${JSON.stringify(asker.keys)}: ${bySample ? 'denied' : 'left'} by the samples, ${byUs ? 'denied' : 'left'} by changes`, () => {
        for (const [documents, denied] of [
          [[providers, tags], bySample],
          [ours, byUs],
        ] as const) {
          assert.equal(judge(documents, asker), denied);
          assert.equal(askStandIn(documents, asker), denied);
        }
      });
    }
  });
});
