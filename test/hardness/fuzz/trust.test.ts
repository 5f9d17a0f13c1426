import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOrganizationUrl } from '../../../src/cli/connections/options.ts';
import { readResourceGroup } from '../../../src/cli/organization-id.ts';
import { WifError } from '../../../src/errors.ts';
import { parseSubject } from '../../../src/identity/issuer.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { buildForIdentities } from '../../../src/trust/build.ts';
import { evaluateTrust } from '../../../src/trust/evaluate.ts';
import { findWeaknesses } from '../../../src/trust/findings.ts';
import { parseProviderArn } from '../../../src/trust/oidc-provider.ts';
import { parseTrustPolicy } from '../../../src/trust/trust-policy.ts';
import { renderPolicy } from '../../../src/trust/policy-document.ts';
import { describeWebIdentity, parseClaimKey } from '../../../src/trust/web-identity.ts';
import { attempt, check, checkPrintable, timeout } from './check.ts';
import { anyText, around } from './texts.ts';

const issuer = 'https://login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0';
const provider = issuer.replace('https://', '');
const subject =
  '/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/64171687-7a59-4fce-b2c8-823278dcf176';
const account = { partition: 'aws', accountId: '111111111111' } as const;
const arn = `arn:aws:iam::111111111111:oidc-provider/${provider}`;

const value = fc.oneof(
  around(subject, '/eid1/*', '*', '?', '${aws:userid}', '${$}', '${*}', '${', '}'),
  fc.boolean(),
  fc.integer(),
);
const oneOrMany = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(arbitrary, fc.array(arbitrary, { maxLength: 3 }));
const operator = around(
  'StringEquals',
  'StringLike',
  'StringNotEquals',
  'ForAllValues:',
  'ForAnyValue:',
  'IfExists',
  'Null',
  'Bool',
  'IpAddress',
  'DateLessThan',
  'NumericEquals',
  'ArnLike',
);
const key = around(
  `${provider}:sub`,
  `${provider}:aud`,
  `https://${provider}:sub`,
  'aws:SourceIp',
  'sts:ExternalId',
  ':tid',
  '__proto__',
);
const statement = fc.record(
  {
    Sid: anyText,
    Effect: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('Allow', 'Deny') }, anyText),
    Principal: fc.oneof(
      fc.constantFrom('*', { AWS: '*' }, { Federated: arn }, { Federated: '*' }, { Service: 'x' }),
      fc.dictionary(anyText, oneOrMany(anyText), { maxKeys: 2 }),
    ),
    NotPrincipal: fc.constantFrom('*', { AWS: '*' }),
    Action: oneOrMany(around('sts:AssumeRoleWithWebIdentity', 'sts:*', '*', 'STS:assumerole')),
    NotAction: oneOrMany(around('sts:*')),
    Condition: fc.dictionary(operator, fc.dictionary(key, oneOrMany(value), { maxKeys: 3 }), { maxKeys: 3 }),
    Resource: anyText,
  },
  { requiredKeys: ['Effect'] },
);
/** In the shape that IAM accepts, for the most part, so that what is behind the parser is reached. */
const plausible = fc.record({
  Version: fc.constantFrom('2012-10-17', '2008-10-17'),
  Statement: oneOrMany(
    fc.record(
      {
        Effect: fc.constantFrom('Allow', 'Deny'),
        Principal: fc.constantFrom('*', { Federated: arn }, { Federated: [arn, 'x'] }, { AWS: '*' }),
        Action: oneOrMany(fc.constantFrom('sts:AssumeRoleWithWebIdentity', 'sts:*')),
        Condition: fc.dictionary(operator, fc.dictionary(key, oneOrMany(value), { maxKeys: 3 }), { maxKeys: 3 }),
      },
      { requiredKeys: ['Effect', 'Principal', 'Action'] },
    ),
  ),
});
const document = fc.oneof(
  { weight: 5, arbitrary: plausible },
  { weight: 2, arbitrary: fc.record({ Version: fc.constantFrom('2012-10-17', 'x'), Statement: oneOrMany(statement) }) },
  fc.jsonValue(),
);
const claims = fc.record({
  iss: fc.constantFrom(issuer, 'https://vstoken.dev.azure.com/x'),
  sub: around(subject, 'sc://a/b/c'),
  aud: fc.array(anyText, { maxLength: 2 }),
  azp: fc.option(anyText, { nil: undefined }),
  iat: fc.constant(1),
  exp: fc.constant(2),
});

