import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startIam, type IamAccount } from '../../test/fakes/iam.ts';
import { formatNumber } from '../table.ts';
import { firstNode, type Bench, type Found } from './suite.ts';

const delayMs = 50;
const ids = Array.from({ length: 200 }, (_, place) => String(100_000_000_000 + place));
const hub: IamAccount = { accessKeyId: 'AKIAHUB', accountId: '999999999999', roles: [], providers: [] };
const trustPolicy = { Version: '2012-10-17', Statement: [] };

/** Measures how long `aws-wif setup` takes for 200 empty accounts of an IAM that answers after 50 ms. */
export async function measureAccounts(bench: Bench): Promise<Found> {
  const members = ids.map((accountId): IamAccount => {
    return { accessKeyId: `AKIA${accountId}`, accountId, roles: [{ name: 'admin', trustPolicy }], providers: [] };
  });
  const iam = await startIam([hub, ...members]);
  iam.setDelay(delayMs);
  try {
    const seconds = await setUp(bench, iam.url);
    const row = ['200', formatNumber(seconds), String(iam.requests.length), String(iam.maxInFlight)];
    const columns = ['accounts', 'seconds', 'requests', 'at once, at most'];
    const notes = [
      `One run; every answer takes ${delayMs} ms. The stand-in for IAM runs in the benchmark's own process.`,
    ];
    return {
      tables: [{ title: 'Setup of many accounts', notes, columns, rows: [row] }],
      measured: [['accounts', seconds]],
    };
  } finally {
    await iam.close();
  }
}

async function setUp(bench: Bench, url: string): Promise<number> {
  const began = performance.now();
  const child = spawn(firstNode(bench).path, [bench.packed.commandLine, ...listArguments(bench.folder)], {
    env: {
      AWS_ACCESS_KEY_ID: hub.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'not-checked-by-the-stand-in',
      AWS_ENDPOINT_URL: url,
      AWS_CONFIG_FILE: join(bench.folder, 'absent'),
      AWS_SHARED_CREDENTIALS_FILE: join(bench.folder, 'absent'),
    },
    stdio: 'ignore',
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`aws-wif setup ended with exit code ${exitCode ?? 'none'}.`);
  return (performance.now() - began) / 1000;
}

function listArguments(folder: string): readonly string[] {
  const connection = {
    '--organization-id': '0ca3ddd9-f0b0-4635-a98c-5866526961b6',
    '--tenant-id': 'ff882432-09b0-437b-bd22-ca13c0037ded',
    '--connection-id': '64171687-7a59-4fce-b2c8-823278dcf176',
    '--issuer': 'entra',
  };
  const role = ['--role-name', 'deploy', '--assume-role', 'arn:aws:iam::{account}:role/admin'];
  const named = ids.flatMap(id => ['--account', id]);
  return [
    'setup',
    ...Object.entries(connection).flat(),
    ...role,
    ...named,
    '--save-folder',
    join(folder, 'saved'),
    '--yes',
  ];
}
