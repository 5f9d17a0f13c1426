import type { Outcome } from '../../account/carry-out.ts';
import type { PlannedChange } from '../../account/state.ts';
import type { ExposedRole } from '../../account/exposure.ts';
import { nameTarget, type RolePolicies, type Caller } from '../../account/iam.ts';
import type { Problem } from '../../problem.ts';
import { statuses, escapeJsonText, type Status, type Report } from '../terminal/report.ts';
import { explainIamFailure } from './iam-failure.ts';
import type { OpenedAccount } from './open.ts';
import type { AccountTarget } from './options.ts';
import { IamError } from '../../aws/iam-error.ts';
import { neutralise } from '../../secret.ts';
import { describeIssuerUrl } from '../connections/identities.ts';
import { formatProblems } from '../terminal/failure.ts';
import { choosePaint, type Paint } from '../terminal/layout.ts';
import { describeDifference, type DifferenceLine } from '../../account/difference.ts';

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

interface RunPlan {
  readonly changes: readonly PlannedChange[];
  readonly exposed?: readonly ExposedRole[];
  /** Why nothing may be written. */
  readonly refusals?: readonly Problem[];
}

/** Returns the run of a plan, before anything is written. */
export function planRun(opened: OpenedAccount, { changes, exposed = [], refusals = [] }: RunPlan): AccountRun {
  const isRefused = refusals.length > 0;
  const status = isRefused ? 'refused' : changes.length === 0 ? 'unchanged' : 'planned';
  const { target } = opened;
  return { ...nothingPlanned, target, opened, changes, exposed, status, exit: isRefused ? 1 : 0, problems: refusals };
}

/** What a run is of which nothing is known but that it could not be planned. */
export const nothingPlanned = {
  opened: undefined,
  changes: [],
  exposed: [],
  status: 'failed',
  exit: 3,
  outcomes: [],
  saved: undefined,
  problems: [],
} as const;

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

/**
 * Returns status and exit code of all accounts: the worst status of all. What could not be finished counts more than what was
 * refused.
 */
export function sumUp(runs: readonly Pick<AccountRun, 'status' | 'exit'>[]): Pick<Report, 'status' | 'exit'> {
  const exits = runs.map(({ exit }) => exit);
  const worst = Math.max(0, ...runs.map(({ status }) => statuses.indexOf(status)));
  return { status: statuses[worst] ?? 'ok', exit: exits.includes(3) ? 3 : exits.includes(1) ? 1 : 0 };
}

/** Returns a run as JSON documents show it. */
export function listRun(run: AccountRun): Readonly<Record<string, unknown>> {
  const { target, opened, status, changes, outcomes, saved, exposed, problems } = run;
  return {
    ...target.account,
    caller: opened === undefined ? null : listCaller(opened.caller),
    status,
    changes: changes.map((one, index) => listChange(one, outcomes[index])),
    saved: saved ?? null,
    exposedRoles: exposed.map(({ roleArn, provider, why }) => ({ role: listRole(roleArn), provider, why })),
    errors: problems,
  };
}

/** Returns who the credentials are, as JSON documents show it. */
export function listCaller({ accountId, arn }: Caller): Readonly<Record<string, string>> {
  return { accountId, arn };
}

/** Returns a role as JSON documents show it. */
export function listRole(arn: string): Readonly<Record<string, string>> {
  return { arn, name: arn.slice(arn.lastIndexOf('/') + 1) };
}

/** Members of a change that documents show in another shape. */
const reshaped = ['kind', 'issuerUrl', 'arn', 'name', 'roleName', 'trustPolicy'];

function listChange({ change, document }: PlannedChange, outcome?: Outcome): Readonly<Record<string, unknown>> {
  const others = Object.entries(change).filter(([key]) => !reshaped.includes(key));
  const about =
    document.kind === 'provider'
      ? { arn: document.arn }
      : { role: listRole((document.after ?? document.before)?.arn ?? document.name) };
  return {
    kind: change.kind,
    ...about,
    ...('issuerUrl' in change ? { issuer: describeIssuerUrl(change.issuerUrl) } : {}),
    ...Object.fromEntries(others),
    ...('trustPolicy' in change ? { trustPolicy: JSON.parse(change.trustPolicy) as unknown } : {}),
    state: outcome?.state ?? 'planned',
    ...explainState(outcome),
  };
}

/** Why a change was not made, in a word of AWS or of ours. */
function explainState(outcome: Outcome | undefined): { readonly why?: string } {
  if (outcome === undefined) return {};
  if (outcome.state === 'stopped') return { why: neutralise(outcome.why) };
  if (outcome.state !== 'put-aside' && outcome.state !== 'failed') return {};
  return { why: neutralise(outcome.thrown instanceof IamError ? outcome.thrown.said : String(outcome.thrown)) };
}

