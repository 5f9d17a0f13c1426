import assert from 'node:assert/strict';
import {
  connectionId,
  entraAudiences,
  entraSubject,
  entraUrl,
  offlineEntra,
  offlineOld,
  oldAudience,
  oldSubject,
  oldUrl,
  organizationId,
  tenantId,
} from './company.ts';
import { answered, buildCommandLine, run, type Ran } from './command-line.ts';

const account = ['--account', '111111111111'];
const both = [...offlineOld, '--tenant-id', tenantId, '--connection-id', connectionId];

/** Returns the one JSON document on stdout. */
function read({ stdout }: Ran): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

const oldStatement = {
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${oldUrl}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${oldUrl}:aud`]: oldAudience, [`${oldUrl}:sub`]: oldSubject } },
};
const entraStatement = {
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${entraUrl}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${entraUrl}:aud`]: entraAudiences, [`${entraUrl}:sub`]: entraSubject } },
};

/** A connection name of so many characters. */
const named = (count: number, length: number) =>
  Array.from({ length: count }, (_, place) => ['--connection', `${place}`.padStart(length, 'x')]).flat();
const many = (count: number, length: number) => [
  ...offlineOld.slice(0, 6),
  ...named(count, length),
  '--issuer',
  'azure-devops',
  ...account,
];

