import assert from 'node:assert/strict';
import { evaluateTrust } from '../../src/trust/evaluate.ts';
import { findWeaknesses } from '../../src/trust/findings.ts';
import {
  findingCodes,
  type Finding,
  type FindingCode,
  type Known,
  type Severity,
} from '../../src/trust/findings/finding.ts';
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
  organizationId,
  tenantId,
} from './company.ts';

const known: Known = { account, identities: [byName, byId] };
const old = (Condition?: object, change: object = {}) => ({
  Effect: 'Allow',
  Principal: { Federated: oldProvider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition,
  ...change,
});
const entra = (Condition?: object, change: object = {}) =>
  old(Condition, { Principal: { Federated: entraProvider }, ...change });

const oldAud = { [`${oldUrl}:aud`]: oldAudience };
const oldSub = { [`${oldUrl}:sub`]: byName.subject };
const entraAud = { [`${entraUrl}:aud`]: [azp, entraAudience] };
const entraSub = { [`${entraUrl}:sub`]: byId.subject };
const goodOld = { StringEquals: { ...oldAud, ...oldSub } };
const eitherPath = {
  StringEqualsIfExists: { 'aws:SourceVpce': 'vpce-0123456789abcdef0' },
  IpAddressIfExists: { 'aws:SourceIp': '203.0.113.0/24' },
};
const good = { StringEquals: { ...entraAud, ...entraSub } };
const best = entra(good);
const both = { Principal: { Federated: [oldProvider, entraProvider] } };
const everyone = (Condition?: object) => ({
  Effect: 'Allow',
  Principal: { AWS: '*' },
  Action: 'sts:AssumeRole',
  Condition,
});
const entraDeny = (Condition: object, change: object = {}) =>
  entra(Condition, { Effect: 'Deny', Principal: { AWS: '*' }, ...change });
const formerUrl = `sts.windows.net/${tenantId}/`;
const withPrincipal = (Principal: unknown, Condition: object = goodOld) => old(Condition, { Principal });
const federated = (url: string) => ({ Federated: `arn:aws:iam::111111111111:oidc-provider/${url}` });
const objectId = '8f2b2b8e-7f0c-4f68-9b8d-6e1a7a1fb7f3';
const former = (sub: string | undefined, Condition: object = {}) =>
  entra(sub === undefined ? Condition : { ...Condition, StringEquals: { [`${formerUrl}:sub`]: sub } }, {
    Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${formerUrl}` },
  });

function entraLike(sub: string) {
  return entra({ StringEquals: entraAud, StringLike: { [`${entraUrl}:sub`]: sub } });
}

interface Row {
  readonly shows: readonly (readonly [string, unknown])[];
  readonly hides: readonly (readonly [string, unknown])[];
  readonly severity: Severity | readonly Severity[];
  readonly means: RegExp;
}

/** For each finding, statements that show it and statements that must not. */
const rows: Readonly<Record<FindingCode, Row>> = {
  PrincipalEveryone: {
    severity: ['critical', 'high', 'medium', 'low'],
    means: /statement's principal is everyone|^IAM does not accept "\*" alone/,
    shows: [
      ['a star', old(goodOld, { Principal: '*' })],
      ['a star in a Deny', [best, entraDeny({ StringEquals: entraSub }, { Principal: '*' })]],
      ['with an organization', everyone({ StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } })],
      ['a star for AWS', old(goodOld, { Principal: { AWS: ['1', '*'] } })],
      ['all but some', old(goodOld, { Principal: undefined, NotPrincipal: { AWS: '1' } })],
    ],
    hides: [
      ['a provider', best],
      ['an account', old(goodOld, { Principal: { AWS: '111111111111' } })],
      ['a deny', [best, old(undefined, { Effect: 'Deny', Principal: '*', Action: 'sts:TagSession' })]],
      ['a deny for everyone', [best, entraDeny({ StringEquals: { [`${entraUrl}:sub`]: 'x' } })]],
      ['a star that is federated, which is another finding', old(goodOld, { Principal: { Federated: '*' } })],
    ],
  },
  PrincipalWildcard: {
    severity: 'high',
    means: /^The principal \w+ ".+" contains a wildcard\. IAM rejects it/,
    shows: [
      ['any provider', old(undefined, { Principal: { Federated: '*' } })],
      ['any account', entra(good, { Principal: { Federated: entraProvider.replace(/1{12}/, '*') } })],
      ['any provider of the account', entra(good, { Principal: { Federated: entraProvider.replace(entraUrl, '*') } })],
      ['any organization', old(goodOld, { Principal: { Federated: oldProvider.replace('0ca3ddd9', '????????') } })],
      ['one of two', entra(good, { Principal: { Federated: [entraProvider, '*'] } })],
      ['users', old(undefined, { Principal: { AWS: 'arn:aws:iam::111111111111:user/*' }, Action: 'sts:AssumeRole' })],
      ['in a deny', [best, entraDeny({}, { Principal: { Federated: '*' } })]],
    ],
    hides: [
      ['a provider', best],
      ['everyone at AWS', everyone()],
      ['everyone', old(goodOld, { Principal: '*' })],
      ['an action', entra(good, { Action: 'sts:*' })],
    ],
  },
  ConditionMissing: {
    severity: 'critical',
    means: /^The statement has no Condition: every .+ can assume the role\.$/,
    shows: [
      ['the old issuer', old()],
      ['Entra', entra()],
      ['an empty Condition', old({})],
    ],
    hides: [
      [
        'a deny that leaves subjects of the other issuer',
        [old(undefined), old({ StringNotLike: { [`${oldUrl}:sub`]: '/eid1/*' } }, { Effect: 'Deny' })],
      ],
      ['an exact one', best],
      ['a deny', [best, entra(undefined, { Effect: 'Deny' })]],
      ['another action', old(undefined, { Action: 'sts:AssumeRole' })],
      ['a condition on the audience', old({ StringEquals: oldAud })],
    ],
  },
  AudienceOnly: {
    severity: 'critical',
    means:
      /only the audience: (?:every service connection of every Azure DevOps organization in the tenant .*(?:can|be able to) assume the role.*, and )?every application and managed identity of tenant ff882432[-0-9a-f]+ may be able/,
    shows: [
      ['aud', entra({ StringEquals: entraAud })],
      ['oaud', entra({ StringEquals: { [`${entraUrl}:oaud`]: entraAudience } })],
      ['a pattern', entra({ StringLike: { [`${entraUrl}:aud`]: '*' } })],
      [
        'a deny for another provider',
        [
          entra({ StringEquals: entraAud }),
          entraDeny({ StringNotEquals: entraSub }, { Principal: { Federated: oldProvider } }),
        ],
      ],
      [
        'a deny for another action',
        [entra({ StringEquals: entraAud }), entraDeny({ StringNotEquals: entraSub }, { Action: 'sts:AssumeRole' })],
      ],
      [
        'a deny for other subjects from one address',
        [
          entra({ StringEquals: entraAud }),
          entraDeny({ StringNotEquals: entraSub, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }),
        ],
      ],
      ['a deny for some subjects', [entra({ StringEquals: entraAud }), entraDeny({ StringEquals: entraSub })]],
      [
        'a deny that leaves a pattern open',
        [entra({ StringEquals: entraAud }), entraDeny({ StringNotLike: { [`${entraUrl}:sub`]: '/eid1/*' } })],
      ],
    ],
    hides: [
      ['an exact one', best],
      ['the old issuer, where it is the organization', old({ StringEquals: oldAud })],
      ['a deny for all other subjects', [entra({ StringEquals: entraAud }), entraDeny({ StringNotEquals: entraSub })]],
      ['an audience that no request has', entra({ StringEquals: { [`${entraUrl}/:aud`]: azp } })],
    ],
  },
  SubjectMissing: {
    severity: 'critical',
    means: /^No condition of the statement restricts the subject: every/,
    shows: [
      ['the audience of the old issuer', old({ StringEquals: oldAud })],
      ['an address', entra({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })],
      ['a negated subject', old({ StringNotEquals: { [`${oldUrl}:sub`]: 'x' } })],
      ['Null', entra({ Null: { [`${entraUrl}:sub`]: 'false' } })],
      [
        'a key that is never there, under IfExists',
        entra({ StringEqualsIfExists: { [`${entraUrl}/:sub`]: byId.subject } }),
      ],
      [
        'a key that is never there, under ForAllValues',
        old({ 'ForAllValues:StringEquals': { [`${githubUrl}:sub`]: 'x' } }),
      ],
    ],
    hides: [
      ['an exact one', old(goodOld)],
      ['a pattern', old({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/*' } })],
      ['a deny for all other subjects', [old({ StringEquals: oldAud }), entraDeny({ StringNotEquals: oldSub })]],
      [
        'a deny where the subject is there and another',
        [old({ StringEquals: oldAud }), entraDeny({ StringNotEquals: oldSub, Null: { [`${oldUrl}:sub`]: 'false' } })],
      ],
      ['letter case aside', old({ StringEqualsIgnoreCase: oldSub })],
      ['a key in capitals', old({ StringEquals: { [`${oldUrl}:sub`.toUpperCase()]: byName.subject } })],
      ['a key that is never there', old({ StringEquals: { [`${githubUrl}:sub`]: 'x' } })],
    ],
  },
  SubjectWildcard: {
    severity: ['high', 'critical'],
    means:
      /^(?:A Deny .+ a pattern\. )?The pattern ".+" allows every (?:connection whose subject it matches|service connection (?:and every pipeline )?of (?:project ".+" in )?organization 0ca3ddd9[-0-9a-f]+), including those created later\./,
    shows: [
      ['a project', old({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/*' } })],
      ['everything', old({ StringLike: { [`${oldUrl}:sub`]: '*' } })],
      ['a question mark', old({ StringLike: { [`${oldUrl}:sub`]: ['x', 'sc://contoso/Payments/aw?'] } })],
      ['Entra with both ids', entraLike(byId.subject.replace('/eid1/', '/*/'))],
      [
        "a policy variable for the session's name",
        old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'sc://contoso/${sts:RoleSessionName}/aws' } }),
      ],
      [
        'a policy variable for a tag, letter case aside',
        old({ StringEqualsIgnoreCase: { [`${oldUrl}:sub`]: 'sc://contoso/${aws:RequestTag/p}/aws' } }),
      ],
      ['a policy variable with a default', old({ StringLike: { [`${oldUrl}:sub`]: "sc://${aws:userid, 'x'}/P/aws" } })],
      ['a policy variable that is not closed', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/P/${aws' } })],
      [
        'beside a deny that leaves a pattern open',
        [
          old({ StringLike: { [`${oldUrl}:sub`]: 'sc:*' } }),
          entraDeny({ StringNotLike: { [`${oldUrl}:sub`]: 'sc://c*' } }),
        ],
      ],
      ['under ForAnyValue', old({ 'ForAnyValue:StringLike': { [`${oldUrl}:sub`]: 'sc:*' } })],
    ],
    hides: [
      [
        'a pattern that another condition on the subject leaves nobody of',
        old({ StringLike: { [`${oldUrl}:sub`]: 'sc://*/P/aws' }, StringEqualsIfExists: oldSub }),
      ],
      ['StringEquals with a star', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/*' } })],
      ['StringLike without wildcards', old({ StringLike: oldSub })],
      [
        'beside an exact one',
        old({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/*' }, StringEquals: { ...oldAud, ...oldSub } }),
      ],
      [
        'beside a deny for all other subjects',
        [old({ StringLike: { [`${oldUrl}:sub`]: 'sc:*' } }), entraDeny({ StringNotEquals: oldSub })],
      ],
      ['escapes under StringEquals', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/${*}${?}${$}{x}/aws' } })],
      ['a dollar', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/$5 {a}/aws' } })],
      ['a variable in what is refused', old({ ...goodOld, StringNotEquals: { [`${oldUrl}:sub`]: '${aws:userid}' } })],
      ['an escaped star', old({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/${*}' } })],
      ['a pattern that refuses', old({ ...goodOld, StringNotLike: { [`${oldUrl}:sub`]: 'sc://evil/*' } })],
      ['a pattern for the audience', entra({ StringEquals: entraSub, StringLike: { [`${entraUrl}:aud`]: '*' } })],
    ],
  },
  EntraSubjectPattern: {
    severity: ['critical', 'high'],
    means: /leaves the (?:organization's and the )?connection's ID open/,
    shows: [
      ['everything', entraLike('*')],
      ['any connection of an organization', entraLike(byId.subject.replace(/[^/]+$/, '*'))],
      ['any organization', entraLike(byId.subject.replace(/[^/]+\/([^/]+)$/, '*/$1'))],
      ['a part of an id', entraLike(byId.subject.replace(/.$/, '?'))],
      ['the organization only', entraLike('/eid1/*/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/*')],
      ['a variable', entra({ StringEquals: { [`${entraUrl}:sub`]: byId.subject.replace(/[^/]+$/, '${aws:userid}') } })],
      ['its own variable', entra({ StringEquals: { [`${entraUrl}:sub`]: `\${${entraUrl}:sub}` } })],
    ],
    hides: [
      ['an exact one', best],
      ['beside an exact one', entra({ ...good, StringLike: { [`${entraUrl}:sub`]: '*' } })],
      ['both ids after the last star', entraLike(byId.subject.replace('/eid1/', '/*/'))],
      ['the old issuer', old({ StringLike: { [`${oldUrl}:sub`]: 'sc://*' } })],
    ],
  },
  ForAllValuesOnAllow: {
    severity: ['high', 'low'],
    means: /also holds if the request does not have that key/,
    shows: [
      ['the subject', entra({ StringEquals: entraAud, 'ForAllValues:StringEquals': entraSub })],
      ['a method', entra({ ...good, 'ForAllValues:StringLike': { [`${entraUrl}:amr`]: '*' } })],
      ['an operator that is not known here', entra({ ...good, 'ForAllValues:ArnLike': { 'aws:PrincipalArn': '*' } })],
    ],
    hides: [
      ['ForAnyValue', entra({ ...good, 'ForAnyValue:StringLike': { [`${entraUrl}:amr`]: '*' } })],
      ['a deny', [best, entra({ 'ForAllValues:StringEquals': entraSub }, { Effect: 'Deny' })]],
    ],
  },
  NegatedOperatorOnAllow: {
    severity: ['high', 'low'],
    means: /holds for all other values, and if the request does not have that key/,
    shows: [
      ['the subject', entra({ StringNotEquals: entraSub })],
      ['a pattern', entra({ ...good, StringNotLike: { [`${entraUrl}:sub`]: 'x*' } })],
      ['a set', entra({ ...good, 'ForAllValues:StringNotEqualsIgnoreCase': { [`${entraUrl}:amr`]: 'x' } })],
      ['an address', entra({ ...good, NotIpAddressIfExists: { 'aws:SourceIp': '203.0.113.0/24' } })],
    ],
    hides: [
      ['an address that is excluded', entra({ ...good, NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })],
      ['a positive one', best],
      ['a deny', [best, entra({ StringNotEquals: entraSub }, { Effect: 'Deny' })]],
      ['Null', entra({ ...good, Null: { [`${entraUrl}:amr`]: 'true' } })],
    ],
  },
  IfExistsOnAllow: {
    severity: ['high', 'low'],
    means: /also holds if the request does not have that key/,
    shows: [
      ['the subject', entra({ StringEqualsIfExists: entraSub })],
      ['a key of AWS', entra({ ...good, BoolIfExists: { 'aws:SecureTransport': 'true' } })],
    ],
    hides: [
      ['without', best],
      ['a deny', [best, entra({ StringEqualsIfExists: entraSub }, { Effect: 'Deny' })]],
      ['a network, and the other path', entra({ StringEquals: entraAud, ...eitherPath })],
      ['a network that is denied', entra({ ...good, NotIpAddressIfExists: { 'aws:SourceIp': '203.0.113.0/24' } })],
    ],
  },
  NameSubject: {
    severity: 'low',
    means: /renaming the .+ anyone who can create a connection with that name/,
    shows: [
      ['the old issuer', old(goodOld)],
      ['one of two', old({ StringEquals: { [`${oldUrl}:sub`]: ['x', byName.subject] } })],
    ],
    hides: [
      ['Entra', best],
      ['a pattern', old({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/*' } })],
    ],
  },
  ActionTooWide: {
    severity: 'high',
    means: /more than the token exchange needs/,
    shows: [
      ['all of STS', entra(good, { Action: 'sts:*' })],
      ['everything', entra(good, { Action: ['sts:AssumeRoleWithWebIdentity', '*'] })],
      ['a pattern', entra(good, { Action: 'sts:AssumeRole*' })],
      ['all but one', entra(good, { Action: undefined, NotAction: 'sts:AssumeRole' })],
    ],
    hides: [
      ['the one', best],
      ['two', entra(good, { Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] })],
      ['a deny', [best, entra(undefined, { Effect: 'Deny', Action: 'sts:*' })]],
      ['an account', { Effect: 'Allow', Principal: { AWS: '1' }, Action: 'sts:*' }],
    ],
  },
  AllowOverruled: {
    severity: 'medium',
    means: /^The statement allows nobody, because statement 2 denies everyone it would allow/,
    shows: [
      ['a Deny for all', [old(goodOld), entraDeny({})]],
      ['a Deny for just it', [best, entraDeny({ StringEquals: entraSub })]],
      ['a Deny for all but others', [old(goodOld), entraDeny({ StringNotLike: { [`${entraUrl}:sub`]: '/eid1/*' } })]],
      ['a pattern', [entraLike(byId.subject.replace(/[^/]+$/, '*')), entraDeny({ StringEquals: entraAud })]],
    ],
    hides: [
      ['no Deny', best],
      ['a Deny for another', [best, entraDeny({ StringEquals: { [`${entraUrl}:sub`]: 'x' } })]],
      [
        'a Deny for one of two',
        [
          old({ StringEquals: { [`${oldUrl}:sub`]: [byName.subject, 'sc://contoso/P/x'] } }),
          old({ StringEquals: oldSub }, { Effect: 'Deny' }),
        ],
      ],
      ['a Deny that only AWS can decide', [best, entraDeny({ StringEquals: { 'aws:SourceVpc': 'vpc-1' } })]],
      ['it allows nobody itself', [old({ StringEquals: { [`${oldUrl}:aud`]: 'x' } }), entraDeny({})]],
      ['an account', [{ Effect: 'Allow', Principal: { AWS: '1' }, Action: 'sts:AssumeRole' }, entraDeny({})]],
    ],
  },
  AudienceMissing: {
    severity: 'low',
    means: /has no condition on .+:aud/,
    shows: [
      ['Entra', entra({ StringEquals: entraSub })],
      ['the old issuer', old({ StringEquals: oldSub })],
    ],
    hides: [
      ['with it', best],
      ['without a subject, which is worse', entra({ StringEquals: { [`${entraUrl}:oaud`]: azp } })],
      ['a deny', [best, entra({ StringEquals: entraSub }, { Effect: 'Deny' })]],
    ],
  },
  ActionWrong: {
    severity: 'medium',
    means: /is exchanged with sts:AssumeRoleWithWebIdentity, so it allows nobody/,
    shows: [
      ['AssumeRole', entra(good, { Action: 'sts:AssumeRole' })],
      ['SAML', entra(good, { Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'] })],
      ['none', entra(good, { Action: [] })],
      ['all but this', entra(good, { Action: undefined, NotAction: 'sts:*' })],
    ],
    hides: [
      ['the one', best],
      ['in other letter case', entra(good, { Action: 'STS:assumeRoleWithWebIdentity' })],
      ['an account', { Effect: 'Allow', Principal: { AWS: '1' }, Action: 'sts:AssumeRole' }],
    ],
  },
  ElementUnknown: {
    severity: 'medium',
    means: /^A trust policy cannot have Resource: IAM rejects the policy\.$/,
    shows: [['a resource', old(goodOld, { Resource: '*' })]],
    hides: [['a Sid', old(goodOld, { Sid: 'Resource' })]],
  },
  KeyNotInRequest: {
    severity: 'medium',
    means: /no request made with a token has .+: .+\. The statement therefore allows nobody with a token\.$/,
    shows: [
      ['an external id', old({ StringEquals: { ...oldAud, ...oldSub, 'sts:ExternalId': 'x' } })],
      ['of SAML', old({ ...goodOld, StringLike: { 'SAML:sub': '*' } })],
      ['MFA', entra({ ...good, Bool: { 'aws:MultiFactorAuthPresent': 'true' } })],
      ['the age of MFA', entra({ ...good, NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } })],
      ['that it is there', entra({ ...good, Null: { 'aws:PrincipalOrgID': 'false' } })],
      ['an organization', entra({ StringEquals: { ...good.StringEquals, 'aws:PrincipalOrgID': 'o-abcdefghij' } })],
      ['a tag of the principal', entra({ ...good, StringLike: { 'aws:PrincipalTag/team': '*' } })],
      ['a session tag', old({ StringEquals: { ...goodOld.StringEquals, 'aws:RequestTag/team': 'a' } })],
      ['a source identity', entra({ ...good, StringLike: { 'sts:SourceIdentity': '*' } })],
    ],
    hides: [
      ['none of them', best],
      ['the key may be missing', entra({ ...good, BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } })],
      ['it has to be missing', entra({ ...good, Null: { 'aws:PrincipalOrgID': 'true' } })],
      ['all values', entra({ ...good, 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } })],
      ['a negated one', entra({ ...good, StringNotEquals: { 'aws:PrincipalOrgID': '1' } })],
      ...['aws:PrincipalAccount', 'aws:PrincipalType', 'aws:userid'].map(
        key => [`${key}, which unsigned requests have`, entra({ ...good, StringLike: { [key]: '1*' } })] as const,
      ),
      ['a deny', [best, entraDeny({ StringEquals: { 'sts:ExternalId': 'x' } })]],
      ['another action', old({ StringEquals: { 'sts:ExternalId': 'x' } }, { Action: 'sts:AssumeRole' })],
      ['no token', everyone({ StringEquals: { 'sts:ExternalId': 'x' } })],
      ['what only AWS knows', entra({ StringEquals: { ...good.StringEquals, 'sts:RoleSessionName': 'x' } })],
      [
        "tags of another issuer's tokens",
        old(
          { StringEquals: { [`${githubUrl}:sub`]: 'repo:o/r:ref:x', 'aws:RequestTag/team': 'a' } },
          { Principal: federated(githubUrl) },
        ),
      ],
    ],
  },
  SubjectOfOtherIssuer: {
    severity: 'medium',
    means:
      /(?:is not one|matches no subject) that .+ issues(?: for a service connection)?(?: \(.+\))?: it allows nobody/,
    shows: [
      ['names on Entra', entra({ StringEquals: { ...entraAud, [`${entraUrl}:sub`]: byName.subject } })],
      ['ids on the old issuer', old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: byId.subject } })],
      [
        'ids of another tenant',
        entra({
          StringEquals: {
            ...entraAud,
            [`${entraUrl}:sub`]: byId.subject.replace('MiSI_7AJe0O9IsoTwAN97Q', '9D16P1v4qEyY0AixA05lZw'),
          },
        }),
      ],
      ['GitHub', old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'repo:contoso/payments:ref:refs/heads/main' } })],
      ...['repo:contoso/*', '/eid1/*', 'contoso/*', 'SC://*', 'sc://https://dev.azure.com/*'].map(
        text => [`${text} on the old issuer`, old({ StringLike: { [`${oldUrl}:sub`]: text } })] as const,
      ),
      ...['sc://*', 'p://contoso/*', 'repo:*', 'project_path:a/*', '/eid1/c/pub/t/9D16P1v4qEyY0AixA05lZw/*'].map(
        text => [`${text} on Entra`, entraLike(text)] as const,
      ),
      ...['sc://contoso/*', '/eid1/*', 'system:serviceaccount:a:*', byName.subject, byId.subject].map(
        text =>
          [
            `${text} on GitHub`,
            old({ StringLike: { [`${githubUrl}:sub`]: text } }, { Principal: federated(githubUrl) }),
          ] as const,
      ),
      [
        "GitHub's on GitLab",
        old({ StringLike: { 'gitlab.com:sub': 'repo:contoso/*' } }, { Principal: federated('gitlab.com') }),
      ],
      [
        'ours on an issuer that nobody knows',
        old({ StringLike: { 'idp.example.com:sub': 'sc://*' } }, { Principal: federated('idp.example.com') }),
      ],
    ],
    hides: [
      ...['sc://*', 'p*', '*', '?c://contoso/*'].map(
        text => [`${text} on the old issuer`, old({ StringLike: { [`${oldUrl}:sub`]: text } })] as const,
      ),
      ...['*', '/e*', '8f2b*', byId.subject.replace(/[^/]+$/, '*')].map(
        text => [`${text} on Entra`, entraLike(text)] as const,
      ),
      [
        'GitHub on GitHub',
        old({ StringLike: { [`${githubUrl}:sub`]: 'repo:contoso/*' } }, { Principal: federated(githubUrl) }),
      ],
      [
        "GitHub's on an issuer that nobody knows",
        old({ StringLike: { 'idp.example.com:sub': 'repo:contoso/*' } }, { Principal: federated('idp.example.com') }),
      ],
      [
        'a variable in capitals, letter case aside',
        old({ StringEqualsIgnoreCase: { [`${oldUrl}:sub`]: 'SC://contoso/${aws:userid}/aws' } }),
      ],
      ['ids on Entra', best],
      ['names on the old issuer', old(goodOld)],
      ['a pattern', entraLike('/eid1/*')],
      ['a variable', entra({ StringEquals: { [`${entraUrl}:sub`]: '${aws:userid}' } })],
      ['a star, which is another finding', entra({ StringEquals: { [`${entraUrl}:sub`]: '/eid1/*' } })],
    ],
  },
  WildcardInStringEquals: {
    severity: 'medium',
    means: /^The (?:subject|audience) ".+" is compared literally/,
    shows: [
      ['a project', old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'sc://contoso/Payments/*' } })],
      [
        'a question mark, letter case aside',
        old({ StringEqualsIgnoreCase: { [`${oldUrl}:sub`]: 'sc://contoso/P/a?s' } }),
      ],
      ['one of two', old({ StringEquals: { [`${oldUrl}:sub`]: [byName.subject, 'sc://contoso/*'] } })],
      ['Entra', entra({ StringEquals: { [`${entraUrl}:sub`]: byId.subject.replace(/[^/]+$/, '*') } })],
      ['under ForAnyValue', old({ 'ForAnyValue:StringEquals': { [`${oldUrl}:sub`]: 'sc:*' } })],
      ['an audience', entra({ StringEquals: { [`${entraUrl}:aud`]: '*' } })],
    ],
    hides: [
      ['StringLike', old({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/*' } })],
      ['an escaped star', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/${*}${?}' } })],
      ['no star', best],
      ['another key', old({ StringEquals: { ...goodOld.StringEquals, 'sts:RoleSessionName': '*' } })],
      ['what is refused', old({ ...goodOld, StringNotEquals: { [`${oldUrl}:sub`]: 'sc://*' } })],
    ],
  },
  AudienceHalf: {
    severity: 'medium',
    means: /:aud does not allow/,
    shows: [
      ['azp', entra({ StringEquals: { ...entraSub, [`${entraUrl}:aud`]: azp } })],
      ['aud', entra({ StringEquals: { ...entraSub, [`${entraUrl}:aud`]: entraAudience } })],
      ['the text that is shown everywhere', entra({ StringEquals: { ...entraSub, [`${entraUrl}:aud`]: oldAudience } })],
      ['a star that is compared as one', entra({ StringEquals: { ...entraSub, [`${entraUrl}:aud`]: '*' } })],
      ['a pattern for one', entra({ StringEquals: entraSub, StringLike: { [`${entraUrl}:aud`]: '499b84ac-*' } })],
      ['another on the old issuer', old({ StringEquals: { ...oldSub, [`${oldUrl}:aud`]: 'sts.amazonaws.com' } })],
    ],
    hides: [
      ['both', best],
      ['both and more', entra({ StringEquals: { ...entraSub, [`${entraUrl}:aud`]: ['x', azp, entraAudience] } })],
      ['any', entra({ StringEquals: entraSub, StringLike: { [`${entraUrl}:aud`]: '*' } })],
      ['both, letter case aside', entra({ StringEquals: entraSub, StringEqualsIgnoreCase: entraAud })],
      ['the old issuer', old(goodOld)],
    ],
  },
  ClaimNotExposed: {
    severity: 'medium',
    means: /is missing from every request/,
    shows: [
      ['the tenant', entra({ StringEquals: { ...good.StringEquals, [`${entraUrl}:tid`]: 'x' } })],
      ['the object', entra({ ...good, StringLike: { [`${entraUrl}:oid`]: '*' } })],
      ['a long name', entra({ StringEquals: { ...entraAud, [`${entraUrl}:Subject`]: byId.subject } })],
      ['azp', entra({ StringEquals: { ...good.StringEquals, [`${entraUrl}:azp`]: azp } })],
      ['the organization', old({ StringEquals: { ...goodOld.StringEquals, [`${oldUrl}:org_id`]: 'x' } })],
      ['in a deny', [best, entra({ StringEquals: { [`${entraUrl}:tid`]: 'x' } }, { Effect: 'Deny' })]],
    ],
    hides: [
      ['sub and aud', best],
      ['amr and oaud', entra({ ...good, StringLike: { [`${entraUrl}:amr`]: 'x', [`${entraUrl}:oaud`]: 'x' } })],
      ['in capitals', entra({ StringEquals: { [`${entraUrl}:SUB`]: byId.subject } })],
      ['a key of AWS', entra({ ...good, StringLike: { 'aws:RequestTag/tid': 'x' } })],
      [
        'GitHub, whose claims AWS exposes',
        old(
          { StringLike: { [`${githubUrl}:repository`]: 'x' } },
          { Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${githubUrl}` } },
        ),
      ],
    ],
  },
  KeyPrefixMistaken: {
    severity: ['medium', 'low'],
    means:
      /^The key .+ (?:(?:does not belong to the provider|names no claim): no request ever has it|differs .+ in letter case\. AWS accepts it anyway)\.$/,
    shows: [
      ['a slash', entra({ StringEquals: { ...good.StringEquals, [`${entraUrl}/:sub`]: byId.subject } })],
      ['a scheme', old({ StringEquals: { [`https://${oldUrl}:sub`]: byName.subject } })],
      ['no version', entra({ StringEquals: { [`${entraUrl.replace('/v2.0', '')}:sub`]: byId.subject } })],
      ['capitals', old({ StringEquals: { [`${oldUrl.toUpperCase()}:sub`]: byName.subject } })],
      ['a port', old({ StringEquals: { [`${oldUrl}:443:sub`]: byName.subject } })],
      ['a placeholder', old({ StringEquals: { '<OIDC_PROVIDER>:sub': byName.subject } })],
      ['no URL', old({ StringEquals: { sub: byName.subject } })],
      ['no claim', entra({ StringEquals: { ...entraAud, [entraUrl]: byId.subject } })],
      ['a slash before the claim', entra({ StringEquals: { ...entraAud, [`${entraUrl}/sub`]: byId.subject } })],
      ['no claim that anybody can tell', entra({ StringEquals: { ...good.StringEquals, [`${entraUrl}:`]: 'x' } })],
      ["no claim of GitHub's", old({ StringEquals: { [githubUrl]: 'repo:a/b' } }, { Principal: federated(githubUrl) })],
    ],
    hides: [
      ['the right one', best],
      ["a key of AWS's with the name of a claim", entra({ ...good, StringLike: { 'saml:sub': 'x' } })],
      ['another provider', entra({ StringEquals: oldSub })],
      ['a key of AWS', entra({ ...good, StringLike: { 'aws:SourceVpc': 'x' } })],
      ['no claim of another provider', entra({ StringEquals: { ...good.StringEquals, [oldUrl]: 'x' } })],
      ['a long name', entra({ StringEquals: { ...entraAud, [`${entraUrl}:subject`]: byId.subject } })],
      ['a right key beside a provider with a slash', entra(good, { Principal: { Federated: `${entraProvider}/` } })],
      [
        'a right key beside a provider without its version',
        entra(good, { Principal: { Federated: entraProvider.replace('/v2.0', '') } }),
      ],
    ],
  },
  KeyOfOtherProvider: {
    severity: 'medium',
    means: /belongs to another provider than the statement's/,
    shows: [
      ['the other issuer', entra({ StringEquals: oldSub })],
      ['another tenant', entra({ StringEquals: { [`${entraUrl.replace('ff88', 'ff89')}:sub`]: byId.subject } })],
      ['EKS', entra({ StringEquals: { 'oidc.eks.eu-west-1.amazonaws.com/id/1:sub': 'x' } })],
    ],
    hides: [
      ['the right one', best],
      ['one of two', old(goodOld, { Principal: { Federated: [oldProvider, entraProvider] } })],
      [
        'no provider at all',
        { Effect: 'Allow', Principal: { AWS: '1' }, Action: 'sts:AssumeRole', Condition: { StringEquals: oldSub } },
      ],
    ],
  },
  KeysOfSeveralProviders: {
    severity: 'medium',
    means: /requires claims of several providers at once \(.+\)\. .+ never applies/,
    shows: [
      ['both subjects', old({ StringEquals: { ...oldAud, ...oldSub, ...entraAud, ...entraSub } }, both)],
      ['under several operators', old({ StringEquals: oldSub, StringLike: { [`${entraUrl}:sub`]: '*' } }, both)],
      ['the audience of one', old({ StringEquals: { ...oldSub, ...entraAud } }, both)],
      ['in a deny', [best, old({ StringEquals: { ...oldSub, ...entraSub } }, { ...both, Effect: 'Deny' })]],
    ],
    hides: [
      ['one statement each', [old(goodOld), best]],
      ['keys of one', old(goodOld, both)],
      ['keys that need not be there', old({ StringEqualsIfExists: { ...oldSub, ...entraSub } }, both)],
      ['the keys of a provider that is not named', old({ StringEquals: { ...oldSub, ...entraSub } })],
    ],
  },
  CopiedFromGithub: {
    severity: 'medium',
    means: /is the GitHub Actions issuer/,
    shows: [
      ['a key', old({ StringEquals: { [`${githubUrl}:sub`]: byName.subject } })],
      [
        'the provider',
        old(goodOld, { Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${githubUrl}` } }),
      ],
    ],
    hides: [
      ['ours', best],
      [
        'GitHub beside ours',
        old(
          { StringLike: { [`${githubUrl}:sub`]: 'repo:a/b:*', ...oldSub } },
          { Principal: { Federated: [oldProvider, federated(githubUrl).Federated] } },
        ),
      ],
      [
        'a statement for GitHub',
        [
          best,
          old(
            { StringEquals: { [`${githubUrl}:sub`]: 'repo:a/b' } },
            { Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${githubUrl}` } },
          ),
        ],
      ],
    ],
  },
  ProviderUrlMistaken: {
    severity: 'medium',
    means: /is not the issuer's: it .+ AWS compares every character/,
    shows: [
      ['a slash', entra(good, { Principal: { Federated: `${entraProvider}/` } })],
      ['no version', entra(good, { Principal: { Federated: entraProvider.replace('/v2.0', '') } })],
      ['capitals', old(goodOld, { Principal: { Federated: oldProvider.replace('0ca3ddd9', '0CA3DDD9') } })],
      ['a scheme', old(goodOld, { Principal: { Federated: oldProvider.replace('vstoken', 'https://vstoken') } })],
      ['version 1.0 of the tenant', former(byId.subject)],
      ['version 1.0 of the tenant, with names', former(byName.subject)],
    ],
    hides: [
      ['version 1.0 of the tenant, without a subject: applications have its tokens', former(undefined)],
      ['the right one', best],
      ['version 1.0 of the tenant, for a managed identity', former('8f2b2b8e-7f0c-4f68-9b8d-6e1a7a1fb7f3')],
      [
        'another provider',
        old(undefined, { Principal: { Federated: 'arn:aws:iam::111111111111:oidc-provider/gitlab.com/' } }),
      ],
    ],
  },
  ProviderOfOtherAccount: {
    severity: 'medium',
    means: /The provider belongs to account 222222222222, but the role to 111111111111/,
    shows: [
      ['another', entra(good, { Principal: { Federated: entraProvider.replace('111111111111', '222222222222') } })],
    ],
    hides: [['the same', best]],
  },
  ProviderOfOtherPartition: {
    severity: 'medium',
    means: /The provider is in partition aws-cn, but the role is in aws/,
    shows: [['another', entra(good, { Principal: { Federated: entraProvider.replace('arn:aws:', 'arn:aws-cn:') } })]],
    hides: [['the same', best]],
  },
  RetiringIssuerOnly: {
    severity: 'medium',
    means: /retires on 2027-07-01/,
    shows: [
      ['the old issuer', old(goodOld)],
      ['Entra shut out by a key', old(goodOld, both)],
      [
        'Entra in a statement that never applies',
        [old(goodOld), old({ StringEquals: { ...oldSub, ...entraSub } }, both)],
      ],
      ['Entra denied', [old(goodOld), entra(good, { Effect: 'Deny' })]],
      ['capitals', old(goodOld, { Principal: { Federated: oldProvider.replace('0ca3ddd9', '0CA3DDD9') } })],
    ],
    hides: [
      ['both', [old(goodOld), best]],
      ['both in one statement', old({ StringEqualsIfExists: { ...oldSub, ...entraSub } }, both)],
      ['both in a statement that never applies', old({ StringEquals: { ...oldSub, ...entraSub } }, both)],
      ['Entra', best],
      ['neither', { Effect: 'Allow', Principal: { AWS: '1' }, Action: 'sts:AssumeRole' }],
    ],
  },
  PipelineSubject: {
    severity: 'medium',
    means:
      /is a pipeline's, not a service connection's: every run of that pipeline, from any branch, can assume the role/,
    shows: [
      ['a pipeline', old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'p://contoso/Payments/deploy' } })],
      ['one of two', old({ StringEquals: { [`${oldUrl}:sub`]: [byName.subject, 'p://contoso/Payments/deploy'] } })],
      ['under StringLike', old({ StringLike: { [`${oldUrl}:sub`]: 'p://contoso/Payments/deploy' } })],
    ],
    hides: [
      ['a connection', old(goodOld)],
      ['a pattern', old({ StringLike: { [`${oldUrl}:sub`]: 'p://contoso/*' } })],
      ['on Entra, which gives none', entra({ StringEquals: { [`${entraUrl}:sub`]: 'p://contoso/Payments/deploy' } })],
      [
        'one that a Deny keeps out',
        [
          old({ StringEquals: { [`${oldUrl}:sub`]: 'p://contoso/Payments/deploy' } }),
          old({ StringLike: { [`${oldUrl}:sub`]: 'p://*' } }, { Effect: 'Deny' }),
        ],
      ],
    ],
  },
  PrincipalNotProvider: {
    severity: 'medium',
    means: /^The principal \w+ ".*" is not an OIDC provider to AWS: .+\. It allows nobody with a token\.$/,
    shows: [
      ['dashes', withPrincipal({ Federated: oldProvider.replace('111111111111', '1111-1111-1111') })],
      ['a space', withPrincipal({ Federated: oldProvider.replace('111111111111', '111111111111 ') })],
      ['11 digits', withPrincipal({ Federated: oldProvider.replace('111111111111', '11111111111') })],
      ['no account', withPrincipal({ Federated: oldProvider.replace('111111111111', '') })],
      ['a URL', withPrincipal({ Federated: `https://${oldUrl}` })],
      ['a URL without scheme', withPrincipal({ Federated: oldUrl })],
      ['a placeholder', withPrincipal({ Federated: oldProvider.replace('111111111111', '<ACCOUNT_ID>') })],
      ['under AWS', withPrincipal({ AWS: oldProvider })],
      ['a word', withPrincipal({ Federated: 'oidc' })],
      ['one of two', withPrincipal({ Federated: [oldProvider, entraUrl] })],
    ],
    hides: [
      ['a provider', best],
      ['SAML', withPrincipal({ Federated: 'arn:aws:iam::111111111111:saml-provider/x' })],
      ['Cognito', withPrincipal({ Federated: 'cognito-identity.amazonaws.com' })],
      ['Google', withPrincipal({ Federated: 'accounts.google.com' })],
      ['a role', withPrincipal({ AWS: 'arn:aws:iam::111111111111:role/x' })],
      ['a star, which is another finding', withPrincipal({ Federated: '*' })],
    ],
  },
  OperatorUnknown: {
    severity: 'medium',
    means: /^(?:IAM has no operator ".+"|Arn\w+ on .+ compares another type of value, but a claim is text)/,
    shows: [
      ['a letter is missing', old({ StringEqual: oldSub })],
      ['letter case', old({ stringEquals: oldSub })],
      ['ArnLike', old({ ArnLike: oldSub })],
      ['a set that does not exist', old({ 'ForAnyValues:StringEquals': oldSub })],
      ['in a deny', [best, entra({ StringNotEqual: entraSub }, { Effect: 'Deny' })]],
    ],
    hides: [
      ['one that is right', best],
      ['ArnLike on an ARN', entra({ ...good, ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::x' } })],
      ['an address', entra({ ...good, IpAddress: { 'aws:SourceIp': '1.2.3.4' } })],
    ],
  },
  NetworkCondition: {
    severity: ['medium', 'low'],
    means:
      /^(?:aws:SourceIp is the public address|The request has .+ only if the agent reaches STS through a VPC|A request has .+ No request has both|StringEquals compares aws:SourceIp with .+ as text|aws:SourceVpce is never vpc-1:)/,
    shows: [
      ['a private address', entra({ ...good, IpAddress: { 'aws:SourceIp': ['10.1.0.0/16', '192.168.0.0/16'] } })],
      ['a VPC', entra({ StringEquals: { ...good.StringEquals, 'aws:SourceVpc': 'vpc-1' } })],
      [
        'a VPC and an address',
        entra({
          StringEquals: { ...good.StringEquals, 'aws:SourceVpc': 'vpc-1' },
          IpAddress: { 'aws:SourceIp': '52.1.2.3' },
        }),
      ],
      ['a range as a text', entra({ StringEquals: { ...good.StringEquals, 'aws:SourceIp': '52.1.0.0/16' } })],
      ['a VPC for an endpoint', entra({ StringEquals: { ...good.StringEquals, 'aws:SourceVpce': 'vpc-1' } })],
    ],
    hides: [
      ['an address as a text', entra({ StringEquals: { ...good.StringEquals, 'aws:SourceIp': '52.1.2.3' } })],
      ['a public address', entra({ ...good, IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '52.1.0.0/16'] } })],
      ['if there is one', entra({ ...good, StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } })],
      ['in a deny', [best, entra({ StringEquals: { 'aws:SourceVpc': 'vpc-1' } }, { Effect: 'Deny' })]],
    ],
  },
  ForAnyValueIfExists: {
    severity: ['low', 'medium', 'high'],
    means: /contradicts itself about whether ForAnyValue:.+IfExists on .+ holds? if the request does not have that key/,
    shows: [
      ['in an allow', entra({ ...good, 'ForAnyValue:StringEqualsIfExists': { [`${entraUrl}:amr`]: 'mfa' } })],
      ['in a deny', [best, entraDeny({ 'ForAnyValue:StringNotEqualsIfExists': { [`${entraUrl}:amr`]: 'mfa' } })]],
    ],
    hides: [
      ['without IfExists', entra({ ...good, 'ForAnyValue:StringEquals': { [`${entraUrl}:amr`]: 'mfa' } })],
      ['without ForAnyValue', entra({ ...good, StringEqualsIfExists: { [`${entraUrl}:amr`]: 'mfa' } })],
    ],
  },
  SubjectAlmostRight: {
    severity: 'medium',
    means: /is compared exactly\. .+ It allows nobody\.$/,
    shows: [
      ['letter case', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://Contoso/payments/aws' } })],
      ['encoding', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/My%20Project/other' } })],
      ['a space', old({ StringEquals: { [`${oldUrl}:sub`]: `${byName.subject} ` } })],
      ['a slash', old({ StringEquals: { [`${oldUrl}:sub`]: `${byName.subject}/` } })],
      ["the connection's ID", old({ StringEquals: { [`${oldUrl}:sub`]: `sc://contoso/Payments/${objectId}` } })],
      ["the organization's ID", old({ StringEquals: { [`${oldUrl}:sub`]: `sc://${organizationId}/Payments/x` } })],
      ['an example', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://<ORG>/<PROJECT>/<SERVICE_CONNECTION>' } })],
      ['a variable of YAML', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/$(connection)' } })],
      ['words of an example', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/YOUR_CONNECTION' } })],
      [
        'ids that are no Base64url',
        entra({
          StringEquals: { ...entraAud, [`${entraUrl}:sub`]: byId.subject.replace(/t\/[^/]+/, `t/${tenantId}`) },
        }),
      ],
      [
        'ids in capitals',
        entra({
          StringEquals: {
            ...entraAud,
            [`${entraUrl}:sub`]: byId.subject.replace(/sc.+$/, ids => ids.toUpperCase().replace('SC', 'sc')),
          },
        }),
      ],
    ],
    hides: [
      ['the right one', best],
      ['letter case aside', old({ StringEqualsIgnoreCase: { [`${oldUrl}:sub`]: 'sc://Contoso/payments/AWS' } })],
      ['another name', old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/aws2' } })],
      [
        'a name with brackets',
        old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://my-company/My Project/[prod] your <aws> $x' } }),
      ],
      [
        "another application's subject",
        entra({ StringEquals: { ...entraAud, [`${entraUrl}:sub`]: '/eid1/c/pub/t/x/a/y/repo' } }),
      ],
      [
        'ids in capitals, letter case aside',
        entra({ StringEqualsIgnoreCase: { [`${entraUrl}:sub`]: byId.subject.toUpperCase() } }),
      ],
    ],
  },
  OriginalAudienceWrong: {
    severity: 'medium',
    means: /:oaud is never ".+" for a service connection/,
    shows: [
      ['Entra', entra({ StringEquals: { ...good.StringEquals, [`${entraUrl}:oaud`]: oldAudience } })],
      ['azp in its place', entra({ StringEquals: { ...good.StringEquals, [`${entraUrl}:oaud`]: azp } })],
      ['the old issuer', old({ StringEquals: { ...goodOld.StringEquals, [`${oldUrl}:oaud`]: entraAudience } })],
    ],
    hides: [
      ['the right one', entra({ StringEquals: { ...good.StringEquals, [`${entraUrl}:oaud`]: entraAudience } })],
      ['if there is one', entra({ ...good, StringEqualsIfExists: { [`${entraUrl}:oaud`]: oldAudience } })],
      [
        'a managed identity',
        entra({ StringEquals: { [`${entraUrl}:sub`]: objectId, [`${entraUrl}:oaud`]: 'api://own' } }),
      ],
    ],
  },
  OtherWorkload: {
    severity: 'low',
    means: /^The statement is for .+: no service connection has such a token\./,
    shows: [
      ['GitHub', withPrincipal(federated(githubUrl), { StringEquals: { [`${githubUrl}:sub`]: 'repo:a/b:x' } })],
      ['an unknown issuer', withPrincipal(federated('idp.example.com'), {})],
      ['a managed identity', entra({ StringEquals: { [`${entraUrl}:sub`]: objectId } })],
      ['an application', entra({ StringEquals: { [`${entraUrl}:aud`]: 'api://own' } })],
      ['version 1.0', former(objectId)],
    ],
    hides: [
      ['a connection', best],
      ['the other issuer', old(goodOld)],
      ['an account', { Effect: 'Allow', Principal: { AWS: '1' }, Action: 'sts:AssumeRole' }],
    ],
  },
};

function find(Statement: unknown, facts: Known = known): readonly Finding[] {
  return findWeaknesses(parseTrustPolicy(JSON.stringify({ Version: '2012-10-17', Statement })), facts);
}

function findOne(Statement: unknown, code: FindingCode): Finding {
  const finding = find(Statement).find(one => one.code === code);
  assert.ok(finding, `no ${code}`);
  return finding;
}

describe('trust/findings', () => {
  it('has rows for every finding', () => {
    assert.deepEqual(Object.keys(rows).sort(), [...findingCodes].sort());
  });

  for (const [code, { shows, hides, severity, means }] of Object.entries(rows)) {
    describe(code, () => {
      for (const [name, Statement] of shows) {
        it(`is found: ${name}`, () => {
          const finding = find(Statement).find(one => one.code === code);
          assert.ok(finding, 'not found');
          assert.ok([severity].flat().includes(finding.severity), `it is ${finding.severity}`);
          assert.match(finding.means, means);
          assert.match(finding.remedy, /\.$/);
        });
      }
      for (const [name, Statement] of hides) {
        it(`is not found: ${name}`, () => {
          assert.deepEqual(
            find(Statement).filter(one => one.code === code),
            [],
          );
        });
      }
    });
  }

  it('finds nothing in what is built for Entra', () => {
    assert.deepEqual(find(best), []);
  });

  it('finds the names in what is built for both, and that alone', () => {
    assert.deepEqual(
      find([best, old(goodOld)]).map(({ code }) => code),
      ['NameSubject'],
    );
  });

  it('puts the worst first and names the statement', () => {
    const findings = find([
      old(goodOld),
      old({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/*' } }),
      old(undefined, { Sid: 'Open' }),
    ]);
    assert.deepEqual(
      findings.map(({ severity, code, statement }) => [severity, code, statement?.index, statement?.sid]),
      [
        ['critical', 'ConditionMissing', 2, 'Open'],
        ['high', 'SubjectWildcard', 1, undefined],
        ['medium', 'RetiringIssuerOnly', undefined, undefined],
        ['low', 'NameSubject', 0, undefined],
        ['low', 'AudienceMissing', 1, undefined],
      ],
    );
  });

  for (const [pattern, severity] of [
    ['*', 'critical'],
    ['sc://contoso/*', 'high'],
  ] as const) {
    it(`finds the pattern ${pattern} ${severity}`, () => {
      const statement = old({ StringLike: { [`${oldUrl}:sub`]: pattern } });
      assert.equal(findOne(statement, 'SubjectWildcard').severity, severity);
      assert.ok(!find(statement).some(({ code }) => code === 'SubjectMissing'), 'SubjectMissing besides');
    });
  }

  const tags = { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' } };
  const network = { StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } };
  const session = { StringNotLike: { 'sts:RoleSessionName': '*root*' } };
  const open = { StringEquals: entraAud };
  const orgId = (value: string) => ({ StringEquals: { 'aws:PrincipalOrgID': value } });
  const outside = (Condition: object, change: object = {}) => ({
    ...everyone(Condition),
    Effect: 'Deny',
    ...change,
  });
  const organization = byId.subject.replace(/[^/]+$/, '*');
  const severities: readonly (readonly [string, FindingCode, Severity, unknown])[] = [
    ['tags beside an exact subject', 'ForAllValuesOnAllow', 'low', entra({ ...good, ...tags })],
    ['tags without', 'ForAllValuesOnAllow', 'high', entra({ ...open, ...tags })],
    ['a network beside an exact subject', 'IfExistsOnAllow', 'low', entra({ ...good, ...network })],
    [
      'a network beside a pattern',
      'IfExistsOnAllow',
      'high',
      entra({ StringLike: { [`${entraUrl}:sub`]: '*' }, ...network }),
    ],
    [
      'a network beside a lax subject',
      'IfExistsOnAllow',
      'high',
      entra({ 'ForAllValues:StringEquals': entraSub, ...network }),
    ],
    [
      'a network beside a deny for the others',
      'IfExistsOnAllow',
      'low',
      [entra(network), entraDeny({ StringNotEquals: entraSub })],
    ],
    ["a session's name beside an exact subject", 'NegatedOperatorOnAllow', 'low', entra({ ...good, ...session })],
    ["a session's name without", 'NegatedOperatorOnAllow', 'high', entra({ ...open, ...session })],
    [
      'the subject itself',
      'NegatedOperatorOnAllow',
      'high',
      entra({ ...good, StringNotEquals: { [`${entraUrl}:sub`]: 'x' } }),
    ],
    ['the audience', 'IfExistsOnAllow', 'high', entra({ StringEquals: entraSub, StringEqualsIfExists: entraAud })],
    ['the organization', 'EntraSubjectPattern', 'high', entraLike(organization)],
    ['any organization', 'EntraSubjectPattern', 'critical', entraLike(byId.subject.replace(/sc.+$/, 'sc/*'))],
    [
      'either',
      'EntraSubjectPattern',
      'critical',
      entra({ StringLike: { [`${entraUrl}:sub`]: [organization, '/eid1/*'] } }),
    ],
    ['everyone of an organization', 'PrincipalEveryone', 'low', everyone(orgId('o-abcdefghij'))],
    [
      'everyone of one if there is one',
      'PrincipalEveryone',
      'critical',
      everyone({ StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-abcdefghij' } }),
    ],
    ['everyone of any', 'PrincipalEveryone', 'critical', everyone({ StringLike: { 'aws:PrincipalOrgID': 'o-*' } })],
    ['everyone of a variable', 'PrincipalEveryone', 'critical', everyone(orgId('${aws:PrincipalOrgID}'))],
    [
      'everyone of a part',
      'PrincipalEveryone',
      'low',
      everyone({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-abcdefghij/*' } }),
    ],
    [
      'everyone of an account',
      'PrincipalEveryone',
      'low',
      everyone({ ArnLike: { 'AWS:PrincipalArn': 'arn:aws:iam::222222222222:role/*' } }),
    ],
    [
      'everyone of any account',
      'PrincipalEveryone',
      'critical',
      everyone({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/deploy' } }),
    ],
    [
      'everyone with a tag',
      'PrincipalEveryone',
      'critical',
      everyone({ StringEquals: { 'aws:PrincipalTag/team': 'x' } }),
    ],
    [
      'everyone, others denied',
      'PrincipalEveryone',
      'low',
      [everyone(), outside({ StringNotEquals: orgId('o-abcdefghij').StringEquals })],
    ],
    [
      'everyone, others denied less',
      'PrincipalEveryone',
      'critical',
      [everyone(), outside({ StringNotEquals: orgId('o-abcdefghij').StringEquals }, { Action: 'sts:TagSession' })],
    ],
    [
      'everyone, others denied if of any',
      'PrincipalEveryone',
      'critical',
      [everyone(), outside({ 'ForAnyValue:StringNotEquals': orgId('o-abcdefghij').StringEquals })],
    ],
    [
      'everything, others denied one thing',
      'PrincipalEveryone',
      'critical',
      [
        { ...everyone(), Action: undefined, NotAction: 'sts:AssumeRole' },
        outside({ StringNotEquals: orgId('o-abcdefghij').StringEquals }),
      ],
    ],
    [
      'everything, others denied all',
      'PrincipalEveryone',
      'low',
      [
        { ...everyone(), Action: 'sts:*' },
        outside({ StringNotEquals: orgId('o-abcdefghij').StringEquals }, { Action: 'sts:*' }),
      ],
    ],
    [
      'everything, others denied some',
      'PrincipalEveryone',
      'critical',
      [
        { ...everyone(), Action: 'sts:*' },
        outside({ StringNotEquals: orgId('o-abcdefghij').StringEquals }, { Action: 'sts:Assume*' }),
      ],
    ],
    ['everyone, none denied', 'PrincipalEveryone', 'critical', [everyone(), outside(orgId('o-abcdefghij'))]],
  ];
  for (const [name, code, severity, Statement] of severities) {
    it(`finds ${code} ${severity}: ${name}`, () => {
      assert.equal(findOne(Statement, code).severity, severity);
    });
  }

  it('names the organization that a pattern fixes, and no other', () => {
    const { means } = findOne(entraLike(organization), 'EntraSubjectPattern');
    assert.match(means, new RegExp(`every matching connection of organization ${organizationId}, including`));
    assert.doesNotMatch(means, /other organizations/);
  });

  it('names the variable that the caller may choose', () => {
    const statement = old({ StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/${sts:RoleSessionName}/aws' } });
    const { means } = findOne(statement, 'SubjectWildcard');
    assert.match(means, / The value of \$\{sts:RoleSessionName\} comes from the request/);
  });

  const [cognito, pulumi] = ['cognito-identity.amazonaws.com', 'api.pulumi.com/oidc'];
  const [gov, terraform] = ['sts.windows.net/cab8a31a-1906-4287-a0d8-4eef66b95f6e/', 'app.terraform.io'];
  const like = (url: string, sub: string) =>
    withPrincipal(federated(url), { StringLike: { [`${url}:sub`]: sub }, StringEquals: { [`${url}:aud`]: 'x' } });
  const aud = (url: string, value: string, more: object = {}) =>
    withPrincipal(federated(url), { StringEquals: { [`${url}:aud`]: value, ...more } });
  const theirs: readonly (readonly [string, unknown, readonly string[], RegExp])[] = [
    [
      'a pool is what guards',
      { ...old(undefined), Principal: { Federated: cognito } },
      ['critical ConditionMissing'],
      /Add StringEquals on cognito-identity\.amazonaws\.com:aud with the ID of the identity pool/,
    ],
    ['an audience that names the customer', aud(pulumi, 'aws:acme'), [], /Pulumi Cloud/],
    [
      'any audience',
      withPrincipal(federated(pulumi), { StringLike: { [`${pulumi}:aud`]: '*' } }),
      ['critical SubjectMissing'],
      /:aud with the organization's name/,
    ],
    [
      'Sentinel for the government',
      aud(gov, 'api://d4230588', { 'sts:RoleSessionName': `MicrosoftSentinel_${objectId}` }),
      [],
      /Microsoft Sentinel/,
    ],
    [
      'Sentinel of every customer',
      aud(gov, 'api://d4230588'),
      ['critical AudienceOnly'],
      /Add StringEquals on sts:RoleSessionName with MicrosoftSentinel_/,
    ],
    [
      'a workspace',
      like(terraform, 'organization:acme:project:net:workspace:prod:run_phase:*'),
      ['low SubjectWildcard'],
      /HCP Terraform/,
    ],
    ["everybody's workspaces", like(terraform, 'organization:*'), ['critical SubjectWildcard'], /including strangers/],
    [
      "everybody's projects",
      like('gitlab.com', 'project_path:*:ref:main'),
      ['critical SubjectWildcard'],
      /including strangers/,
    ],
    [
      'one workflow of an owner',
      like(githubUrl, 'repo:a/*:job_workflow_ref:a/wf/.github/workflows/d.yml@refs/heads/main'),
      ['low SubjectWildcard'],
      /GitHub/,
    ],
    [
      'keys without the slash',
      withPrincipal(federated(formerUrl), {
        StringEquals: { [`${formerUrl.slice(0, -1)}:sub`]: objectId, [`${formerUrl}:aud`]: 'api://own' },
      }),
      ['medium KeyPrefixMistaken'],
      /object ID 8f2b2b8e/,
    ],
    [
      'a provider without the slash',
      aud(formerUrl.slice(0, -1), 'api://own'),
      ['high AudienceOnly', 'medium ProviderUrlMistaken'],
      new RegExp(`https://sts\\.windows\\.net/${tenantId}/, including the trailing slash`),
    ],
  ];
  for (const [name, statement, codes, says] of theirs) {
    it(`judges another workload for what it is: ${name}`, () => {
      const findings = find(statement);
      const shown = findings.map(({ severity, code }) => `${severity} ${code}`);
      assert.deepEqual(
        shown.filter(one => !one.endsWith('OtherWorkload')),
        codes,
      );
      assert.match(findings.map(({ means, remedy }) => `${means} ${remedy}`).join('\n'), says);
    });
  }

  it('says that a template was not filled in, and not that the caller may choose', () => {
    const [finding, ...others] = find(old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'sc://${ORG}/P/aws' } }));
    assert.match(finding?.means ?? '', /was not filled in: IAM has no policy variable \$\{ORG\}/);
    assert.deepEqual(
      others.map(({ code }) => code),
      ['RetiringIssuerOnly'],
    );
  });

  it('takes nothing for a variable in version 2008-10-17', () => {
    const Statement = old({
      StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'sc://contoso/${sts:RoleSessionName}/aws' },
    });
    const findings = findWeaknesses(parseTrustPolicy({ Version: '2008-10-17', Statement }), known);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['SubjectAlmostRight', 'RetiringIssuerOnly'],
    );
  });

  it('takes the star of a connection that is known to be named so for no mistake', () => {
    const starred = { ...byName, subject: 'sc://contoso/Payments/*' };
    const Statement = old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: starred.subject } });
    const codes = find(Statement, { account, identities: [starred] }).map(({ code }) => code);
    assert.deepEqual(codes, ['RetiringIssuerOnly', 'NameSubject']);
  });

  it('says nothing of the retirement in other clouds', () => {
    const codes = find(old(goodOld), { ...known, environment: 'AzureUSGovernment' }).map(({ code }) => code);
    assert.deepEqual(codes, ['NameSubject']);
  });

  it('says nothing of accounts that are not known', () => {
    const elsewhere = entra(good, {
      Principal: { Federated: entraProvider.replace('arn:aws:iam::1', 'arn:aws-cn:iam::2') },
    });
    assert.deepEqual(find(elsewhere, {}), []);
  });

  describe('corrects', () => {
    const decide = (document: unknown, claims: typeof oldClaims) =>
      evaluateTrust(parseTrustPolicy(document), describeWebIdentity({ claims, account })).decision;
    const correctable: readonly (readonly [FindingCode, unknown, typeof oldClaims])[] = [
      ['ConditionMissing', old(), oldClaims],
      ['ConditionMissing', [entra(), old(goodOld)], entraClaims],
      ['AudienceOnly', entra({ StringEquals: entraAud }), entraClaims],
      ['SubjectMissing', old({ StringEquals: oldAud }), oldClaims],
      ['SubjectWildcard', old({ StringLike: { [`${oldUrl}:sub`]: 'sc:*' } }), oldClaims],
      ['EntraSubjectPattern', entraLike('*'), entraClaims],
      ['ForAllValuesOnAllow', entra({ StringEquals: entraAud, 'ForAllValues:StringEquals': entraSub }), entraClaims],
      ['IfExistsOnAllow', entra({ StringEqualsIfExists: entraSub }), entraClaims],
      ['ActionTooWide', entra(good, { Action: 'sts:*' }), entraClaims],
      ['ActionTooWide', entra(good, { Action: undefined, NotAction: 'sts:AssumeRole' }), entraClaims],
      ['ActionWrong', entra(good, { Action: 'sts:AssumeRole' }), entraClaims],
      ['SubjectOfOtherIssuer', entra({ StringEquals: { [`${entraUrl}:sub`]: byName.subject } }), entraClaims],
      [
        'SubjectWildcard',
        old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'sc://contoso/${aws:userid}/aws' } }),
        oldClaims,
      ],
      ['WildcardInStringEquals', old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'sc://contoso/*' } }), oldClaims],
      [
        'PrincipalWildcard',
        entra(good, { Principal: { Federated: entraProvider.replace(/1{12}/, '*') } }),
        entraClaims,
      ],
      ['ProviderUrlMistaken', former(byId.subject), entraClaims],
      [
        'ProviderUrlMistaken',
        entra(
          { StringEquals: { [`${entraUrl}/:sub`]: byId.subject } },
          { Principal: { Federated: `${entraProvider}/` } },
        ),
        entraClaims,
      ],
      ['AudienceHalf', entra({ StringEquals: { ...entraSub, [`${entraUrl}:aud`]: entraAudience } }), entraClaims],
      ['KeyPrefixMistaken', entra({ StringEquals: { [`${entraUrl}/:sub`]: byId.subject } }), entraClaims],
      ['KeyPrefixMistaken', old({ StringEquals: { [`${oldUrl.toUpperCase()}:sub`]: byName.subject } }), oldClaims],
      ['ProviderUrlMistaken', entra(good, { Principal: { Federated: `${entraProvider}/` } }), entraClaims],
      [
        'ProviderUrlMistaken',
        entra(good, { Principal: { AWS: '1', Federated: [oldProvider, `${entraProvider}/`] } }),
        entraClaims,
      ],
      [
        'ProviderOfOtherAccount',
        entra(good, { Principal: { Federated: entraProvider.replace(/1{12}/, '2'.repeat(12)) } }),
        entraClaims,
      ],
      [
        'ProviderOfOtherPartition',
        entra(good, { Principal: { Federated: entraProvider.replace('arn:aws:', 'arn:aws-cn:') } }),
        entraClaims,
      ],
      ['RetiringIssuerOnly', old(goodOld), entraClaims],
    ];
    for (const [code, Statement, claims] of correctable) {
      it(`${code} in ${JSON.stringify(Statement).slice(0, 160)}`, () => {
        const { corrected } = findOne(Statement, code);
        assert.ok(corrected, 'not corrected');
        assert.equal(decide(corrected, claims), 'allowed');
        assert.equal(decide(corrected, { ...claims, sub: 'stranger' }), 'denied');
        assert.deepEqual(
          find(corrected.Statement).filter(one => one.code === code),
          [],
        );
      });
    }

    it('and leaves all else as it stands', () => {
      const open = {
        ...old({ StringEquals: oldAud, IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } }),
        Sid: 'Open',
        Extra: 1,
      };
      const document = { Version: '2012-10-17', Id: 'x', Comment: 'y', Statement: [best, open] };
      const [finding] = findWeaknesses(parseTrustPolicy(document), known);
      const Condition = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' }, StringEquals: { ...oldAud, ...oldSub } };
      assert.deepEqual(finding?.corrected, { ...document, Statement: [best, { ...open, Condition }] });
    });

    for (const [code, Statement] of [
      ['KeyPrefixMistaken', entra({ StringEquals: { [`${entraUrl}/:sub`]: 'x', [`${entraUrl}:sub`]: byId.subject } })],
      [
        'ForAllValuesOnAllow',
        entra({ StringEquals: entraSub, 'ForAllValues:StringEquals': { [`${entraUrl}:sub`]: 'x' } }),
      ],
      ['SubjectWildcard', old({ StringEquals: { ...oldAud, [`${oldUrl}:sub`]: 'sc://${aws:userid}/a/b' } })],
    ] as const) {
      it(`nothing where another condition or principal is in the way: ${code}`, () => {
        assert.equal(findOne(Statement, code).corrected, undefined);
      });
    }

    for (const [name, facts] of [
      ['the account', { identities: [byName, byId] }],
      ['the connections', { account }],
      ['connections of that issuer', { account, identities: [byId] }],
    ] as const) {
      it(`nothing without knowing ${name}`, () => {
        assert.equal(find(old(), facts)[0]?.corrected, undefined);
      });
    }
  });

  describe('has no remedy that locks out or lets in', () => {
    const ours = { StringEqualsIfExists: entraAud };
    const workflow = {
      StringEquals: {
        [`${githubUrl}:sub`]: 'repo:contoso/infra:ref:refs/heads/main',
        [`${githubUrl}:aud`]: 'sts.amazonaws.com',
      },
    };
    const doubtful = 'ForAnyValue:StringNotEqualsIfExists';
    const rows: readonly (readonly [string, unknown, FindingCode, RegExp, FindingCode | undefined])[] = [
      [
        'a Deny in doubt on a key with one value',
        [best, entraDeny({ [doubtful]: { 'aws:PrincipalOrgID': 'o-1' } })],
        'ForAnyValueIfExists',
        /^Use StringNotEquals, which also denies requests without the key\..* ask the owner/,
        undefined,
      ],
      [
        'a Deny in doubt on amr',
        [best, entraDeny({ [doubtful]: { [`${entraUrl}:amr`]: 'mfa' } })],
        'ForAnyValueIfExists',
        /Ask the owner of the role first/,
        undefined,
      ],
      [
        'a Deny with two operators in doubt, all of which are named',
        [
          best,
          entraDeny({ [doubtful]: oldSub, 'ForAnyValue:StringLikeIfExists': { 'aws:PrincipalOrgPaths': 'o-1/*' } }),
        ],
        'ForAnyValueIfExists',
        /^For ForAnyValue:StringNotEqualsIfExists on vstoken\S+:sub: .+ For ForAnyValue:StringLikeIfExists on aws:PrincipalOrgPaths: Use ForAnyValue:StringLike/,
        undefined,
      ],
      [
        'an Allow in doubt on amr',
        entra({ ...good, 'ForAnyValue:StringEqualsIfExists': { [`${entraUrl}:amr`]: 'mfa' } }),
        'ForAnyValueIfExists',
        /^Remove the condition: tokens of service connections have no amr/,
        undefined,
      ],
      [
        'an Allow in doubt on the subject, which every token has',
        entra({ StringEquals: entraAud, 'ForAnyValue:StringEqualsIfExists': entraSub }),
        'ForAnyValueIfExists',
        /^Write StringEquals: sub has a single value\.$/,
        undefined,
      ],
      [
        'an Allow in doubt on a key of session tags',
        entra({ ...good, 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'x' } }),
        'ForAnyValueIfExists',
        /^Remove the condition: requests with tokens from this issuer never have aws:TagKeys/,
        undefined,
      ],
      [
        "an Allow in doubt on a key with several values, for another issuer's tokens",
        old(
          { ...workflow, 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'x' } },
          { Principal: federated(githubUrl) },
        ),
        'ForAnyValueIfExists',
        /^Use ForAnyValue:StringEquals, which needs the key\. .+ Null "true" on aws:TagKeys/,
        undefined,
      ],
      [
        'an Allow in doubt on a key with one value',
        entra({ ...good, 'ForAnyValue:StringEqualsIfExists': { 'aws:SourceVpc': 'vpc-1' } }),
        'ForAnyValueIfExists',
        /^Write StringEquals, which needs the key: aws:SourceVpc has a single value/,
        undefined,
      ],
      [
        'ForAllValues on a claim with one value',
        entra({ StringEquals: entraAud, 'ForAllValues:StringEquals': entraSub }),
        'ForAllValuesOnAllow',
        /^Use StringEquals: sub has a single value/,
        undefined,
      ],
      [
        'ForAllValues on amr',
        entra({ StringEquals: entraAud, 'ForAllValues:StringEquals': { [`${entraUrl}:amr`]: 'mfa' } }),
        'ForAllValuesOnAllow',
        /^Protect the role by the subject instead: tokens of service connections have no amr/,
        undefined,
      ],
      [
        'ForAllValues on a key with several values',
        old(
          { StringEquals: { [`${githubUrl}:aud`]: 'x' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': 'x' } },
          { Principal: federated(githubUrl) },
        ),
        'ForAllValuesOnAllow',
        /^Keep it, since aws:TagKeys may have several values, and add Null with "false"/,
        undefined,
      ],
      [
        'a lax condition on a key of another issuer',
        entra({ ...good, StringEqualsIfExists: oldSub }),
        'KeyOfOtherProvider',
        /^Remove this condition/,
        'IfExistsOnAllow',
      ],
      [
        'an exact condition on a key of another issuer',
        entra({ StringEquals: { ...entraAud, ...entraSub, ...oldSub } }),
        'KeyOfOtherProvider',
        /^Remove this condition/,
        undefined,
      ],
      [
        "GitHub's own subjects beside a key of ours",
        old({ ...workflow, ...ours }, { Principal: federated(githubUrl) }),
        'KeyOfOtherProvider',
        /^Remove this condition/,
        'CopiedFromGithub',
      ],
      [
        'our own subjects beside a key of GitHub',
        entra({ ...good, StringLikeIfExists: { [`${githubUrl}:sub`]: 'repo:contoso/*' } }),
        'CopiedFromGithub',
        /^Remove the condition/,
        'IfExistsOnAllow',
      ],
      ...[{ StringNotEquals: { [`${entraUrl}:sub`]: 'x' } }, { StringLike: { [`${entraUrl}:sub`]: '*' } }].map(
        loose =>
          [
            `a subject that guards nothing beside a key of GitHub: ${Object.keys(loose).join('')}`,
            entra({ StringEquals: { ...entraAud, [`${githubUrl}:sub`]: 'repo:contoso/infra' }, ...loose }),
            'CopiedFromGithub',
            /^Use the service connection's provider, subject and audience/,
            undefined,
          ] as const,
      ),
      [
        'a Deny in doubt on a key with several values',
        [best, entraDeny({ 'ForAnyValue:StringNotLikeIfExists': { 'aws:PrincipalOrgPaths': 'o-1/*' } })],
        'ForAnyValueIfExists',
        /^Use ForAnyValue:StringNotLike, and add a second Deny with Null "true"/,
        undefined,
      ],
      [
        'a Deny in doubt on the subject of one issuer',
        [best, entraDeny({ [doubtful]: oldSub })],
        'ForAnyValueIfExists',
        /including those of every other issuer/,
        undefined,
      ],
      [
        'a lax condition in a statement for everyone',
        { ...best, Principal: '*', Condition: { StringEqualsIfExists: entraSub } },
        'IfExistsOnAllow',
        /^Write StringEquals/,
        'KeyOfOtherProvider',
      ],
      [
        'a negated operator for all values',
        old({ StringEquals: oldAud, 'ForAllValues:StringNotEquals': oldSub }),
        'NegatedOperatorOnAllow',
        /^List who is allowed/,
        'ForAllValuesOnAllow',
      ],
      ['a pattern', entraLike(byId.subject.replace(/[^/]*$/, '*')), 'EntraSubjectPattern', /CloudTrail/, undefined],
      [
        'NotPrincipal',
        [best, { Effect: 'Deny', NotPrincipal: { Federated: entraProvider }, Action: '*' }],
        'ElementUnknown',
        /\{"AWS": "\*"\} with StringNotEqualsIfExists/,
        undefined,
      ],
    ];
    for (const [name, statement, code, says, absent] of rows) {
      it(`for ${name}`, () => {
        const findings = find(statement);
        assert.match(findings.find(one => one.code === code)?.remedy ?? '', says);
        assert.ok(!findings.some(one => one.code === absent), `${absent ?? ''} is reported, too`);
      });
    }

    it("and a statement of its own has no key of the other provider's", () => {
      const Principal = { Federated: [entraProvider, federated(githubUrl).Federated] };
      const lax = {
        StringLikeIfExists: { [`${githubUrl}:sub`]: 'repo:contoso/infra:*' },
        StringEqualsIfExists: entraAud,
      };
      const after = findOne(entra(lax, { Principal }), 'AudienceOnly').correction?.after ?? [];
      const own = after.filter(one => JSON.stringify(one).includes(byId.subject));
      assert.equal(own.length, 1);
      assert.ok(!JSON.stringify(own[0]?.Condition).includes(githubUrl));
      // Nor has what is left for the other provider.
      const rest = after.filter(one => !own.includes(one));
      assert.deepEqual(
        rest.map(({ Condition }) => Object.keys(Condition ?? {})),
        [['StringLikeIfExists']],
      );
    });
  });
});
