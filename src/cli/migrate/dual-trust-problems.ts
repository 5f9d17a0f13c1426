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
      found: `Read back, ${unready.map(({ roleArn, connection }) => `${roleArn} does not admit ${nameAll([connection])} on the Entra issuer`).join('; ')}.`,
      expected: 'both identities of each connection to be admitted.',
      remedy: 'Wait a minute, then run aws-wif migrate verify; convert nothing before that.',
    },
  ];
}

/** Returns why nothing is written for a tenant that nobody confirmed. */
export function refuseTenant({ unconfirmed }: MigrationPlan): readonly Problem[] {
  if (unconfirmed.length === 0) return [];
  return [
    {
      code: 'TenantUnconfirmed',
      found: `Nobody has confirmed the tenant that signs for ${nameAll(unconfirmed)}: it is taken from the connections themselves.`,
      expected: "the organization's tenant, or a connection of the organization that was converted already.",
      remedy: 'Compare it with Organization settings > Microsoft Entra, and give it as --tenant-id.',
    },
  ];
}
