import assert from 'node:assert/strict';
import { evaluateTrust, type Reason, type Verdict } from '../../src/trust/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { describeWebIdentity } from '../../src/trust/web-identity.ts';
import {
  account,
  azp,
  byId,
  byName,
  entraAudience,
  entraClaims,
  entraProvider,
  entraUrl,
  githubUrl,
  oldAudience,
  oldClaims,
  oldProvider,
  oldUrl,
} from './company.ts';
import { pages, type Page } from './iam-pages.ts';

const otherKeys = { 'sts:RoleSessionName': ['infra-main-4711-1'] };
const old = describeWebIdentity({ claims: oldClaims, account, otherKeys });
const entra = describeWebIdentity({ claims: entraClaims, account, otherKeys });

const sub = `${oldUrl}:sub`;
const exact = { StringEquals: { [sub]: byName.subject, [`${oldUrl}:aud`]: oldAudience } };
const exactEntra = { StringEquals: { [`${entraUrl}:sub`]: byId.subject, [`${entraUrl}:aud`]: [azp, entraAudience] } };
const allow = {
  Effect: 'Allow',
  Principal: { Federated: oldProvider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: exact,
};
const allowEntra = { ...allow, Principal: { Federated: entraProvider }, Condition: exactEntra };
const deny = { ...allow, Effect: 'Deny' };
const other = { StringEquals: { [sub]: 'sc://contoso/Payments/other' } };
const unknown = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };

function when(key: string, value: string | readonly string[], operator = 'StringEquals') {
  return { ...allow, Condition: { [operator]: { [key]: value } } };
}

function whenEntra(claim: string, value: string, operator = 'StringEquals') {
  return { ...allowEntra, Condition: { [operator]: { [`${entraUrl}:${claim}`]: value } } };
}

type Case = readonly [string, Page, object, Verdict['decision']];

