import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import type { IamAccount, IamServer } from '../fakes/iam.ts';
import { buildCommandLine, folder, run, type Ran } from './command-line.ts';
import { canaryKeys, offlineEntra } from './company.ts';
import { accountId, convertedConnection, entraConnection, oldConnection, startMigration } from './migrate-scene.ts';
import { readOnly, startAccount } from './setup-scene.ts';

interface Case {
  readonly status: string;
  readonly exitCode: number;
  readonly args?: readonly string[];
  readonly account?: Partial<IamAccount>;
}

/** How a command that writes can end without a terminal and without a signal. */
const endings: readonly Case[] = [
  { status: 'planned', exitCode: 0, args: ['--dry-run'] },
  { status: 'done', exitCode: 0, args: ['--yes'] },
  { status: 'invalid', exitCode: 2 },
  { status: 'refused', exitCode: 1, args: ['--yes'], account: { accountId: '222222222222' } },
  { status: 'failed', exitCode: 3, args: ['--yes'], account: { denied: ['GetCallerIdentity'] } },
];
/** What the credentials may not do, and how each command ends then: it made the provider, or nothing at all. */
const incomplete: Readonly<Record<string, Case>> = {
  setup: { status: 'partial', exitCode: 3, args: ['--yes'], account: { denied: ['AttachRolePolicy'] } },
  apply: { status: 'partial', exitCode: 1, args: ['--yes'], account: { denied: ['UpdateAssumeRolePolicy'] } },
  finish: { status: 'refused', exitCode: 1, args: ['--yes'], account: { denied: ['UpdateAssumeRolePolicy'] } },
  rollback: {
    status: 'partial',
    exitCode: 3,
    args: ['--yes'],
    account: { denied: ['DeleteOpenIDConnectProvider'] },
  },
};
const casesOf = (command: string): readonly Case[] => [
  ...endings,
  ...(incomplete[command] ? [incomplete[command]] : []),
];

/** `run` throws if the document is not of its schema. */
async function checkEnding(ran: Promise<Ran>, { status, exitCode }: Case): Promise<void> {
  const { stdout, stderr, status: code } = await ran;
  const document = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  const found = [document['status'], document['exitCode'], code];
  assert.deepEqual(found, [status, exitCode, exitCode], `${stdout}${stderr}`);
}

describe('JSON of the commands that write, however they end', () => {
  let close: (() => Promise<void>) | undefined;
  let migrated: Pick<IamAccount, 'roles' | 'providers'>;
  let saved: string;

  before(async () => {
    buildCommandLine();
    const made = await startMigration();
    assert.equal((await made.migrate('apply', '--yes')).status, 0);
    migrated = JSON.parse(JSON.stringify(made.iam.snapshot(accountId))) as IamAccount;
    saved = made.saved()[0] ?? '';
    await made.close();
  });
  afterEach(() => close?.());

  for (const one of casesOf('setup')) {
    it(`setup: ${one.status} ${String(one.account?.denied ?? '')}`, async () => {
      const iam: IamServer = await startAccount(one.account);
      close = () => iam.close();
      const role = ['--account', accountId, '--role-name', 'deploy', '--policy-arn', readOnly];
      const args = ['setup', ...role, '--issuer', 'entra', ...offlineEntra, '--save-folder', `${folder}/documents`];
      await checkEnding(
        run([...args, ...(one.args ?? []), '--json'], { ...canaryKeys, AWS_ENDPOINT_URL: iam.url }),
        one,
      );
    });
  }

  const commands = [
    { name: 'apply', account: () => ({}), connections: [oldConnection, entraConnection], more: () => [] },
    { name: 'finish', account: () => migrated, connections: [convertedConnection, entraConnection], more: () => [] },
    {
      name: 'rollback',
      account: () => migrated,
      connections: [oldConnection, entraConnection],
      more: () => [saved, '--save-folder', dirname(saved)],
    },
  ];
  for (const { name, account, connections, more } of commands) {
    for (const one of casesOf(name)) {
      it(`migrate ${name}: ${one.status} ${String(one.account?.denied ?? '')}`, async () => {
        const made = await startMigration({ ...account(), ...one.account }, [...connections]);
        close = made.close;
        await checkEnding(made.migrate(name, ...more(), ...(one.args ?? []), '--json'), one);
      });
    }
  }
});
