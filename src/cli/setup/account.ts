import type { RolePolicies } from '../../account/iam.ts';
import { planSetup, readStanding } from '../../setup/plan.ts';
import type { SetupRequest } from '../../setup/request.ts';
import { judgeAdmissions, verifySetup, type IdentityAdmission } from '../../setup/verify.ts';
import { findOtherAccount, type OpenAccount } from '../accounts/open.ts';
import type { AccountTarget } from '../accounts/options.ts';
import { failRun, planRun, type AccountRun } from '../accounts/run.ts';

/** What became of an account so far, and who is allowed. */
export interface SetupRun extends AccountRun {
  readonly request: SetupRequest;
  /** The ARN of the role as it is, or as it will be; undefined if that is not known. */
  readonly roleArn: string | undefined;
  readonly policies?: RolePolicies | undefined;
  readonly warnings: readonly string[];
  readonly admissions: readonly IdentityAdmission[];
}

/** Returns an account's plan, after making sure whose account it is. It never throws: a failure is part of the result. */
export async function planAccount(
  target: AccountTarget,
  request: SetupRequest,
  openAccount: OpenAccount,
): Promise<SetupRun> {
  let run: SetupRun = { ...nothing, target, request };
  try {
    const iam = await openAccount(target);
    const caller = await iam.readCaller();
    const opened = { target, caller, iam };
    run = { ...run, opened };
    const other = findOtherAccount(caller, target);
    if (other !== undefined) return { ...run, status: 'refused', exit: 1, problems: [other] };
    return await planOpened(run, opened);
  } catch (thrown) {
    return { ...run, ...failRun(run, thrown) };
  }
}

const nothing = {
  opened: undefined,
  roleArn: undefined,
  changes: [],
  exposed: [],
  status: 'failed',
  exit: 3,
  outcomes: [],
  saved: undefined,
  warnings: [],
  admissions: [],
  problems: [],
  titles: { done: 'set up', unchanged: 'already set up, nothing to change' },
} as const;

async function planOpened(run: SetupRun, opened: NonNullable<SetupRun['opened']>): Promise<SetupRun> {
  const { request } = run;
  const standing = await readStanding(request, opened.iam);
  const { warnings, findings, ...plan } = planSetup(request, standing);
  const { role, policies } = standing;
  const roleArn = role?.arn ?? nameRole(request);
  const planned = { ...run, ...planRun(opened, plan), policies, warnings, roleArn };
  if (planned.status !== 'unchanged') return planned;
  const ended = judgeEnd({ ...planned, admissions: judgeAdmissions(request, standing) });
  if (findings.length === 0) return ended;
  const titles = { unchanged: 'already set up, but open to other identities' };
  return { ...ended, titles, exit: ended.exit === 3 ? 3 : 1, problems: [...findings, ...ended.problems] };
}

function nameRole({ account: { partition, accountId }, role: { name, path = '/' } }: SetupRequest): string {
  return `arn:${partition}:iam::${accountId}:role${path}${name}`;
}

/** Reads an account back that was changed, and says whether the connections are allowed. */
export async function verifyRun(run: SetupRun, pause: (ms: number) => Promise<void>): Promise<SetupRun> {
  if (run.opened === undefined) return run;
  try {
    const { admissions, refusal } = await verifySetup(run.request, { iam: run.opened.iam, pause });
    if (refusal !== undefined) return { ...run, admissions, status: 'partial', exit: 3, problems: [refusal] };
    return judgeEnd({ ...run, admissions });
  } catch (thrown) {
    return { ...run, ...failRun(run, thrown) };
  }
}

/** Denied connections were found by the plan; what is left is what only AWS knows. */
function judgeEnd(run: SetupRun): SetupRun {
  const doubtful = run.admissions.filter(({ decision }) => decision !== 'allowed');
  if (doubtful.length === 0) return run;
  return {
    ...run,
    titles: { ...run.titles, done: 'set up, but access could not be confirmed' },
    exit: 3,
    problems: doubtful.map(({ identity, decision }) => ({
      code: 'NotSettled',
      found:
        decision === 'denied'
          ? `After the changes, the account denies ${identity.subject}.`
          : `Only AWS can decide whether ${identity.subject} is allowed: the trust policy has a Deny or another element that this command cannot judge.`,
      expected: 'a provider, client IDs and a trust policy that allow it.',
      remedy: 'Run aws-wif diagnose to see which statement decides, or run a pipeline to try it.',
    })),
  };
}
