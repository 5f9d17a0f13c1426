import { planChanges, type PlannedChange } from '../account/change.ts';
import { findExposed, refuseExposed, type ExposedRole } from '../account/exposure.ts';
import { findExposedTarget, isAmong, refuseTarget, warnOfTarget } from './plan-exposure.ts';
import type { IamChange } from '../account/iam.ts';
import { refusePolicies, warnOfUnread } from './plan-policies.ts';
import { planProviders } from './plan-providers.ts';
import { planRole } from './plan-role.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest } from './request.ts';
import { warnOfNetworks } from './trust-network.ts';
import { toState, type Standing } from './standing.ts';

/** What a setup would change, in this order; none of it if there is a refusal. */
export interface SetupPlan {
  readonly changes: readonly PlannedChange[];
  /** Roles that allow more than certain connections: the role itself, and those that the changes would open. */
  readonly exposed: readonly ExposedRole[];
  readonly warnings: readonly string[];
  readonly refusals: readonly Problem[];
  /** What is wrong with what stands although nothing is to be changed. */
  readonly findings: readonly Problem[];
}

/**
 * Returns what an account lacks for a setup. The plan of an account that was set up is empty. Throws `TrustPolicyRefused`
 * or `TrustPolicyTooLarge` if no policy can be made of the identities.
 */
export function planSetup(request: SetupRequest, standing: Standing): SetupPlan {
  const providers = planProviders(request, standing.providers);
  const role = planRole(request, standing);
  const changes = [...providers.changes, ...role.changes];
  const own = findExposedTarget(request, standing);
  const others = findExposed(providers.changes, standing.roles).filter(one => !isAmong(one, own));
  const exposures = request.acceptExposedRoles ? [] : [...refuseTarget(own), ...refuseExposed(others)];
  return {
    changes: planChanges(toState(request, standing), changes),
    exposed: [...own, ...others],
    warnings: [
      ...warnOfTarget(request, own),
      ...warnOfNetworks(request, standing),
      ...warnOfPolicies(request, standing, role.changes),
      ...warnOfUnread(standing),
    ],
    refusals: [
      ...providers.refusals,
      ...(changes.length > 0 ? exposures : []),
      ...role.refusals,
      ...refusePolicies(standing),
    ],
    findings: changes.length > 0 ? [] : exposures,
  };
}

/** Returns whether a managed policy of AWS gives every right there is. */
export function isAdministrator(policyArn: string): boolean {
  return /^arn:[^:]+:iam::aws:policy\/(?:.+\/)?AdministratorAccess$/.test(policyArn);
}

function warnOfPolicies(
  { role }: SetupRequest,
  { policies }: Standing,
  changes: readonly IamChange[],
): readonly string[] {
  const attached = changes.some(change => change.kind === 'attach-policy' && isAdministrator(change.policyArn));
  const warnings: string[] = [];
  if (attached)
    warnings.push(
      `AdministratorAccess is attached to ${role.name}, as you requested: every pipeline that may use the connection can do everything in the account.`,
    );
  const trusted = changes.some(({ kind }) => kind === 'set-trust-policy');
  if (trusted && policies.attachedArns.some(isAdministrator))
    warnings.push(
      `${role.name} has AdministratorAccess: with this trust every pipeline that may use the connection can do everything in the account.`,
    );
  return warnings;
}