const oldCases: readonly Case[] = [
  ['an exact statement', 'evaluation', allow, 'allowed'],
  ['no condition', 'condition', { ...allow, Condition: undefined }, 'allowed'],
  ['an empty condition', 'checks', { ...allow, Condition: {} }, 'allowed'],
  ['an operator without keys', 'checks', { ...allow, Condition: { StringEquals: {} } }, 'allowed'],
  ['nobody is allowed by default', 'evaluation', { ...allow, Condition: other }, 'denied'],
  [
    'all keys of an operator must hold',
    'several',
    { ...allow, Condition: { StringEquals: { ...exact.StringEquals, [`${oldUrl}:aud`]: 'x' } } },
    'denied',
  ],
  ['all operators must hold', 'several', { ...allow, Condition: { ...exact, StringLike: { [sub]: 'x*' } } }, 'denied'],
  [
    'two operators that hold',
    'several',
    { ...allow, Condition: { ...exact, StringLike: { [sub]: 'sc:*' } } },
    'allowed',
  ],
  ['the second statement allows', 'evaluation', [{ ...allow, Condition: other }, allow], 'allowed'],
  ['a deny wins', 'evaluation', [allow, deny], 'denied'],
  ['a deny wins in any order', 'evaluation', [deny, allow], 'denied'],
  ['a deny that does not apply', 'evaluation', [allow, { ...deny, Condition: other }], 'allowed'],
  ['a deny alone allows nothing', 'evaluation', { ...deny, Condition: other }, 'denied'],
  ['an undecided allow', 'evaluation', { ...allow, Condition: unknown }, 'unknown'],
  ['an undecided allow beside one that applies', 'evaluation', [{ ...allow, Condition: unknown }, allow], 'allowed'],
  ['an undecided allow that fails otherwise', 'several', { ...allow, Condition: { ...unknown, ...other } }, 'denied'],
  ['an undecided deny', 'evaluation', [allow, { ...deny, Condition: unknown }], 'unknown'],
  [
    'an undecided deny that fails otherwise',
    'several',
    [allow, { ...deny, Condition: { ...unknown, ...other } }],
    'allowed',
  ],
  [
    'an undecided deny and nothing allowed',
    'evaluation',
    [
      { ...allow, Condition: other },
      { ...deny, Condition: unknown },
    ],
    'denied',
  ],
  ['an undecided deny beside one that applies', 'evaluation', [allow, { ...deny, Condition: unknown }, deny], 'denied'],
  [
    'both undecided',
    'evaluation',
    [
      { ...allow, Condition: unknown },
      { ...deny, Condition: unknown },
    ],
    'unknown',
  ],
  ['a list of actions', 'action', { ...allow, Action: ['sts:TagSession', 'sts:AssumeRoleWithWebIdentity'] }, 'allowed'],
  ['an empty list of actions', 'checks', { ...allow, Action: [] }, 'denied'],
  ['another action', 'action', { ...allow, Action: 'sts:AssumeRole' }, 'denied'],
  ['actions have no letter case', 'action', { ...allow, Action: 'STS:assumerolewithwebidentity' }, 'allowed'],
  ['all actions of STS', 'action', { ...allow, Action: 'sts:*' }, 'allowed'],
  ['all actions', 'grammar', { ...allow, Action: '*' }, 'allowed'],
  ['all actions of all services', 'grammar', { ...allow, Action: '*:*' }, 'allowed'],
  ["a star within a service's name", 'action', { ...allow, Action: 's*:AssumeRoleWithWebIdentity' }, 'unknown'],
  ['a star in the place of a service', 'action', { ...allow, Action: '*:AssumeRoleWithWebIdentity' }, 'unknown'],
  ['a star within a service, another action', 'action', { ...allow, Action: 's*:AssumeRole' }, 'denied'],
  ['a deny with a star within a service', 'action', [allow, { ...deny, Action: 's?s:*' }], 'unknown'],
  ['all but a service with a star', 'notAction', { ...allow, Action: undefined, NotAction: 's*:*' }, 'unknown'],
  [
    'a deny with a variable that may not be resolved, which may make it invalid',
    'variables',
    [allow, { ...deny, Condition: { StringNotEquals: { [sub]: 'x${aws:userid}' } } }],
    'unknown',
  ],
  [
    'a deny with a variable for a key that is missing',
    'variables',
    [allow, { ...deny, Condition: { StringNotLike: { [`${githubUrl}:sub`]: '${aws:userid}' } } }],
    'unknown',
  ],
  [
    'the same with a default',
    'variables',
    [allow, { ...deny, Condition: { StringNotEquals: { [sub]: "x${aws:userid, 'y'}" } } }],
    'denied',
  ],
  [
    'a deny with a variable that does not apply otherwise',
    'variables',
    [allow, { ...deny, Condition: { StringNotEquals: { [sub]: 'x${aws:userid}' }, ...other } }],
    'allowed',
  ],
  [
    'special characters are no variables',
    'special',
    [allow, { ...deny, Condition: { StringNotLike: { [sub]: 'x${*}' } } }],
    'denied',
  ],
  [
    'an allow with a variable beside a value that matches',
    'variables',
    { ...allow, Condition: { StringLike: { [sub]: ['${aws:userid}', 'sc:*'] } } },
    'unknown',
  ],
  [
    'a deny by ForAnyValue and IfExists without the key',
    'sets',
    [allow, { ...deny, Condition: { 'ForAnyValue:StringNotEqualsIfExists': { [`${oldUrl}:amr`]: 'mfa' } } }],
    'unknown',
  ],
  ['a star within an action', 'action', { ...allow, Action: 'sts:*WebIdentity' }, 'allowed'],
  ['a question mark within an action', 'action', { ...allow, Action: 'sts:AssumeRoleWith?ebIdentity' }, 'allowed'],
  ['a star that reaches another action', 'action', { ...allow, Action: 'sts:AssumeRoleWithS*' }, 'denied'],
  ['all but another action', 'notAction', { ...allow, Action: undefined, NotAction: 'sts:AssumeRole' }, 'allowed'],
  ['all but this action', 'notAction', { ...allow, Action: undefined, NotAction: ['sts:AssumeRoleWith*'] }, 'denied'],
  [
    'a deny of all but this action',
    'notAction',
    [allow, { ...deny, Condition: undefined, Action: undefined, NotAction: allow.Action }],
    'allowed',
  ],
  [
    'a deny of all but another action',
    'notAction',
    [allow, { ...deny, Action: undefined, NotAction: 'sts:TagSession' }],
    'denied',
  ],
  ['another provider', 'principal', { ...allow, Principal: { Federated: entraProvider } }, 'denied'],
  [
    'one of two providers',
    'principal',
    { ...allow, Principal: { Federated: [entraProvider, oldProvider] } },
    'allowed',
  ],
  ['no providers', 'checks', { ...allow, Principal: { Federated: [] } }, 'denied'],
  ['no principals', 'checks', { ...allow, Principal: {} }, 'denied'],
  ['a star alone, of which AWS has two opinions', 'everyone', { ...allow, Principal: '*' }, 'unknown'],
  ['everyone at AWS', 'everyone', { ...allow, Principal: { AWS: '*' } }, 'allowed'],
  ['everyone in a list', 'everyone', { ...allow, Principal: { AWS: ['111111111111', '*'] } }, 'allowed'],
  ['a deny of everyone', 'everyone', [allow, { ...deny, Principal: { AWS: '*' } }], 'denied'],
  ['a deny of a star alone, which must not be overlooked', 'everyone', [allow, { ...deny, Principal: '*' }], 'denied'],
  ['a star alone beside the provider', 'everyone', [allow, { ...allow, Principal: '*' }], 'allowed'],
  ['an account', 'principal', { ...allow, Principal: { AWS: 'arn:aws:iam::111111111111:root' } }, 'denied'],
  ['an account by its number', 'principal', { ...allow, Principal: { AWS: '111111111111' } }, 'denied'],
  ['a service', 'principal', { ...allow, Principal: { Service: 'ec2.amazonaws.com' } }, 'denied'],
  ['the provider as another kind', 'principal', { ...allow, Principal: { AWS: oldProvider } }, 'denied'],
  [
    'kinds of principals are alternatives',
    'principal',
    { ...allow, Principal: { AWS: '111111111111', Federated: oldProvider } },
    'allowed',
  ],
  [
    'the provider in another account',
    'provider',
    { ...allow, Principal: { Federated: oldProvider.replace('111111111111', '222222222222') } },
    'denied',
  ],
  [
    'the provider in another partition',
    'provider',
    { ...allow, Principal: { Federated: oldProvider.replace('arn:aws:', 'arn:aws-cn:') } },
    'denied',
  ],
  ['a provider in capitals', 'provider', { ...allow, Principal: { Federated: oldProvider.toUpperCase() } }, 'denied'],
  ['a provider with a slash', 'provider', { ...allow, Principal: { Federated: `${oldProvider}/` } }, 'denied'],
  ['a provider without its ARN', 'principal', { ...allow, Principal: { Federated: oldUrl } }, 'denied'],
  ['a star for a provider, which IAM refuses', 'checks', { ...allow, Principal: { Federated: '*' } }, 'unknown'],
  [
    'a star within a provider, which IAM refuses',
    'principal',
    { ...allow, Principal: { Federated: `${oldProvider}*` } },
    'unknown',
  ],
  [
    'NotPrincipal, which IAM refuses',
    'notPrincipal',
    { ...allow, Principal: undefined, NotPrincipal: { AWS: '1' } },
    'unknown',
  ],
  [
    'a deny with NotPrincipal',
    'notPrincipal',
    [allow, { ...deny, Principal: undefined, NotPrincipal: { Federated: oldProvider } }],
    'unknown',
  ],
  ['Resource, which IAM refuses', 'checks', { ...allow, Resource: '*' }, 'unknown'],
  ['Resource where nothing holds', 'checks', { ...allow, Condition: other, Resource: '*' }, 'denied'],
  ['a deny with Resource', 'checks', [allow, { ...deny, Resource: '*' }], 'unknown'],
  ['the audience', 'claims', when(`${oldUrl}:aud`, oldAudience), 'allowed'],
  ['another audience', 'claims', when(`${oldUrl}:aud`, 'sts.amazonaws.com'), 'denied'],
  ['the original audience is the same without azp', 'claims', when(`${oldUrl}:oaud`, oldAudience), 'allowed'],
  ['a missing method', 'claims', when(`${oldUrl}:amr`, '*', 'ForAnyValue:StringLike'), 'denied'],
  ['a missing method under ForAllValues', 'sets', when(`${oldUrl}:amr`, 'x', 'ForAllValues:StringLike'), 'allowed'],
  ['the key of another provider', 'claims', when(`${githubUrl}:sub`, '*', 'StringLike'), 'denied'],
  ['the key of another provider, negated', 'operators', when(`${githubUrl}:sub`, 'x', 'StringNotEquals'), 'allowed'],
  ['a key with a scheme', 'provider', when(`https://${sub}`, '*', 'StringLike'), 'denied'],
  ['a key with a slash', 'provider', when(`${oldUrl}/:sub`, '*', 'StringLike'), 'denied'],
  ['a key in capitals', 'condition', when(sub.toUpperCase(), byName.subject), 'allowed'],
  ['the session name', 'stsKeys', when('sts:RoleSessionName', 'infra-*', 'StringLike'), 'allowed'],
  ['another session name', 'stsKeys', when('STS:rolesessionname', 'other'), 'denied'],
  ['an external id, which is for AssumeRole', 'stsKeys', when('sts:ExternalId', '42'), 'denied'],
  ['a key of SAML', 'claims', when('saml:aud', '*', 'StringLike'), 'denied'],
  ['a source address', 'operators', when('aws:SourceVpc', 'vpc-1'), 'unknown'],
  [
    'an address over the internet and a VPC at once, which no request has',
    'operators',
    { ...allow, Condition: { ...unknown, StringEquals: { ...exact.StringEquals, 'aws:SourceVpc': 'vpc-1' } } },
    'denied',
  ],
  [
    'an address and a VPC in statements of their own',
    'operators',
    [
      { ...allow, Condition: { ...exact, ...unknown } },
      { ...allow, Condition: { StringEquals: { ...exact.StringEquals, 'aws:SourceVpc': 'vpc-1' } } },
    ],
    'unknown',
  ],
  [
    'a deny over the internet and one through endpoints',
    'operators',
    [
      allow,
      { ...deny, Condition: { Null: { 'aws:SourceVpc': 'true' } } },
      { ...deny, Condition: { Null: { 'aws:SourceIp': 'true' } } },
    ],
    'denied',
  ],
  ['a key of no known form', 'operators', when('color', 'red'), 'unknown'],
];

