import { openAccount } from '../aws/account.ts';
import { openIssuers, type IssuerOptions } from '../host/issuer/issuer.ts';
import { readAuthorities } from '../host/authorities.ts';
import { WifError } from '../errors.ts';
import { carryOut } from '../account/carry-out.ts';
import { planChanges } from '../account/state.ts';
import type { Caller, IamWriter, ProviderReader, ProviderState, RoleReader } from '../account/iam.ts';
import type { Problem } from '../problem.ts';
import type { Issuers } from '../thumbprint/thumbprint-list.ts';
import { parseRefreshEvent, isSelected, type RefreshRequest } from '../thumbprint/refresh-event.ts';
import { examineProviders, judgeRefresh, planRefresh, selectProviders, type Refreshed } from '../thumbprint/refresh.ts';
import { thumbprintNotice } from '../thumbprint/thumbprint.ts';
import { isPartition, type Partition } from '../trust/oidc-provider.ts';

/** What the function is given. */
export interface Surroundings {
  readonly openIam: (partition: Partition) => RefresherIam;
  readonly issuers: Issuers;
  /** Writes one line to the log. */
  readonly tell: (line: string) => void;
}

/** IAM as the function's role may use it. */
export interface RefresherIam extends ProviderReader, Pick<RoleReader, 'readRole' | 'listRoles'>, IamWriter {
  readonly readCaller: () => Promise<Caller>;
}

/** What Lambda says of a call: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html. */
export interface LambdaContext {
  readonly invokedFunctionArn: string;
}

/** What a call returns to whoever waits for it. */
export interface RefreshResult {
  readonly notice: string;
  readonly dry_run: boolean;
  readonly providers: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Returns the function's handler. It refuses events that it does not know, selects nothing without tags, and rejects after
 * all is done where a provider could not be refreshed, so that Lambda counts an error.
 */
export function createHandler(surroundings: Surroundings) {
  return async (event: unknown, context: LambdaContext): Promise<RefreshResult> => {
    const { tell } = surroundings;
    const request = parseRefreshEvent(event);
    tell(thumbprintNotice);
    if (request.tags.length === 0) tell('The event has no tags, so no provider is selected.');
    const outcomes = request.tags.length === 0 ? [] : await refresh(request, context, surroundings);
    outcomes
      .filter(({ kind }) => request.verbose || kind !== 'unchanged')
      .forEach(one => {
        tell(JSON.stringify(describeOutcome(one, request)));
      });
    tell(countOutcomes(outcomes, request));
    refuseFailures(outcomes);
    return {
      notice: thumbprintNotice,
      dry_run: request.dryRun,
      providers: outcomes.map(one => describeOutcome(one, request)),
    };
  };
}

/** The handler that Lambda calls. */
export const handler = (event: unknown, context: LambdaContext): Promise<RefreshResult> =>
  createHandler({
    openIam: openFunctionIam,
    issuers: openFunctionIssuers({ allowLoopback: false }),
    tell: line => process.stdout.write(`${line}\n`),
  })(event, context);

/** Returns IAM with the credentials of the function's role. */
export function openFunctionIam(partition: Partition): RefresherIam {
  return openAccount({ partition });
}

/** Returns issuers that the function trusts: the public CAs, and those of its variable CA_CERTIFICATES. */
export function openFunctionIssuers(rules: Omit<IssuerOptions, 'ca'>): Issuers {
  const text = process.env['CA_CERTIFICATES'] ?? '';
  return openIssuers({ ...rules, ca: text.trim() === '' ? [] : readAuthorities(text, 'CA_CERTIFICATES') });
}

async function refresh(
  { tags, maxThumbprints, dryRun }: RefreshRequest,
  { invokedFunctionArn }: LambdaContext,
  { openIam, issuers }: Surroundings,
): Promise<readonly Refreshed[]> {
  const own = readFunctionArn(invokedFunctionArn);
  const iam = openIam(own.partition);
  requireOwnAccount(await iam.readCaller(), own);
  const fits = (provider: ProviderState): boolean => isSelected(provider.tags, tags);
  const providers = await selectProviders(iam, fits);
  const examined = await examineProviders(providers, issuers, maxThumbprints);
  const changes = planChanges({ account: own, roles: [], providers }, planRefresh(examined));
  const ports = { iam, stop: new AbortController().signal, pause: () => Promise.resolve() };
  const outcomes = dryRun ? [] : await carryOut(changes, ports, { independent: true });
  return judgeRefresh(examined, outcomes, explainIam);
}

interface FunctionPlace {
  readonly partition: Partition;
  readonly accountId: string;
}

function readFunctionArn(arn: string): FunctionPlace {
  const [, partition = '', accountId = ''] = /^arn:([^:]+):lambda:[^:]+:(\d{12}):function:/.exec(arn) ?? [];
  if (isPartition(partition)) return { partition, accountId };
  throw refuseAccount(`The function's ARN is ${arn}`);
}

function requireOwnAccount(caller: Caller, { partition, accountId }: FunctionPlace): void {
  if (caller.accountId === accountId && caller.partition === partition) return;
  throw refuseAccount(
    `The credentials belong to ${caller.arn}, but the function is in account ${accountId} (partition ${partition})`,
  );
}

function refuseAccount(found: string): WifError {
  return new WifError({
    code: 'AccountNotAllowed',
    found: `${found}. Nothing was changed.`,
    expected: "the function's own role, in its own account.",
    remedy: 'Deploy the function with its template, once in each account.',
  });
}

function explainIam(thrown: unknown): Problem {
  const found =
    thrown instanceof Error ? `${thrown.message}${'said' in thrown ? `: ${String(thrown.said)}` : ''}` : String(thrown);
  return {
    code: 'IamRejected',
    found: `IAM did not accept the change. ${found}`,
    expected: "a change that the function's role is allowed to make.",
    remedy:
      "Check that the provider has the tag that the function's policy requires: auto-refresh, with the value of the stack's parameter AutoRefreshValue.",
  };
}

/** Returns what became of a provider, for the log and for whoever waits; with `verbose` the certificates, too. */
function describeOutcome(outcome: Refreshed, { verbose }: RefreshRequest): Readonly<Record<string, unknown>> {
  const { kind, provider, hosts } = outcome;
  return {
    provider: provider.arn,
    outcome: kind,
    thumbprints: provider.thumbprints,
    ...('next' in outcome ? { next: outcome.next } : {}),
    ...('problem' in outcome ? { problem: outcome.problem } : {}),
    ...(verbose ? { hosts } : {}),
  };
}

/** Returns the last line of the log. */
function countOutcomes(outcomes: readonly Refreshed[], { dryRun }: RefreshRequest): string {
  const count = (...kinds: readonly Refreshed['kind'][]): number =>
    outcomes.filter(({ kind }) => kinds.includes(kind)).length;
  const changed = `${count('changed', 'would-change')} ${dryRun ? 'would be changed (dry_run)' : 'changed'}`;
  return `Providers: ${outcomes.length} selected, ${changed}, ${count('failed')} failed.`;
}

/** Throws if a provider could not be refreshed. */
function refuseFailures(outcomes: readonly Refreshed[]): void {
  const failed = outcomes.flatMap(one => (one.kind === 'failed' ? [`${one.provider.arn}: ${one.problem.found}`] : []));
  if (failed.length > 0) throw new Error(`Not refreshed: ${failed.join(' ')}`);
}
