import { setTimeout as wait } from 'node:timers/promises';
import pMap from 'p-map';
import { carryOut, explainOutcome, type CarryOutRules, type Outcome } from '../../account/carry-out.ts';
import { nameTarget } from '../../account/iam.ts';
import { listSaved, formatSaved, type SavedDocument } from '../../account/saved-documents.ts';
import { neutralise } from '../../secret.ts';
import type { Problem } from '../../problem.ts';
import { confirm, notConfirmed, openTerminal, stopping, watchInterruption } from '../terminal/questions.ts';
import { choosePaint } from '../terminal/layout.ts';
import { formatPlans, countChanges, describeRun, failRun, type AccountRun } from './run.ts';
import { isRefusedAtOnce } from '../../aws/iam-error.ts';
import { explainIamFailure } from './iam-failure.ts';
import type { AccountTarget, WriteOptions } from './options.ts';
import { describeAside } from './put-aside.ts';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { WifError } from '../../errors.ts';
import { describeKind, describeMode, findOtherOwner, lookAt, writePrivateFiles } from '../../host/private-file.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import { unfinished } from '../terminal/failure.ts';

interface WriteRequest<Run extends AccountRun> {
  readonly options: WriteOptions;
  readonly nowMs: () => number;
  readonly rules?: CarryOutRules;
  /** What to know before saying yes. */
  readonly cautions?: readonly string[];
  /** Reads back what was done, with what waits for IAM. */
  readonly verify?: (run: Run, pause: WritePorts['pause']) => Promise<Run>;
}

/**
 * So many accounts are worked on at once, with one request each. IAM limits the requests of each account on its own, so
 * that only STS sees them all, which takes hundreds in a second.
 */
export const concurrency = 20;

/**
 * Shows plans, asks once, saves what is there and carries the plans out; in a dry run nothing of it. Those that are refused
 * are shown, too, and the differences also to those who said yes before. Never throws for what goes wrong in an account.
 */
export async function writeRuns<Run extends AccountRun>(
  runs: readonly Run[],
  request: WriteRequest<Run>,
): Promise<readonly Run[]> {
  if (request.options.dryRun === true) return runs;
  showPlans(runs, request.cautions ?? []);
  const waiting = runs.filter(({ status }) => status === 'planned');
  if (waiting.length === 0) return runs;
  if (request.options.yes !== true && !(await agree(waiting))) return runs.map(decline);
  return carryOutEach(runs, request);
}

function showPlans(runs: readonly AccountRun[], cautions: readonly string[]): void {
  const { env, stderr } = process;
  const paint = choosePaint({ isTerminal: stderr.isTTY, env });
  const plans = formatPlans(runs, paint);
  if (plans !== '') stderr.write(`\n${plans}\n\n`);
  for (const text of cautions) stderr.write(`${paint.yellow('Warning:')} ${neutralise(text)}\n`);
}

function agree(waiting: readonly AccountRun[]): Promise<boolean> {
  const count = waiting.reduce((sum, { changes }) => sum + changes.length, 0);
  const accounts = waiting.length === 1 ? '1 account' : `${waiting.length} accounts`;
  return confirm(`Apply ${countChanges(count)} in ${accounts}?`, openTerminal());
}

function decline<Run extends AccountRun>(run: Run): Run {
  return run.status === 'planned' ? { ...run, status: 'declined', exit: 1, problems: [notConfirmed] } : run;
}

function carryOutEach<Run extends AccountRun>(
  runs: readonly Run[],
  { options, nowMs, rules, verify }: WriteRequest<Run>,
): Promise<readonly Run[]> {
  const { signal, close } = watchInterruption(() => {
    say(stopping);
  });
  const folder = options.saveFolder ?? defaultSaveFolder();
  const count = runs.filter(({ status }) => status === 'planned').length;
  const ports: WritePorts = {
    stop: signal,
    // Nothing is waited for any more once the run is to end.
    pause: ms => wait(ms, undefined, { signal }).catch(() => undefined),
    save: ({ account }, documents) => {
      const path = saveDocuments(documents, { account, folder, nowMs: nowMs() });
      say(`account ${account.accountId}: the current documents are saved in ${path}`);
      return path;
    },
    onOutcome: ({ planned: { change }, state }) => {
      if (count === 1 && state === 'done') say(`done: ${change.kind} ${nameTarget(change)}`);
    },
  };
  const tell = tellEach(count);
  const work = async (run: Run): Promise<Run> => {
    if (run.status !== 'planned') return run;
    const ended = await carryOutRun(run, ports, rules);
    return tell(ended.status === 'done' && verify !== undefined ? await verify(ended, ports.pause) : ended);
  };
  return pMap(runs, work, { concurrency }).finally(close);
}

