import assert from 'node:assert/strict';
import { organizationId, offlineEntra, offlineOld, roleArn, tenantId, tokens } from './company.ts';
import { buildCommandLine, run, writeInput } from './command-line.ts';

const id = ['--organization-id', organizationId];
const live = ['--organization-url', 'https://dev.azure.com/contoso', '--project', 'Payments', '--connection', 'aws'];
const policyFile = ['--trust-policy-file', 'policy.json'];
const account = ['--account', '111111111111'];

/** In the place of a file, of a value and of a name. */
const token = 'eyJcanary0.eyJcanary1.canary-signature';

const cases = [
  { args: [token], says: "unknown command '***'." },
  { args: [`--${token}`, 'setup'], says: "unknown option '--***'." },
  { args: ['connection', token], says: 'too many arguments: ***' },
  { args: ['diagnose', '--token', token], says: '--token-file is a token.' },
  { args: ['setup', '--account', token], says: '--account is "***"' },
  { args: ['assume'], says: "unknown command 'assume'." },
  { args: ['trust-polices'], says: "unknown command 'trust-polices'. Did you mean trust-policy?" },
  { args: ['setpu', '--help'], says: "unknown command 'setpu'. Did you mean setup?" },
  { args: ['help', 'setpu'], says: "unknown command 'setpu'. Did you mean setup?" },
  { args: ['migrate', 'aply', '--help'], says: "unknown command 'aply'. Did you mean apply?" },
  { args: ['aply'], says: "unknown command 'aply'. Did you mean migrate apply?" },
  { args: ['--out', 'report.txt'], says: 'No command is given.' },
  { args: ['setup', ...account, '--yse'], says: "unknown option '--yse'. Did you mean --yes?" },
  { args: ['setup', ...account, '--role-name', '--yes'], says: "option '--role-name <name>' argument missing." },
  { args: ['setup', '--dry-run=yes'], says: 'option \'--dry-run\' has no value, but "yes" is given.' },
  { args: ['connection', '--out', '-', ...offlineOld], says: '--out is "-".' },
  { args: ['template', 'clodformation'], says: 'Did you mean cloudformation?' },
  {
    args: ['template', 'yaml'],
    says: "value 'yaml' is invalid for argument 'format'. Allowed choices are cloudformation, stack-set, terraform, commands.",
  },
  {
    args: ['audit', ...account, '--fail-on', 'hgih'],
    says: "argument 'hgih' is invalid. Allowed choices are critical,",
  },
  { args: ['audit', ...account, '--fail-on', 'hgih'], says: 'Did you mean high?' },
  { args: ['connection', '--colour'], says: "unknown option '--colour'." },
  { args: ['guardrail', '--provider'], says: "unknown option '--provider'." },
  { args: ['migrate', '--plan', 'file'], says: "unknown option '--plan'." },
  { args: ['--setup'], says: "unknown option '--setup'." },
  { args: ['--colour'], says: "unknown option '--colour'." },
  { args: ['connection', '--org', 'x'], says: "unknown option '--org'." },
  {
    args: ['thumbprints', 'refresh', ...account, '--dry-run', '--provider', 'x', '--tag', 'a=b'],
    says: "unknown option '--provider'. Did you mean --provider-arn?",
  },
  {
    args: ['connection', ...offlineOld, '--organization-id', organizationId],
    says: "option '--organization-id <guid>' argument '0ca3ddd9-f0b0-4635-a98c-5866526961b6' is invalid. The option is given more than once.",
  },
  {
    args: ['diagnose', ...policyFile, '--trust-policy-file=other.json'],
    says: "argument 'other.json' is invalid. The option is given more than once.",
  },
  {
    args: ['connection', ...id, '--connection', 'aws', '--project', '--organization', 'contoso'],
    says: "option '--project <name>' argument missing.",
  },
  { args: ['diagnose', '--trust-policy-file', ''], says: '--trust-policy-file is empty.' },
  { args: ['connection', '--projekt', 'x'], says: "unknown option '--projekt'. Did you mean --project?" },
  { args: ['organization-id'], says: "missing required argument 'url-or-name'." },
  { args: ['organization-id', 'contoso', 'fabrikam'], says: 'too many arguments' },
  { args: ['organization-id', 'contoso'], says: '"contoso" is neither a URL nor a resource group\'s name.' },
  { args: ['organization-id', 'VisualStudioOnline-0123'], says: "is neither a URL nor a resource group's name." },
  { args: ['organization-id', `xVisualStudioOnline-${'0'.repeat(32)}`], says: 'is neither a URL' },
  { args: ['organization-id', `VisualStudioOnline-${'g'.repeat(32)}`], says: 'is neither a URL' },
  { args: ['organization-id', `VisualStudioOnline-${'0'.repeat(33)}`], says: 'is neither a URL' },
  {
    args: ['organization-id', 'https://evil.example/contoso'],
    says: 'The host is evil.example. Nothing was sent there.',
  },
  {
    args: ['organization-id', 'https://dev.azure.com.evil.example/contoso'],
    says: 'The host is dev.azure.com.evil.example.',
  },
  { args: ['organization-id', 'https://evildev.azure.com/contoso'], says: 'The host is evildev.azure.com.' },
  { args: ['organization-id', 'https://visualstudio.com/contoso'], says: 'The host is visualstudio.com.' },
  {
    args: ['organization-id', 'http://dev.azure.com/contoso'],
    says: 'The URL http://dev.azure.com is not https on its usual port.',
  },
  { args: ['organization-id', 'http://localhost:1/contoso'], says: 'is not https on its usual port.' },
  { args: ['organization-id', 'https://dev.azure.com:8443/contoso'], says: 'is not https on its usual port.' },
  {
    args: ['organization-id', 'https://someone:canary-pass@dev.azure.com/contoso'],
    says: 'The URL contains a user name or a password.',
  },
  { args: ['organization-id', 'https://dev.azure.com/contoso?canary-query'], says: 'has a query or a fragment.' },
  { args: ['organization-id', 'https://dev.azure.com/'], says: 'names no organization.' },
  { args: ['organization-id', 'https://dev.azure.com/con%2Ftoso'], says: 'but is written differently' },
  { args: ['connection'], says: 'No service connection is given.' },
  { args: ['connection', ...live, ...id], says: 'Both --organization-url and --organization-id are given.' },
  {
    args: ['connection', ...live, '--organization', 'contoso'],
    says: 'Both --organization-url and --organization are given.',
  },
  {
    args: ['connection', ...live, '--connection-id', organizationId],
    says: 'Both --organization-url and --connection-id are given.',
  },
  { args: ['connection', ...live.slice(0, 2), '--connection', 'aws'], says: '--project is missing.' },
  { args: ['connection', ...live.slice(0, 4)], says: '--connection is missing.' },
  { args: ['connection', '--project', 'Payments'], says: 'Neither --organization-url nor --organization-id is given.' },
  { args: ['connection', ...id], says: '--connection or --connection-id is missing.' },
  {
    args: ['connection', '--organization-id', 'contoso', '--connection', 'aws'],
    says: '--organization-id is "contoso".',
  },
  { args: ['connection', ...id, '--tenant-id', '1', '--connection', 'aws'], says: '--tenant-id is "1".' },
  {
    args: ['connection', ...id, '--tenant-id', organizationId.toUpperCase(), '--connection-id', tenantId],
    says: '--organization-id and --tenant-id are the same ID.',
  },
  { args: ['connection', ...id, '--connection-id', 'aws'], says: '--connection-id is "aws".' },
  { args: ['connection', ...id, '--organization', 'a/b', '--connection', 'aws'], says: '--organization is "a/b".' },
  { args: ['connection', ...id, '--project', '..', '--connection', 'aws'], says: '--project is "..".' },
  { args: ['connection', ...id, '--connection', ''], says: '--connection is empty.' },
  {
    args: ['connection', ...id, '--connection', 'aws'],
    says: 'No identity can be derived. For the Azure DevOps issuer, it needs --organization, --project.',
  },
  {
    args: ['connection', ...offlineOld, '--issuer', 'entra'],
    says: 'For the Entra issuer, it needs --tenant-id, --connection-id.',
  },
  {
    args: ['connection', ...offlineOld, '--issuer', 'github'],
    says: "argument 'github' is invalid. Allowed choices are azure-devops, entra, both.",
  },
  { args: ['connection', ...offlineOld, '--connection', 'two'], says: 'Several service connections are named.' },
  { args: ['connection', ...offlineOld, '--overwrite'], says: '--overwrite is given without --out.' },
  { args: ['guardrail', 'retired', ...id, '--profile', 'x'], says: '--profile is given without --check.' },
  { args: ['guardrail', 'subjects', ...id, ...account], says: '--account is given without --check.' },
  {
    args: ['guardrail', 'providers', ...account, '--management-account', '111111111111'],
    says: '--management-account is given without --check.',
  },
  {
    args: ['diagnose', ...policyFile, ...account, '--issuer', 'entra'],
    says: '--issuer is given without a service connection.',
  },
  { args: ['diagnose', ...policyFile, '--profile', 'x'], says: 'Both --trust-policy-file and --profile are given.' },
  {
    args: ['migrate', 'rollback', 'x.json', ...account, '--dry-run', '--tenant-id', tenantId],
    says: '--tenant-id is given without --organization-url.',
  },
  { args: ['migrate', 'apply', '--sha256', 'a'], says: '--sha256 is given without --plan.' },
  { args: ['trust-policy', ...offlineOld], says: '--account is missing.' },
  { args: ['trust-policy', ...account], says: 'No service connection is given.' },
  { args: ['trust-policy', ...offlineOld, '--account', '1111-1111-1111'], says: '--account is "1111-1111-1111".' },
  {
    args: ['trust-policy', ...offlineOld, ...account, '--partition', 'aws-iso'],
    says: "argument 'aws-iso' is invalid.",
  },
  {
    args: ['trust-policy', ...offlineOld, ...account, '--issuer', 'both'],
    says: 'Not every identity can be derived. For the Entra issuer, it needs --tenant-id, --connection-id.',
  },
  {
    args: ['trust-policy', ...offlineOld, ...account, '--connection', 'two', '--connection-id', tenantId],
    says: '--connection is given 2 times, --connection-id 1 time.',
  },
  { args: ['diagnose', ...offlineOld], says: 'Neither --role nor --trust-policy-file is given.' },
  {
    args: ['diagnose', '--token-file', '-', '--trust-policy-file', '-'],
    says: '--token-file and --trust-policy-file are both -.',
  },
  {
    args: ['diagnose', ...policyFile, ...offlineOld, '--token-file', 'token'],
    says: 'Both --token-file and a service connection are given.',
  },
  { args: ['diagnose', ...offlineOld, '--role', 'a b'], says: '--role is "a b"' },
  { args: ['diagnose', '--role', roleArn, '--duration-seconds', '899'], says: '--duration-seconds is "899".' },
  {
    args: ['diagnose', ...offlineOld, '--role', 'arn:aws-iso:iam::111111111111:role/a'],
    says: '--role is partition "aws-iso".',
  },
  {
    args: ['diagnose', ...offlineOld, '--role', roleArn, '--account', '222222222222'],
    says: `--account is 222222222222, but the role is ${roleArn}.`,
  },
  {
    args: ['diagnose', ...offlineOld, ...policyFile, ...account, '--account', '222222222222'],
    says: '--account is given several times.',
  },
] as const;

