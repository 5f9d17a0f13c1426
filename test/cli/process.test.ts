import assert from 'node:assert/strict';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import {
  canaryKeys,
  offlineEntra,
  offlineOld,
  policies,
  roleArn,
  startAccounts,
  startCompany,
  tokens,
} from './company.ts';
import { buildCommandLine, run, spawnRun, writeInput } from './command-line.ts';

/** What each command answers, once for each exit code and each way to the outside. */
const rows: readonly { readonly status: number; readonly args: (url: string) => readonly string[] }[] = [
  { status: 0, args: () => [] },
  { status: 0, args: () => ['connection', ...offlineOld, '--json'] },
  { status: 0, args: url => ['organization-id', url] },
  { status: 0, args: url => ['diagnose', ...named(url, 'aws'), '--role', roleArn] },
  { status: 1, args: url => ['connection', ...named(url, 'renamed')] },
  { status: 1, args: () => ['diagnose', ...offlineEntra, '--trust-policy-file', policyFile()] },
  {
    status: 0,
    args: () => [
      ...'setup --account 111111111111 --role-name new --dry-run --issuer entra'.split(' '),
      ...offlineEntra,
    ],
  },
  { status: 1, args: url => ['migrate', 'audit', '--organization-url', url, '--account', '111111111111'] },
  { status: 2, args: () => ['connection', '--colour'] },
  { status: 3, args: url => ['connection', ...named(url, 'absent')] },
];

function named(url: string, connection: string): readonly string[] {
  return ['--organization-url', url, '--project', 'Payments', '--connection', connection];
}

function policyFile(): string {
  return writeInput('process-policy.json', JSON.stringify(policies.other));
}

describe('aws-wif in a process of its own', () => {
  let company: RecordedServer;
  let accounts: RecordedServer;
  before(async () => {
    buildCommandLine();
    [accounts, company] = await Promise.all([startAccounts(), startCompany()]);
  });
  after(() => Promise.all([accounts.close(), company.close()]));

  for (const { status, args } of rows) {
    it(`ends with ${status}, and says what it says in that of the tests: ${args('URL').slice(0, 2).join(' ')}`, async () => {
      const env = { ...canaryKeys, AWS_ENDPOINT_URL: accounts.url, AZURE_DEVOPS_EXT_PAT: tokens.full };
      const line = args(`${company.url}/contoso`);
      // Node warns of what the client library of Azure DevOps does, later versions without being asked.
      const ran = await spawnRun(line, { ...env, NODE_OPTIONS: '--pending-deprecation' });
      assert.equal(ran.status, status, ran.stderr);
      assert.deepEqual(await run(line, env), ran);
    });
  }
});
