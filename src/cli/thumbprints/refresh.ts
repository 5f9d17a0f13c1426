import { planChanges } from '../../account/change.ts';
import type { Problem } from '../../problem.ts';
import { examineProviders, judgeRefresh, planRefresh } from '../../thumbprint/refresh.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { askAccount, announceTarget } from '../accounts/open.ts';
import { planRun } from '../accounts/run.ts';
import { writeRuns } from '../accounts/write.ts';
import type { CommandShell } from '../shell.ts';
import { asFailure } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import { findMissing, readSelected } from './list.ts';
import { openTrustedIssuers } from './options.ts';
import { readRefreshOptions, type RefreshOptions } from './refresh-options.ts';
import { missingProvider, reportRefresh } from './report.ts';

/** Plans, asks, saves and writes; returns what became of each provider. */
export async function refreshThumbprints(
  options: RefreshOptions,
  { openAccount, nowMs }: Pick<CommandShell, 'openAccount' | 'nowMs'>,
): Promise<Report> {
  const { account, selection, maxThumbprints } = readRefreshOptions(options);
  const issuers = await openTrustedIssuers(options);
  const opened = await announceTarget({ account, profile: options.profile, assumeRoleArn: undefined }, openAccount);
  const providers = await askAccount(account.accountId, () => readSelected(selection, opened.iam));
  const examined = await examineProviders(providers, issuers, maxThumbprints);
  const changes = planChanges({ account, roles: [], providers }, planRefresh(examined));
  const planned = planRun(opened, { changes });
  const [run = planned] = await writeRuns([planned], { options, nowMs, rules: { independent: true } });
  const explain = (thrown: unknown): Problem => {
    const [problem] = [...explainIamFailure(thrown, account.accountId).problems, ...asFailure(thrown).problems];
    return problem ?? { code: 'InternalError', found: String(thrown), expected: '', remedy: '' };
  };
  const outcomes = judgeRefresh(examined, run.outcomes, explain);
  return reportRefresh(run, outcomes, findMissing(selection, providers).map(missingProvider));
}
