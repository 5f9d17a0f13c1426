import assert from 'node:assert/strict';
import { WifError } from '../../src/errors.ts';
import { deriveIdentity } from '../../src/identity/audience.ts';
import { buildForIdentities, buildTrustPolicy, escapeValue, splitTrustPolicies } from '../../src/trust/build.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import {
  account,
  azp,
  byId,
  byName,
  connection,
  entraAudience,
  entraProvider,
  entraUrl,
  oldAudience,
  oldProvider,
  oldUrl,
} from './company.ts';
import { pages } from './iam-pages.ts';

const oldStatement = {
  Effect: 'Allow',
  Principal: { Federated: oldProvider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${oldUrl}:aud`]: oldAudience, [`${oldUrl}:sub`]: byName.subject } },
};
const entraStatement = {
  Effect: 'Allow',
  Principal: { Federated: entraProvider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${entraUrl}:aud`]: [azp, entraAudience], [`${entraUrl}:sub`]: byId.subject } },
};

function policy(...Statement: readonly object[]) {
  return { Version: '2012-10-17', Statement };
}

/** Connections with ids and names that count up. */
function count(length: number) {
  return Array.from({ length }, (_, place) => ({
    ...connection,
    connection: `aws-${place}`,
    connectionId: `64171687-7a59-4fce-b2c8-${String(place).padStart(12, '0')}`,
  }));
}

function assertRefused(act: () => unknown, code: string, text: string): void {
  assert.throws(
    act,
    (error: unknown) => error instanceof WifError && error.code === code && error.message.includes(text),
  );
}