const files = [
  {
    name: 'a token of two parts',
    option: '--token-file',
    content: 'canary.canary',
    says: 'contains no ID token: it has 2 parts',
  },
  {
    name: 'a token of no JSON',
    option: '--token-file',
    content: 'canary.canary.canary',
    says: 'contains no ID token: its claims are not JSON.',
  },
  {
    name: 'a personal access token for a token',
    option: '--token-file',
    content: tokens.full,
    says: 'contains no ID token: it has no dots',
  },
  { name: 'an empty token', option: '--token-file', content: ' \n', says: 'it is empty.' },
  {
    name: 'JSON of another service',
    option: '--token-file',
    content: '{"access_token":"canary"}',
    says: 'it is JSON without the member oidcToken',
  },
  { name: 'a masked token', option: '--token-file', content: '***', says: 'it was copied from a log' },
  {
    name: 'a token behind a name',
    option: '--token-file',
    content: 'TOKEN=eyJ.canary.canary',
    says: 'it starts with a name instead of the token',
  },
  {
    name: 'a token over 1 MB',
    option: '--token-file',
    content: 'c'.repeat(1_000_001),
    says: 'has more than 1000000 bytes.',
  },
  {
    name: 'a binary token',
    option: '--token-file',
    content: new Uint8Array([0xff, 0xfe, 0x00]),
    says: 'is not UTF-8 text',
  },
  {
    name: 'a policy over 50 MB',
    option: '--trust-policy-file',
    content: ' '.repeat(50_000_001),
    says: 'has more than 50000000 bytes.',
  },
  {
    name: 'a policy of no JSON',
    option: '--trust-policy-file',
    content: 'canary',
    says: 'The file is not JSON: line 1, column 1 has something instead of a value.',
  },
  {
    name: 'a policy without statements',
    option: '--trust-policy-file',
    content: '{}',
    says: 'The file contains no role and no trust policy.',
  },
  {
    name: 'a policy of no account',
    option: '--trust-policy-file',
    content: '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}',
    says: 'The trust policy names no OIDC provider',
  },
] as const;

