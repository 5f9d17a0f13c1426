import assert from 'node:assert/strict';
import { findGrammarMistakes } from '../trust/control-policies/grammar.ts';
import { run } from './command-line.ts';
import { organizationId, tenantId } from './company.ts';

const organization = ['--organization-id', organizationId];
const admin = ['--admin-role', 'arn:aws:iam::*:role/wif-admin'];

interface Printed {
  readonly status: string;
  readonly warnings: readonly string[];
  readonly policies: readonly { readonly guardrail: string; readonly type: string; readonly document: object }[];
}

async function print(args: readonly string[]): Promise<Printed> {
  const { status, stdout } = await run(['guardrail', ...args, '--json']);
  assert.equal(status, 0, stdout);
  return JSON.parse(stdout) as Printed;
}

describe('aws-wif guardrail', () => {
  const cases = [
    { args: ['subjects', ...organization, '--tenant-id', tenantId], policies: ['subjects'] },
    {
      args: ['subjects', ...organization, '--organization', 'contoso', '--also-subject', 'p://contoso/*'],
      policies: ['subjects'],
    },
    {
      args: ['subjects', ...organization, '--tenant-id', tenantId, '--exempt-tag', 'wif-exempt=yes', ...admin],
      policies: ['subjects', 'changes'],
    },
    { args: ['retired', ...organization], policies: ['retired'] },
    { args: ['changes', ...admin, '--all-roles'], policies: ['changes'] },
  ];
  for (const { args, policies } of cases) {
    it(`prints ${args.slice(0, 4).join(' ')} as AWS Organizations accepts it, and what is outside`, async () => {
      const printed = await print(args);
      assert.deepEqual(
        printed.policies.map(({ guardrail }) => guardrail),
        policies,
      );
      for (const { document, type } of printed.policies) {
        assert.deepEqual(findGrammarMistakes(JSON.stringify(document), type), []);
      }
      for (const word of ['management account', 'FullAWSAccess attached', 'one test account first']) {
        assert.ok(
          printed.warnings.some(one => one.includes(word)),
          word,
        );
      }
    });
  }

  it('prints one policy alone, for a file', async () => {
    const args = ['guardrail', 'retired', ...organization];
    const { status, stdout, stderr } = await run(args);
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), (await print(args.slice(1))).policies[0]?.document);
    assert.match(stderr, /sessions that are already open/);
  });

  it('names each of several policies', async () => {
    const { stdout } = await run(['guardrail', 'retired', ...organization, '--exempt-tag', 'a=b', ...admin]);
    assert.match(stdout, /^# retired: resource control policy\n\{[^]*\n# changes: service control policy\n\{/);
  });

  const refused: readonly { readonly args: readonly string[]; readonly says: readonly string[] }[] = [
    { args: ['subjects'], says: ['--organization-id is missing', 'Neither --tenant-id nor --organization'] },
    {
      args: [
        'subjects',
        '--organization-id',
        'contoso',
        '--tenant-id',
        '*',
        '--organization',
        'a/*"',
        '--also-subject',
        '*',
      ],
      says: [
        '--organization-id is "contoso"',
        '--tenant-id is "*"',
        '--organization is "a/*""',
        '--also-subject is "*"',
      ],
    },
    ...['*beef', '/eid1/*', '/e*', '/eid1/c/pub/t/*/sc/x', '${aws:userid}', 'a\u001bb', 'x'.repeat(256)].map(one => ({
      args: ['subjects', ...organization, '--tenant-id', tenantId, '--also-subject', one],
      says: ['--also-subject is "'],
    })),
    ...['p://*', 'sc://*/Payments/aws', 'sc://?'].map(one => ({
      args: ['subjects', ...organization, '--organization', 'contoso', '--also-subject', one],
      says: [`--also-subject is "${one}"`],
    })),
    {
      args: ['subjects', ...organization, '--organization', 'contoso', '--also-subject', 'an-object-id'],
      says: ['--also-subject is "an-object-id", without --tenant-id'],
    },
    {
      args: ['subjects', ...organization, ...organization, '--organization', 'a', '--organization', 'b'],
      says: ['An --organization-id is given twice'],
    },
    {
      args: ['subjects', ...organization, '--organization', 'a', '--organization', 'b'],
      says: ['The numbers of --organization-id (1) and --organization (2) differ'],
    },
    { args: ['retired', ...organization, '--exempt-tag', 'a=b'], says: ['--exempt-tag is given without --admin-role'] },
    { args: ['retired', ...organization, ...admin], says: ['--admin-role is given without --exempt-tag'] },
    ...['a', '=b', 'a=', 'aws:a=b', 'a*=b', 'a=*', 'a=${aws:userid}', 'ä=b', 'a b=c', 'a"=b'].map(tag => ({
      args: ['retired', ...organization, '--exempt-tag', tag, ...admin],
      says: ['--exempt-tag is "'],
    })),
    { args: ['changes'], says: ['--admin-role is missing', 'Neither --role nor --all-roles'] },
    {
      args: ['changes', ...admin, '--all-roles', '--role', 'arn:aws:iam::*:role/a'],
      says: ['Both --role and --all-roles'],
    },
    ...['*', 'arn:aws:iam::*:role/*', 'arn:aws:iam::*:role/?*/*', 'arn:aws:iam::1*:role/a', 'arn:aws:iam::*:root'].map(
      arn => ({
        args: ['changes', '--all-roles', '--admin-role', arn],
        says: [`--admin-role is "${arn}"`],
      }),
    ),
    ...['a', 'arn:aws:iam::*:user/a', 'arn:aws:iam::*:role/${aws:userid}', 'arn:aws:s3:::a'].map(arn => ({
      args: ['changes', ...admin, '--role', arn],
      says: [`--role is "${arn}"`],
    })),
  ];
  for (const { args, says } of refused) {
    it(`refuses ${JSON.stringify(args.slice(-2))}, all mistakes at once`, async () => {
      const { status, stdout } = await run(['guardrail', ...args, '--json']);
      const { errors } = JSON.parse(stdout) as { readonly errors: readonly { readonly found: string }[] };
      assert.equal(status, 2, stdout);
      assert.equal(errors.length, says.length, stdout);
      for (const text of says)
        assert.ok(
          errors.some(({ found }) => found.includes(text)),
          `${text}: ${stdout}`,
        );
    });
  }
});
