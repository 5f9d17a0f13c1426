import { setTimeout as wait } from 'node:timers/promises';
import { carryOut, type CarriedOut } from '../migration/carry-out.ts';
import type { PlannedChange } from '../migration/plan.ts';
import { neutralise } from '../outside-text.ts';
import type { ExposedRole } from '../setup/exposure.ts';
import { confirm, openTerminal } from './confirm.ts';
import type { Problem } from './failure.ts';
import { explainIamFailure } from './iam-failure.ts';
import { formatChanges } from './migrate-format.ts';
import type { WriteOptions } from './migrate-options.ts';
import type { OpenedAccount } from './migrate-scene.ts';
import { choosePaint } from './paint.ts';
import { defaultSaveFolder, saveDocuments } from './save-documents.ts';

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
}

/** Shows changes, asks, saves what is there and carries them out. Nothing is written before all that. */
export async function writeChanges({ opened, changes, exposed, options, nowMs }: WriteRequest): Promise<Written> {
  const nothing = { exit: 0, done: [], saved: undefined, problems: [] } as const;
  if (changes.length === 0) return { ...nothing, status: 'unchanged' };
  if (options.dryRun === true) return { ...nothing, status: 'planned' };
  if (!(await agree(changes, options))) return { ...nothing, status: 'refused', exit: 1, problems: [notConfirmed] };
  const { account } = opened.target;
  const folder = options.saveFolder ?? defaultSaveFolder();
  const documents = changes.map(({ document }) => document);
  const saved = saveDocuments(documents, { account, folder, nowMs: nowMs() });
  say(`saved for aws-wif migrate rollback: ${saved}`);
  const ended = await carryOut(changes, exposed, {
    iam: opened.iam,
    pause: ms => wait(ms),
    onDone: ({ change }) => {
      say(`done: ${change.kind} ${'arn' in change ? change.arn : change.roleName}`);
    },
  });
  return { ...describeEnd(ended, account.accountId), done: ended.done, saved };
}

function describeEnd(
  { stopped, failed }: CarriedOut,
  accountId: string,
): Pick<Written, 'status' | 'exit' | 'problems'> {
  if (stopped !== undefined) {
    const problem = {
      code: 'ChangedMeanwhile',
      found: neutralise(`Stopped before ${stopped.at.change.kind}: ${stopped.why}.`),
      expected: 'just what was read for the plan; nothing of others is overwritten.',
      remedy: 'Run the command again: it plans anew from what is there.',
    };
    return { status: 'partial', exit: 1, problems: [problem] };
  }
  if (failed === undefined) return { status: 'done', exit: 0, problems: [] };
  const { problems } = explainIamFailure(failed.error, accountId);
  return { status: 'partial', exit: 3, problems };
}

const notConfirmed: Problem = {
  code: 'NotConfirmed',
  found: 'The changes were not agreed to.',
  expected: 'y or yes, or --yes.',
  remedy: 'Run the command again; nothing was changed.',
};

/** The changes are shown to those who said yes before, too. */
async function agree(changes: readonly PlannedChange[], { yes }: WriteOptions): Promise<boolean> {
  const { env, stderr } = process;
  stderr.write(`\n${formatChanges(changes, choosePaint({ isTerminal: stderr.isTTY, env }))}\n\n`);
  return yes === true || confirm(`Make these ${changes.length} changes?`, openTerminal());
}

function say(text: string): void {
  process.stderr.write(`${neutralise(text)}\n`);
}