describe('trust/build', () => {
  for (const { issuers, document } of [
    { issuers: 'azure-devops', document: policy(oldStatement) },
    { issuers: 'entra', document: policy(entraStatement) },
    { issuers: 'both', document: policy(entraStatement, oldStatement) },
  ] as const) {
    it(`builds the policy of one connection for ${issuers}`, () => {
      const built = buildTrustPolicy({ connections: [connection], issuers, ...account });
      assert.deepEqual(built.document, document);
      assert.deepEqual(JSON.parse(built.text), document);
      assert.equal(built.characters, JSON.stringify(document).length);
      assert.equal(built.warning, undefined);
    });
  }

  it('lists the subjects of many connections once, sorted, whatever their order', () => {
    const [one, two, three] = [3, 1, 2].map(n => ({ ...connection, connection: `aws-${n}` }));
    assert.ok(one && two && three);
    const built = buildTrustPolicy({ connections: [one, two, three, one], issuers: 'azure-devops', ...account });
    const again = buildTrustPolicy({ connections: [three, two, one], issuers: 'azure-devops', ...account });
    assert.equal(built.text, again.text);
    const subjects = [1, 2, 3].map(n => `sc://contoso/Payments/aws-${n}`);
    const StringEquals = { [`${oldUrl}:aud`]: oldAudience, [`${oldUrl}:sub`]: subjects };
    assert.deepEqual(built.document, policy({ ...oldStatement, Condition: { StringEquals } }));
  });

  it('has one statement for each organization and tenant', () => {
    const other = {
      ...connection,
      organizationId: 'ffffffff-f0b0-4635-a98c-5866526961b6',
      tenantId: 'aaaaaaaa-09b0-437b-bd22-ca13c0037ded',
    };
    const { document } = buildTrustPolicy({ connections: [connection, other], issuers: 'both', ...account });
    assert.equal([document.Statement].flat().length, 4);
  });

  it('names the provider in the partition and account of the role', () => {
    const { text } = buildTrustPolicy({
      connections: [connection],
      issuers: 'both',
      partition: 'aws-cn',
      accountId: '222222222222',
    });
    assert.ok(text.includes(`arn:aws-cn:iam::222222222222:oidc-provider/${entraUrl}`));
    assert.ok(!text.includes('arn:aws:'));
  });

  for (const { text, value } of [
    { text: 'aws', value: 'aws' },
    { text: '$', value: '$' },
    { text: 'a$b{c}', value: 'a$b{c}' },
    { text: '${aws:userid}', value: '${$}{aws:userid}' },
    { text: '${*}', value: '${$}{*}' },
    { text: '$$${x}$', value: '${$}${$}${$}{x}$' },
    { text: '*?', value: '*?' },
    { text: '${', value: '${$}{' },
  ]) {
    it(`writes ${text} as ${value} (${pages.special})`, () => {
      assert.equal(escapeValue(text), value);
    });
  }

  it(`writes characters past U+00FF as escapes, and counts them so (${pages.quotas})`, () => {
    const names = { ...connection, project: 'Zahlungen-üÿĀ', connection: 'пример-😀-"x"\n' };
    const built = buildTrustPolicy({ connections: [names], issuers: 'azure-devops', ...account });
    assert.ok(
      built.text.includes(
        'sc://contoso/Zahlungen-üÿ\\u0100/\\u043f\\u0440\\u0438\\u043c\\u0435\\u0440-\\ud83d\\ude00-\\"x\\"\\n',
      ),
    );
    assert.doesNotMatch(built.text, /[^\n\u0020-\u00ff]/);
    const [statement] = parseTrustPolicy(built.text).statements;
    assert.deepEqual(statement?.conditions[1]?.values, ['sc://contoso/Zahlungen-üÿĀ/пример-😀-"x"\n']);
    const plain = buildTrustPolicy({ connections: [connection], issuers: 'azure-devops', ...account });
    assert.ok(built.characters > plain.characters + 6 * 6 + 12);
  });

  describe(`keeps to IAM's sizes (${pages.quotas})`, () => {
    it('warns past what accounts begin with', () => {
      const built = buildTrustPolicy({ connections: count(12), issuers: 'entra', ...account });
      assert.ok(built.characters > 2048 && built.characters <= 4096);
      assert.match(
        built.warning ?? '',
        /has \d+ characters\. IAM accepts 2048 unless the account's quota "Role trust policy length"/,
      );
    });

    it('does not warn at the last size that fits', () => {
      const sizes = [8, 9, 10, 11, 12].map(n =>
        buildTrustPolicy({ connections: count(n), issuers: 'entra', ...account }),
      );
      for (const { characters, warning } of sizes) assert.equal(warning !== undefined, characters > 2048);
      assert.ok(
        sizes.some(({ warning }) => warning === undefined) && sizes.some(({ warning }) => warning !== undefined),
      );
    });

    it('refuses what no account takes', () => {
      const build = () => buildTrustPolicy({ connections: count(40), issuers: 'entra', ...account });
      assertRefused(build, 'TrustPolicyTooLarge', 'Split the connections across at least 3 roles.');
    });

    it('splits connections over roles, both identities of each together', () => {
      const connections = count(40);
      const policies = splitTrustPolicies({ connections, issuers: 'both', ...account });
      assert.ok(policies.length > 2);
      const texts = policies.map(({ text }) => text);
      for (const facts of connections) {
        const { subject } = deriveIdentity('azure-devops', facts);
        const holders = texts.filter(text => text.includes(`"${subject}"`));
        assert.equal(holders.length, 1);
        assert.ok(holders[0]?.includes(deriveIdentity('entra', facts).subject));
      }
      for (const { warning, characters } of policies) assert.ok(warning === undefined && characters <= 2048);
    });

    it('does not split what fits', () => {
      assert.equal(splitTrustPolicies({ connections: count(3), issuers: 'both', ...account }).length, 1);
      assert.deepEqual(splitTrustPolicies({ connections: [], issuers: 'both', ...account }), []);
    });

    it('gives a connection that is too much a role of its own, or refuses it', () => {
      const long = { ...connection, connection: 'x'.repeat(2000) };
      const policies = splitTrustPolicies({ connections: [connection, long], issuers: 'azure-devops', ...account });
      assert.deepEqual(
        policies.map(({ warning }) => warning === undefined),
        [true, false],
      );
      const longer = { ...connection, connection: 'x'.repeat(4000) };
      const split = () => splitTrustPolicies({ connections: [longer], issuers: 'azure-devops', ...account });
      assertRefused(split, 'TrustPolicyTooLarge', 'at most 2048, or 4096');
    });
  });

  describe('refuses to build', () => {
    for (const { name, act, code, text } of [
      {
        name: 'for nobody',
        act: () => buildTrustPolicy({ connections: [], issuers: 'both', ...account }),
        code: 'TrustPolicyRefused',
        text: 'No subject was given',
      },
      {
        name: 'for an empty subject',
        act: () => buildForIdentities([byId, { ...byId, subject: '' }], account),
        code: 'TrustPolicyRefused',
        text: 'No subject was given',
      },
      {
        name: "for a pipeline's subject",
        act: () => buildForIdentities([{ ...byName, subject: 'p://contoso/Payments/deploy' }], account),
        code: 'TrustPolicyRefused',
        text: 'is "p://contoso/Payments/deploy"',
      },
      {
        name: 'for the subject of another application of the tenant',
        act: () => buildForIdentities([{ ...byId, subject: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a' }], account),
        code: 'TrustPolicyRefused',
        text: 'is "f0cda5b5',
      },
      {
        name: 'for a subject of names on the Entra issuer',
        act: () => buildForIdentities([{ ...byId, subject: byName.subject }], account),
        code: 'TrustPolicyRefused',
        text: 'is "sc://',
      },
      {
        name: 'for what is not known',
        act: () =>
          buildTrustPolicy({ connections: [{ ...connection, tenantId: undefined }], issuers: 'both', ...account }),
        code: 'IdentityNotDerivable',
        text: "the tenant's ID",
      },
      {
        name: 'for another cloud on the Entra issuer',
        act: () =>
          buildTrustPolicy({
            connections: [{ ...connection, environment: 'AzureUSGovernment' }],
            issuers: 'entra',
            ...account,
          }),
        code: 'IdentityNotDerivable',
        text: 'AzureUSGovernment',
      },
      {
        name: 'for no account',
        act: () =>
          buildTrustPolicy({ connections: [connection], issuers: 'both', partition: 'aws', accountId: 'prod' }),
        code: 'TrustPolicyRefused',
        text: '12 digits',
      },
    ]) {
      it(name, () => {
        assertRefused(act, code, text);
      });
    }
  });
});
