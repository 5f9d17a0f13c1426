import assert from 'node:assert/strict';
import { parseAccountsFile, readManyTargets } from '../../../src/cli/accounts/options.ts';
import { CliFailure } from '../../../src/cli/terminal/failure.ts';

const [one, two] = ['111111111111', '222222222222'];
const arnOf = (id: string, partition = 'aws'): string => `arn:${partition}:iam::${id}:role/teams/admin`;

describe('an accounts file', () => {
  const good = [
    { text: `${one} ${arnOf(one)}\n${two} ${arnOf(two)}\n`, found: [arnOf(one), arnOf(two)] },
    { text: `\ufeff# ours\r\n\r\n${one},${arnOf(one)}  # the first\r\n`, found: [arnOf(one)] },
    { text: `${one}\n${two}\t${arnOf(two)}`, found: [undefined, arnOf(two)] },
  ];
  for (const [index, { text, found }] of good.entries()) {
    it(`names accounts and roles, form ${index + 1}`, () => {
      assert.deepEqual(
        parseAccountsFile(text, 'aws').map(({ roleArn }) => roleArn),
        found,
      );
    });
  }

  const bad = [
    { text: '', says: 'lists no account' },
    { text: '11111111111', says: 'line 1 does not start' },
    { text: `${one} ${arnOf(two)}`, says: `line 1 names a role in account ${two}` },
    { text: `${one} ${arnOf(one, 'aws-cn')}`, says: 'line 1 names a role in partition aws-cn' },
    { text: `${one} ${arnOf(one)}\n${one} ${arnOf(one)}`, says: 'line 2 repeats an account' },
    { text: `${one} ${arnOf(one)} AKIAEXAMPLE`, says: 'line 1 has more than' },
    { text: `${one} https://evil.example/`, says: 'line 1 has something other than a role ARN' },
    { text: `${one} arn:aws:iam::${one}:user/admin`, says: 'line 1 has something other than a role ARN' },
    { text: '{"accounts": []}', says: 'line 1 does not start' },
    { text: 'aws_secret_access_key = canary', says: 'line 1 does not start' },
  ];
  for (const { text, says } of bad) {
    it(`is refused: ${says}`, () => {
      assert.throws(
        () => parseAccountsFile(text, 'aws'),
        (thrown: unknown) => {
          assert.ok(thrown instanceof CliFailure && thrown.exit === 2);
          assert.ok(thrown.message.includes(says), thrown.message);
          assert.ok(!/canary|AKIA/.test(thrown.message), 'what stands there is not shown');
          return true;
        },
      );
    });
  }

  it('is refused with all its mistakes at once', () => {
    assert.throws(() => parseAccountsFile('x\ny\n', 'aws'), /line 1 .*line 2 /);
  });

  it('goes without other accounts, with one profile at most, and with a role for each of several', () => {
    const partition = 'aws';
    const read = (text: string, options: object) =>
      readManyTargets({ partition, accountsFile: 'accounts.txt', ...options }, () => text);
    assert.throws(() => read(one, { profile: ['a', 'b'] }), /--profile is given 2 times/);
    assert.throws(() => read(`${one}\n${two}`, {}), /names no role for 111111111111, 222222222222/);
    assert.deepEqual(
      read(`${one}\n${two} ${arnOf(two)}`, {
        assumeRole: 'arn:aws:iam::{account}:role/audit',
        profile: ['hub'],
      }).map(({ profile, assumeRoleArn }) => [profile, assumeRoleArn]),
      [
        ['hub', 'arn:aws:iam::111111111111:role/audit'],
        ['hub', arnOf(two)],
      ],
    );
  });
});
