import assert from 'node:assert/strict';
import { type SavedFile, matchFiles } from '../../../../src/cli/migrate/rollback/match-files.ts';
import { CliFailure } from '../../../../src/cli/terminal/failure.ts';
import type { Partition } from '../../../../src/trust/oidc-provider.ts';

const [a, b, c] = ['111111111111', '222222222222', '333333333333'] as const;
const target = (accountId: string, partition: Partition = 'aws') => ({
  account: { accountId, partition },
  profile: undefined,
  assumeRoleArn: undefined,
});
const file = (account: string, path = `${account}.json`, change: object = {}): SavedFile => ({
  path,
  saved: { version: 1, account, partition: 'aws', savedAt: '', entries: [], ...change },
});
const providerOf = (account: string) =>
  ({ kind: 'provider', arn: `arn:aws:iam::${account}:oidc-provider/x.example`, before: null, after: null }) as const;

interface Case {
  readonly name: string;
  readonly files: readonly SavedFile[];
  readonly accounts: readonly string[];
  readonly accountsFile?: string;
  /** The accounts that are rolled back, or what each refusal begins with. */
  readonly gives: readonly string[] | { readonly refused: readonly RegExp[] };
}

const cases: readonly Case[] = [
  { name: 'a file for the account', files: [file(a)], accounts: [a], gives: [a] },
  { name: 'files in another order', files: [file(b), file(a)], accounts: [a, b], gives: [b, a] },
  {
    name: 'an accounts file that lists more',
    files: [file(b)],
    accounts: [a, b, c],
    accountsFile: 'accounts.txt',
    gives: [b],
  },
  {
    name: 'an account without a file',
    files: [file(a)],
    accounts: [a, b],
    gives: { refused: [/^No file was given for account 222222222222/] },
  },
  {
    name: 'a file without an account, from an accounts file too',
    files: [file(a), file(c)],
    accounts: [a, b],
    accountsFile: 'accounts.txt',
    gives: { refused: [/^The file 333333333333\.json is for account 333333333333/] },
  },
  {
    name: 'two files for an account',
    files: [file(a), file(a, 'later.json')],
    accounts: [a],
    gives: { refused: [/^The file later\.json is a second file for account 111111111111/] },
  },
  {
    name: 'a file with a provider of another account',
    files: [file(a, 'a.json', { entries: [providerOf(b)] })],
    accounts: [a],
    gives: { refused: [/contains other accounts/] },
  },
  {
    name: 'a file for another partition',
    files: [file(a, 'a.json', { partition: 'aws-cn' })],
    accounts: [a],
    gives: { refused: [/partition aws-cn/, /^No file was given for account 111111111111/] },
  },
  {
    name: 'all mistakes at once',
    files: [file(c), file(a), file(a, 'again.json')],
    accounts: [a, b],
    gives: { refused: [/333333333333/, /again\.json/, /222222222222/] },
  },
];

describe('files of a rollback', () => {
  for (const { name, files, accounts, accountsFile, gives } of cases) {
    it(name, () => {
      const match = () =>
        matchFiles(
          files,
          accounts.map(id => target(id)),
          accountsFile === undefined ? {} : { accountsFile },
        );
      if (!('refused' in gives)) {
        assert.deepEqual(
          [...match()].map(([{ account }, saved]) => [account.accountId, saved.account]),
          gives.map(id => [id, id]),
        );
        return;
      }
      assert.throws(match, (thrown: unknown) => {
        assert.ok(thrown instanceof CliFailure && thrown.exit === 1);
        assert.equal(thrown.problems.length, gives.refused.length);
        gives.refused.forEach((pattern, index) => {
          assert.match(thrown.problems[index]?.found ?? '', pattern);
          assert.equal(thrown.problems[index]?.code, 'AccountDiffers');
        });
        return true;
      });
    });
  }
});
