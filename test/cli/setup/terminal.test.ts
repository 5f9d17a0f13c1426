import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import type { IamServer } from '../../fakes/iam.ts';
import type { RecordedServer } from '../../fakes/recorded-server.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { buildCommandLine, folder, isolate } from '../command-line.ts';
import { canaryKeys, offlineEntra, startCompany, tokens } from '../company.ts';
import { findDeviations } from '../json-schema.ts';
import { accountId, readOnly, startAccount } from '../setup-scene.ts';

const hasTerminal = String(spawnSync('script', ['--version']).stdout).includes('util-linux');

interface Exchange {
  /** Waits until a text is seen that was not waited for before, then types. */
  readonly after: string;
  readonly type: string;
}

/** Runs the command line on a terminal, and types. */
async function converse(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  exchanges: readonly Exchange[],
) {
  // The terminal is as wide as needed: nothing that is waited for is broken.
  const command = `stty cols 200 rows 50; exec '${process.execPath}' '${buildCommandLine()}' ${args.map(one => `'${one}'`).join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { ...isolate(env), PATH: process.env['PATH'] ?? '', SHELL: '/bin/sh', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let raw = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
  });
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  let seen = 0;
  for (const { after, type } of exchanges) {
    const find = () => stripVTControlCharacters(raw).indexOf(after, seen);
    await waitUntil(`${after} in ${raw}`, () => find() >= 0);
    seen = find() + after.length;
    child.stdin.write(type);
  }
  const status = await ended;
  return { status, raw, shown: stripVTControlCharacters(raw).replaceAll('\r', '') };
}

describe('aws-wif setup on a terminal', () => {
  let company: RecordedServer;
  let iam: IamServer;
  let env: Readonly<Record<string, string>>;
  before(async function () {
    if (!hasTerminal) {
      console.log('*** SKIPPED: the questions on a terminal: no `script` of util-linux ***');
      this.skip();
    }
    buildCommandLine();
    [company, iam] = await Promise.all([startCompany(), startAccount()]);
    env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url, AZURE_DEVOPS_EXT_PAT: tokens.full };
  });
  after(async () => {
    if (hasTerminal) await Promise.all([company.close(), iam.close()]);
  });
  const written = () => iam.calls.filter(({ action }) => !/^(?:Get|List)/.test(action));

  it('asks, plans, asks for consent, writes, and ends with the step and the equal command', async () => {
    const url = `${company.url}/contoso`;
    const { status, raw, shown } = await converse(['setup', '--save-folder', `${folder}/saved`], env, [
      { after: 'organization (URL or name)', type: `${url}\r` },
      { after: 'Payments', type: '\r' },
      { after: 'Service connection', type: 'x#' },
      { after: 'x# #vso[task', type: '\u007f\u007faws' },
      { after: 'Search: aws', type: '\r' },
      { after: `user/admin`, type: '\r' },
      { after: 'Name of the IAM role', type: '\r' },
      { after: 'ReadOnlyAccess', type: '\r' },
      { after: '(y/N)', type: 'y\r' },
    ]);
    assert.equal(status, 0, shown);
    assert.match(shown, /\+ role arn:aws:iam::111111111111:role\/Payments-aws/);
    assert.match(shown, /allowed: Payments\/aws, on the Entra issuer\n/);
    assert.ok(
      shown.includes(
        `\n      serviceConnection: aws\n      roleArn: arn:aws:iam::${accountId}:role/Payments-aws\n      region: us-east-1\n`,
      ),
      shown,
    );
    assert.ok(
      shown.includes(
        `\naws-wif setup --organization-url ${url} --project Payments --connection aws --role-name Payments-aws --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess --account ${accountId} --save-folder ${folder}/saved\n`,
      ),
      shown,
    );
    // The list holds a name with a colour, a change of direction and a logging command.
    assert.match(shown, /x# #vso\[task/);
    assert.doesNotMatch(raw, /\u202e|##vso\[/);
    assert.equal(written().length, 3);
  });

  const ends = [
    { name: 'Ctrl-C', type: '\u0003' },
    { name: 'Ctrl-D', type: '\u0004' },
  ];
  for (const { name, type } of ends) {
    it(`ends with nothing changed at ${name}`, async () => {
      const before = written().length;
      const { status, shown } = await converse(['setup'], env, [{ after: '(URL or name)', type }]);
      assert.deepEqual([status, written().length], [3, before], shown);
      assert.match(shown, /Interrupted: You ended the questions/);
    });
  }

  it('says in its document that nobody confirmed', async () => {
    const before = written().length;
    const role = ['--account', accountId, '--role-name', 'declined', '--issuer', 'entra', ...offlineEntra];
    const args = ['setup', ...role, '--policy-arn', readOnly, '--json'];
    const { status, shown } = await converse(args, env, [{ after: '(y/N)', type: 'n\r' }]);
    const document = shown.slice(shown.indexOf('\n{\n'));
    assert.deepEqual([status, written().length, findDeviations(args, document)], [1, before, []], shown);
    assert.equal((JSON.parse(document) as { readonly status: string }).status, 'declined');
  });

  for (const more of [{ TF_BUILD: 'True' }, { CI: 'true' }]) {
    it(`asks nothing with ${Object.keys(more).join('')}`, async () => {
      const { status, shown } = await converse(['setup'], { ...env, ...more }, []);
      assert.equal(status, 2, shown);
      assert.match(shown, /--account is missing[^]*--role-name is missing[^]*No service connection is given/);
    });
  }

  it('asks nothing where the command line cannot be read', async () => {
    const { status, shown } = await converse(['setup', '--colour'], env, []);
    assert.equal(status, 2, shown);
    assert.match(shown, /unknown option '--colour'/);
  });
});
