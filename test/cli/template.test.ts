import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readParameterFile } from '../infra/stack.ts';
import { answered, buildCommandLine, folder, run, type Ran } from './command-line.ts';
import {
  connectionId,
  entraAudiences,
  entraSubject,
  entraUrl,
  offlineEntra,
  offlineOld,
  oldAudience,
  oldUrl,
  organizationId,
  startCompany,
  tenantId,
  tokens,
} from './company.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const infra = (path: string) => readFileSync(join(root, 'infra', path), 'utf8');
const account = ['--account', '111111111111'];
const policyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const named = (name: string) => [...offlineOld.slice(0, 6), '--connection', name];
const both = (name: string) => [
  ...named(name),
  '--tenant-id',
  tenantId,
  '--connection-id',
  connectionId,
  '--issuer',
  'both',
];

function read({ stdout }: Ran): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Names with what shells, HCL, JSON and pipelines take for something else. */
const hostile = [
  "it's",
  '"quoted"',
  'back\\slash',
  '$HOME',
  '$(touch pwned)',
  '`touch pwned`',
  '${aws:userid}',
  '%{if}x',
  '##vso[task.complete result=Failed;]x',
  '; touch pwned; #',
  'Zo\u00eb \u043a\u043b\u044e\u0447 \u2019',
  '*?',
  'a/b c',
  '--option',
];

