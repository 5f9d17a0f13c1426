import type { Identity } from '../../identity/audience.ts';
import { neutralise } from '../../outside-text.ts';
import { formatPlans } from '../accounts/difference.ts';
import { formatRun, listRole, listRun, sumUp } from '../accounts/report.ts';
import { issuerTitles } from '../connections/check-described.ts';
import { listIdentity } from '../connections/identity-json.ts';
import type { SettledConnection } from '../connections/trusted-identities.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import type { SetupRun } from './account.ts';
import { findStepConnection, formatStep, nameSubjects } from './step.ts';

/** What is known of a run besides its accounts. */
export interface SetupFrame {
  readonly dryRun: boolean;
  readonly warnings: readonly string[];
  readonly connections: readonly SettledConnection[];
  /** The Region of the step to paste. */
  readonly region: string;
  /** What to run instead of answering questions; undefined if none was asked. */
  readonly command?: string | undefined;
}

/** Returns the warnings of accounts' plans, each once. */
export function listWarnings(runs: readonly SetupRun[]): readonly string[] {
  return [...new Set(runs.flatMap(({ warnings }) => warnings))];
}

/** Returns what became of all accounts. */
export function reportSetup(runs: readonly SetupRun[], frame: SetupFrame): Report {
  const { dryRun, warnings, connections } = frame;
  const names = nameSubjects(connections);
  return {
    ...sumUp(runs),
    json: { dryRun, accounts: runs.map(listSetup) },
    text: paint =>
      [
        ...(dryRun ? [formatPlans(runs, paint)] : []),
        runs.map(run => formatSetup(run, names, paint)).join('\n'),
        ...listNext(runs, frame),
      ]
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

function formatSetup(run: SetupRun, names: ReadonlyMap<string, string>, paint: Paint): string {
  const { roleArn, admissions } = run;
  return formatRun(run, paint, [
    ...(roleArn === undefined ? [] : [`role ${neutralise(roleArn)}`]),
    ...admissions.map(({ identity, decision }) => `${decision}: ${neutralise(nameIdentity(identity, names))}`),
  ]);
}

function nameIdentity({ subject, issuer }: Identity, names: ReadonlyMap<string, string>): string {
  const name = names.get(subject);
  return name === undefined ? subject : `${name}, on ${issuerTitles[issuer.kind]}`;
}

/** What is left to do for whoever ran the command: the step, once a role is there for it, and the same command again. */
function listNext(runs: readonly SetupRun[], { connections, region, command }: SetupFrame): readonly string[] {
  const [run] = runs.filter(({ status, exit }) => exit === 0 && (status === 'done' || status === 'unchanged'));
  const connection = findStepConnection(connections);
  const others = runs.length > 1 || connections.length > 1;
  const title = `Paste this into the pipeline${others ? '. For the other accounts and connections, change the names' : ''}:`;
  const step =
    run?.roleArn === undefined || connection === undefined
      ? []
      : [title, formatStep({ connection, roleArn: run.roleArn, region })];
  return [...step, ...(command === undefined ? [] : ['The same command without questions:', command])];
}