const entraCases: readonly Case[] = [
  ['an exact statement', 'evaluation', allowEntra, 'allowed'],
  ['a statement of the other issuer', 'principal', allow, 'denied'],
  ['both statements', 'evaluation', [allow, allowEntra], 'allowed'],
  ['azp as the audience', 'claims', whenEntra('aud', azp), 'allowed'],
  ['aud is not the audience where azp is', 'claims', whenEntra('aud', entraAudience), 'denied'],
  ['aud as the original audience', 'claims', whenEntra('oaud', entraAudience), 'allowed'],
  ['azp is not the original audience', 'claims', whenEntra('oaud', azp), 'denied'],
  ['the text that is shown everywhere', 'claims', whenEntra('aud', oldAudience), 'denied'],
  ['the tenant, which AWS does not expose', 'claims', whenEntra('tid', '*', 'StringLike'), 'denied'],
  ['the object, which AWS does not expose', 'claims', whenEntra('oid', '*', 'StringLike'), 'denied'],
  ['azp by its name, which AWS does not expose', 'claims', whenEntra('azp', azp), 'denied'],
  [
    'a deny for another tenant, which never applies',
    'claims',
    [allowEntra, { ...whenEntra('tid', 'x'), Effect: 'Deny' }],
    'allowed',
  ],
  [
    'a deny for all but a tenant, which always applies',
    'operators',
    [allowEntra, { ...whenEntra('tid', 'x', 'StringNotEquals'), Effect: 'Deny' }],
    'denied',
  ],
  [
    'a provider without /v2.0',
    'provider',
    { ...allowEntra, Principal: { Federated: entraProvider.replace('/v2.0', '') } },
    'denied',
  ],
  ['a pattern over the tenant', 'strings', whenEntra('sub', '/eid1/c/pub/t/*', 'StringLike'), 'allowed'],
];