interface WritePorts {
  /** Saves documents before they are changed, and returns the file; nothing is changed where it throws. */
  readonly save: (target: AccountTarget, documents: readonly SavedDocument[]) => string;
  readonly pause: (ms: number) => Promise<void>;
  readonly stop: AbortSignal;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Saves what is there and carries a plan out. It never throws: a failure is part of the result. */
export async function carryOutRun<Run extends AccountRun>(
  run: Run,
  { save, ...ports }: WritePorts,
  rules: CarryOutRules = {},
): Promise<Run> {
  const { opened, target, changes, exposed } = run;
  if (opened === undefined || run.status !== 'planned') return run;
  const documents = listSaved(changes);
  let saved: string | undefined;
  try {
    saved = documents.length === 0 ? undefined : save(target, documents);
  } catch (thrown) {
    return { ...run, ...failRun(run, thrown) };
  }
  const { accountId } = target.account;
  const outcomes = await carryOut(changes, { ...ports, iam: opened.iam }, { ...rules, exposed });
  const { status, exit, problems } = judgeOutcomes(outcomes, accountId);
  // What was put aside before anything was written stays so.
  const isAside = run.problems.length > 0 && exit === 0;
  return {
    ...run,
    saved,
    outcomes,
    status: isAside ? 'partial' : status,
    exit: isAside ? 1 : exit,
    problems: [...run.problems, ...problems],
  };
}

function judgeOutcomes(
  outcomes: readonly Outcome[],
  accountId: string,
): Pick<AccountRun, 'status' | 'exit' | 'problems'> {
  const has = (wanted: Outcome['state']): boolean => outcomes.some(({ state }) => state === wanted);
  const problems = outcomes.flatMap(one => explain(one, accountId));
  // What IAM denied changed nothing; a call without an answer may have.
  const isBegun = outcomes.some(
    one => one.state === 'done' || (one.state === 'failed' && one.begun && !isRefusedAtOnce(one.thrown)),
  );
  if (has('interrupted')) return { status: 'interrupted', exit: 3, problems };
  if (has('failed')) return { status: isBegun ? 'partial' : 'failed', exit: 3, problems };
  if (has('stopped') || has('put-aside')) return { status: isBegun ? 'partial' : 'refused', exit: 1, problems };
  return { status: 'done', exit: 0, problems };
}

function explain(outcome: Outcome, accountId: string): readonly Problem[] {
  if (outcome.state === 'put-aside') return [describeAside(outcome.planned, outcome.thrown, accountId)];
  if (outcome.state === 'failed') return explainIamFailure(outcome.thrown, accountId).problems;
  const problem = explainOutcome(outcome);
  return problem === undefined ? [] : [problem];
}

/** Returns what says on stderr how each of some accounts stands, in the order in which they come to it. */
export function tellEach(of: number): <Run extends AccountRun>(run: Run) => Run {
  const sayNext = numberLines(of);
  return run => {
    const who = run.opened === undefined ? '' : ` as ${run.opened.caller.arn}`;
    sayNext(`account ${run.target.account.accountId}${who}: ${describeRun(run)}`);
    return run;
  };
}

/** Returns what writes lines to stderr, each with its number: `[1/20]`. */
export function numberLines(of: number): (text: string) => void {
  let count = 0;
  return text => {
    count += 1;
    say(`[${count}/${of}] ${text}`);
  };
}

function say(text: string): void {
  process.stderr.write(`${neutralise(text)}\n`);
}

/** The folder of saved documents if none is given: the user's own, so that no pipeline or repository picks it up. */
function defaultSaveFolder(): string {
  return join(homedir(), '.aws-wif', 'saved');
}

/**
 * Saves an account's documents to a new file that its owner alone may read, and returns the file's path. Throws if that
 * fails, and for a folder in which others could put another file in its place.
 */
function saveDocuments(
  entries: readonly SavedDocument[],
  { account, folder, nowMs }: { readonly account: Account; readonly folder: string; readonly nowMs: number },
): string {
  const savedAt = new Date(nowMs).toISOString();
  const { accountId, partition } = account;
  const name = `${accountId}-${savedAt.replace(/[:.]/g, '-')}-${randomBytes(3).toString('hex')}.json`;
  const path = join(resolve(folder), name);
  const text = formatSaved({ version: 1, account: accountId, partition, savedAt, entries });
  try {
    mkdirSync(resolve(folder), { recursive: true, mode: 0o700 });
    requireOwnFolder(resolve(folder));
    writePrivateFiles([{ path, text }], process.platform);
  } catch (thrown) {
    throw notSaved(resolve(folder), describeCause(thrown), thrown);
  }
  return path;
}

function requireOwnFolder(folder: string): void {
  const stat = lookAt(folder);
  if (stat?.isDirectory() !== true) throw new FolderFault(`it is ${stat === undefined ? 'gone' : describeKind(stat)}`);
  const owner = findOtherOwner(stat, process.platform);
  if (owner !== undefined) throw new FolderFault(`it ${owner}`);
  const isOpen = process.platform !== 'win32' && (stat.mode & 0o022n) !== 0n;
  if (isOpen) throw new FolderFault(`others can write to it (mode ${describeMode(stat)})`);
}

class FolderFault extends Error {}

/** The words for a job's temporary folder, which WifError has, would lead astray. */
function describeCause(thrown: unknown): string {
  const words = thrown instanceof WifError ? thrown.faults[0]?.found : undefined;
  return (words ?? (thrown instanceof Error ? thrown.message : String(thrown))).replace(/\.$/, '');
}

function notSaved(folder: string, why: string, cause: unknown): Error {
  return unfinished(
    {
      code: 'SaveFolderRefused',
      found: `The current documents cannot be saved in ${folder}: ${why}. Nothing was changed.`,
      expected: 'a folder that belongs to you, is not a link, has free space, and that nobody else can write to.',
      remedy: 'Choose another folder with --save-folder, or correct this one.',
    },
    cause,
  );
}
