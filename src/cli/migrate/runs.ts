import type { MigrationPlan } from '../../migration/dual-trust/plan.ts';
import type { FinishPlanOfAccount } from '../../migration/finish/plan-finish.ts';
import type { Problem } from '../../problem.ts';
import { planRun, type AccountRun } from '../accounts/run.ts';
import type { AccountInput, FailedAccount } from './input.ts';

/** What a migration is to do in an account, and what came of it. */
export interface MigrateRun extends AccountRun {
  readonly plan: MigrationPlan | FinishPlanOfAccount;
  /** Undefined where the account could not be read. */
  readonly input: AccountInput | undefined;
}

/** Returns the run of an account's plan, before anything is written. */
export function planAccount(
  input: AccountInput,
  plan: MigrateRun['plan'],
  refusals: readonly Problem[] = [],
): MigrateRun {
  return { ...planRun(input, { ...plan, refusals }), plan, input };
}

/** Returns the run of an account that could not be read: nothing of it is planned. */
export function failAccount({ target, failure }: FailedAccount): MigrateRun {
  const exit = failure.exit === 3 ? 3 : 1;
  return {
    target,
    opened: undefined,
    input: undefined,
    plan: { changes: [], roles: [], leftOut: [], warnings: [], providerStays: undefined },
    changes: [],
    exposed: [],
    status: exit === 3 ? 'failed' : 'refused',
    exit,
    outcomes: [],
    saved: undefined,
    problems: failure.problems,
  };
}
