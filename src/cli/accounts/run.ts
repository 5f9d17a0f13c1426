import type { Outcome } from '../../account/carry-out.ts';
import type { PlannedChange } from '../../account/state.ts';
import type { ExposedRole } from '../../account/exposure.ts';
import type { RolePolicies } from '../../account/iam.ts';
import type { Problem } from '../../problem.ts';
import type { Status } from '../terminal/report.ts';
import { explainIamFailure } from './iam-failure.ts';
import type { OpenedAccount } from './open.ts';
import type { AccountTarget } from './options.ts';

/** What is to be done in an account, and what came of it so far: the same for every command that writes. */
export interface AccountRun {
  readonly target: AccountTarget;
  /** Undefined where the account could not be opened. */
  readonly opened: OpenedAccount | undefined;
  readonly changes: readonly PlannedChange[];
  readonly exposed: readonly ExposedRole[];
  /** Of the role that is changed, where they were read. */
  readonly policies?: RolePolicies | undefined;
  readonly status: Status;
  readonly exit: 0 | 1 | 3;
  /** What became of each change; empty if none was begun. */
  readonly outcomes: readonly Outcome[];
  /** The file with what was there before. */
  readonly saved: string | undefined;
  readonly problems: readonly Problem[];
  /** The command's own words for some ends. */
  readonly titles?: Readonly<Partial<Record<Status, string>>>;
}

export interface RunPlan {
  readonly changes: readonly PlannedChange[];
  readonly exposed?: readonly ExposedRole[];
  /** Why nothing may be written. */
  readonly refusals?: readonly Problem[];
}

/** Returns the run of a plan, before anything is written. */
export function planRun(opened: OpenedAccount, { changes, exposed = [], refusals = [] }: RunPlan): AccountRun {
  const isRefused = refusals.length > 0;
  return {
    target: opened.target,
    opened,
    changes,
    exposed,
    status: isRefused ? 'refused' : changes.length === 0 ? 'unchanged' : 'planned',
    exit: isRefused ? 1 : 0,
    outcomes: [],
    saved: undefined,
    problems: refusals,
  };
}

/** Returns a run that is refused for further reasons; one that has nothing to change, or failed already, stays as it is. */
export function refuseRun<Run extends AccountRun>(run: Run, refusals: readonly Problem[]): Run {
  if (refusals.length === 0 || (run.status !== 'planned' && run.status !== 'refused')) return run;
  return { ...run, status: 'refused', exit: 1, problems: [...run.problems, ...refusals] };
}

/** Returns how a run ends that something was thrown in: whether anything was begun says what is left behind. */
export function failRun(
  { target, outcomes }: AccountRun,
  thrown: unknown,
): Pick<AccountRun, 'status' | 'exit' | 'problems'> {
  const { exit, problems } = explainIamFailure(thrown, target.account.accountId);
  const isBegun = outcomes.some(({ state }) => state === 'done');
  if (isBegun) return { status: 'partial', exit: 3, problems };
  return exit === 1 ? { status: 'refused', exit, problems } : { status: 'failed', exit: 3, problems };
}
