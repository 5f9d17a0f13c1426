import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { choosePaint } from '../../src/cli/terminal/layout.ts';
import { buildCommandLine, run } from './command-line.ts';
import { offlineOld } from './company.ts';

const commands = [
  ...['organization-id', 'connection', 'trust-policy', 'setup', 'template', 'diagnose', 'audit', 'thumbprints list'],
  'thumbprints refresh',
  ...['subjects', 'providers', 'retired', 'changes'].map(name => `guardrail ${name}`),
  ...['audit', 'plan', 'apply', 'verify', 'finish', 'rollback'].map(name => `migrate ${name}`),
];

describe('aws-wif prints', () => {
  before(() => {
    buildCommandLine();
  });

  for (const command of commands) {
    it(`help with examples for ${command}`, async () => {
      const { status, stdout, stderr } = await run([...command.split(' '), '--help']);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.match(stdout, new RegExp(`^Usage: aws-wif ${command} `));
      assert.match(stdout, new RegExp(`^Examples:\n {2}\\$ aws-wif ${command}(?: |$)`, 'm'));
      assert.match(stdout, /^ {2}--json /m);
      assert.match(stdout, /^ {2}--out <file> /m);
      assert.deepEqual(
        stdout.split('\n').filter(line => line.length > 100),
        [],
      );
    });
  }

  const required = [
    { command: 'trust-policy', options: ['--account'] },
    { command: 'setup', options: ['--account', '--role-name'] },
    { command: 'migrate audit', options: ['--organization-url', '--account'] },
    { command: 'migrate apply', options: ['--organization-url', '--account'] },
    { command: 'migrate finish', options: ['--organization-url', '--account'] },
    { command: 'migrate verify', options: ['--organization-url', '--account'] },
    { command: 'migrate plan', options: ['--organization-url', '--account'] },
    { command: 'migrate rollback', options: ['--account'] },
    { command: 'thumbprints refresh', options: ['--account'] },
    { command: 'thumbprints list', options: [] },
    { command: 'connection', options: [] },
    { command: 'guardrail subjects', options: ['--organization-id'] },
    { command: 'guardrail providers', options: ['--account'] },
    { command: 'guardrail retired', options: ['--organization-id'] },
    { command: 'guardrail changes', options: ['--admin-role'] },
  ];
  for (const { command, options } of required) {
    it(`help in groups, with the required options of ${command}: those that it misses without any`, async () => {
      const { stdout } = await run([...command.split(' '), '--help']);
      const marked = stdout
        .split(/\n(?= {2}-)/)
        .filter(text => text.replace(/\s+/g, ' ').includes('(required)'))
        .map(text => /--[a-z-]+/.exec(text)?.[0]);
      assert.deepEqual(marked.sort(), [...options].sort());
      assert.match(stdout, /^(?:AWS account|Service connection|Organization|OIDC providers|Changes)[^\n]*:$/m);
      assert.match(stdout, /^Output:\n(?:(?: {2}--(?:all|format) | {10}).*\n)* {2}--json /m);
      if (options.length === 0) return;
      const { stderr } = await run([...command.split(' '), ...(command === 'migrate rollback' ? ['file'] : [])]);
      const missing = [...stderr.matchAll(/^UsageWrong: (--[a-z-]+) is missing\.$/gm)].map(([, option]) => option);
      assert.deepEqual(missing.sort(), [...options].sort());
    });
  }

  for (const group of ['', 'migrate', 'guardrail', 'thumbprints']) {
    it(`a list of the commands of "${group}" as their own help names them`, async () => {
      const words = group === '' ? [] : [group];
      const { stdout } = await run([...words, '--help']);
      const [, list = ''] = stdout.split('\nCommands:\n');
      const listed = [...list.matchAll(/^ {2}([a-z][^\n]*?) {2,}/gm)].map(([, term = '']) => term);
      const names = listed.map(term => term.replace(/ .*/, '')).filter(name => name !== 'help');
      const own = names.map(async name => {
        const help = await run([...words, name, '--help']);
        return /^Usage: (.*)/.exec(help.stdout)?.[1]?.replace(' [options] [command]', '') ?? '';
      });
      const path = ['aws-wif', ...words].join(' ');
      assert.deepEqual(
        listed.map(term => `${path} ${term}`),
        [...(await Promise.all(own)), `${path} help [command]`],
      );
      const known = commands.map(command => `aws-wif ${command}`);
      for (const name of names)
        assert.ok(
          known.some(command => `${command} `.startsWith(`${path} ${name} `)),
          name,
        );
    });
  }

  for (const args of [[], ['migrate'], ['thumbprints'], ['guardrail']]) {
    it(`the help of "${args.join(' ')}" where no command is given`, async () => {
      const { status, stdout, stderr } = await run(args);
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /^Usage: aws-wif .*\n[^]*Examples:/);
    });
  }

  it('all mistakes of a command line at once, and which command to ask for help', async () => {
    const { status, stdout } = await run(['setup', '--role-name', 'a/b', '--tag', 'x', '--json']);
    const { errors } = JSON.parse(stdout) as { errors: readonly { found: string; remedy: string }[] };
    assert.equal(status, 2);
    const all = [
      '--account is missing',
      '--role-name is "a/b"',
      '--tag is "x"',
      'No service connection',
      'no terminal',
    ];
    for (const text of all)
      assert.ok(
        errors.some(({ found }) => found.includes(text)),
        `${text}: ${stdout}`,
      );
    assert.ok(
      errors.every(({ remedy }) => remedy.includes('aws-wif setup --help')),
      stdout,
    );
  });

  it('help that names every command and exit code', async () => {
    const { status, stdout } = await run(['--help']);
    assert.equal(status, 0);
    for (const name of new Set(commands.map(command => command.split(' ')[0]))) {
      assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'));
    }
    assert.match(stdout, /^Exit codes: 0 done; 1 a finding or a refusal; 2 wrong usage; 3 could not finish/m);
  });

  it('its version', async () => {
    assert.match((await run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('no colour where nobody looks, in results and in errors', async () => {
    for (const args of [['connection', ...offlineOld], ['connection']]) {
      const { stdout, stderr } = await run(args, { TERM: 'xterm-256color', FORCE_COLOR: '1' });
      assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
    }
  });

  const stages = [
    { name: 'a terminal', isTerminal: true, env: { TERM: 'xterm' }, colours: true },
    { name: 'a terminal with an empty NO_COLOR', isTerminal: true, env: { NO_COLOR: '' }, colours: true },
    { name: 'a terminal with NO_COLOR', isTerminal: true, env: { NO_COLOR: '1' }, colours: false },
    { name: 'a terminal with NO_COLOR=0', isTerminal: true, env: { NO_COLOR: '0' }, colours: false },
    { name: 'a dumb terminal', isTerminal: true, env: { TERM: 'dumb' }, colours: false },
    { name: 'a pipe', isTerminal: false, env: { TERM: 'xterm' }, colours: false },
  ];
  for (const { name, isTerminal, env, colours } of stages) {
    it(`${colours ? 'colours' : 'no colours'} on ${name}`, () => {
      assert.equal(choosePaint({ isTerminal, env }).red('x'), colours ? '\u001b[31mx\u001b[39m' : 'x');
    });
  }

  const hasScript = spawnSync('script', ['--version']).status === 0;
  for (const { name, env, colours } of [
    { name: 'colours on a real terminal', env: {}, colours: true },
    { name: 'no colours on a real terminal with NO_COLOR', env: { NO_COLOR: '1' }, colours: false },
  ]) {
    it(name, function () {
      if (!hasScript) {
        console.log('SKIPPED: there is no "script" (util-linux) to make a terminal with');
        this.skip();
      }
      const command = `"${process.execPath}" "${buildCommandLine()}" connection ${offlineOld.join(' ')}`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], TERM: 'xterm', ...env },
      });
      assert.match(stdout, /sc:\/\/contoso\/Payments\/aws-old/);
      assert.equal(stdout.includes('\u001b['), colours);
    });
  }

  it('to a full disk, with a failure: what is lost is not 0', function () {
    if (process.platform !== 'linux') {
      console.log('    *** SKIPPED: only Linux has /dev/full ***');
      this.skip();
    }
    const command = `"${process.execPath}" "${buildCommandLine()}" connection ${offlineOld.join(' ')} > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    assert.equal(status, 3);
    assert.match(stderr, /OutFileRefused: The report could not be written to stdout: ENOSPC/);
  });

  it('with the same exit code where nobody reads stderr', async () => {
    const child = spawn(process.execPath, [buildCommandLine(), 'setpu'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.destroy();
    assert.deepEqual(await once(child, 'exit'), [2, null]);
  });

  for (const [words, path] of [
    ['help migrate apply', 'migrate apply'],
    ['migrate help apply', 'migrate apply'],
    ['help setup', 'setup'],
    ['setup help', 'setup'],
    ['--help setup', 'setup'],
    ['migrate --help apply', 'migrate apply'],
    ['help', ''],
  ] as const) {
    it(`of "${words}" is the help of "${path}"`, async () => {
      const { stdout } = await run(words.split(' '));
      assert.equal(stdout, (await run([...path.split(' ').filter(word => word !== ''), '--help'])).stdout);
    });
  }

  it('to a reader that goes away, without a failure', () => {
    if (process.platform === 'win32') return;
    const command = `"${process.execPath}" "${buildCommandLine()}" trust-policy --help | head -1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    assert.match(stdout, /^Usage: aws-wif trust-policy /);
    assert.equal(stderr, '');
  });
});