const titles: Readonly<Record<Status, string>> = {
  ok: 'ok',
  unchanged: 'nothing to change',
  planned: 'planned, nothing was changed',
  done: 'done',
  declined: 'not confirmed, nothing was changed',
  refused: 'refused, nothing was changed',
  partial: 'incomplete: changes made so far were kept',
  interrupted: 'interrupted: changes made so far were kept',
  invalid: 'wrong usage',
  failed: 'failed, nothing was changed',
};

/** Returns how an account ended in a few words. */
export function describeRun({ status, changes, outcomes, titles: own = {} }: AccountRun): string {
  const title = own[status] ?? titles[status];
  if (changes.length === 0) return title;
  const done = outcomes.filter(isMade).length;
  return outcomes.length === 0
    ? `${title} (${countChanges(changes.length)})`
    : `${title} (${done} of ${countChanges(changes.length)})`;
}

/** Returns a number of changes in words. */
export function countChanges(count: number): string {
  return count === 1 ? '1 change' : `${count} changes`;
}

/** Returns an account's end as text: in a line, then what the command says of it, what was saved, what was not done. */
export function formatRun(run: AccountRun, paint: Paint, lines: readonly string[] = []): string {
  const { target, opened, exit, saved, problems } = run;
  const colour = exit === 0 ? paint.green : paint.red;
  const who = opened === undefined ? '' : ` as ${neutralise(opened.caller.arn)}`;
  return [
    `${paint.bold(target.account.accountId)}  ${colour(describeRun(run))}${who}`,
    ...lines.map(line => `  ${line}`),
    ...(saved === undefined ? [] : [`  saved before the change (for aws-wif migrate rollback): ${saved}`]),
    ...listLeft(run).map(line => `  ${line}`),
    ...problems.map(problem => formatProblems([problem]).replace(/^/gm, '  ')),
  ].join('\n');
}

/** Returns whether a change is in place: this run made it, or found it made. */
export function isMade({ state }: Outcome): boolean {
  return state === 'done' || state === 'present';
}

/** So many changes are listed by name. */
const maxListed = 20;

function listLeft({ status, outcomes }: AccountRun): readonly string[] {
  if (status !== 'partial' && status !== 'interrupted') return [];
  // What was done is told by its number alone if there is much of it.
  const listed = outcomes.length <= maxListed ? outcomes : outcomes.filter(one => !isMade(one));
  return [
    ...listed.map(one => {
      const { change } = one.planned;
      return neutralise(`${isMade(one) ? 'done' : 'not done'}: ${change.kind} ${nameTarget(change)}`);
    }),
    'Run the same command again; it continues where it stopped.',
  ];
}

type Shown = Pick<AccountRun, 'target' | 'changes' | 'policies'>;

/** A difference, and the accounts whose plan it is. */
interface PlanGroup {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Returns the plans of accounts as differences; accounts whose plans differ only in their IDs share one. */
export function groupPlans(runs: readonly Shown[], paint: Paint = plain): readonly PlanGroup[] {
  const groups = new Map<string, string[]>();
  for (const { target, changes, policies } of runs.filter(run => run.changes.length > 0)) {
    const { accountId } = target.account;
    const lines = describeDifference(changes, policies).map(line => formatLine(line, paint));
    const text = lines.join('\n').replaceAll(accountId, '{account}');
    groups.set(text, [...(groups.get(text) ?? []), accountId]);
  }
  return [...groups].map(([text, ids]) => {
    const [only = '', ...others] = ids;
    const shown = others.length === 0 ? text.replaceAll('{account}', only) : text;
    const title = others.length === 0 ? `Account ${only}` : `${ids.length} accounts: ${ids.join(', ')}`;
    return { title, lines: shown.split('\n') };
  });
}

/** Returns the same as text. */
export function formatPlans(runs: readonly Shown[], paint: Paint): string {
  return groupPlans(runs, paint)
    .map(({ title, lines }) => [paint.bold(title), ...lines].join('\n'))
    .join('\n\n');
}

const plain = choosePaint({ isTerminal: false, env: {} });

function formatLine({ mark, depth, text }: DifferenceLine, paint: Paint): string {
  const shown = `${mark} ${'  '.repeat(depth)}${neutralise(escapeJsonText(text))}`;
  if (mark === '+') return paint.green(shown);
  if (mark === '-') return paint.red(shown);
  return mark === '~' ? paint.yellow(shown) : shown;
}
