import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { reportTrusts } from '../../../src/cli/diagnose/report.ts';
import { readPolicyFile } from '../../../src/cli/diagnose/read-trust.ts';
import type { Account } from '../../../src/trust/oidc-provider.ts';
import { choosePaint } from '../../../src/cli/terminal/layout.ts';
import { account, entraUrl, oldUrl, organizationId } from '../../trust/company.ts';

async function report(text: string, account?: Account) {
  const { trusts, skipped } = await readPolicyFile(text, { account, role: undefined });
  const question = { callers: undefined, trusts, skipped, controlPolicies: [], durationSeconds: undefined };
  const { exit, text: write, warnings } = reportTrusts(question, 0);
  return { exit, text: write(choosePaint({ isTerminal: false, env: {} })), warnings: warnings.join('\n') };
}

function reportFile(name: string) {
  return report(readFileSync(`test/trust/field/${name}.json`, 'utf8'));
}

function policyFor(Federated: unknown, keys: object = {}): string {
  const Condition = { StringEquals: { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange', ...keys } };
  const Statement = { Effect: 'Allow', Principal: { Federated }, Action: 'sts:AssumeRoleWithWebIdentity', Condition };
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

describe('cli/diagnose/report', () => {
  const files: readonly (readonly [name: string, exit: number, says: RegExp, hides: RegExp])[] = [
    ['dual-trust-good', 0, /\n\nIf a token has one of these subjects:\n\nAllowed\n/, /Nobody can assume/],
    ['retiring-exact', 1, /\n\nIf a token has this subject:\n\nAllowed\n/, /Nobody can assume/],
    [
      'account-with-dashes',
      1,
      /\n\nNobody can assume the role: no token matches these statements\.\n/,
      /If a token has/,
    ],
    ['organization-name-in-url', 1, /Nobody can assume the role/, /Allowed/],
    ['network-conditions', 1, /Nobody can assume the role/, /run the step on an agent in the network/],
    ['application-audience-only', 1, /\n\n2 findings in the trust policy:\n/, /Nobody can assume/],
    ['managed-identity', 0, /\n\n1 finding in the trust policy:\n/, /Nobody can assume/],
    ['entra-oaud', 1, /\n {2}Corrected: as for AudienceHalf above\.$/, /Allowed/],
  ];
  for (const [name, exit, says, hides] of files) {
    it(`says of ${name} what it comes to`, async () => {
      const result = await reportFile(name);
      assert.equal(result.exit, exit);
      assert.match(result.text, says);
      assert.doesNotMatch(result.text, hides);
    });
  }

  const nobodys = [
    [oldUrl, 'sc://contoso/Payments/aws '],
    [oldUrl, `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${organizationId}`],
    [entraUrl, `/eid1/c/pub/t/AAAA_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${organizationId}`],
  ] as const;
  for (const [url, subject] of nobodys) {
    it(`asks about no token with the subject ${subject} of ${url}, which nobody has`, async () => {
      const Federated = `arn:aws:iam::111111111111:oidc-provider/${url}`;
      const { text } = await report(policyFor(Federated, { [`${url}:sub`]: subject }));
      assert.match(text, /allows nobody/);
      assert.doesNotMatch(text, /If a token has|Allowed/);
    });
  }

  it('names the account of a provider in another one', async () => {
    const Federated = [222222222222, 111111111111].map(id => `arn:aws:iam::${id}:oidc-provider/${oldUrl}`);
    const { text } = await report(policyFor(Federated), account);
    assert.match(text, new RegExp(`provider ${oldUrl} in account 222222222222 \\(.+\\), OIDC provider ${oldUrl} \\(`));
  });

  it('takes an account that can be read from a mistaken ARN', async () => {
    for (const name of ['account-with-dashes', 'space-in-account']) {
      assert.match((await reportFile(name)).warnings, /Account 111111111111 is taken from the policy's providers/);
    }
  });

  it('judges the other roles of a file where one is too large, or too intricate', async () => {
    const sub = `${oldUrl}:sub`;
    const policies = [
      'x'.repeat(20_000),
      Array.from({ length: 1500 }, (_, at) => `*${at}`),
      'sc://contoso/Payments/aws',
    ];
    const Roles = policies.map((values, at) => ({
      RoleName: `role${at}`,
      AssumeRolePolicyDocument: JSON.parse(
        policyFor(`arn:aws:iam::111111111111:oidc-provider/${oldUrl}`, { [sub]: values }).replace(
          'StringEquals',
          'StringLike',
        ),
      ) as unknown,
    }));
    const { warnings, text } = await report(JSON.stringify({ Roles }), account);
    assert.match(warnings, /role0 was not evaluated: .+ it has 20\d{3} characters/);
    assert.match(warnings, /role1 was not evaluated: .+ it has 1500 patterns/);
    assert.match(text, /Allowed/);
    await assert.rejects(report(JSON.stringify({ Roles: Roles.slice(0, 1) }), account), /it has 20\d{3} characters/);
  });

  const unread: readonly (readonly [string, RegExp])[] = [
    [
      `arn:aws:iam::11111111111:oidc-provider/${oldUrl}`,
      /is not an OIDC provider \(its account ID has 11 digits, not 12\)/,
    ],
    [`arn:aws:iam::<account>:oidc-provider/${oldUrl}`, /is not an OIDC provider \(it has "<account>" instead of/],
    [`arn:aws:iam::*:oidc-provider/${oldUrl}`, /The principal Federated ".+" contains a wildcard/],
    ['accounts.google.com', /names its identity provider without an account/],
  ];
  for (const [principal, says] of unread) {
    it(`says why no account can be read from ${principal}`, async () => {
      await assert.rejects(report(policyFor(principal)), says);
    });
  }
});
