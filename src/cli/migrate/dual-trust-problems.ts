import { isFinding, type AuditRow } from '../../migration/audit.ts';
import type { MigrationPlan } from '../../migration/dual-trust/plan.ts';
import { nameAll } from './format.ts';
import type { Problem } from '../../problem.ts';

/** Returns what, read back, is not ready although it was meant to be. */
export function findUnready({ roles }: Pick<MigrationPlan, 'roles'>, rows: readonly AuditRow[]): readonly Problem[] {
  const meant = new Set(roles.flatMap(({ arn, connections }) => connections.map(({ id }) => `${arn} ${id}`)));
  const unready = rows.filter(row => isFinding(row) && meant.has(`${row.roleArn} ${row.connection.id}`));
  if (unready.length === 0) return [];
  return [
    {
      code: 'NotSettled',
      found: `After the change, ${unready.map(({ roleArn, connection }) => `${roleArn} does not allow ${nameAll([connection])} on the Entra issuer`).join('; ')}.`,
      expected: 'roles that allow both identities of each connection.',
      remedy: 'Wait a minute, then run aws-wif migrate verify. Do not convert any connection before it succeeds.',
    },
  ];
}
