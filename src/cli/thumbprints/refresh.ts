import { neutralise } from '../../outside-text.ts';
import type { IamAccess } from '../../aws/account.ts';
import type { Caller, ProviderState } from '../../account/iam.ts';
import type { SavedDocument } from '../../account/saved-documents.ts';
import {
  applyRefresh,
  examineProviders,
  type Examined,
  type Outcome,
  type Problem,
  type ProviderReader,
} from '../../thumbprint/refresh.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import { confirm, notConfirmed, openTerminal, requireConsent, type Terminal } from '../terminal/confirm.ts';
import type { AccountTarget } from '../accounts/credential-options.ts';
import { CliFailure } from '../terminal/failure.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { watchInterruption } from '../terminal/interruption.ts';
import { findOtherAccount, openAccount } from '../accounts/open-account.ts';
import { choosePaint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import { defaultSaveFolder, saveDocuments } from '../accounts/save-documents.ts';
import { askIam, findMissing, selectProviders } from './list.ts';
import { openTrustedIssuers, type Selection } from './options.ts';
import { readRefreshOptions, type RefreshOptions } from './refresh-options.ts';
import { formatChanges, missingProvider, reportRefresh } from './report.ts';

/** Plans, asks, saves and writes; returns what became of each provider. */
export async function refreshThumbprints(options: RefreshOptions, nowMs: () => number): Promise<Report> {
  const { account, selection, most } = readRefreshOptions(options);
  const terminal = openTerminal();
  requireConsent(options, terminal);
  const issuers = await openTrustedIssuers(options);
  const { iam, caller } = await openOwnAccount({ account, profile: options.profile, assumeRoleArn: undefined });
  const states = new Map<string, ProviderState>();
  const providers = await askIam(account.accountId, () => selectProviders(selection, remember(iam, states)));
  const examined = await examineProviders(providers, issuers, most);
  const changes = listChanges(examined, states);
  const agreed =
    changes.length === 0 || options.dryRun === true || (await agree(examined, { caller, options, terminal }));
  const dryRun = options.dryRun === true || !agreed;
  const before = { account, folder: options.saveFolder, nowMs: nowMs() };
  const saved = dryRun || changes.length === 0 ? undefined : keepBefore(changes, before);
  const outcomes = await write(examined, iam, { dryRun, selection, account });
  const problems = [...findMissing(selection, providers).map(missingProvider), ...(agreed ? [] : [notConfirmed])];
  return reportRefresh({ caller, dryRun, outcomes, problems, saved });
}

interface Agreement {
  readonly caller: Caller;
  readonly options: RefreshOptions;
  readonly terminal: Terminal;
}

/** What is to be written is shown to those who said yes before, too. */
async function agree(examined: readonly Examined[], { caller, options, terminal }: Agreement): Promise<boolean> {
  const { env, stderr } = process;
  stderr.write(`${formatChanges(examined, caller, choosePaint({ isTerminal: stderr.isTTY, env }))}\n`);
  return options.yes === true || confirm('Write this?', terminal);
}

interface Before {
  readonly account: Account;
  readonly folder: string | undefined;
  readonly nowMs: number;
}

function keepBefore(
  changes: readonly SavedDocument[],
  { account, folder = defaultSaveFolder(), nowMs }: Before,
): string {
  const path = saveDocuments(changes, { account, folder, nowMs });
  process.stderr.write(`What is there is saved in ${neutralise(path)}\n`);
  return path;
}

interface OwnAccount {
  readonly iam: IamAccess;
  readonly caller: Caller;
}

async function openOwnAccount(target: AccountTarget): Promise<OwnAccount> {
  const iam = await openAccount(target);
  const caller = await askIam(target.account.accountId, () => iam.readCaller());
  const other = findOtherAccount(caller, target);
  if (other !== undefined) throw new CliFailure(1, [other]);
  return { iam, caller };
}

/** Keeps what each provider was when it was first read. */
function remember(iam: IamAccess, states: Map<string, ProviderState>): ProviderReader {
  return {
    listProviderArns: iam.listProviderArns,
    readProvider: async arn => {
      const state = await iam.readProvider(arn);
      if (state !== undefined && !states.has(arn)) states.set(arn, state);
      return state;
    },
  };
}

function listChanges(
  examined: readonly Examined[],
  states: ReadonlyMap<string, ProviderState>,
): readonly SavedDocument[] {
  return examined.flatMap(one => {
    const before = states.get(one.provider.arn);
    if (one.kind === 'failed' || one.next === undefined || before === undefined) return [];
    return [{ kind: 'provider', arn: before.arn, before, after: { ...before, thumbprints: one.next } }];
  });
}

interface Write {
  readonly dryRun: boolean;
  readonly selection: Selection;
  readonly account: Account;
}

function write(
  examined: readonly Examined[],
  iam: IamAccess,
  { dryRun, selection, account }: Write,
): Promise<readonly Outcome[]> {
  const setThumbprints = (arn: string, thumbprints: readonly string[]): Promise<void> =>
    iam.apply({ kind: 'set-thumbprints', arn, thumbprints });
  const explain = (thrown: unknown): Problem => {
    const [problem] = explainIamFailure(thrown, account.accountId).problems;
    return problem ?? { code: 'InternalError', found: String(thrown), expected: '', remedy: '' };
  };
  const { signal, close } = watchInterruption(() => process.stderr.write('Ending after the call that is under way.\n'));
  return applyRefresh(
    examined,
    { readProvider: iam.readProvider, setThumbprints },
    { dryRun, fits: selection.fits, explain, stop: signal },
  ).finally(close);
}
