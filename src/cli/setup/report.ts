import { neutralise } from '../../outside-text.ts';
import { formatProblem } from '../terminal/failure.ts';
import { formatPlans } from './format-difference.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import type { AccountRun, AccountStatus } from './account.ts';

/** What is known of a run besides its accounts. */
export interface SetupFrame {
  readonly dryRun: boolean;
  readonly warnings: readonly string[];
  /** Warnings of plans that whoever reads the report has seen before the changes. */
  readonly told: readonly string[];
}

/** Returns the warnings of accounts' plans, each once. */
export function listWarnings(runs: readonly AccountRun[]): readonly string[] {
  return [...new Set(runs.flatMap(({ planned }) => planned?.plan.warnings ?? []))];
}

/** Returns what became of all accounts. What could not be finished counts more than what was refused. */
export function reportSetup(runs: readonly AccountRun[], { dryRun, warnings, told }: SetupFrame): Report {
  const exits = runs.map(({ exit }) => exit);
  return {
    exit: exits.includes(3) ? 3 : exits.includes(1) ? 1 : 0,
    json: { dryRun, accounts: runs.map(listRun) },
    text: paint =>
      [...(dryRun ? [formatPlans(runs, paint)] : []), formatRuns(runs, paint)].filter(Boolean).join('\n\n'),
    warnings: [...new Set([...warnings, ...listWarnings(runs).filter(one => !told.includes(one))].map(neutralise))],
  };
}

function listRun(run: AccountRun): Readonly<Record<string, unknown>> {
  const { request, caller, status, planned, done, saved, admissions, problems } = run;
  return {
    ...request.account,
    caller: caller?.arn ?? null,
    status,
    roleArn: nameRole(run),
    changes: planned?.plan.changes ?? [],
    done: done.length,
    saved: saved ?? null,
    exposedRoles: planned?.plan.exposed ?? [],
    admissions: admissions.map(({ identity: { issuerUrl, subject, audiences }, decision }) => ({
      issuer: issuerUrl,
      subject,
      audiences,
      decision,
    })),
    errors: problems,
  };
}

/** The role as it is, or as it will be; null where that is not known. */
function nameRole({ planned, request }: AccountRun): string | null {
  if (planned === undefined) return null;
  const create = planned.plan.changes.find(change => change.kind === 'create-role');
  const { partition, accountId } = request.account;
  const fallback = `arn:${partition}:iam::${accountId}:role${request.role.path ?? '/'}${request.role.name}`;
  return planned.standing.role?.arn ?? create?.arn ?? fallback;
}

const titles: Readonly<Record<AccountStatus, string>> = {
  refused: 'refused, nothing was changed',
  failed: 'failed, nothing was changed',
  unchanged: 'set up already, nothing to change',
  planned: 'not changed',
  done: 'set up',
  partial: 'not finished',
  unverified: 'set up as far as can be told',
};

/** Returns an account's end in a few words. */
export function describeRun({ status, planned, done, exit }: AccountRun): string {
  const all = planned?.plan.changes.length ?? 0;
  if (status === 'done') return `${titles.done}, ${countChanges(all)} made`;
  if (status === 'partial') return `${titles.partial}, ${done.length} of ${countChanges(all)} made`;
  if (status === 'unchanged' && exit === 1) return 'set up already, but not safe';
  return status === 'planned' ? `${countChanges(all)} to make` : titles[status];
}

/** Returns a number of changes in words. */
export function countChanges(count: number): string {
  return count === 1 ? '1 change' : `${count} changes`;
}

function formatRuns(runs: readonly AccountRun[], paint: Paint): string {
  return runs.map(run => formatRun(run, paint)).join('\n');
}

function formatRun(run: AccountRun, paint: Paint): string {
  const { request, exit, saved, problems, admissions, status } = run;
  const colour = exit === 0 ? paint.green : paint.red;
  const role = nameRole(run);
  const who = run.caller === undefined ? '' : ` as ${neutralise(run.caller.arn)}`;
  const left = status === 'partial' ? listLeft(run) : [];
  return [
    `${paint.bold(request.account.accountId)}  ${colour(describeRun(run))}${who}`,
    ...(role === null ? [] : [`  role ${neutralise(role)}`]),
    ...admissions.map(({ identity, decision }) => `  ${words[decision]} ${neutralise(identity.subject)}`),
    ...(saved === undefined ? [] : [`  before, for aws-wif migrate rollback: ${saved}`]),
    ...left,
    ...problems.map(problem => indent(neutraliseLines(formatProblem(problem)))),
  ].join('\n');
}

const words = { allowed: 'lets in', denied: 'does not let in', unknown: 'may let in' } as const;

function listLeft({ planned, done }: AccountRun): readonly string[] {
  const changes = planned?.plan.changes ?? [];
  return [
    ...changes.slice(0, done.length).map(({ kind }) => `  done: ${kind}`),
    ...changes.slice(done.length).map(({ kind }) => `  not done: ${kind}`),
    '  Run the same command again: it goes on from what is there.',
  ];
}

function neutraliseLines(text: string): string {
  return text.split('\n').map(neutralise).join('\n');
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
