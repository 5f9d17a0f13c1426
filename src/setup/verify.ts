import { WifError } from '../errors.ts';
import type { Identity } from '../identity/audience.ts';
import type { Decision } from '../trust/evaluate.ts';
import { parseTrustPolicy } from '../trust/trust-policy.ts';
import { settle } from '../account/carry-out.ts';
import { planSetup, readStanding, type SetupPlan } from './plan.ts';
import type { IamReader } from '../account/iam.ts';
import type { Problem } from '../problem.ts';
import { type SetupRequest, type Standing } from './request.ts';
import { judgeWanted } from './trust-network.ts';

/** Whether the account, read again, lets an identity in. */
export interface IdentityAdmission {
  readonly identity: Identity;
  readonly decision: Decision;
}

export interface Verified {
  readonly admissions: readonly IdentityAdmission[];
  /** Undefined if nothing is left to do. */
  readonly refusal: Problem | undefined;
}

export interface VerifyPorts {
  readonly iam: IamReader;
  /** Undefined where this run changed nothing, so that there is nothing to wait for. */
  readonly pause: ((ms: number) => Promise<void>) | undefined;
}

/** Reads an account back and judges it: a plan made now is empty, and the identities are allowed. Rejects as the readers do. */
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

/** Returns whether an account allows identities from where they should be: provider, client IDs and trust policy together. */
export function judgeAdmissions(
  { identities, ...request }: SetupRequest,
  { providers, role }: Standing,
): readonly IdentityAdmission[] {
  return identities.map(identity => ({ identity, decision: judge(role, identity, request, providers) }));
}

/** If a trust policy cannot be read, only AWS knows whom it allows. */
function judge(
  role: Standing['role'],
  identity: Identity,
  request: Pick<SetupRequest, 'account' | 'network'>,
  providers: Standing['providers'],
): Decision {
  if (role === undefined) return 'denied';
  try {
    return judgeWanted(parseTrustPolicy(role.trustPolicy), identity, request, providers);
  } catch (thrown) {
    if (thrown instanceof WifError) return 'unknown';
    throw thrown;
  }
}

function notSettled(left: number): Problem {
  return {
    code: 'NotSettled',
    found: `After the changes, the account still lacks ${left} of them.`,
    expected: 'the account as planned.',
    remedy: 'Run the command again in a minute; IAM may need that long to propagate a change.',
  };
}
