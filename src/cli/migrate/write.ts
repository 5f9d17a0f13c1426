import { setTimeout as wait } from 'node:timers/promises';
import { carryOut, type CarriedOut } from '../../migration/carry-out.ts';
import type { PlannedChange } from '../../migration/dual-trust/plan.ts';
import { measureDocument } from '../../migration/policy-document.ts';
import { neutralise } from '../../outside-text.ts';
import { interrupted } from '../../setup/apply.ts';
import type { ExposedRole } from '../../account/exposure.ts';
import { largestQuota } from '../../trust/render.ts';
import { confirm, notConfirmed, openTerminal } from '../terminal/confirm.ts';
import type { Problem } from '../terminal/failure.ts';
import { explainIamFailure, isIamError } from '../accounts/iam-failure.ts';
import { ending, watchInterruption } from '../terminal/interruption.ts';
import { formatChanges } from './format.ts';
import type { OpenedAccount } from './input.ts';
import type { WriteOptions } from './options.ts';
import type { MigrationProblem } from './problems.ts';
import { choosePaint } from '../terminal/paint.ts';
import { defaultSaveFolder, saveDocuments } from '../accounts/save-documents.ts';

/** What came of writing. */
export interface Written {
  readonly status: 'unchanged' | 'planned' | 'done' | 'partial' | 'refused';
  readonly exit: 0 | 1 | 3;
  readonly done: readonly PlannedChange[];
  readonly saved: string | undefined;
  readonly problems: readonly Problem[];
}

export interface WriteRequest {
  readonly opened: OpenedAccount;
  readonly changes: readonly PlannedChange[];
  readonly exposed: readonly ExposedRole[];
  readonly options: WriteOptions;
  readonly nowMs: () => number;
  /** Why nothing may be written. */
  readonly refusals?: readonly MigrationProblem[];
  /** What to know before saying yes. */
  readonly cautions?: readonly string[];
}

/** Shows changes, asks, saves what is there and carries them out. Nothing is written before all that. */
export async function writeChanges(request: WriteRequest): Promise<Written> {
  const { opened, changes, exposed, options, nowMs, refusals = [] } = request;
  const nothing = { exit: 0, done: [], saved: undefined, problems: [] } as const;
  const isDry = options.dryRun === true;
  if (refusals.length > 0) return { ...nothing, exit: 1, status: isDry ? 'planned' : 'refused', problems: refusals };
  if (changes.length === 0) return { ...nothing, status: 'unchanged' };
  if (isDry) return { ...nothing, status: 'planned' };
  if (!(await agree(request))) return { ...nothing, status: 'refused', exit: 1, problems: [notConfirmed] };
  const { account } = opened.target;
  const folder = options.saveFolder ?? defaultSaveFolder();
  const documents = changes.map(({ document }) => document);
  const saved = saveDocuments(documents, { account, folder, nowMs: nowMs() });
  say(`saved for aws-wif migrate rollback: ${saved}`);
  const { signal, close } = watchInterruption(() => {
    say(ending);
  });
  const ended = await carryOut(changes, exposed, {
    iam: opened.iam,
    stop: signal,
    // Nothing is waited for any more once the run is to end.
    pause: ms => wait(ms, undefined, { signal }).catch(() => undefined),
    isOversize: thrown => isIamError(thrown) && thrown.awsCode === 'LimitExceeded',
    onDone: ({ change }) => {
      say(`done: ${change.kind} ${'arn' in change ? change.arn : change.roleName}`);
    },
  }).finally(close);
  return { ...describeEnd(ended, account.accountId), done: ended.done, saved };
}

function describeEnd(
  { done, stopped, failed, oversize, interrupted: at }: CarriedOut,
  accountId: string,
): Pick<Written, 'status' | 'exit' | 'problems'> {
  const tooLarge = oversize.map(one => describeQuota(one, accountId));
  if (stopped !== undefined) {
    const problem: MigrationProblem = {
      code: 'ChangedMeanwhile',
      found: neutralise(`Stopped before ${stopped.at.change.kind}: ${stopped.why}.`),
      expected: 'just what was read for the plan; nothing of others is overwritten.',
      remedy: 'Run the command again: it plans anew from what is there.',
    };
    return { status: 'partial', exit: 1, problems: [...tooLarge, problem] };
  }
  if (at !== undefined) {
    const problem: MigrationProblem = {
      ...interrupted,
      found: `${interrupted.found} Made until then: ${done.length}; ${at.change.kind} and what follows were not begun.`,
    };
    return { status: 'partial', exit: 3, problems: [...tooLarge, problem] };
  }
  if (failed !== undefined) {
    const { problems } = explainIamFailure(failed.error, accountId);
    return { status: 'partial', exit: 3, problems: [...tooLarge, ...problems] };
  }
  return {
    status: tooLarge.length === 0 ? 'done' : 'partial',
    exit: tooLarge.length === 0 ? 0 : 1,
    problems: tooLarge,
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
function describeQuota(
  { at: { document }, error }: CarriedOut['oversize'][number],
  accountId: string,
): MigrationProblem {
  const role = document.kind === 'trust-policy' ? document.roleName : document.arn;
  const size = document.kind === 'trust-policy' ? measureDocument(document.after) : 0;
  const said = isIamError(error) ? error.said : '';
  return {
    code: 'TrustPolicyQuota',
    found: neutralise(
      `The trust policy of ${role} in account ${accountId} would have ${size} characters, and IAM refuses it. It says: ${said}. It is as it was; the other roles are not held up by it.`,
    ),
    expected: 'a trust policy within the quota "Role trust policy length" of the account.',
    remedy: `Have this quota raised in Service Quotas (to ${largestQuota} at most) and run the command again, or split the connections over several roles; to run it again as it is changes nothing.`,
  };
}

/** The changes are shown to those who said yes before, too. */
async function agree({ changes, options: { yes }, cautions = [] }: WriteRequest): Promise<boolean> {
  const { env, stderr } = process;
  const paint = choosePaint({ isTerminal: stderr.isTTY, env });
  stderr.write(`\n${formatChanges(changes, paint)}\n\n`);
  for (const text of cautions) stderr.write(`${paint.yellow('Warning:')} ${neutralise(text)}\n`);
  return yes === true || confirm(`Make these ${changes.length} changes?`, openTerminal());
}

function say(text: string): void {
  process.stderr.write(`${neutralise(text)}\n`);
}
