import { neutralise } from '../../secret.ts';
import { checkRoles, type RefusedIdentity } from '../../trust/control-policies/check-roles.ts';
import type { ControlPolicy } from '../../trust/control-policies/control-policy.ts';
import { readControlPolicy } from '../../trust/control-policies/read-control-policy.ts';
import { describeIssuerUrl } from '../connections/identities.ts';
import type { Paint } from '../terminal/layout.ts';
import { listWithoutAdministrator, type Inventory, type Unreadable } from './inventory.ts';
import type { SourceOptions } from './sources.ts';

/** What policies would do in accounts as they are. */
export interface Check {
  readonly exit: 0 | 1 | 3;
  readonly accountIds: readonly string[];
  /** How many roles a web identity may assume. */
  readonly roles: number;
  readonly refused: readonly RefusedIdentity[];
  /** ARNs of roles that no policy reaches: those of the management account. */
  readonly outside: readonly string[];
  /** Accounts in which no role is an administrator's. */
  readonly withoutAdministrator: readonly string[];
  readonly unreadable: readonly Unreadable[];
}

interface CheckContext {
  readonly options: SourceOptions;
  readonly administrators: readonly string[];
}

/**
 * Returns whom policies would deny of those whom the roles allow today. Parts of one guardrail are attached together, so each
 * of them counts. The exit code is 1 for a denial or an account that nobody could change any more, 3 if something was not
 * read or only AWS can decide.
 */
export function checkPolicies(
  policies: readonly ControlPolicy[],
  inventory: Inventory,
  { options: { managementAccount }, administrators }: CheckContext,
): Check {
  const isOutside = (accountId: string): boolean => accountId === managementAccount;
  const known = policies.map(({ guardrail, document }) => readControlPolicy(document, guardrail));
  const reached = inventory.roles.filter(({ account }) => !isOutside(account.accountId));
  const refused = checkRoles(reached, known);
  const changes = policies.some(({ guardrail }) => guardrail === 'changes');
  const without = changes ? listWithoutAdministrator(inventory, administrators).filter(id => !isOutside(id)) : [];
  const isFinding = without.length > 0 || refused.some(({ denies }) => denies === true);
  const isOpen = inventory.unreadable.length > 0 || refused.length > 0;
  return {
    exit: isFinding ? 1 : isOpen ? 3 : 0,
    accountIds: inventory.accountIds,
    roles: inventory.roles.length,
    refused,
    outside: inventory.roles.filter(({ account }) => isOutside(account.accountId)).map(({ arn }) => arn),
    withoutAdministrator: without,
    unreadable: inventory.unreadable,
  };
}

/** Returns a check as JSON documents show it. */
export function listCheck(check: Check): Readonly<Record<string, unknown>> {
  const { accountIds, roles, refused, outside, withoutAdministrator, unreadable } = check;
  return {
    accountIds,
    roles,
    refused: refused.map(({ role, policy, statement, issuer, subject, denies }) => ({
      role,
      guardrail: policy,
      statement: statement ?? null,
      issuer: describeIssuerUrl(`https://${issuer}`),
      subject: subject ?? null,
      decision: denies === true ? 'denied' : 'unknown',
    })),
    outside,
    withoutAdministrator,
    unreadable,
  };
}

/** Returns a check as text: counts first. */
export function formatCheck(check: Check, paint: Paint): string {
  const { accountIds, roles, refused, outside, withoutAdministrator, unreadable } = check;
  const denied = refused.filter(({ denies }) => denies === true);
  const open = refused.filter(({ denies }) => denies === 'unknown');
  return [
    `${paint.bold(`Identities that would be denied: ${denied.length}`)}, of all that ${roles} role${roles === 1 ? '' : 's'} in ${accountIds.length} account${accountIds.length === 1 ? '' : 's'} allow today.`,
    ...listRows('Would be denied', denied.map(formatRefused), paint),
    ...listRows('Unknown: only AWS can decide', open.map(formatRefused), paint),
    ...listRows('Accounts in which nobody could make changes anymore', withoutAdministrator, paint),
    ...listRows('Not affected: roles of the management account', outside, paint),
    ...listRows(
      'Could not be read',
      unreadable.map(({ name, why }) => `${name}: ${why}`),
      paint,
    ),
  ].join('\n\n');
}

function formatRefused({ role, policy, statement, issuer, subject }: RefusedIdentity): string {
  const by = statement === undefined ? policy : `${policy}, ${statement}`;
  return `${role}: ${subject ?? 'any identity that the trust policy does not name'} of ${issuer} (${by})`;
}

function listRows(title: string, rows: readonly string[], paint: Paint): readonly string[] {
  if (rows.length === 0) return [];
  return [`${paint.bold(title)}\n${rows.map(row => `  - ${neutralise(row)}`).join('\n')}`];
}