/** Command lines with several mistakes, and what the error about each has to name. */
const several = [
  {
    args: ['audit', '--file', 'x', '--accounts-file', 'y', '--profile', 'p', '--assume-role', 'z', '--account-details'],
    names: ['and --accounts-file', 'and --profile', 'and --assume-role', 'and --account-details'],
  },
  {
    args: ['audit', '--account', '1', '--accounts-file', 'absent', '--baseline', 'gone', '--fail-on', 'hgih', '--file'],
    names: ['Both --account and --accounts-file', '"1"', 'gone', "'hgih'", '--file <file>', 'Both --file and'],
  },
  {
    args: [
      'diagnose',
      '--token-file',
      'absent',
      '--trust-policy-file',
      'gone',
      '--control-policy-file',
      'lost',
      ...account,
      '--role',
    ],
    names: ['absent', 'gone', 'lost', '--role <role>'],
  },
  {
    args: ['diagnose', '--token-file', '-', '--control-policy-file=-', '--source-ip', '10.0.0.1', '--source-vpce', 'y'],
    names: ['are both -', 'Both --source-ip', '10.0.0.1', '"y"', 'Neither --role nor', 'Standard input'],
  },
  {
    args: ['migrate', 'apply', '--plan', 'absent', '--sha256', 'x', '--role', 'a/b', '--expand', '--yes', '--dry-run'],
    names: [
      'absent',
      '--sha256 is',
      'and --role',
      'and --expand',
      '"a/b"',
      '--organization-url',
      '--account',
      'Both --yes',
    ],
  },
  {
    args: [
      'guardrail',
      'changes',
      '--role',
      'x',
      '--all-roles',
      '--exempt-tag',
      'y',
      '--admin-role',
      '*',
      '--profile=p',
    ],
    names: ['Both --role and --all-roles', '"x"', '"y"', '"*"', 'without --check'],
  },
  {
    args: ['guardrail', 'retired', '--file', 'a', '--exempt-tag', 'x', '--organization-id', '1', '--format', 'html'],
    names: ['--format', 'and --exempt-tag', '"x"', '"1"', 'without --check', 'without --admin-role'],
  },
  {
    args: [
      'guardrail',
      'subjects',
      '--organization-id',
      'x',
      '--organization',
      'a b',
      '--organization',
      'c',
      '--accout',
      '1',
    ],
    names: ['"x"', '"a b"', 'The numbers of', '--accout', '"1"', 'without --check'],
  },
  {
    args: ['thumbprints', 'list', '--tag', '=', '--provider-arn', 'x', '--provider-arn', 'y', '--ca-file', 'absent'],
    names: ['Both --tag and --provider-arn', '"="', '"x"', '"y"', 'absent'],
  },
  {
    args: [
      'setup',
      '--policy-arn',
      'x',
      '--policy-arn',
      'y',
      '--tag',
      'a',
      '--tag',
      'b',
      '--any-network',
      '--source-ip',
      'z',
    ],
    names: ['"x"', '"y"', '"a"', '"b"', '"z"', 'Both --any-network', '--account', '--role-name', 'No service', '--yes'],
  },
  {
    args: ['migrate', 'aply', '--yess', '--dry-run=no', '--tenant-id', 'x', '--account'],
    names: [
      "'aply'",
      "'--yess'",
      "'--dry-run'",
      '--tenant-id is',
      '--account <id>',
      '--organization-url',
      'Both --yes',
    ],
  },
  {
    args: ['--account', '1', 'setpu', '--json', '--issuer', 'entr', '--role-name=a/b', '--dry-run'],
    names: ['--account stands', "'setpu'", "'entr'", '"1"', '--role-name is', 'No service connection'],
  },
  {
    args: ['organization-id', 'contoso', 'fabrikam', '--colour', 'red', '--out', 'nowhere/report'],
    names: ['fabrikam', '--colour', 'nowhere', '"contoso"'],
  },
  {
    args: ['migrate', 'rollback', '--accept-lost', '--colour', 'red'],
    names: ['--accept-lost-trust', '--colour', 'does not exist', '--account', '--yes'],
  },
  {
    args: ['setup', '--role-name', 'a/b', '--tag', 'x', '--assume-role', 'deploy'],
    names: ['--account', '--role-name', '--tag', '--assume-role', 'No service connection', '--yes'],
  },
  {
    args: [
      'setup',
      '--issuer',
      'github',
      '--colour',
      'red',
      '--account',
      '1',
      '--account',
      '2',
      '--role-name',
      'deploy',
    ],
    names: ['--issuer', '--colour', '"1"', '"2"', 'one set of credentials', 'No service connection', '--yes'],
  },
  {
    args: ['setup', '--account', '12', '--role-name', 'deploy', '--account'],
    names: ['--account <id>', '"12"', 'No service connection', '--yes'],
  },
  { args: ['trust-policy', '--organization-id', 'x'], names: ['--account', '--organization-id', '--connection-id'] },
  {
    args: ['trust-policy', '--partition', 'mars', '--account', '1', '--split=no'],
    names: ['--partition', '"1"', '--split', 'No service connection'],
  },
  {
    args: ['template', 'stack-set', '--role-name', 'a/b', '--path', 'x', '--shell', 'sh', ...account],
    names: ['--role-name', '--path', '--shell', '--account is given', '--organizational-unit', 'No service connection'],
  },
  {
    args: ['template', 'commands', '--part', 'values', '--policy-arn', 'x', '--policy-arn', 'y'],
    names: ['--part', '--policy-arn is "x"', '--policy-arn is "y"', '--account', 'No service connection'],
  },
  { args: ['template', '--existing-provider', 'github'], names: ['--existing-provider', 'format'] },
  {
    args: ['connection', '--organization-url', 'http://evil.example/a', '--organization-id', 'x'],
    names: [
      'https',
      'Both --organization-url and --organization-id',
      '--project',
      '--connection',
      '--organization-id is',
    ],
  },
  {
    args: [
      'diagnose',
      '--role',
      'arn:aws:iam::1:role/a',
      '--token-file',
      'absent',
      ...account,
      '--account',
      '222222222222',
    ],
    names: ['--role', '--account is given several times', 'absent'],
  },
  {
    args: ['migrate', 'verify', '--tenant-id', 'x', '--role', 'a/b', '--role', 'c/d', '--token-file', 'absent'],
    names: ['--organization-url', '--account', '--tenant-id', '"a/b"', '"c/d"', 'absent'],
  },
  {
    args: ['migrate', 'audit', '--account', '1', '--assume-role', 'x'],
    names: ['--organization-url', '--account', '--assume-role'],
  },
  {
    args: ['migrate', 'rollback', '--organization-url', 'http://evil.example/a', '--tenant-id', 'x'],
    names: ["argument 'file'", '--account', 'https', '--tenant-id', '--yes'],
  },
  {
    args: ['migrate', 'apply', '--include-converted', 'x', '--yes', '--dry-run'],
    names: ['--organization-url', '--account', '--include-converted', 'Both --yes and --dry-run'],
  },
  { args: ['migrate', 'plan', '--save-plan', '-', '--accounts-file', '-'], names: ['--organization-url', 'account'] },
  {
    args: ['thumbprints', 'refresh', '--max-thumbprints', '9'],
    names: ['--account', '--tag', '--max-thumbprints', '--yes'],
  },
] as const;