function summarise(reasons: readonly Reason[]): readonly (readonly [string, unknown])[] {
  return reasons.map(reason => [reason.part === 'condition' ? reason.key : reason.part, reason.actual]);
}

describe('trust/evaluate', () => {
  for (const { title, request, cases } of [
    { title: 'a token of the Azure DevOps issuer', request: old, cases: oldCases },
    { title: 'a token of the Entra issuer', request: entra, cases: entraCases },
  ]) {
    describe(title, () => {
      for (const [name, page, Statement, decision] of cases) {
        it(`${name}: ${decision} (${pages[page]})`, () => {
          const policy = parseTrustPolicy(JSON.stringify({ Version: '2012-10-17', Statement }));
          assert.equal(evaluateTrust(policy, request).decision, decision);
        });
      }
    });
  }

  const evaluate = (...Statement: readonly object[]) =>
    evaluateTrust(parseTrustPolicy(JSON.stringify({ Version: '2012-10-17', Statement })), old);

  describe('says what decided', () => {
    it('which statement allows, and by what', () => {
      const verdict = evaluate({ ...allow, Condition: other }, { ...allow, Sid: 'Mine' });
      assert.ok(verdict.decision === 'allowed');
      assert.equal(verdict.statement.index, 1);
      assert.equal(verdict.statement.sid, 'Mine');
      assert.deepEqual(summarise(verdict.reasons), [
        ['principal', oldProvider],
        ['action', 'sts:AssumeRoleWithWebIdentity'],
        [sub, [byName.subject]],
        [`${oldUrl}:aud`, [oldAudience]],
      ]);
    });

    it('which statement denies', () => {
      const verdict = evaluate(allow, { ...deny, Sid: 'Stop' });
      assert.ok(verdict.decision === 'denied' && verdict.explicit);
      assert.equal(verdict.statement?.sid, 'Stop');
      assert.equal(verdict.reasons.length, 4);
    });

    it('which allow came closest, and what it lacks', () => {
      const far = { ...allow, Principal: { Federated: entraProvider } };
      const nearer = { ...allow, Action: 'sts:AssumeRole' };
      const wrong = { StringEquals: { [sub]: 'x', [`${oldUrl}:aud`]: 'y' } };
      const nearest = { ...allow, Condition: { StringEquals: { ...exact.StringEquals, [sub]: ['a', 'b'] } } };
      const verdict = evaluate(far, nearer, { ...allow, Condition: wrong }, nearest, { ...deny, Condition: other });
      assert.ok(verdict.decision === 'denied' && !verdict.explicit);
      assert.equal(verdict.statement?.index, 3);
      assert.deepEqual(verdict.reasons, [
        {
          part: 'condition',
          operator: 'StringEquals',
          key: sub,
          values: ['a', 'b'],
          actual: [byName.subject],
          holds: false,
          doubt: undefined,
        },
      ]);
    });

    it('that another principal is expected', () => {
      const verdict = evaluate({ ...allow, Principal: { Federated: entraProvider } });
      assert.ok(verdict.decision === 'denied');
      assert.deepEqual(verdict.reasons, [
        { part: 'principal', holds: false, expected: [entraProvider], actual: oldProvider },
      ]);
    });

    it('that nothing is allowed at all', () => {
      const verdict = evaluate({ ...deny, Condition: other });
      assert.deepEqual(verdict, { decision: 'denied', explicit: false, statement: undefined, reasons: [] });
    });

    it('what only AWS knows', () => {
      const verdict = evaluate(allow, { ...deny, Sid: 'Vpn', Condition: unknown });
      assert.ok(verdict.decision === 'unknown');
      assert.equal(verdict.statement.sid, 'Vpn');
      assert.deepEqual(summarise(verdict.reasons), [['aws:SourceIp', 'unknown']]);
    });

    it('which element is not known', () => {
      const verdict = evaluateTrust(parseTrustPolicy({ Statement: allow, Comment: 'x' }), old);
      assert.ok(verdict.decision === 'unknown');
      assert.deepEqual(summarise(verdict.reasons), [['element', 'Comment']]);
    });
  });

  it('knows no variables in version 2008-10-17', () => {
    const policy = (Version: string | undefined) =>
      parseTrustPolicy({ Version, Statement: when(sub, 'sc://${*}', 'StringLike') });
    const claims = { ...oldClaims, sub: 'sc://${x}' };
    const request = describeWebIdentity({ claims, account });
    assert.equal(evaluateTrust(policy('2012-10-17'), request).decision, 'denied');
    assert.equal(evaluateTrust(policy('2008-10-17'), request).decision, 'allowed');
    assert.equal(evaluateTrust(policy(undefined), request).decision, 'allowed');
  });
});
