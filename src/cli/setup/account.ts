import type { IamAccess } from '../../aws/account.ts';
import { applySetup, type Applied } from '../../setup/apply.ts';
import type { Caller, IamChange } from '../../account/iam.ts';
import { planSetup, type SetupPlan } from '../../setup/plan.ts';
import type { SetupRequest } from '../../setup/request.ts';
import type { SavedDocument } from '../../account/saved-documents.ts';
import { readStanding, type Standing } from '../../setup/standing.ts';
import { judgeAdmissions, verifySetup, type IdentityAdmission } from '../../setup/verify.ts';
import type { AccountTarget } from '../accounts/credential-options.ts';
import type { Problem } from '../terminal/failure.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { findOtherAccount, type OpenAccount } from '../accounts/open-account.ts';

/**
 * `refused`: nothing may be changed. `failed`: it is not known. `partial`: begun, and not brought to its end. `unverified`:
 * done, but only AWS can tell whether the connections get in.
 */
export type AccountStatus = 'refused' | 'failed' | 'unchanged' | 'planned' | 'done' | 'partial' | 'unverified';

/** What became of an account so far. */
export interface AccountRun {
  readonly target: AccountTarget;
  readonly request: SetupRequest;
  readonly status: AccountStatus;
  readonly exit: 0 | 1 | 3;
  readonly caller: Caller | undefined;
  readonly planned: Planned | undefined;
  readonly done: readonly IamChange[];
  /** The file with what was there before. */
  readonly saved: string | undefined;
  readonly admissions: readonly IdentityAdmission[];
  readonly problems: readonly Problem[];
}

export interface Planned {
  readonly iam: IamAccess;
  readonly standing: Standing;
  readonly plan: SetupPlan;
}

/** Returns an account's plan, after making sure whose account it is. It never throws: a failure is part of the result. */
export async function planAccount(
  target: AccountTarget,
  request: SetupRequest,
  openAccount: OpenAccount,
): Promise<AccountRun> {
  let caller: Caller | undefined;
  const nothing = { target, request, planned: undefined, done: [], saved: undefined, admissions: [], problems: [] };
  try {
    const iam = await openAccount(target);
    caller = await iam.readCaller();
    const other = findOtherAccount(caller, target);
    if (other !== undefined) return { ...nothing, caller, status: 'refused', exit: 1, problems: [other] };
    const standing = await readStanding(request, iam);
    const plan = planSetup(request, standing);
    return judgePlan({ ...nothing, caller, planned: { iam, standing, plan }, status: 'planned', exit: 0 });
  } catch (thrown) {
    const { exit, problems } = explainIamFailure(thrown, request.account.accountId);
    return { ...nothing, caller, status: exit === 1 ? 'refused' : 'failed', exit: exit === 1 ? 1 : 3, problems };
  }
}

function judgePlan(run: AccountRun): AccountRun {
  if (run.planned === undefined) return run;
  const { plan, standing } = run.planned;
  if (plan.refusals.length > 0) return { ...run, status: 'refused', exit: 1, problems: plan.refusals };
  if (plan.changes.length > 0) return run;
  const ended = judgeEnd({ ...run, status: 'unchanged', admissions: judgeAdmissions(run.request, standing) });
  if (plan.findings.length === 0) return ended;
  return { ...ended, exit: ended.exit === 3 ? 3 : 1, problems: [...plan.findings, ...ended.problems] };
}

export interface CarryOutPorts {
  readonly save: (account: AccountTarget, documents: readonly SavedDocument[]) => string;
  readonly pause: (ms: number) => Promise<void>;
  readonly stop: AbortSignal;
}

/** Carries a plan out and reads the account back. It never throws: a failure is part of the result. */
export async function carryOut(run: AccountRun, { save, pause, stop }: CarryOutPorts): Promise<AccountRun> {
  const { planned, target } = run;
  if (planned === undefined || run.status !== 'planned') return run;
  const { iam, plan, standing } = planned;
  let saved: string | undefined;
  const ports = {
    iam,
    pause,
    stop,
    save: (documents: readonly SavedDocument[]) => {
      saved = documents.length === 0 ? undefined : save(target, documents);
      return Promise.resolve();
    },
  };
  const applied = await applySetup(plan, standing, ports);
  const after = { ...run, done: applied.done, saved };
  return judgeApplied(after, applied) ?? verify(after, iam, stop.aborted ? undefined : pause);
}

/** Undefined where all was done, so that it can be read back. */
function judgeApplied(run: AccountRun, { done, stopped, begun, failure }: Applied): AccountRun | undefined {
  if (failure !== undefined) return fail(run, failure.thrown, begun);
  if (stopped === undefined) return undefined;
  if (stopped.code !== 'Interrupted') return { ...run, status: 'partial', exit: 1, problems: [stopped] };
  return { ...run, status: done.length > 0 ? 'partial' : 'failed', exit: 3, problems: [stopped] };
}

async function verify(
  run: AccountRun,
  iam: IamAccess,
  pause: ((ms: number) => Promise<void>) | undefined,
): Promise<AccountRun> {
  try {
    const { admissions, refusal } = await verifySetup(run.request, { iam, pause });
    if (refusal !== undefined) return { ...run, admissions, status: 'partial', exit: 3, problems: [refusal] };
    return judgeEnd({ ...run, admissions, status: 'done' });
  } catch (thrown) {
    return fail(run, thrown, true);
  }
}

function fail(run: AccountRun, thrown: unknown, begun: boolean): AccountRun {
  const { problems } = explainIamFailure(thrown, run.request.account.accountId);
  return { ...run, status: begun ? 'partial' : 'failed', exit: 3, problems };
}

/** Refused connections were found by the plan; what is left is what only AWS knows. */
function judgeEnd(run: AccountRun): AccountRun {
  const doubtful = run.admissions.filter(({ decision }) => decision !== 'allowed');
  if (doubtful.length === 0) return run;
  return {
    ...run,
    status: 'unverified',
    exit: 3,
    problems: doubtful.map(({ identity, decision }) => ({
      code: 'NotSettled',
      found:
        decision === 'denied'
          ? `Read back, the account does not let ${identity.subject} in.`
          : `Only AWS can tell whether ${identity.subject} gets in: the trust policy has a Deny, or an element, that this command cannot judge.`,
      expected: 'a provider, client ids and a trust policy that let it in.',
      remedy: 'See aws-wif diagnose for the statement that decides, and run a pipeline to try it.',
    })),
  };
}