describe('aws-wif refuses wrong usage', () => {
  before(() => {
    buildCommandLine();
  });

  for (const { args, says } of cases) {
    it(`aws-wif ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await run(args);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.ok(stderr.startsWith('UsageWrong: ') && stderr.includes(says), stderr);
      assert.match(stderr, /^ {2}Expected: .+\n {2}What to do: .+\n$/m);
      assert.doesNotMatch(stderr, /canary/);
    });
  }

  for (const [place, { name, option, content, says }] of files.entries()) {
    it(name, async () => {
      const path = writeInput(`wrong-${place}`, content);
      const other = option === '--token-file' ? ['--trust-policy-file', path] : offlineEntra;
      const { status, stdout, stderr } = await run(['diagnose', option, path, ...other]);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.ok(stderr.includes(says), stderr);
      assert.doesNotMatch(stderr, /canary|ccc/);
    });
  }

  for (const { args, names } of several) {
    it(`all at once: aws-wif ${args.join(' ')}`, async () => {
      const { status, stdout } = await run([...args, '--json']);
      const { errors } = JSON.parse(stdout) as {
        errors: readonly { found: string; expected: string; remedy: string }[];
      };
      assert.equal(status, 2);
      const texts = errors.map(({ found, expected }) => `${found} ${expected}`);
      assert.deepEqual(
        names.filter(name => !texts.some(text => text.includes(name))),
        [],
        stdout,
      );
      assert.equal(errors.length, names.length, stdout);
      assert.equal(new Set(errors.map(({ found }) => found)).size, errors.length, 'no mistake twice');
      for (const { remedy } of errors) assert.match(remedy, /aws-wif [a-z]+.* --help|--/);
    });
  }

  for (const args of [
    ['--json', 'connection', ...offlineOld],
    ['--json', '--out', 'early.json', '--overwrite', 'connection', ...offlineOld],
  ]) {
    it(`but not what every command accepts, before its name: aws-wif ${args.join(' ')}`, async () => {
      const { status, stdout } = await run(args);
      assert.equal(status, 0);
      assert.equal(stdout.startsWith('{'), !args.includes('--out'));
    });
  }

  it('as one JSON document with --json', async () => {
    const { status, stdout, stderr } = await run(['connection', '--json', '--colour']);
    assert.deepEqual({ status, stderr }, { status: 2, stderr: '' });
    const { errors } = JSON.parse(stdout) as { errors: readonly { code: string; found: string }[] };
    assert.deepEqual(
      errors.map(({ code, found }) => [code, found]),
      [
        ['UsageWrong', "unknown option '--colour'."],
        ['UsageWrong', 'No service connection is given.'],
      ],
    );
  });
});
