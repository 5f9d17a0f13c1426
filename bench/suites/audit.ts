import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAccounts, type FleetSize } from '../fleet.ts';
import { hasTimeProgram } from '../measure.ts';
import { runCommand, startFleet, type Measured } from '../run-fleet.ts';
import { formatNumber } from '../table.ts';
import type { Bench, Found } from './suite.ts';

/** Measures `aws-wif audit` of many accounts: read live, from files, and from files if no two roles are alike. */
export async function measureAudit(bench: Bench): Promise<Found> {
  const size = bench.quick
    ? { connections: 100, roles: 20, accounts: 4 }
    : { connections: 1000, roles: 200, accounts: 40 };
  const unique = { ...size, connections: size.roles * size.accounts * 5 };
  const costs: readonly (readonly [name: string, cost: Measured])[] = [
    ['files', await runCommand(['audit', ...writeFiles(size, bench)], bench)],
    ['files, no two roles alike', await runCommand(['audit', ...writeFiles(unique, bench)], bench)],
    ...(await auditLive(size, bench)),
  ];
  const read = (name: string): Measured | undefined => costs.find(([one]) => one === name)?.[1];
  return {
    tables: [
      {
        title: `aws-wif audit of ${size.accounts} accounts of ${size.roles} roles`,
        notes: [
          'Every role trusts service connections. Live each of them takes two further requests to IAM, for the names of its policies; with --account-details none.',
        ],
        columns: ['read', 'processor seconds', 'seconds', 'MiB'],
        rows: costs.map(([name, cost]) => [
          name,
          ...[cost.processor, cost.seconds, cost.mebibytes].map(value => formatNumber(value)),
        ]),
      },
    ],
    measured: [
      ['audit files', read('files')?.processor ?? NaN],
      ['audit unique', read('files, no two roles alike')?.processor ?? NaN],
      ['audit live', read('live, --account-details')?.processor ?? NaN],
      ...(hasTimeProgram ? [['audit memory', Math.max(...costs.map(([, cost]) => cost.mebibytes))] as const] : []),
    ],
  };
}

async function auditLive(size: FleetSize, bench: Bench): Promise<readonly (readonly [name: string, cost: Measured])[]> {
  const fleet = await startFleet(size, bench);
  try {
    return [
      ['live', await fleet.run(['audit', '--fail-on', 'none'])],
      ['live, --account-details', await fleet.run(['audit', '--fail-on', 'none', '--account-details'])],
    ];
  } finally {
    await fleet.close();
  }
}

/** Writes what `aws iam list-roles` prints of each account, and returns the options that name the files. */
function writeFiles(size: FleetSize, { folder }: Bench): readonly string[] {
  return makeAccounts(size).flatMap(({ accountId, roles }) => {
    const path = join(folder, `roles-${accountId}.json`);
    const Roles = roles.map(({ name, trustPolicy }) => ({
      Path: '/',
      RoleName: name,
      Arn: `arn:aws:iam::${accountId}:role/${name}`,
      AssumeRolePolicyDocument: trustPolicy,
    }));
    writeFileSync(path, JSON.stringify({ Roles }, null, 4));
    return ['--file', path];
  });
}
