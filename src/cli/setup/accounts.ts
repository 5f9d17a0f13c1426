import { setTimeout as wait } from 'node:timers/promises';
import pMap from 'p-map';
import { neutralise } from '../../outside-text.ts';
import type { SetupRequest } from '../../setup/request.ts';
import { confirm, notConfirmed, type Terminal } from '../terminal/confirm.ts';
import type { AccountTarget } from '../accounts/credential-options.ts';
import { formatPlans } from './format-difference.ts';
import { ending, watchInterruption } from '../terminal/interruption.ts';
import { openAccount } from '../accounts/open-account.ts';
import { choosePaint } from '../terminal/paint.ts';
import { defaultSaveFolder, saveDocuments } from '../accounts/save-documents.ts';
import { carryOut, planAccount, type AccountRun, type CarryOutPorts } from './account.ts';
import type { SetupOptions } from './options.ts';
import { countChanges, describeRun, listWarnings } from './report.ts';

/**
 * So many accounts are worked on at once, with one request each. IAM limits the requests of each account by itself, so
 * that only STS sees them all, which takes hundreds in a second.
 */
const concurrency = 20;

/** Returns the plan of each account, and tells of each on stderr. */
export function planAccounts(
  asked: readonly { readonly target: AccountTarget; readonly request: SetupRequest }[],
): Promise<readonly AccountRun[]> {
  const tell = tellEach(asked.length);
  return pMap(asked, async ({ target, request }) => tell(await planAccount(target, request, openAccount)), {
    concurrency,
  });
}

/** What became of accounts, and the warnings that were told before they were changed. */
export interface Changed {
  readonly runs: readonly AccountRun[];
  readonly told: readonly string[];
}

interface Change {
  readonly options: SetupOptions;
  readonly terminal: Terminal;
  readonly nowMs: () => number;
}

/** Shows plans, asks, saves what is there and carries the plans out. Those that are refused are shown, too. */
export async function changeAccounts(planned: readonly AccountRun[], change: Change): Promise<Changed> {
  const told = showPlans(planned);
  const changing = planned.filter(({ status }) => status === 'planned');
  if (changing.length === 0) return { runs: planned, told };
  if (!(await agree(changing, change))) return { runs: planned.map(decline), told };
  return { runs: await carryOutEach(planned, changing.length, change), told };
}

/** The difference is shown to those who said yes before, too. Returns the warnings that were shown. */
function showPlans(planned: readonly AccountRun[]): readonly string[] {
  const { env, stderr } = process;
  const paint = choosePaint({ isTerminal: stderr.isTTY, env });
  const plans = formatPlans(planned, paint);
  if (plans !== '') stderr.write(`\n${plans}\n\n`);
  const warnings = listWarnings(planned);
  warnings.forEach(text => stderr.write(`${paint.yellow('Warning:')} ${neutralise(text)}\n`));
  return warnings;
}

async function agree(changing: readonly AccountRun[], { options, terminal }: Change): Promise<boolean> {
  if (options.yes === true) return true;
  const changes = changing.reduce((sum, { planned }) => sum + (planned?.plan.changes.length ?? 0), 0);
  const accounts = changing.length === 1 ? '1 account' : `${changing.length} accounts`;
  return confirm(`Make ${countChanges(changes)} in ${accounts}?`, terminal);
}

function decline(run: AccountRun): AccountRun {
  return run.status === 'planned' ? { ...run, exit: 1, problems: [notConfirmed] } : run;
}

async function carryOutEach(
  planned: readonly AccountRun[],
  changing: number,
  { options, nowMs }: Change,
): Promise<readonly AccountRun[]> {
  const { signal, close } = watchInterruption(() => {
    say(ending);
  });
  const folder = options.saveFolder ?? defaultSaveFolder();
  const ports: CarryOutPorts = {
    stop: signal,
    // Nothing is waited for any more once the run is to end.
    pause: ms => wait(ms, undefined, { signal }).catch(() => undefined),
    save: ({ account }, documents) => {
      const path = saveDocuments(documents, { account, folder, nowMs: nowMs() });
      say(`account ${account.accountId}: what is there is saved in ${path}`);
      return path;
    },
  };
  const tell = tellEach(changing);
  const work = async (one: AccountRun): Promise<AccountRun> =>
    one.status === 'planned' ? tell(await carryOut(one, ports)) : one;
  return pMap(planned, work, { concurrency }).finally(close);
}

/** Returns what says on stderr how each of some accounts ended, in the order of their ends. */
function tellEach(of: number): (run: AccountRun) => AccountRun {
  let count = 0;
  return run => {
    count += 1;
    const who = run.caller === undefined ? '' : ` as ${run.caller.arn}`;
    say(`[${count}/${of}] account ${run.request.account.accountId}${who}: ${describeRun(run)}`);
    return run;
  };
}

function say(text: string): void {
  process.stderr.write(`${neutralise(text)}\n`);
}