describe('aws-wif offline', () => {
  before(() => {
    buildCommandLine();
  });

  describe('organization-id', () => {
    const id = '01234567-89ab-cdef-0123-456789abcdef';
    const names = [
      'VisualStudioOnline-0123456789ABCDEF0123456789ABCDEF',
      'visualstudioonline-0123456789abcdef0123456789abcdef',
      'VISUALSTUDIOONLINE-0123456789AbCdEf0123456789aBcDeF',
    ];
    for (const name of names) {
      it(name, async () => {
        assert.deepEqual(await run(['organization-id', name]), { status: 0, stdout: `${id}\n`, stderr: '' });
      });
    }

    it('as JSON', async () => {
      const ran = await run(['organization-id', names[0] ?? '', '--json']);
      assert.deepEqual(read(ran), { ...answered, organizationId: id, source: 'resource-group' });
      assert.equal(ran.stderr, '');
    });
  });

  describe('connection', () => {
    const old = {
      issuer: { kind: 'azure-devops', url: `https://${oldUrl}` },
      subject: oldSubject,
      audiences: [oldAudience],
      current: null,
    };
    const entra = {
      issuer: { kind: 'entra', url: `https://${entraUrl}` },
      subject: entraSubject,
      audiences: entraAudiences,
      current: null,
    };
    const missingEntra = {
      issuerKind: 'entra',
      needed: ['--tenant-id', '--connection-id'],
      why: 'it needs --tenant-id, --connection-id',
    };
    const missingOld = {
      issuerKind: 'azure-devops',
      needed: ['--organization', '--project', '--connection'],
      why: 'it needs --organization, --project, --connection',
    };
    const cases = [
      { name: 'old issuer, naming what Entra needs', args: offlineOld, identities: [old], missing: [missingEntra] },
      {
        name: 'Entra, naming what the old issuer needs',
        args: offlineEntra,
        identities: [entra],
        missing: [missingOld],
      },
      { name: 'both', args: both, identities: [old, entra], missing: [] },
      { name: 'one of both', args: [...both, '--issuer', 'entra'], identities: [entra], missing: [] },
      {
        name: 'GUIDs in upper case',
        args: offlineEntra.map(one => (one.startsWith('--') ? one : one.toUpperCase())),
        identities: [entra],
        missing: [missingOld],
      },
    ];
    for (const { name, args, identities, missing } of cases) {
      it(name, async () => {
        const ran = await run(['connection', ...args, '--json']);
        const { status, stderr } = ran;
        assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
        const document = read(ran);
        assert.deepEqual(document['identities'], identities);
        assert.deepEqual(document['missing'], missing);
      });
    }

    it('as text for people', async () => {
      const { status, stdout, stderr } = await run(['connection', ...offlineOld]);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.match(stdout, new RegExp(`^ {2}issuer {5}https://${oldUrl}\n {2}subject {4}${oldSubject}\n`, 'm'));
      assert.match(stdout, /^The Entra issuer is not shown: it needs --tenant-id, --connection-id\.$/m);
    });
  });

  describe('trust-policy', () => {
    const cases = [
      {
        name: 'both issuers',
        args: [...both, '--issuer', 'both'],
        statements: [entraStatement, oldStatement],
        stderr: /^$/,
      },
      { name: 'Entra, whose ids are given', args: offlineEntra, statements: [entraStatement], stderr: /^$/ },
      {
        name: 'old issuer, with the day it is retired',
        args: offlineOld,
        statements: [oldStatement],
        stderr: /^Warning: The Azure DevOps issuer retires on 2027-07-01 .*\n$/,
      },
    ];
    for (const { name, args, statements, stderr } of cases) {
      it(`${name}: the policy alone on stdout`, async () => {
        const ran = await run(['trust-policy', ...account, ...args]);
        assert.equal(ran.status, 0);
        assert.deepEqual(read(ran), { Version: '2012-10-17', Statement: statements });
        assert.match(ran.stderr, stderr);
      });
    }

    it('bound to a network, with a warning who cannot use it', async () => {
      const ran = await run(['trust-policy', ...account, ...offlineEntra, '--source-vpce', 'vpce-01234567']);
      const [statement] = (read(ran) as { Statement: readonly (typeof entraStatement)[] }).Statement;
      const { StringEquals } = entraStatement.Condition;
      assert.deepEqual(statement?.Condition, {
        StringEquals: { ...StringEquals, 'aws:SourceVpce': ['vpce-01234567'] },
      });
      assert.match(ran.stderr, /^Warning: Microsoft-hosted agents cannot use the role/);
    });

    it('for several connections and accounts', async () => {
      const args = ['--connection-id', organizationId, '--issuer', 'entra', '--account', '222222222222', ...account];
      const ran = await run(['trust-policy', ...offlineEntra, ...args, '--partition', 'aws-cn', '--json']);
      const { policies } = read(ran) as {
        policies: readonly { accountId: string; document: { Statement: unknown[] } }[];
      };
      assert.deepEqual(
        policies.map(one => one.accountId),
        ['222222222222', '111111111111'],
      );
      for (const { accountId, document } of policies) {
        const text = JSON.stringify(document);
        assert.ok(text.includes(`"arn:aws-cn:iam::${accountId}:oidc-provider/${entraUrl}"`), text);
        assert.ok(
          text.includes(`sc/${organizationId}/${connectionId}"`) &&
            text.includes(`sc/${organizationId}/${organizationId}"`),
          text,
        );
      }
    });

    it('says so past 2048 characters', async () => {
      const { status, stderr } = await run(['trust-policy', ...many(20, 90)]);
      assert.equal(status, 0);
      assert.match(
        stderr,
        /^Warning: The trust policy has \d{4} characters\. IAM accepts 2048 .* --split does this for you\.$/m,
      );
    });

    it('refuses past 4096 characters and offers to split', async () => {
      const { status, stdout, stderr } = await run(['trust-policy', ...many(40, 100)]);
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
      assert.match(stderr, /^TrustPolicyTooLarge: The trust policy would have \d+ characters\.$/m);
      assert.match(
        stderr,
        /What to do: Split the connections across at least \d roles\. --split does this for you\.$/m,
      );
    });

    it('splits, every policy within 2048 characters and every connection once', async () => {
      const ran = await run(['trust-policy', ...many(40, 100), '--split', '--json']);
      const { policies } = read(ran) as {
        policies: readonly { characters: number; part: number; parts: number; document: unknown }[];
      };
      assert.ok(policies.length > 1, `${policies.length} policies`);
      assert.deepEqual(
        policies.map(({ part, parts }) => [part, parts]),
        policies.map((_, place) => [place + 1, policies.length]),
      );
      assert.ok(policies.every(({ characters }) => characters <= 2048));
      const subjects = JSON.stringify(policies).match(/sc:\/\/contoso\/Payments\/x+\d+/g) ?? [];
      assert.equal(new Set(subjects).size, 40);
      assert.equal(subjects.length, 40);
    });

    const hostile = ['a*b?', '${aws:userid}', '"quoted"\\', 'Zoë ключ', '##vso[task.complete result=Failed;]x', 'a/b'];
    for (const name of hostile) {
      it(`of a connection named ${name}`, async () => {
        const args = [...offlineOld.slice(0, 6), '--connection', name, '--issuer', 'azure-devops', ...account];
        const ran = await run(['trust-policy', ...args]);
        assert.doesNotMatch(ran.stdout, /##vso\[|[^\n\x20-\x7e]/);
        const {
          Statement: [statement],
        } = read(ran) as { Statement: [{ Condition: { StringEquals: Record<string, string> } }] };
        const subject = statement.Condition.StringEquals[`${oldUrl}:sub`];
        assert.equal(subject?.replaceAll('${$}', '$'), `sc://contoso/Payments/${name}`);
      });
    }
  });
});
