import { neutralise } from '../../outside-text.ts';
import type { Caller } from '../../account/iam.ts';
import type { HostThumbprint } from '../../thumbprint/find-thumbprints.ts';
import { hasThumbprint, type Examined, type Outcome, type Problem } from '../../thumbprint/refresh.ts';
import { thumbprintNotice } from '../../thumbprint/thumbprint.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import { formatRows, type Row } from '../terminal/table.ts';

/** Codes of what could not be asked, or was not come to, so that nothing is known of it. */
const unknowing = /^(?:Host|Iam|Aws|Interrupted)/;

/** Returns what `list` prints: 1 where a thumbprint is missing or an issuer not to be trusted, 3 where one was not reached. */
export function reportList(examined: readonly Examined[], problems: readonly Problem[]): Report {
  const stale = examined.some(one => one.kind === 'known' && one.next !== undefined);
  return {
    exit: chooseExit([...problems, ...findProblems(examined)], stale),
    json: {
      notice: thumbprintNotice,
      providers: examined.map(one => ({ ...describe(one), matches: matches(one) ?? null })),
      errors: problems,
    },
    text: paint =>
      formatAll([
        ...examined.map(one => formatListed(one, paint)),
        ...problems.map(one => formatRows(describeProblem(one), paint)),
      ]),
    warnings: [thumbprintNotice],
  };
}

export interface Refreshed {
  readonly caller: Caller;
  readonly dryRun: boolean;
  readonly outcomes: readonly Outcome[];
  readonly problems: readonly Problem[];
  /** The file with what was there before; undefined where nothing was to be written. */
  readonly saved: string | undefined;
}

/** Returns what `refresh` prints. */
export function reportRefresh({ caller, dryRun, outcomes, problems, saved }: Refreshed): Report {
  return {
    exit: chooseExit([...problems, ...findProblems(outcomes)], false),
    json: {
      notice: thumbprintNotice,
      caller,
      dryRun,
      ...(saved === undefined ? {} : { saved }),
      providers: outcomes.map(describe),
      errors: problems,
    },
    text: paint =>
      formatAll([
        formatRows(
          [
            ['Account', caller.accountId],
            ['Principal', caller.arn],
            ...(saved === undefined ? [] : ([['Saved', saved]] as const)),
          ],
          paint,
        ),
        ...outcomes.map(one => formatOutcome(one, paint)),
        ...problems.map(one => formatRows(describeProblem(one), paint)),
        ...(outcomes.length + problems.length === 0 ? ['No provider is selected.'] : []),
      ]),
    warnings: [thumbprintNotice],
  };
}

/** Returns what is to be written, and whose account it is. */
export function formatChanges(examined: readonly Examined[], { accountId, arn }: Caller, paint: Paint): string {
  const changes = examined.flatMap(one => (one.kind === 'known' && one.next !== undefined ? [one] : []));
  const rows = changes.map(({ provider, next }) =>
    formatRows(
      [
        ['Provider', provider.arn],
        ['Thumbprints', provider.thumbprints.join(' ')],
        ['New list', next?.join(' ') ?? ''],
      ],
      paint,
    ),
  );
  return `${formatAll(rows)}\n\nIn account ${accountId}, as ${neutralise(arn)}.`;
}

/** Returns why a provider that was named is not there. */
export function missingProvider(arn: string): Problem {
  return {
    code: 'ProviderNotFound',
    found: `There is no OIDC provider ${arn}.`,
    expected: 'a provider of this account.',
    remedy: 'See aws-wif thumbprints list.',
  };
}

function formatAll(parts: readonly string[]): string {
  return parts.length === 0 ? 'No provider is selected.' : parts.join('\n\n');
}

function formatListed(one: Examined, paint: Paint): string {
  const answer = matches(one);
  const said = answer === undefined ? paint.yellow('not known') : answer ? paint.green('yes') : paint.red('no');
  return `${formatRows(describeRows(one), paint)}\n${paint.bold('Matches'.padEnd(width))}  ${said}`;
}

function formatOutcome(one: Outcome, paint: Paint): string {
  const rows: readonly Row[] = [
    ...describeRows(one),
    ...('next' in one ? ([['New list', one.next.join(' ')]] as const) : []),
    ['Outcome'.padEnd(width), outcomes[one.kind]],
  ];
  return formatRows(rows, paint);
}

const width = 'Thumbprints'.length;

const outcomes: Readonly<Record<Outcome['kind'], string>> = {
  unchanged: 'unchanged: it has what its issuer shows',
  'would-change': 'would be changed; nothing was written',
  changed: 'changed',
  failed: 'not refreshed',
};

function describeRows(one: Examined | Outcome): readonly Row[] {
  return [
    ['Provider', one.provider.arn],
    ['Thumbprints', one.provider.thumbprints.join(' ') || 'none'],
    ...one.hosts.map(host => ['Current'.padEnd(width), formatHost(host)] as const),
    ...(one.kind === 'failed' ? describeProblem(one.problem) : []),
  ];
}

function formatHost({ thumbprint, host, subject, served }: HostThumbprint): string {
  return `${thumbprint} at ${host} (${subject}; last of ${served} served)`;
}

function describeProblem({ code, found, remedy }: Problem): readonly Row[] {
  return [
    [code, found],
    ['What to do', remedy],
  ];
}

/** Undefined where the issuer could not be asked. */
function matches(one: Examined): boolean | undefined {
  if (one.kind === 'failed') return undefined;
  return one.hosts.every(host => hasThumbprint(one.provider, host));
}

function describe(one: Examined | Outcome): Readonly<Record<string, unknown>> {
  const { arn, url, thumbprints, tags } = one.provider;
  return {
    arn,
    url,
    tags,
    thumbprints,
    current: one.hosts,
    outcome: one.kind,
    ...('next' in one && one.next !== undefined ? { next: one.next } : {}),
    ...(one.kind === 'failed' ? { problem: one.problem } : {}),
  };
}

function findProblems(all: readonly (Examined | Outcome)[]): readonly Problem[] {
  return all.flatMap(one => (one.kind === 'failed' ? [one.problem] : []));
}

function chooseExit(problems: readonly Problem[], finding: boolean): 0 | 1 | 3 {
  if (problems.some(({ code }) => unknowing.test(code))) return 3;
  return finding || problems.length > 0 ? 1 : 0;
}
