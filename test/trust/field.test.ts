import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { deriveIdentity } from '../../src/identity/audience.ts';
import { judgePolicy } from '../../src/trust/admission.ts';
import { findWeaknesses } from '../../src/trust/findings.ts';
import type { Finding, FindingCode } from '../../src/trust/findings/finding.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { account, connection, entraProvider, entraUrl, oldProvider, oldUrl } from './company.ts';

const folder = 'test/trust/field';
const facts = { ...connection, connectionId: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a' };
const identities = [deriveIdentity('azure-devops', facts), deriveIdentity('entra', facts)] as const;
const [byName, byId] = identities;

interface Expected {
  /** Why it is judged so. */
  readonly why: string;
  /** What the connection gets on the Azure DevOps issuer, and on the Entra issuer. */
  readonly verdicts: readonly ['allowed' | 'denied' | 'unknown', 'allowed' | 'denied' | 'unknown'];
  /**
   * `severity code`, with what the correction allows again: `=` nothing, `+` the connection; without either only
   * words.
   */
  readonly finds: readonly string[];
  /** What has to be said. */
  readonly says?: readonly RegExp[];
}

const namesAndRetires = ['medium RetiringIssuerOnly', 'low NameSubject'];

/** Policies from public reports, as an expert for IAM judges them. */
const files: Readonly<Record<string, Expected>> = {
  'account-with-dashes': {
    why: 'An account id has 12 digits without dashes, so that IAM takes no such principal; right, it would be open to all.',
    verdicts: ['denied', 'denied'],
    finds: ['critical SubjectMissing', 'medium PrincipalNotProvider', 'medium RetiringIssuerOnly'],
    says: [
      /account ID has dashes/,
      /as soon as the provider is named correctly/,
      /First add StringEquals on vstoken\.dev\.azure\.com\/0ca3ddd9-[-0-9a-f]+:sub .+ Then write \{/,
    ],
  },
  'application-audience-only': {
    why: "Another application's audience: anyone in the tenant gets its tokens unless its owner requires an assignment.",
    verdicts: ['denied', 'denied'],
    finds: ['high AudienceOnly', 'low OtherWorkload'],
    says: [
      /everyone who signs in to the application 756223c3[-0-9a-f]+ can assume the role, and every application that can get a token for it may/,
      /Ask the application's owner/,
      /Only its owner/,
    ],
  },
  'audience-only': {
    why: 'Every token of the issuer has this audience, so that every pipeline of the organization is allowed.',
    verdicts: ['allowed', 'denied'],
    finds: ['critical SubjectMissing =', 'medium RetiringIssuerOnly'],
    says: [/every pipeline of organization 0ca3ddd9/],
  },
  'dual-trust-good': {
    why: 'Exact subjects and audiences on both issuers; only the names can be taken over.',
    verdicts: ['allowed', 'allowed'],
    finds: ['low NameSubject'],
  },
  'entra-oaud': {
    why: 'The token has the application id as aud, never its URI; and which of azp and aud AWS compares is not documented.',
    verdicts: ['denied', 'denied'],
    finds: ['medium AudienceHalf +', 'medium OriginalAudienceWrong +'],
    says: [
      /oaud is never "api:\/\/AzureADTokenExchange"/,
      /The correction also covers OriginalAudienceWrong/,
      /The correction also covers AudienceHalf/,
    ],
  },
  'for-any-value-if-exists-allow': {
    why: "AWS's pages do not agree whether this holds without amr; most likely it does not.",
    verdicts: ['unknown', 'denied'],
    finds: ['medium ForAnyValueIfExists', ...namesAndRetires],
  },
  'for-any-value-if-exists-deny': {
    why: 'The same in a Deny, which may never apply; and IAM accepts no star alone as principal.',
    verdicts: ['unknown', 'denied'],
    finds: ['high PrincipalEveryone', 'high ForAnyValueIfExists', ...namesAndRetires],
  },
  'for-any-value-if-exists-everyone': {
    why: 'The Deny that is to keep other organizations out may not apply to accounts of no organization.',
    verdicts: ['denied', 'denied'],
    finds: ['critical PrincipalEveryone', 'high ForAnyValueIfExists'],
  },
  'github-for-all-values': {
    why: "GitHub's, not ours; ForAllValues is a known trap, and the pattern covers every repository of the owner.",
    verdicts: ['denied', 'denied'],
    finds: ['high ForAllValuesOnAllow =', 'high SubjectWildcard', 'low OtherWorkload', 'low AudienceMissing'],
    says: [/GitHub Actions/, /pass the other findings/, /:aud with sts\.amazonaws\.com/],
  },
  'https-in-arn': {
    why: 'AWS compares every letter of the URL; the connection is named, so that the right URL allows just it.',
    verdicts: ['denied', 'denied'],
    finds: ['medium ProviderUrlMistaken +', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
    says: [/it begins with https:\/\//],
  },
  'key-without-organization-id': {
    why: 'A key is the whole URL of the provider; and behind sc:// stand names, not a URL and an id.',
    verdicts: ['denied', 'denied'],
    finds: ['medium SubjectOfOtherIssuer', 'medium KeyPrefixMistaken =', 'medium RetiringIssuerOnly'],
    says: [/Use vstoken\.dev\.azure\.com\/0ca3ddd9-[-0-9a-f]+:aud/, /With this correction alone, .+ allows nobody/],
  },
  'managed-identity': {
    why: "A managed identity's trust: somebody else's, and right.",
    verdicts: ['denied', 'denied'],
    finds: ['low OtherWorkload'],
    says: [/object ID b2d1e6a0/],
  },
  'managed-identity-and-pipeline': {
    why: "The same beside the connection's statement, which is right.",
    verdicts: ['denied', 'allowed'],
    finds: ['low OtherWorkload'],
  },
  'network-conditions': {
    why: 'No request has aws:SourceIp and aws:SourceVpc; and a private address is never in aws:SourceIp.',
    verdicts: ['denied', 'denied'],
    finds: ['medium NetworkCondition', 'medium RetiringIssuerOnly'],
    says: [/10\.1\.0\.0\/16 is private/],
  },
  'one-statement-two-providers': {
    why: 'It works, since each token has just one of the keys; one statement for each provider says it without a trap.',
    verdicts: ['allowed', 'allowed'],
    finds: ['low IfExistsOnAllow =', 'low NameSubject', 'low AudienceMissing', 'low AudienceMissing'],
    says: [/one statement for each provider/],
  },
  'organization-name-in-url': {
    why: 'The issuer has the id of the organization: nobody is allowed. Right, the pattern would cover the whole project.',
    verdicts: ['denied', 'denied'],
    finds: ['high SubjectWildcard', 'medium ProviderUrlMistaken +', 'medium RetiringIssuerOnly', 'low AudienceMissing'],
    says: [
      /it has a name, "contoso"/,
      /First replace the pattern on .+ name it here and in every condition key\./,
      /has no condition on vstoken\.dev\.azure\.com\/0ca3ddd9-[-0-9a-f]+:aud/,
    ],
  },
  'pipeline-subject': {
    why: "Another caller's: any run of that pipeline is allowed, without the checks of a connection.",
    verdicts: ['denied', 'denied'],
    finds: ['medium PipelineSubject', 'medium RetiringIssuerOnly'],
    says: [/every run of that pipeline/, /no subjects for pipelines \(p:\/\/\): create a service connection/],
  },
  'retiring-exact': {
    why: 'Right today; the same connection needs a statement for the Entra issuer before it is converted.',
    verdicts: ['allowed', 'denied'],
    finds: ['medium RetiringIssuerOnly +', 'low NameSubject'],
  },
  sentinel: {
    why: "Microsoft's own service; the session's name is what keeps other customers out.",
    verdicts: ['denied', 'denied'],
    finds: ['low OtherWorkload'],
    says: [/Microsoft Sentinel/],
  },
  'space-in-account': {
    why: "No ARN, for a space; it is GitHub's, whose subjects begin with the owner, not with a host.",
    verdicts: ['denied', 'denied'],
    finds: ['medium PrincipalNotProvider', 'medium SubjectOfOtherIssuer', 'low OtherWorkload'],
    says: [/account ID has a space/, /without the host/],
  },
  'sts-windows-audience-only': {
    why: 'The same with tokens of version 1.0.',
    verdicts: ['denied', 'denied'],
    finds: ['high AudienceOnly', 'low OtherWorkload'],
  },
  'subject-other-case': {
    why: 'StringEquals compares letter by letter; no name is like it but for letter case.',
    verdicts: ['denied', 'denied'],
    finds: ['medium SubjectAlmostRight', 'medium RetiringIssuerOnly'],
    says: [/"Contoso" in the policy, "contoso" in the token/],
  },
};

type Lines = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
const allow = (Federated: unknown, Condition?: Lines) => ({
  Effect: 'Allow',
  Principal: { Federated },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition,
});
const arn = (url: string) => `arn:aws:iam::111111111111:oidc-provider/${url}`;
const sub = (url: string, value: string | readonly string[], operator = 'StringEquals') => ({
  [operator]: { [`${url}:sub`]: value },
});
const objectId = 'b2d1e6a0-1111-4222-8333-444444444444';
const audience = (url: string, value: string) => ({ StringEquals: { [`${url}:aud`]: value } });
const oldAudience = { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange' };
const formerUrl = `sts.windows.net/${facts.tenantId}/`;
const sentinelUrl = 'sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/';
/** Everybody, save whom the condition leaves out. */
const deny = (Condition: Lines) => ({ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole*', Condition });
const both = ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'];
const good = allow(entraProvider, { StringEquals: { [`${entraUrl}:sub`]: byId.subject, [`${entraUrl}:aud`]: both } });

/** Others of the same kinds: the statement or statements, and what is expected. */
const variants: readonly (readonly [string, unknown, Expected['verdicts'], readonly string[]])[] = [
  // somebody else's trust
  [
    'two object IDs under StringLike',
    allow(entraProvider, sub(entraUrl, [objectId, objectId.replace('b2', 'c2')], 'StringLike')),
    ['denied', 'denied'],
    ['low OtherWorkload', 'low AudienceMissing'],
  ],
  [
    'an object ID beside the connection',
    allow(entraProvider, {
      StringEquals: { [`${entraUrl}:sub`]: [objectId, byId.subject], [`${entraUrl}:aud`]: both },
    }),
    ['denied', 'allowed'],
    ['low OtherWorkload'],
  ],
  [
    'a managed identity with tokens of version 1.0',
    allow(arn(formerUrl), sub(formerUrl, objectId)),
    ['denied', 'denied'],
    ['low OtherWorkload', 'low AudienceMissing'],
  ],
  [
    'any managed identity of the tenant, version 1.0',
    allow(arn(formerUrl), audience(formerUrl, 'api://AzureADTokenExchange')),
    ['denied', 'denied'],
    ['critical AudienceOnly', 'low OtherWorkload'],
  ],
  [
    'an application by its URI',
    allow(entraProvider, audience(entraUrl, 'api://own')),
    ['denied', 'denied'],
    ['high AudienceOnly', 'low OtherWorkload'],
  ],
  [
    'Sentinel without the name of the session',
    allow(arn(sentinelUrl), audience(sentinelUrl, 'api://1462b192-27f7-4cb9-8523-0f4ecb54b47e')),
    ['denied', 'denied'],
    ['critical AudienceOnly', 'low OtherWorkload'],
  ],
  [
    'GitLab, a project',
    allow(arn('gitlab.com'), sub('gitlab.com', 'project_path:contoso/infra:*', 'StringLike')),
    ['denied', 'denied'],
    ['low SubjectWildcard', 'low OtherWorkload', 'low AudienceMissing'],
  ],
  [
    'HCP Terraform, anybody',
    allow(arn('app.terraform.io'), audience('app.terraform.io', 'aws.workload.identity')),
    ['denied', 'denied'],
    ['critical SubjectMissing', 'low OtherWorkload'],
  ],
  [
    'EKS, a service account',
    allow(
      arn('oidc.eks.eu-west-1.amazonaws.com/id/ABC'),
      sub('oidc.eks.eu-west-1.amazonaws.com/id/ABC', 'system:serviceaccount:a:b'),
    ),
    ['denied', 'denied'],
    ['low OtherWorkload', 'low AudienceMissing'],
  ],
  [
    'Cognito by its pool',
    allow('cognito-identity.amazonaws.com', audience('cognito-identity.amazonaws.com', 'eu-west-1:1')),
    ['denied', 'denied'],
    ['low OtherWorkload'],
  ],
  [
    'Google by its client',
    allow('accounts.google.com', audience('accounts.google.com', '1.apps.googleusercontent.com')),
    ['denied', 'denied'],
    ['low OtherWorkload'],
  ],
  [
    'GitHub, everybody',
    allow(
      arn('token.actions.githubusercontent.com'),
      sub('token.actions.githubusercontent.com', 'repo:*', 'StringLike'),
    ),
    ['denied', 'denied'],
    ['critical SubjectWildcard', 'low OtherWorkload', 'low AudienceMissing'],
  ],
  [
    'CircleCI without a subject, its own organization',
    allow(arn('oidc.circleci.com/org/1')),
    ['denied', 'denied'],
    ['high ConditionMissing', 'low OtherWorkload'],
  ],
  [
    'pipelines by a pattern',
    allow(oldProvider, sub(oldUrl, 'p://contoso/Payments/*', 'StringLike')),
    ['denied', 'denied'],
    ['high SubjectWildcard', 'medium RetiringIssuerOnly', 'low AudienceMissing'],
  ],
  // patterns: strangers, or the whole of one's own
  ...(
    [
      ['token.actions.githubusercontent.com', 'repo:contoso*', 'critical'],
      ['token.actions.githubusercontent.com', 'repo:cont?so/infra:*', 'critical'],
      ['token.actions.githubusercontent.com', 'repo:*/infra:ref:refs/heads/main', 'critical'],
      ['token.actions.githubusercontent.com', 'repo:contoso/*', 'high'],
      ['token.actions.githubusercontent.com', 'repo:contoso@123/infra@456:*', 'low'],
      ['token.actions.githubusercontent.com/contoso', 'repo:contoso*', 'high'],
      ['gitlab.com', 'project_path:contoso*', 'critical'],
      ['gitlab.com', 'project_path:contoso/*', 'high'],
      ['app.terraform.io', 'organization:contoso*:run_phase:apply', 'critical'],
      ['app.terraform.io', 'organization:contoso:project:*:workspace:*:run_phase:*', 'high'],
      ['app.terraform.io', 'organization:contoso:project:a:workspace:*:run_phase:*', 'low'],
    ] as const
  ).map(
    ([url, text, severity]) =>
      [
        `${text} on ${url}`,
        allow(arn(url), { ...sub(url, text, 'StringLike'), ...audience(url, 'x') }),
        ['denied', 'denied'],
        severity === 'low'
          ? ['low SubjectWildcard', 'low OtherWorkload']
          : [`${severity} SubjectWildcard`, 'low OtherWorkload'],
      ] as const,
  ),
  ...(
    [
      ['*', 'critical'],
      ['sc://*', 'high'],
      ['sc://contoso*', 'high'],
      ['sc://contoso/*', 'high'],
    ] as const
  ).map(
    ([text, severity]) =>
      [
        `${text} on an organization's own issuer`,
        allow(oldProvider, { ...sub(oldUrl, text, 'StringLike'), StringEquals: oldAudience }),
        ['allowed', 'denied'],
        [`${severity} SubjectWildcard =`, 'medium RetiringIssuerOnly'],
      ] as const,
  ),
  // the audience of another application, or of connections, on an issuer of version 2.0
  [
    'the audience of connections',
    allow(entraProvider, { StringEquals: { [`${entraUrl}:aud`]: both } }),
    ['denied', 'allowed'],
    ['critical AudienceOnly ='],
  ],
  // exclusions
  [
    'all but the connection',
    allow(oldProvider, sub(oldUrl, byName.subject, 'StringNotEquals')),
    ['denied', 'denied'],
    ['critical SubjectMissing', 'high NegatedOperatorOnAllow', 'medium RetiringIssuerOnly'],
  ],
  [
    'open, and a Deny for all but the connections of a project',
    [
      allow(oldProvider),
      { ...allow(oldProvider, sub(oldUrl, 'sc://contoso/Payments/*', 'StringNotLike')), Effect: 'Deny' },
    ],
    ['allowed', 'denied'],
    ['high SubjectWildcard =', 'medium RetiringIssuerOnly'],
  ],
  [
    'open, and a Deny for all but the connections of an organization',
    [
      allow(entraProvider),
      { ...allow(entraProvider, sub(entraUrl, byId.subject.replace(/[^/]*$/, '*'), 'StringNotLike')), Effect: 'Deny' },
    ],
    ['denied', 'allowed'],
    ['high EntraSubjectPattern ='],
  ],
  [
    'open, and a Deny for all but the connection',
    [allow(oldProvider), { ...allow(oldProvider, sub(oldUrl, byName.subject, 'StringNotLike')), Effect: 'Deny' }],
    ['allowed', 'denied'],
    ['medium RetiringIssuerOnly'],
  ],
  [
    'open, and a Deny for the connection',
    [allow(oldProvider), { ...allow(oldProvider, sub(oldUrl, byName.subject)), Effect: 'Deny' }],
    ['denied', 'denied'],
    ['critical ConditionMissing', 'medium RetiringIssuerOnly'],
  ],
  [
    'everyone, and a pattern for the connections of an organization',
    {
      Effect: 'Allow',
      Principal: '*',
      Action: 'sts:*',
      Condition: sub(entraUrl, `/eid1/*/sc/${facts.organizationId}/*`, 'StringLike'),
    },
    ['denied', 'unknown'],
    ['high ActionTooWide', 'high EntraSubjectPattern', 'medium PrincipalEveryone', 'low AudienceMissing'],
  ],
  [
    'a Deny for all but Entra connections, beside a statement for the other issuer',
    [
      allow(oldProvider, sub(oldUrl, byName.subject)),
      allow(entraProvider, { StringEquals: { [`${entraUrl}:sub`]: byId.subject, [`${entraUrl}:aud`]: both } }),
      { ...allow(entraProvider, sub(entraUrl, '/eid1/*', 'StringNotLike')), Effect: 'Deny', Principal: { AWS: '*' } },
    ],
    ['denied', 'allowed'],
    ['medium AllowOverruled', 'low AudienceMissing'],
  ],
  [
    'a Deny for all without MFA, which no token brings',
    [good, deny({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } })],
    ['denied', 'denied'],
    ['medium AllowOverruled'],
  ],
  [
    'a Deny with MFA that is needed to apply',
    [good, deny({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } })],
    ['denied', 'allowed'],
    [],
  ],
  [
    'a Deny for principals of other organizations: a token is none of any',
    [good, deny({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } })],
    ['denied', 'denied'],
    ['medium AllowOverruled'],
  ],
  [
    'the same, for those alone that have an organization',
    [
      good,
      deny({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' }, Null: { 'aws:PrincipalOrgID': 'false' } }),
    ],
    ['denied', 'allowed'],
    [],
  ],
  [
    'a Deny by a key that unsigned requests have, too',
    [good, deny({ StringNotEquals: { 'aws:PrincipalAccount': '111111111111' } })],
    ['denied', 'unknown'],
    [],
  ],
  [
    'a Deny for all that is not encrypted, which AWS STS never is asked in',
    [good, deny({ Bool: { 'aws:SecureTransport': 'false' } })],
    ['denied', 'allowed'],
    [],
  ],
  [
    'an Allow by the ARN of an IAM role, which no token has',
    allow(entraProvider, { ...good.Condition, ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/deploy' } }),
    ['denied', 'denied'],
    ['medium KeyNotInRequest'],
  ],
  [
    'the provider of another account beside the right one',
    allow([entraProvider, entraProvider.replace(/1{12}/, '222222222222')], good.Condition),
    ['denied', 'allowed'],
    ['medium ProviderOfOtherAccount ='],
  ],
  [
    'audiences of two providers in one statement',
    allow([oldProvider, entraProvider], {
      StringEquals: { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange', [`${entraUrl}:aud`]: both },
    }),
    ['denied', 'denied'],
    ['medium KeysOfSeveralProviders'],
  ],
  [
    'a key that no token has is all that keeps everybody out',
    allow(oldProvider, {
      StringEquals: { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange', 'sts:ExternalId': 'x' },
    }),
    ['denied', 'denied'],
    ['medium KeyNotInRequest', 'medium RetiringIssuerOnly'],
  ],
  [
    'NotPrincipal',
    {
      Effect: 'Allow',
      NotPrincipal: { AWS: 'arn:aws:iam::111111111111:root' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${oldUrl}:sub`]: byName.subject } },
    },
    ['unknown', 'denied'],
    ['medium ElementUnknown', 'low PrincipalEveryone'],
  ],
  [
    'three providers, each with its own subjects under an operator of its own',
    allow([oldProvider, entraProvider, arn('token.actions.githubusercontent.com')], {
      StringEqualsIfExists: { [`${oldUrl}:sub`]: byName.subject, [`${entraUrl}:sub`]: byId.subject },
      StringLikeIfExists: { 'token.actions.githubusercontent.com:sub': 'repo:contoso/infra:*' },
    }),
    ['allowed', 'allowed'],
    [
      'low IfExistsOnAllow =',
      'low IfExistsOnAllow =',
      'low NameSubject',
      'low SubjectWildcard',
      'low OtherWorkload',
      'low AudienceMissing',
      'low AudienceMissing',
      'low AudienceMissing',
    ],
  ],
  [
    'an application for a provider that is only a URL',
    allow(entraUrl, audience(entraUrl, 'api://own')),
    ['denied', 'denied'],
    ['high AudienceOnly', 'medium PrincipalNotProvider', 'low OtherWorkload'],
  ],
  // letter case
  [
    'ids in capitals, letter case aside',
    allow(entraProvider, {
      StringEqualsIgnoreCase: { [`${entraUrl}:sub`]: byId.subject.toUpperCase(), [`${entraUrl}:aud`]: both },
    }),
    ['denied', 'allowed'],
    [],
  ],
  [
    'an encoded space',
    allow(oldProvider, sub(oldUrl, 'sc://contoso/My%20Project/aws')),
    ['denied', 'denied'],
    ['medium SubjectAlmostRight', 'medium RetiringIssuerOnly', 'low AudienceMissing'],
  ],
  // provider URLs
  [
    'a placeholder',
    allow(
      arn('vstoken.dev.azure.com/<organization-id>'),
      sub('vstoken.dev.azure.com/<organization-id>', byName.subject),
    ),
    ['denied', 'denied'],
    ['medium ProviderUrlMistaken', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
  ],
  [
    "the tenant's ID",
    allow(
      arn(`vstoken.dev.azure.com/${facts.tenantId}`),
      sub(`vstoken.dev.azure.com/${facts.tenantId}`, byName.subject),
    ),
    ['denied', 'denied'],
    ['medium ProviderUrlMistaken +', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
  ],
  [
    'a former host',
    allow(
      arn(`app.vstoken.visualstudio.com/${facts.organizationId}`),
      sub(`app.vstoken.visualstudio.com/${facts.organizationId}`, byName.subject),
    ),
    ['denied', 'denied'],
    ['medium ProviderUrlMistaken +', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
  ],
  [
    "the tenant's name",
    allow(
      arn('login.microsoftonline.com/contoso.onmicrosoft.com/v2.0'),
      sub('login.microsoftonline.com/contoso.onmicrosoft.com/v2.0', byId.subject),
    ),
    ['denied', 'denied'],
    ['medium ProviderUrlMistaken', 'low AudienceMissing'],
  ],
  // principals
  [
    '11 digits',
    allow(oldProvider.replace('111111111111', '11111111111'), sub(oldUrl, byName.subject)),
    ['denied', 'denied'],
    ['medium PrincipalNotProvider +', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
  ],
  [
    'a placeholder for the account',
    allow(oldProvider.replace('111111111111', '<ACCOUNT_ID>'), sub(oldUrl, byName.subject)),
    ['denied', 'denied'],
    ['medium PrincipalNotProvider +', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
  ],
  [
    'a provider under AWS',
    { ...allow(undefined, sub(oldUrl, byName.subject)), Principal: { AWS: oldProvider } },
    ['denied', 'denied'],
    ['medium PrincipalNotProvider +', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
  ],
  // operators
  [
    'an operator with a letter less',
    allow(oldProvider, sub(oldUrl, byName.subject, 'StringEqual')),
    ['unknown', 'denied'],
    ['medium OperatorUnknown', 'medium RetiringIssuerOnly'],
  ],
  [
    'an operator for ARNs',
    allow(oldProvider, sub(oldUrl, 'sc://contoso/*', 'ArnLike')),
    ['unknown', 'denied'],
    ['medium OperatorUnknown', 'medium RetiringIssuerOnly'],
  ],
];

const github = 'token.actions.githubusercontent.com';
const denyAll = (Condition: Lines, change: object = {}) => ({
  ...allow(undefined, Condition),
  Effect: 'Deny',
  Principal: { AWS: '*' },
  ...change,
});

/** Several mistakes or providers at once: what is expected, and what has to be said. */
const mixed: readonly (readonly [string, unknown, Expected['verdicts'], readonly string[], ...RegExp[]])[] = [
  [
    'a Deny for all but the connections of an organization, beside a pattern for all of the tenant',
    [
      allow(entraProvider, {
        StringEquals: { [`${entraUrl}:aud`]: both },
        StringLike: { [`${entraUrl}:sub`]: '/eid1/*' },
      }),
      denyAll(sub(entraUrl, `/eid1/*/sc/${facts.organizationId}/*`, 'StringNotLike')),
    ],
    ['denied', 'allowed'],
    ['high EntraSubjectPattern ='],
    /every matching connection of organization 0ca3ddd9/,
    /Keep the Deny, and use StringEquals/,
  ],
  [
    'one Deny whose two operators leave each issuer its own',
    [
      ...[
        exact(oldProvider, oldUrl, byName.subject, 'api://AzureADTokenExchange'),
        exact(entraProvider, entraUrl, byId.subject, both),
      ],
      denyAll({
        StringNotEquals: { [`${oldUrl}:sub`]: byName.subject },
        StringNotLike: { [`${entraUrl}:sub`]: '/eid1/*' },
      }),
    ],
    ['allowed', 'allowed'],
    ['low NameSubject'],
  ],
  [
    'a set operator with IfExists that two providers share',
    allow([oldProvider, entraProvider], {
      'ForAnyValue:StringEqualsIfExists': { [`${oldUrl}:sub`]: byName.subject, [`${entraUrl}:sub`]: byId.subject },
    }),
    ['unknown', 'unknown'],
    ['medium ForAnyValueIfExists +', 'low NameSubject', 'low AudienceMissing', 'low AudienceMissing'],
    /^AWS's documentation contradicts itself about whether ForAnyValue:StringEqualsIfExists on vstoken\S+, login\S+ holds/,
    /Write one statement for each provider, with only its own keys and without IfExists\./,
    /which the policy may deny today/,
  ],
  [
    'three ways to miss the subject, and capitals in the key',
    allow(oldProvider, {
      StringEquals: {
        [`${oldUrl}:sub`]: [
          'sc%3A%2F%2Fcontoso%2FPayments%2Faws',
          'SC://contoso/Payments/aws',
          `${byName.subject}\u200b`,
        ],
        [`${oldUrl.toUpperCase()}:AUD`]: 'api://AzureADTokenExchange',
      },
    }),
    ['denied', 'denied'],
    [
      ...['medium SubjectAlmostRight', 'medium SubjectAlmostRight', 'medium SubjectAlmostRight'],
      ...['medium RetiringIssuerOnly', 'low KeyPrefixMistaken ='],
    ],
    /percent-encoding/,
    /letter case only: "SC:"/,
    /"aws\\u200b" in the policy/,
    /With this correction alone, the statement still allows nobody\.$/,
  ],
  [
    "a former host, and the tenant's ID behind it",
    allow(
      arn(`app.vstoken.visualstudio.com/${facts.tenantId}`),
      sub(`app.vstoken.visualstudio.com/${facts.tenantId}`, byName.subject),
    ),
    ['denied', 'denied'],
    ['medium ProviderUrlMistaken +', 'medium RetiringIssuerOnly', 'low NameSubject', 'low AudienceMissing'],
    /former host of the issuer.+, it has the tenant's ID instead of the organization's\./,
    /Create the provider for https:\/\/vstoken\.dev\.azure\.com\/0ca3ddd9/,
  ],
  [
    'placeholders everywhere, beside stars',
    allow('arn:aws:iam::<AWS_ACCOUNT>:oidc-provider/vstoken.dev.azure.com/<YOUR_ORG_ID>', {
      StringLike: { 'vstoken.dev.azure.com/<YOUR_ORG_ID>:sub': 'sc://<YOUR_ORG>/*/*' },
    }),
    ['denied', 'denied'],
    [
      ...['medium PrincipalNotProvider', 'medium SubjectAlmostRight', 'medium ProviderUrlMistaken'],
      ...['medium RetiringIssuerOnly', 'low AudienceMissing'],
    ],
    /was not filled in: it has "<YOUR_ORG>" instead of a name, so it allows nobody/,
    /^(?!.*otherwise this change allows)/s,
  ],
  [
    "a star alone as principal, twice, with another issuer's subject",
    [
      { ...allow(undefined, { StringLike: { [`${entraUrl}:sub`]: 'repo:contoso/*' } }), Principal: '*' },
      denyAll({ Null: { [`${entraUrl}:sub`]: 'true' } }, { Principal: '*' }),
    ],
    ['denied', 'denied'],
    ['high PrincipalEveryone', 'medium PrincipalEveryone', 'medium SubjectOfOtherIssuer', 'low AudienceMissing'],
    /Name the OIDC providers whose callers it should deny: \{"Federated": "arn:aws:iam::111111111111:oidc-provider\/login/,
    /Name the OIDC provider: \{"Federated": "arn:aws:iam::111111111111:oidc-provider\/login/,
    /it is a GitHub Actions subject\): it allows nobody/,
  ],
  [
    'everyone, of whom a Deny leaves an organization and the tokens of an issuer',
    [
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:*' },
      denyAll(
        { StringNotEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' }, Null: { [`${oldUrl}:sub`]: 'true' } },
        { Action: 'sts:*' },
      ),
    ],
    ['allowed', 'denied'],
    ['critical PrincipalEveryone'],
    /Statement 2 denies some of them, but strangers are still allowed\./,
  ],
  [
    'everyone, of whom a Deny leaves an organization and a connection',
    [
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:*' },
      denyAll(
        { StringNotEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij', [`${oldUrl}:sub`]: byName.subject } },
        { Action: '*' },
      ),
    ],
    ['allowed', 'denied'],
    ['low PrincipalEveryone'],
    /Statement 2 denies everyone but certain callers\./,
  ],
  [
    'providers and a role in one statement: the role keeps its conditions',
    {
      ...allow(undefined, {
        StringEqualsIfExists: {
          [`${oldUrl}:sub`]: byName.subject,
          [`${github}:sub`]: 'repo:contoso/infra:ref:refs/heads/main',
        },
      }),
      Principal: { Federated: [oldProvider, arn(github)], AWS: 'arn:aws:iam::111111111111:role/ops' },
    },
    ['allowed', 'denied'],
    [
      ...['medium RetiringIssuerOnly +', 'low IfExistsOnAllow =', 'low NameSubject', 'low OtherWorkload'],
      ...['low AudienceMissing', 'low AudienceMissing'],
    ],
    /The statement also trusts GitHub Actions/,
  ],
  // as many as only a file may have: judged in seconds, not in hours
  [
    'nine hundred operators that IAM does not have',
    allow(entraProvider, {
      ...good.Condition,
      ...Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`Foo${index}`, { a: 'x' }])),
    }),
    ['denied', 'unknown'],
    Array.from({ length: 900 }, () => 'medium OperatorUnknown'),
  ],
  [
    'two hundred audiences with as many original ones',
    allow(entraProvider, {
      StringLike: Object.fromEntries(
        ['aud', 'oaud'].map(claim => [
          `${entraUrl}:${claim}`,
          Array.from({ length: 200 }, (_, index) => `${claim}*${index}`),
        ]),
      ),
    }),
    ['denied', 'denied'],
    ['critical AudienceOnly'],
  ],
  // operators that IAM does not have, and what was meant
  ...(
    [
      ['NullIfExists', 'false', /Write Null\./],
      ['ForAllValues:Null', 'false', /Write Null\./],
      ['StringEqualIfExists', byId.subject, /Write StringEqualsIfExists\./],
      ['StringLikeIgnoreCase', byId.subject, /Write StringEquals, or StringLike for a pattern\./],
      ['StringNotLikeIgnoreCase', byId.subject, /Write StringNotEquals, or StringNotLike for a pattern\./],
      // Without the Not, or with ArnEquals or Bool, it would be about others.
      ...['NotStringEquals', 'StringEqualsNot', 'StringNE', 'StringNeqIfExists', 'Not', 'NotEquals'].map(
        operator => [operator, byId.subject, /Write StringNotEquals, or StringNotLike for a pattern\./] as const,
      ),
      ...['Equals', 'Like', 'In', 'Equal', 'Boolean', 'StringEqualsX\n'].map(
        operator => [operator, byId.subject, /Write String(?:Equals, or StringLike for a pattern|Equals)\./] as const,
      ),
      ['StringNotEqual', byId.subject, /Write StringNotEquals\./],
      ['StringUnlike', byId.subject, /Write StringNotLike\./],
      ['NotNull', 'true', /Write Null, with "true" for a key that has to be missing and "false"/],
      ['Exists', 'true', /Write Null, with "true"/],
    ] as const
  ).map(
    ([operator, value, says]) =>
      [
        `${operator}, which IAM does not have: nobody can tell what it does without the key`,
        allow(entraProvider, {
          [operator]: { [`${entraUrl}:sub`]: value },
          StringEquals: { [`${entraUrl}:aud`]: both },
        }),
        ['denied', 'unknown'],
        ['medium OperatorUnknown'],
        new RegExp(`IAM has no operator "${operator}"`),
        says,
      ] as const,
  ),
  [
    'an operator for numbers on a claim that AWS does not expose: the key is missing, which is certain',
    allow(entraProvider, { ...good.Condition, NumericLessThan: { [`${entraUrl}:iat`]: '1' } }),
    ['denied', 'denied'],
    ['medium ClaimNotExposed +'],
    /is missing from every request/,
  ],
  [
    'an operator for numbers on the audience, which is there',
    allow(entraProvider, { ...good.Condition, NumericEquals: { [`${entraUrl}:aud`]: '1' } }),
    ['denied', 'unknown'],
    ['medium OperatorUnknown'],
    /only AWS can decide whether it ever matches/,
  ],
  [
    'Null and IfExists as IAM has them',
    allow(entraProvider, {
      Null: { [`${entraUrl}:sub`]: 'false' },
      StringEqualsIfExists: { [`${entraUrl}:sub`]: byId.subject },
      StringEquals: { [`${entraUrl}:aud`]: both },
    }),
    ['denied', 'allowed'],
    ['high IfExistsOnAllow ='],
    /Write StringEquals\./,
  ],
  // principals that are no provider's ARN: the URL stands behind the mistake, or in the keys
  ...(
    [
      ['oidc-providers/', `arn:aws:iam::111111111111:oidc-providers/${entraUrl}`, /has "oidc-providers" instead/],
      ['oidc-provider:', `arn:aws:iam::111111111111:oidc-provider:${entraUrl}`, /has "oidc-provider" instead/],
      ['another service', entraProvider.replace(':iam:', ':sts:'), /an ARN of "sts", not of iam/],
      ['a region', entraProvider.replace('::', ':us-east-1:'), /has the region "us-east-1"/],
      ['a role', 'arn:aws:iam::111111111111:role/deploy', /has "role" instead/],
      ['the account', 'arn:aws:iam::111111111111:root', /has "root" instead/],
    ] as const
  ).map(
    ([name, principal, says]) =>
      [
        `${name} as a Federated principal`,
        allow(principal, good.Condition),
        ['denied', 'denied'],
        ['medium PrincipalNotProvider +'],
        says,
        new RegExp(`Write \\{"Federated": "${entraProvider}"\\}`),
      ] as const,
  ),
  [
    'a provider under Service',
    { ...good, Principal: { Service: entraProvider } },
    ['denied', 'denied'],
    ['medium PrincipalNotProvider +'],
    /belongs under "Federated", not under "Service"/,
  ],
  [
    'a role as a Federated principal, and keys of two issuers: nobody can tell which one is meant',
    allow('arn:aws:iam::111111111111:role/deploy', {
      StringEquals: { [`${oldUrl}:sub`]: byName.subject, [`${entraUrl}:sub`]: byId.subject },
    }),
    ['denied', 'denied'],
    ['medium PrincipalNotProvider', 'medium KeyOfOtherProvider', 'low OtherWorkload'],
    /oidc-provider\/<issuer without https:\/\/>"/,
  ],
  [
    'a service of AWS, and a line break behind the URL',
    {
      ...allow(`${entraProvider}\n`, good.Condition),
      Principal: { Service: 'ec2.amazonaws.com', Federated: `${entraProvider}\n` },
    },
    ['denied', 'denied'],
    ['medium ProviderUrlMistaken +'],
    /ends with a space or a line break/,
  ],
];

function exact(provider: string, url: string, subject: string, aud: string | readonly string[]) {
  return allow(provider, { StringEquals: { [`${url}:sub`]: subject, [`${url}:aud`]: aud } });
}

function judge(source: unknown) {
  const policy = parseTrustPolicy(source);
  const findings = findWeaknesses(policy, { account, identities });
  return {
    findings,
    verdicts: identities.map(identity => judgePolicy(policy, identity, account).decision),
    finds: findings.map(({ severity, code, correction }) => {
      const mark = correction === undefined ? '' : correction.allows.length === 0 ? ' =' : ' +';
      return `${severity} ${code}${mark}`;
    }),
  };
}

describe('trust/field', () => {
  it('has every file, and no other', () => {
    const names = readdirSync(folder).map(name => name.replace('.json', ''));
    assert.deepEqual(names.sort(), Object.keys(files).sort());
  });

  for (const [name, { why, verdicts, finds, says = [] }] of Object.entries(files)) {
    it(`${name}: ${why}`, () => {
      const judged = judge(readFileSync(`${folder}/${name}.json`, 'utf8'));
      assert.deepEqual([judged.verdicts, judged.finds], [verdicts, finds]);
      const text = judged.findings.map(({ means, remedy }) => `${means} ${remedy}`).join('\n');
      for (const one of says) assert.match(text, one);
      for (const { correction, remedy } of judged.findings) {
        assert.equal(correction?.approval !== undefined, / Ask the owner of .+ before you apply it\.$/.test(remedy));
      }
    });
  }

  const remedies: readonly (readonly [string, unknown, RegExp, FindingCode?])[] = [
    [
      'opens no role of two providers',
      allow([oldProvider, entraProvider], {
        StringEquals: { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange', [`${entraUrl}:aud`]: both },
      }),
      /^First add StringEquals on vstoken.+ and login.+: without it, .+ Then write one statement per provider/,
    ],
    [
      'opens no role by another action',
      { ...allow(oldProvider, audience(oldUrl, 'api://AzureADTokenExchange')), Action: 'sts:AssumeRole' },
      /^First add StringEquals on .+ Then use sts:AssumeRoleWithWebIdentity/,
    ],
    [
      'opens no project by the whole key',
      allow(oldProvider, sub('vstoken.dev.azure.com', 'sc://contoso/Payments/*', 'StringLike')),
      /^First replace the pattern on .+ Then use vstoken/,
    ],
    [
      'splits first what others share',
      allow([oldProvider, arn('token.actions.githubusercontent.com')], {
        StringEqualsIfExists: {
          ...sub(oldUrl, byName.subject)['StringEquals'],
          'token.actions.githubusercontent.com:sub': 'repo:contoso/infra:ref:refs/heads/main',
        },
      }),
      /^Split it first: one statement for each provider/,
      'OtherWorkload',
    ],
    [
      'gives what others share to each',
      allow(entraProvider, {
        StringEquals: { [`${entraUrl}:sub`]: [objectId, byId.subject], [`${entraUrl}:aud`]: both },
      }),
      /^Give the service connections their own statement/,
      'OtherWorkload',
    ],
    [
      'leaves the condition of other principals',
      {
        ...allow(undefined, { StringEquals: { [`${oldUrl}:sub`]: byName.subject, 'sts:ExternalId': 'x' } }),
        Principal: { Federated: oldProvider, AWS: '222222222222' },
      },
      /^Give the OIDC provider its own statement without this condition/,
    ],
  ];
  const exactOld = allow(oldProvider, { StringEquals: { [`${oldUrl}:sub`]: byName.subject, ...oldAudience } });
  const denying = (...lines: readonly Lines[]) => [
    exactOld,
    ...lines.map(Condition => ({ ...allow(undefined, Condition), Effect: 'Deny', Principal: { AWS: '*' } })),
  ];
  const denials: readonly (readonly [string, readonly unknown[], RegExp, RegExp?])[] = [
    [
      'all that lack its key',
      denying(sub(oldUrl, byName.subject, 'StringNotEquals')),
      /^First add StringNotEquals on login\S+:sub with .+ to statement 2, or Null on vstoken\S+:sub with "false" if/,
      /^First add StringNotEquals on login\S+<tenant id>\/v2\.0:sub with/,
    ],
    [
      'all that lack its key, as Null has it',
      denying({ Null: { [`${oldUrl}:sub`]: 'true' } }),
      /^First add Null on login\S+:sub with "true" to statement 2: it denies every token without vstoken/,
      /^First add Null on login\S+<tenant id>/,
    ],
    [
      "another organization's connections",
      denying({
        ...sub(entraUrl, '/eid1/c/pub/t/*/sc/0ddba11a-0000-4000-8000-000000000001/*', 'StringNotLike'),
        Null: { [`${entraUrl}:sub`]: 'false' },
      }),
      /^First add the Microsoft Entra subjects \(or a pattern with the organization's ID\) to StringNotLike on login\S+ in statement 2/,
      /^Add a statement/,
    ],
    [
      'it by name',
      denying(sub(entraUrl, byId.subject)),
      /^Statement 2 denies the Microsoft Entra subjects \(StringEquals on login\S+\): ask the owner/,
      /^Add a statement/,
    ],
    [
      'by two statements',
      denying(sub(entraUrl, byId.subject), { Null: { [`${oldUrl}:sub`]: 'true' } }),
      /Statement 2.+ First add Null.+ to statement 3/,
      /^First add Null on login\S+<tenant id>\S+ with "true" to statement 3/,
    ],
    ['both alike, in doubt', denying({ StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } }), /^Add a statement/],
    [
      'tokens of the old issuer only',
      denying({ ...sub(oldUrl, byName.subject, 'StringNotEquals'), Null: { [`${oldUrl}:sub`]: 'false' } }),
      /^Add a statement/,
    ],
    [
      'tokens from one network',
      denying({ ...sub(oldUrl, byName.subject, 'StringNotEquals'), StringEquals: { 'aws:SourceVpc': 'vpc-1' } }),
      /^First add .+: it may deny the/,
    ],
  ];
  for (const [name, Statement, remedy, offline = remedy] of denials) {
    it(`before the old issuer retires, a Deny is named that denies the new subject: ${name}`, () => {
      const policy = { Version: '2012-10-17', Statement };
      for (const [facts, text] of [
        [{ account, identities }, remedy],
        [{ account }, offline],
      ] as const) {
        const findings = findWeaknesses(parseTrustPolicy(policy), facts);
        const found = findings.find(({ code }) => code === 'RetiringIssuerOnly');
        assert.match(found?.remedy ?? '', text);
        // A statement that the Deny makes useless is no correction.
        assert.equal(found?.correction !== undefined, name.includes('only') && 'identities' in facts);
      }
    });
  }

  for (const [name, Statement, remedy, wanted] of remedies) {
    it(`a remedy ${name}`, () => {
      const { findings } = judge({ Version: '2012-10-17', Statement });
      const isWanted = (one: Finding) => (wanted === undefined ? one.severity === 'medium' : one.code === wanted);
      assert.match(findings.find(isWanted)?.remedy ?? '', remedy);
    });
  }

  for (const [name, Statement, verdicts, finds, ...says] of mixed) {
    it(`${name}: ${finds.join(', ')}`, () => {
      const judged = judge({ Version: '2012-10-17', Statement });
      assert.deepEqual([judged.verdicts, judged.finds], [verdicts, finds]);
      const text = judged.findings.map(({ means, remedy }) => `${means} ${remedy}`).join('\n');
      for (const one of says) assert.match(text, one);
    });
  }

  for (const [name, Statement, verdicts, finds] of variants) {
    it(`${name}: ${finds.join(', ')}`, () => {
      const judged = judge({ Version: '2012-10-17', Statement });
      assert.deepEqual([judged.verdicts, judged.finds], [verdicts, finds]);
    });
  }
});
