import { neutralise } from '../../outside-text.ts';
import { formatPlans } from '../accounts/difference.ts';
import { formatRun, listRole, listRun, sumUp } from '../accounts/report.ts';
import { listIdentity } from '../connections/identity-json.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import type { SetupRun } from './account.ts';

/** What is known of a run besides its accounts. */
export interface SetupFrame {
  readonly dryRun: boolean;
  readonly warnings: readonly string[];
}

/** Returns the warnings of accounts' plans, each once. */
export function listWarnings(runs: readonly SetupRun[]): readonly string[] {
  return [...new Set(runs.flatMap(({ warnings }) => warnings))];
}

/** Returns what became of all accounts. */
export function reportSetup(runs: readonly SetupRun[], { dryRun, warnings }: SetupFrame): Report {
  return {
    ...sumUp(runs),
    json: { dryRun, accounts: runs.map(listSetup) },
    text: paint =>
      [...(dryRun ? [formatPlans(runs, paint)] : []), runs.map(run => formatSetup(run, paint)).join('\n')]
        .filter(Boolean)
        .join('\n\n'),
    warnings: [...new Set(warnings.map(neutralise))],
  };
}

function listSetup(run: SetupRun): Readonly<Record<string, unknown>> {
  return {
    ...listRun(run),
    role: run.roleArn === undefined ? null : listRole(run.roleArn),
    admissions: run.admissions.map(({ identity, decision }) => ({ ...listIdentity(identity), decision })),
  };
}

function formatSetup(run: SetupRun, paint: Paint): string {
  const { roleArn, admissions } = run;
  return formatRun(run, paint, [
    ...(roleArn === undefined ? [] : [`role ${neutralise(roleArn)}`]),
    ...admissions.map(({ identity, decision }) => `${decision}: ${neutralise(identity.subject)}`),
  ]);
}
