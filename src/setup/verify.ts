import { WifError } from '../errors.ts';
import type { Identity } from '../identity/audience.ts';
import type { Verdict } from '../trust/evaluate.ts';
import { describeProvider, findMissingClientIds } from '../trust/oidc-provider.ts';
import { parseTrustPolicy } from '../trust/trust-policy.ts';
import { settle } from './apply.ts';
import type { ProviderReader, RoleReader } from './iam.ts';
import { planSetup, type SetupPlan } from './plan.ts';
import { judgeIdentity } from './plan-trust.ts';
import type { Refusal } from './refusal.ts';
import type { SetupRequest } from './request.ts';
import { readStanding, type Standing } from './standing.ts';

/** Whether the account, read again, lets an identity in. */
export interface Admission {
  readonly identity: Identity;
  readonly decision: Verdict['decision'];
}

export interface Verified {
  readonly admissions: readonly Admission[];
  /** Undefined where nothing is left to do. */
  readonly refusal: Refusal | undefined;
}

export interface VerifyPorts {
  readonly iam: RoleReader & ProviderReader;
  /** Undefined where this run changed nothing, so that there is nothing to wait for. */
  readonly pause: ((ms: number) => Promise<void>) | undefined;
}

/** Reads an account back and judges it: a plan made now is empty, and the identities are let in. Rejects as the readers do. */
export async function verifySetup(request: SetupRequest, { iam, pause }: VerifyPorts): Promise<Verified> {
  let standing: Standing | undefined;
  let plan: SetupPlan | undefined;
  await settle(async () => {
    standing = await readStanding(request, iam);
    plan = planSetup(request, standing);
    return plan.changes.length === 0;
  }, pause);
  const left = plan?.changes.length ?? 0;
  return {
    admissions: standing === undefined ? [] : judgeAdmissions(request, standing),
    refusal: left === 0 ? undefined : notSettled(left),
  };
}

/** Returns whether an account lets identities in: provider, client ids and the role's trust policy together. */
export function judgeAdmissions(request: SetupRequest, { providers, role }: Standing): readonly Admission[] {
  return request.identities.map(identity => {
    const { arn } = describeProvider(identity, request.account);
    const provider = providers.find(one => one.arn === arn);
    const registered = provider !== undefined && findMissingClientIds(identity, provider.clientIds).length === 0;
    if (!registered || role === undefined) return { identity, decision: 'denied' };
    return { identity, decision: judge(role.trustPolicy, identity, request) };
  });
}

function judge(trustPolicy: string, identity: Identity, { account }: SetupRequest): Verdict['decision'] {
  try {
    return judgeIdentity(parseTrustPolicy(trustPolicy), identity, account);
  } catch (thrown) {
    if (thrown instanceof WifError) return 'cannot-know';
    throw thrown;
  }
}

function notSettled(left: number): Refusal {
  return {
    code: 'NotSettled',
    found: `Read back, the account still lacks ${left} of the changes.`,
    expected: 'an account as the plan would have it.',
    remedy: 'Run the command again in a minute: IAM may need that long to show a change everywhere.',
  };
}