describe('aws-wif template', () => {
  before(() => {
    buildCommandLine();
  });

  describe('prints the files of infra/', () => {
    const terraform = ['versions.tf', 'variables.tf', 'main.tf', 'outputs.tf'];
    const cases = [
      { format: 'cloudformation', files: ['cloudformation/wif-role.yaml'] },
      { format: 'stack-set', files: ['cloudformation/wif-role-stack-set.yaml'] },
      { format: 'terraform', files: terraform.map(name => `terraform-aws-azure-devops-oidc/${name}`) },
    ];
    for (const { format, files } of cases) {
      it(format, async () => {
        const stdout = files.map(infra).join('\n');
        assert.deepEqual(await run(['template', format]), { status: 0, stdout, stderr: '' });
      });

      it(`${format} as JSON`, async () => {
        const expected = files.map(path => ({ name: path.replace(/^.*\//, ''), text: infra(path) }));
        const document = read(await run(['template', format, '--json']));
        assert.deepEqual(document, { ...answered, format, files: expected, values: null });
      });

      it(`${format}, then the values`, async () => {
        const units = format === 'stack-set' ? ['--organizational-unit', 'ou-abcd-12345678'] : [];
        const args = ['template', format, ...offlineEntra, '--issuer', 'entra', ...units];
        const [whole, template, values] = await Promise.all(
          [[], ['--part', 'template'], ['--part', 'values']].map(part => run([...args, ...part])),
        );
        assert.equal(template?.stdout, files.map(infra).join('\n'));
        const name = format === 'terraform' ? 'terraform.tfvars' : 'parameters.json';
        const names = files.map(path => path.replace(/^.*\//, '')).join(', ');
        const expected = `# ----- ${names}\n${template.stdout}\n# ----- ${name}\n${values?.stdout ?? ''}`;
        assert.deepEqual([whole?.status, whole?.stdout], [0, expected]);
        assert.match(whole?.stderr ?? '', /^Warning: The template and its values are both printed/);
        assert.deepEqual([template.stderr, values?.stderr], ['', '']);
      });
    }
  });

  describe('fills parameters of CloudFormation', () => {
    const readValues = (ran: Ran) => readParameterFile(ran.stdout);
    const defaults = {
      TenantId: '',
      EntraSubject: '',
      OrganizationId: '',
      AzureDevOpsSubject: '',
      CreateProvider: 'both',
      RoleName: 'azure-pipelines',
      RolePath: '/',
      PolicyArns: '',
      PermissionsBoundary: '',
      MaxSessionDuration: '3600',
    };
    const entra = { TenantId: tenantId, EntraSubject: entraSubject };
    const old = { OrganizationId: organizationId, AzureDevOpsSubject: 'sc://contoso/Payments/aws' };
    const cases = [
      { name: 'both issuers', args: both('aws'), expected: { ...entra, ...old } },
      { name: 'Entra', args: [...offlineEntra, '--issuer', 'entra'], expected: { ...entra, CreateProvider: 'entra' } },
      {
        name: 'the old issuer',
        args: [...named('aws'), '--issuer', 'azure-devops'],
        expected: { ...old, CreateProvider: 'azure-devops' },
      },
      {
        name: 'both, the old provider there already',
        args: [...both('aws'), '--existing-provider', 'azure-devops'],
        expected: { ...entra, ...old, CreateProvider: 'entra' },
      },
      {
        name: 'both, both providers there already',
        args: [...both('aws'), '--existing-provider', 'azure-devops', '--existing-provider', 'entra'],
        expected: { ...entra, ...old, CreateProvider: 'none' },
      },
      {
        name: 'all of the role',
        args: [
          ...both('aws'),
          ...['--role-name', 'deploy', '--path', '/teams/', '--max-session-duration', '7200'],
          ...['--policy-arn', policyArn, '--policy-arn', 'arn:aws:iam::111111111111:policy/x'],
          ...['--permissions-boundary', 'arn:aws:iam::111111111111:policy/boundary'],
        ],
        expected: {
          ...entra,
          ...old,
          RoleName: 'deploy',
          RolePath: '/teams/',
          MaxSessionDuration: '7200',
          PolicyArns: `${policyArn},arn:aws:iam::111111111111:policy/x`,
          PermissionsBoundary: 'arn:aws:iam::111111111111:policy/boundary',
        },
      },
    ];
    for (const { name, args, expected } of cases) {
      it(name, async () => {
        const ran = await run(['template', 'cloudformation', '--part', 'values', ...args]);
        assert.deepEqual(readValues(ran), { ...defaults, ...expected });
      });
    }

    it('of a StackSet', async () => {
      const units = ['--organizational-unit', 'ou-abcd-12345678', '--organizational-unit', 'r-abcd'];
      const ran = await run(['template', 'stack-set', '--part', 'values', ...both('aws'), ...units]);
      const expected = { ...defaults, ...entra, ...old, OrganizationalUnitIds: 'ou-abcd-12345678,r-abcd' };
      assert.deepEqual(readValues(ran), expected);
    });

    it('but no tags, which are the stack\u2019s', async () => {
      const ran = await run(['template', 'cloudformation', '--part', 'values', ...both('aws'), '--tag', 'a=b']);
      assert.match(ran.stderr, /^Warning: Tags are not parameters: give them to the stack/);
    });

    // What each pattern takes is the resolver's to test, in test/infra; here only that no name breaks out of JSON.
    for (const name of hostile) {
      it(`for a connection named ${name}: the name itself, or a refusal`, async () => {
        const ran = await run(['template', 'cloudformation', '--part', 'values', ...both(name)]);
        assert.doesNotMatch(ran.stdout, /##vso\[|[^\n\x20-\x7e]/);
        if (/["\\*?]|\$\{|[^\0-\u00ff]/.test(name)) {
          assert.deepEqual([ran.status, ran.stdout], [1, '']);
          assert.match(ran.stderr, /^TrustPolicyRefused: The subject is /);
        } else assert.equal(readValues(ran)['AzureDevOpsSubject'], `sc://contoso/Payments/${name}`);
      });
    }
  });

  describe('prints commands for sh', () => {
    for (const name of hostile) {
      it(`that give the trust of a connection named ${name} to aws as it is`, async () => {
        const ran = await run(['template', 'commands', ...account, ...both(name), '--policy-arn', policyArn]);
        assert.equal(ran.status, 0, ran.stderr);
        assert.doesNotMatch(ran.stdout, /##vso\[|[^\n\x20-\x7e]/);
        const { calls, created, status } = runScript('sh', ran.stdout);
        assert.deepEqual({ status, created }, { status: 0, created: ['argv'] });
        assert.deepEqual(calls, await listExpected(name));
        const policy = JSON.parse(calls[3]?.at(-1) ?? '') as {
          Statement: readonly { Condition: { StringEquals: Record<string, unknown> } }[];
        };
        const subject = policy.Statement[1]?.Condition.StringEquals[`${oldUrl}:sub`];
        assert.equal(String(subject).replaceAll('${$}', '$'), `sc://contoso/Payments/${name}`);
      });
    }

    it('that make providers, role and permissions, in this order and with all that was asked', async () => {
      const args = [
        '--role-name',
        'deploy',
        '--path',
        '/teams/',
        '--max-session-duration',
        '7200',
        '--tag',
        'a b=c=\u00fc',
      ];
      const boundary = 'arn:aws:iam::111111111111:policy/boundary';
      const ran = await run([
        ...['template', 'commands', ...account, ...both('aws'), ...args, '--policy-arn', policyArn],
        ...['--permissions-boundary', boundary],
      ]);
      const { calls } = runScript('sh', ran.stdout);
      const tags = '[ { "Key": "a b", "Value": "c=\\u00fc" }, { "Key": "managed-by", "Value": "aws-wif" } ]';
      const [, old = [], entra = [], role = [], attach = []] = calls;
      assert.deepEqual(calls[0], ['sts', 'get-caller-identity', '--query', 'Account', '--output', 'text']);
      const create = ['iam', 'create-open-id-connect-provider', '--url'];
      assert.deepEqual(old, [...create, `https://${oldUrl}`, '--client-id-list', oldAudience, '--tags', tags]);
      assert.deepEqual(entra, [
        ...create,
        `https://${entraUrl}`,
        '--client-id-list',
        ...entraAudiences,
        '--tags',
        tags,
      ]);
      assert.deepEqual(role.slice(0, -1), [
        ...['iam', 'create-role', '--role-name', 'deploy', '--path', '/teams/'],
        ...['--description', 'Azure Pipelines, by workload identity federation.', '--max-session-duration', '7200'],
        ...['--permissions-boundary', boundary, '--tags', tags, '--assume-role-policy-document'],
      ]);
      assert.deepEqual(attach, ['iam', 'attach-role-policy', '--role-name', 'deploy', '--policy-arn', policyArn]);
    });

    it('that leave out a provider which is there', async () => {
      const existing = ['--existing-provider', 'entra', '--existing-provider', 'azure-devops'];
      const ran = await run(['template', 'commands', ...account, ...both('aws'), ...existing]);
      const { calls } = runScript('sh', ran.stdout);
      assert.deepEqual(
        calls.map(([, action]) => action),
        ['get-caller-identity', 'create-role'],
      );
    });

    it('that do nothing in another account', async () => {
      const ran = await run(['template', 'commands', '--account', '222222222222', ...both('aws')]);
      const { calls, status, stderr } = runScript('sh', ran.stdout);
      assert.deepEqual([calls.length, status], [1, 1]);
      assert.match(stderr, /These commands are for account 222222222222, not 111111111111\./);
    });

    it('that stop at the first failure', async () => {
      const ran = await run(['template', 'commands', ...account, ...both('aws'), '--policy-arn', policyArn]);
      const { calls, status } = runScript('sh', ran.stdout, 'create-role');
      assert.deepEqual([calls.at(-1)?.[1], status], ['create-role', 9]);
    });
  });

  describe('prints commands for PowerShell', () => {
    for (const name of hostile) {
      it(`whose strings give back the trust of a connection named ${name}`, async () => {
        const ran = await run(['template', 'commands', ...account, ...both(name), '--shell', 'pwsh']);
        assert.equal(ran.status, 0, ran.stderr);
        assert.doesNotMatch(ran.stdout, /##vso\[|[^\n\x20-\x7e]/);
        // All that a name is in is the value of Set-Content: one string in single quotes, to the end of its line.
        const documents = [...ran.stdout.matchAll(/^Set-Content .* -Value '((?:[^']|'')*)'$/gm)].map(
          ([, text = '']) => JSON.parse(text.replaceAll("''", "'")) as unknown,
        );
        const expected = await listExpected(name);
        assert.deepEqual(documents.at(-1), JSON.parse(expected[3]?.at(-1) ?? ''));
        const rest = ran.stdout.replace(/^Set-Content .*$/gm, '');
        assert.ok(!rest.includes('sc:'), 'the name stands elsewhere, too');
        const list = (pattern: RegExp) => [...rest.matchAll(pattern)].map(([, action]) => action);
        assert.deepEqual(list(/throw 'aws iam (\S+) failed'/g), list(/^aws iam (\S+)/gm));
        assert.ok(list(/^aws iam (\S+)/gm).length > 1);
      });
    }

    it('that PowerShell runs', async function () {
      if (spawnSync('pwsh', ['-Version']).status !== 0) {
        console.log('*** SKIPPED: pwsh is not on PATH, so it did not run the commands that are printed for it');
        this.skip();
      }
      for (const name of hostile) {
        const ran = await run([
          'template',
          'commands',
          ...account,
          ...both(name),
          '--shell',
          'pwsh',
          '--policy-arn',
          policyArn,
        ]);
        const { calls, status, stderr } = runScript('pwsh', ran.stdout);
        assert.equal(status, 0, stderr);
        assert.deepEqual(calls, await listExpected(name), name);
      }
    });
  });

  describe('reads Azure DevOps', () => {
    it('and refuses what differs from what is derived', async () => {
      const company = await startCompany();
      try {
        const url = `${company.url}/contoso`;
        const live = (name: string) => ['--organization-url', url, '--project', 'Payments', '--connection', name];
        const env = { AZURE_DEVOPS_EXT_PAT: tokens.full };
        const found = await run(['template', 'cloudformation', '--part', 'values', ...live('aws')], env);
        assert.equal(found.status, 0, found.stderr);
        assert.ok(found.stdout.includes(`"EntraSubject=${entraSubject}"`), found.stdout);
        const renamed = await run(['template', 'terraform', ...live('renamed')], env);
        assert.deepEqual([renamed.status, renamed.stdout], [1, '']);
        assert.match(renamed.stderr, /^IdentityDiffers: /);
      } finally {
        await company.close();
      }
    });
  });

  describe('refuses', () => {
    const wrong = [
      { args: [], says: "missing required argument 'format'" },
      { args: ['pulumi'], says: "argument 'format'. Allowed choices are cloudformation" },
      { args: ['commands', ...both('aws')], says: 'No --account is given.' },
      {
        args: ['commands', ...account, '--account', '222222222222', ...both('aws')],
        says: 'More than one --account is given.',
      },
      { args: ['commands', '--account', '1111-1111-1111', ...both('aws')], says: '--account is "1111-1111-1111".' },
      { args: ['commands', ...account], says: 'No service connection is given.' },
      { args: ['terraform', '--part', 'values'], says: 'No service connection is given.' },
      { args: ['terraform', '--role-name', 'deploy'], says: 'No service connection is given.' },
      { args: ['cloudformation', ...both('aws'), '--shell', 'sh'], says: '--shell is given for cloudformation.' },
      { args: ['cloudformation', ...both('aws'), ...account], says: '--account is given for cloudformation.' },
      { args: ['commands', ...account, ...both('aws'), '--part', 'values'], says: '--part is given for commands.' },
      { args: ['terraform', '--organizational-unit', 'r-abcd'], says: '--organizational-unit is given for terraform.' },
      { args: ['stack-set', ...both('aws')], says: 'No --organizational-unit is given.' },
      { args: ['stack-set', ...both('aws'), '--organizational-unit', '*'], says: '--organizational-unit is "*".' },
      {
        args: ['terraform', ...both('aws'), '--existing-provider', 'github'],
        says: "argument 'github' is invalid. Allowed choices are azure-devops, entra.",
      },
      { args: ['terraform', ...both('aws'), '--role-name', 'a*'], says: '--role-name is "a*".' },
      { args: ['terraform', ...both('aws'), '--path', 'teams'], says: '--path is "teams".' },
      {
        args: ['terraform', ...both('aws'), '--policy-arn', 'ReadOnlyAccess'],
        says: '--policy-arn is "ReadOnlyAccess".',
      },
      { args: ['terraform', ...both('aws'), '--permissions-boundary', '*'], says: '--permissions-boundary is "*".' },
      {
        args: ['terraform', ...both('aws'), '--max-session-duration', '900'],
        says: '--max-session-duration is "900".',
      },
      { args: ['terraform', ...both('aws'), '--tag', 'a'], says: '--tag is "a".' },
      {
        args: ['terraform', ...both('aws'), '--tag', 'Managed-By=me'],
        says: '--tag has the key "Managed-By" as well as managed-by',
      },
      {
        args: ['cloudformation', ...both('aws'), '--policy-arn', 'arn:aws:iam::aws:policy/a,b'],
        says: '--policy-arn is "arn:aws:iam::aws:policy/a,b".',
      },
      { args: ['terraform', ...both('aws'), '--policy-arn', 'arn:aws:iam::aws:policy/*'], says: '--policy-arn is' },
      { args: ['terraform', ...both('aws'), '--tag', 'aws:a=b'], says: '--tag is "aws:a=b".' },
      { args: ['terraform', ...both('aws'), '--tag', 'a=$b'], says: '--tag is "a=$b".' },
      { args: ['terraform', ...both('aws'), '--tag', 'a=b', '--tag', 'A=c'], says: '--tag has the key' },
      { args: ['terraform', ...offlineEntra, '--issuer', 'both'], says: 'Not every identity can be derived.' },
    ];
    for (const { args, says } of wrong) {
      it(`${args.filter(one => !both('aws').includes(one)).join(' ')}: ${says}`, async () => {
        const { status, stdout, stderr } = await run(['template', ...args]);
        assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
        assert.ok(stderr.startsWith('UsageWrong: ') && stderr.includes(says), stderr);
      });
    }

    const two = ['--connection-id', organizationId, '--issuer', 'entra'];
    const refusals = [
      { args: ['cloudformation', ...offlineEntra, ...two], says: 'The template would need values for 2 connections.' },
      {
        args: ['terraform', ...both('a*')],
        says: 'The subject is "sc://contoso/Payments/a*", which the module cannot represent.',
      },
      { args: ['terraform', ...both('a/')], says: 'which the module cannot represent.' },
    ];
    for (const { args, says } of refusals) {
      it(says, async () => {
        const { status, stdout, stderr } = await run(['template', ...args]);
        assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
        assert.ok(stderr.startsWith('TrustPolicyRefused: ') && stderr.includes(says), stderr);
      });
    }

    it('a control character in a command, before anything is printed', async () => {
      const { status, stdout } = await run(['template', 'commands', ...account, ...both('aws'), '--role-name', 'a\nb']);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    });
  });
});

/** What `--json` says are the words of each command, the look at the account before them. */
async function listExpected(name: string): Promise<readonly (readonly string[])[]> {
  const ran = await run(['template', 'commands', ...account, ...both(name), '--policy-arn', policyArn, '--json']);
  const { commands } = read(ran) as { commands: readonly (readonly string[])[] };
  const look = ['sts', 'get-caller-identity', '--query', 'Account', '--output', 'text'];
  return [look, ...commands.map(([, ...words]) => words)];
}

const callEnd = 'end of the call';

/** Runs a script where `aws` writes down its arguments, and the documents that they name. */
function runScript(shell: 'sh' | 'pwsh', script: string, failing = '') {
  const place = mkdtempSync(join(folder, 'script-'));
  const [bin, work] = [join(place, 'bin'), join(place, 'work')];
  [bin, work].forEach(path => {
    mkdirSync(path);
  });
  // Each word ends with a NUL, each call with a word that no call has.
  writeFileSync(
    join(bin, 'aws'),
    `#!/bin/sh
for word; do
  case $word in file://*) word=$(cat "\${word#file://}") ;; esac
  printf '%s\\0' "$word" >> '${join(work, 'argv')}'
done
printf '%s\\0' '${callEnd}' >> '${join(work, 'argv')}'
if [ "$1" = sts ]; then echo 111111111111; fi
if [ "$2" = '${failing}' ]; then exit 9; fi
`,
  );
  chmodSync(join(bin, 'aws'), 0o755);
  const file = join(place, shell === 'sh' ? 'script.sh' : 'script.ps1');
  writeFileSync(file, script);
  const args = shell === 'sh' ? [file] : ['-NoProfile', '-File', file];
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: work };
  const { status, stderr } = spawnSync(shell, args, { cwd: work, env, encoding: 'utf8' });
  const calls = readFileSync(join(work, 'argv'), 'utf8')
    .split(`${callEnd}\0`)
    .slice(0, -1)
    .map(call => call.split('\0').slice(0, -1));
  return { calls, status, stderr, created: readdirSync(work) };
}