describe('hardness/fuzz/trust', function () {
  this.timeout(timeout);

  it('policies: read or TrustPolicyUnreadable; what is rendered is read as the same', () => {
    check(document, source => {
      const policy = attempt(() => parseTrustPolicy(source));
      if (policy instanceof Error) {
        assert.ok(policy instanceof WifError && policy.code === 'TrustPolicyUnreadable');
        return;
      }
      const again = parseTrustPolicy(renderPolicy(policy.document));
      assert.deepEqual(again.statements, parseTrustPolicy(JSON.stringify(source)).statements);
      assert.deepEqual(again.document, JSON.parse(JSON.stringify(source)));
    });
  });

  it('policies: any text is JSON of a policy, or TrustPolicyUnreadable', () => {
    check(fc.oneof(around('{', '}', '"Version"', ':', '[', ']', '"Statement"', ','), fc.json()), text => {
      attempt(() => parseTrustPolicy(text));
    });
  });

  it('policies: every one is judged and looked through; what lets somebody in has a statement that says so', () => {
    check(fc.tuple(document, claims), ([source, who]) => {
      const policy = attempt(() => parseTrustPolicy(source));
      if (policy instanceof Error) return;
      const verdict = evaluateTrust(policy, describeWebIdentity({ claims: who, account }));
      if (verdict.decision === 'allowed') {
        assert.equal(verdict.statement.effect, 'Allow');
        assert.ok(verdict.reasons.every(({ holds }) => holds === true));
      }
      if (verdict.decision === 'unknown') assert.ok(verdict.reasons.length > 0);
      for (const finding of findWeaknesses(policy)) assert.ok(JSON.stringify(finding).length > 0);
      const found = diagnose({
        code: 'StsAccessDenied',
        claims: who,
        role: { ...account, arn: 'arn:aws:iam::111111111111:role/x' },
        trustPolicy: policy,
      });
      for (const line of [found?.sent ?? '', ...(found?.likely ?? []), ...(found?.fix ?? [])]) checkPrintable(line);
    });
  });

  it('policies: one more Deny never lets in whom the others keep out', () => {
    check(fc.tuple(plausible, plausible, claims), ([one, other, who]) => {
      const list = [one, other].map(({ Statement }) => [Statement].flat());
      if (list.some(statements => statements.length === 0)) return;
      const request = describeWebIdentity({ claims: who, account });
      const denies = list[1]?.map(item => ({ ...item, Effect: 'Deny' })) ?? [];
      const [before, after] = [list[0] ?? [], [...(list[0] ?? []), ...denies]].map(statements => {
        const policy = attempt(() => parseTrustPolicy({ Version: '2012-10-17', Statement: statements }));
        return policy instanceof Error ? undefined : evaluateTrust(policy, request).decision;
      });
      if (before !== undefined && before !== 'allowed') assert.notEqual(after, 'allowed');
    });
  });

  it('policies that are built let in the connection they are for, and no other', () => {
    const name = anyText.filter(text => text.length > 0 && text.length < 200 && !text.includes('/'));
    check(fc.tuple(name, name, name, name), ([organization, project, connection, other]) => {
      const url = 'https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6';
      const sub = `sc://${organization}/${project}/${connection}`;
      const kind = { kind: 'azure-devops', organizationId: '0ca3ddd9-f0b0-4635-a98c-5866526961b6' } as const;
      const audiences = ['api://AzureADTokenExchange'];
      const built = attempt(() =>
        buildForIdentities([{ issuer: kind, issuerUrl: url, subject: sub, audiences }], account),
      );
      if (built instanceof Error) {
        assert.ok('code' in built && built.code === 'TrustPolicyTooLarge');
        return;
      }
      const judge = (who: string) =>
        evaluateTrust(
          parseTrustPolicy(built.text),
          describeWebIdentity({ claims: { iss: url, sub: who, aud: audiences, azp: undefined }, account }),
        ).decision;
      assert.equal(judge(sub), 'allowed');
      if (other !== connection) assert.equal(judge(`sc://${organization}/${project}/${other}`), 'denied');
      assert.equal(parseSubject(sub).kind, 'connection-name');
      // eslint-disable-next-line no-control-regex
      assert.match(built.text, /^[\u0000-\u00ff]*$/);
    });
  });

  it("organization URLs: a token goes to Azure DevOps' hosts, or nowhere", () => {
    const odd = around(
      'https://',
      'http://',
      'dev.azure.com',
      '/contoso',
      '.visualstudio.com',
      'contoso',
      '127.0.0.1:1',
      '@',
      '?',
      '#',
      '\\',
      '%2f',
      '..',
      ':8443',
    );
    const begun = fc.constantFrom(
      'https://dev.azure.com/',
      'https://vsrm.dev.azure.com/contoso/',
      'https://contoso.visualstudio.com',
      'http://127.0.0.1:1/contoso',
    );
    const nearlyRight = fc.tuple(begun, around('contoso', '/', '', 'con-toso')).map(parts => parts.join(''));
    check(fc.oneof(odd, nearlyRight), url => {
      const organization = attempt(() => parseOrganizationUrl(url));
      if (organization instanceof Error) return;
      const { protocol, hostname, href } = organization.url;
      assert.ok(
        /^(?:(?:[a-z0-9-]+\.)?dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com|127(?:\.\d+){3}|\[::1\])$/.test(hostname),
        href,
      );
      assert.ok(protocol === 'https:' || /^(?:127|\[::1)/.test(hostname), href);
      assert.match(organization.name, /^[A-Za-z0-9][\w.-]*$/);
      assert.match(href, /\/$/);
    });
  });

  it('ARNs, condition keys and resource groups: any text has parts or none', () => {
    check(
      fc.tuple(
        around(arn, ':'),
        key,
        around(
          `VisualStudioOnline-${'0123456789ABCDEF'.repeat(2)}`,
          'VisualStudioOnline-',
          '0123456789ABCDEF',
          '0123456789abcdef',
        ),
      ),
      ([text, conditionKey, group]) => {
        const parts = parseProviderArn(text);
        if (parts) assert.equal(`arn:${parts.partition}:iam::${parts.accountId}:oidc-provider/${parts.url}`, text);
        const claim = parseClaimKey(conditionKey);
        if (claim) assert.ok([':', ''].some(colon => claim.prefix + colon + claim.claim === conditionKey));
        assert.match(
          readResourceGroup(group) ?? '00000000-0000-0000-0000-000000000000',
          /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
        );
      },
    );
  });
});
