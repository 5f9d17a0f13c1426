import { describeProvider } from '../trust/oidc-provider.ts';
import { findExposedRoles, nameExposed, type ExposedRole } from '../account/exposure.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest } from './request.ts';
import type { Standing } from './standing.ts';

/**
 * Returns what the role that connections are to assume is open to besides, for each of their providers: whatever it may do,
 * others may do already.
 */
export function findExposedTarget(
  { account, identities }: Pick<SetupRequest, 'account' | 'identities'>,
  { role }: Pick<Standing, 'role'>,
): readonly ExposedRole[] {
  if (role === undefined) return [];
  const providers = new Map(identities.map(one => describeProvider(one, account)).map(one => [one.arn, one]));
  return [...providers.values()].flatMap(provider => findExposedRoles(provider, [role]));
}

/** Returns whether a role is among others, for the same provider. */
export function isAmong({ roleArn, provider }: ExposedRole, others: readonly ExposedRole[]): boolean {
  return others.some(one => one.roleArn === roleArn && one.provider === provider);
}

/** Returns why the role is not strengthened; nothing if it is open to nobody else. */
export function refuseTarget(exposed: readonly ExposedRole[]): readonly Problem[] {
  if (exposed.length === 0) return [];
  return [
    {
      code: 'RolesExposed',
      found: `The role allows more than specific connections: ${nameExposed(exposed)}.`,
      expected: 'StringEquals on :sub in every Allow statement that names the provider.',
      remedy:
        'Correct its trust policy first (aws-wif diagnose shows how), choose another role, or give --accept-exposed-roles.',
    },
  ];
}

/** Returns what is to be said of a role that is open to others where that was accepted. */
export function warnOfTarget(
  { acceptExposedRoles }: Pick<SetupRequest, 'acceptExposedRoles'>,
  exposed: readonly ExposedRole[],
): readonly string[] {
  if (!acceptExposedRoles || exposed.length === 0) return [];
  return [`The role allows more than specific connections, which you accepted: ${nameExposed(exposed)}.`];
}
