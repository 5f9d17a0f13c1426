import { planChanges, type PlannedChange, readProviders, type AccountState } from '../account/state.ts';
import { findExposed, refuseExposed, findExposedRoles, nameExposed, type ExposedRole } from '../account/exposure.ts';
import type { IamChange, IamReader, PolicyState } from '../account/iam.ts';
import { refusePolicies, warnOfUnread, listNewPolicies, planRole, planProviders } from './plan-changes.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest, Standing } from './request.ts';
import { warnOfNetworks, judgeWanted, readPolicy } from './plan-trust.ts';
import { describeProvider } from '../trust/oidc-provider.ts';
import { WifError } from '../errors.ts';
import type { Identity } from '../identity/audience.ts';
import type { Decision } from '../trust/evaluate.ts';
import { settle } from '../account/carry-out.ts';

/** What a setup would change, in this order; none of it if there is a refusal. */
interface SetupPlan {
  readonly changes: readonly PlannedChange[];
  /** Roles that allow more than certain connections: the role itself, and those that the changes would open. */
  readonly exposed: readonly ExposedRole[];
  readonly warnings: readonly string[];
  readonly refusals: readonly Problem[];
  /** What is wrong with what stands although nothing is to be changed. */
  readonly findings: readonly Problem[];
}

/** Returns what an account has of what a setup is about. Rejects as the readers do. */
export async function readStanding(request: SetupRequest, iam: IamReader): Promise<Standing> {
  const arns = request.identities.map(identity => describeProvider(identity, request.account).arn);
  const providers = await readProviders(arns, iam);
  const role = await iam.readRole(request.role.name);
  const policies =
    role === undefined ? { attachedArns: [], inlineNames: [] } : await iam.listPolicies(request.role.name);
  const roles = planProviders(request, providers).changes.length === 0 ? [] : await iam.listRoles();
  const newPolicies = new Map<string, PolicyState>();
  for (const arn of listNewPolicies(request, { role, policies })) newPolicies.set(arn, await iam.readPolicy(arn));
  return { providers, role, policies, newPolicies, roles };
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
function isAdministrator(policyArn: string): boolean {
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

/**
 * Returns what the role that connections are to assume is open to besides, for each of their providers: whatever it may do,
 * others may do already.
 */
function findExposedTarget(
  { account, identities }: Pick<SetupRequest, 'account' | 'identities'>,
  { role }: Pick<Standing, 'role'>,
): readonly ExposedRole[] {
  if (role === undefined) return [];
  const providers = new Map(identities.map(one => describeProvider(one, account)).map(one => [one.arn, one]));
  return [...providers.values()].flatMap(provider => findExposedRoles(provider, [role]));
}

/** Returns whether a role is among others, for the same provider. */
function isAmong({ roleArn, provider }: ExposedRole, others: readonly ExposedRole[]): boolean {
  return others.some(one => one.roleArn === roleArn && one.provider === provider);
}

/** Returns why the role is not strengthened; nothing if it is open to nobody else. */
function refuseTarget(exposed: readonly ExposedRole[]): readonly Problem[] {
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
function warnOfTarget(
  { acceptExposedRoles }: Pick<SetupRequest, 'acceptExposedRoles'>,
  exposed: readonly ExposedRole[],
): readonly string[] {
  if (!acceptExposedRoles || exposed.length === 0) return [];
  return [`The role allows more than specific connections, which you accepted: ${nameExposed(exposed)}.`];
}

/** Returns the same as a state that changes are planned on: the one role, as it is known on its own. */
export function toState({ account }: Pick<SetupRequest, 'account'>, { providers, role }: Standing): AccountState {
  return { account, providers, roles: role === undefined ? [] : [role] };
}

/** Whether the account, read again, lets an identity in. */
export interface IdentityAdmission {
  readonly identity: Identity;
  readonly decision: Decision;
}

/**
 * Reads an account back and judges it: a plan made now is empty, and the identities are allowed. The refusal is undefined if
 * nothing is left to do. Rejects as the readers do.
 *
 * @param pause waits for IAM to show what was changed
 */
export async function verifySetup(
  request: SetupRequest,
  iam: IamReader,
  pause: (ms: number) => Promise<void>,
): Promise<{ readonly admissions: readonly IdentityAdmission[]; readonly refusal: Problem | undefined }> {
  let left = 0;
  let admissions: readonly IdentityAdmission[] = [];
  await settle(async () => {
    const standing = await readStanding(request, iam);
    left = planSetup(request, standing).changes.length;
    admissions = judgeAdmissions(request, standing);
    return left === 0;
  }, pause);
  return { admissions, refusal: left === 0 ? undefined : notSettled(left) };
}

/** Returns whether an account allows identities from where they should be: provider, client IDs and trust policy together. */
export function judgeAdmissions(request: SetupRequest, { providers, role }: Standing): readonly IdentityAdmission[] {
  const policy = role && readPolicy(role.trustPolicy);
  const judge = (identity: Identity): Decision => {
    if (policy === undefined) return 'denied';
    // If a trust policy cannot be read, only AWS knows whom it allows.
    return policy instanceof WifError ? 'unknown' : judgeWanted(policy, identity, request, providers);
  };
  return request.identities.map(identity => ({ identity, decision: judge(identity) }));
}

function notSettled(left: number): Problem {
  return {
    code: 'NotSettled',
    found: `After the changes, the account still lacks ${left} of them.`,
    expected: 'the account as planned.',
    remedy: 'Run the command again in a minute; IAM may need that long to propagate a change.',
  };
}
