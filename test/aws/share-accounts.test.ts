import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shareAccounts, openTransport } from '../../src/aws/account.ts';
import { startIam, type IamServer } from '../fakes/iam.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

const hub = { accessKeyId: 'AKIAHUB', accountId: '999999999999', roles: [], providers: [] };
const ids = ['111111111111', '222222222222', '333333333333'];
const trustPolicy = { Version: '2012-10-17', Statement: [] };

/** A program hands out the hub's credentials, and counts how often it is asked. */
function writeConfig(folder: string): string {
  const keys = { Version: 1, AccessKeyId: hub.accessKeyId, SecretAccessKey: 'canary-secret' };
  const program = join(folder, 'keys.cjs');
  const count = JSON.stringify(join(folder, 'asked'));
  writeFileSync(
    program,
    `require('fs').appendFileSync(${count}, 'x'); console.log(${JSON.stringify(JSON.stringify(keys))})`,
  );
  const config = join(folder, 'config');
  writeFileSync(config, `[profile hub]\ncredential_process = "${process.execPath}" "${program}"\n`);
  return config;
}

describe('shareAccounts', () => {
  let iam: IamServer;
  let before: NodeJS.ProcessEnv;
  const folder = makeScratchFolder('share-accounts');
  beforeEach(async () => {
    const members = ids.map(accountId => {
      return { accessKeyId: `AKIA${accountId}`, accountId, roles: [{ name: 'admin', trustPolicy }], providers: [] };
    });
    iam = await startIam([hub, ...members]);
    before = { ...process.env };
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, { AWS_ENDPOINT_URL: iam.url, AWS_CONFIG_FILE: writeConfig(folder) });
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    await iam.close();
  });

  it('asks for the credentials of a profile once, and reaches all accounts by a few connections', async () => {
    const open = shareAccounts(openTransport(() => undefined));
    const read = async (accountId: string) => {
      const assumeRoleArn = `arn:aws:iam::${accountId}:role/admin`;
      const account = open({ partition: 'aws', profile: 'hub', assumeRoleArn });
      const caller = await account.readCaller();
      return [caller.accountId, (await account.listRoles()).length];
    };
    assert.deepEqual(
      await Promise.all(ids.map(read)),
      ids.map(id => [id, 1]),
    );
    assert.equal(readFileSync(join(folder, 'asked'), 'utf8'), 'x');
    assert.deepEqual([iam.requests.length, iam.connections], [9, 3]);
  });
});
