import type { HostThumbprint } from '../../thumbprint/thumbprint-list.ts';
import type { Problem } from '../../problem.ts';
import { hasThumbprint, type Examined, type Refreshed } from '../../thumbprint/refresh.ts';
import { formatRun, listRun, type AccountRun } from '../accounts/run.ts';
import { thumbprintNotice } from '../../thumbprint/thumbprint.ts';
import { formatRows, type Paint, type Row } from '../terminal/layout.ts';
import type { Report } from '../terminal/report.ts';

/** Codes of what could not be asked, or was not come to, so that nothing is known of it. */
const unknowing = /^(?:Host|Iam|Aws|Interrupted|SaveFolder)/;

/** Returns what `list` prints: 1 where a thumbprint is missing or an issuer not to be trusted, 3 where one was not reached. */
export function reportList(examined: readonly Examined[], problems: readonly Problem[]): Report {
  const stale = examined.some(one => one.kind === 'known' && one.next !== undefined);
  return {
    status: 'ok',
    exit: chooseExit([...problems, ...findProblems(examined)], stale),
    json: {
      notice: thumbprintNotice,
      providers: examined.map(one => ({ ...describe(one), matches: matches(one) ?? null })),
    },
    errors: [...problems, ...findProblems(examined)],
    text: paint =>
      formatAll([
        ...examined.map(one => formatListed(one, paint)),
        ...problems.map(one => formatRows(describeProblem(one), paint)),
      ]),
    warnings: [thumbprintNotice],
  };
}

/** Returns what `refresh` prints. */
export function reportRefresh(run: AccountRun, refreshed: readonly Refreshed[], missing: readonly Problem[]): Report {
  const errors = [...missing, ...findProblems(refreshed), ...listOwn(run)];
  const exit = chooseExit(errors, false);
  const status = run.status === 'unchanged' && exit !== 0 ? (exit === 3 ? 'failed' : 'refused') : run.status;
  const account = { ...listRun({ ...run, status, problems: errors }), providers: refreshed.map(describe) };
  return {
    status,
    exit,
    json: { notice: thumbprintNotice, accounts: [account] },
    text: paint =>
      [
        formatRun({ ...run, exit, problems: [...missing, ...listOwn(run)] }, paint),
        ...refreshed.map(one => formatRefreshed(one, paint)),
        ...(refreshed.length + missing.length === 0 ? ['No provider is selected.'] : []),
      ].join('\n\n'),
    warnings: [thumbprintNotice],
    errors,
  };
}

/** What is wrong with the run as a whole: what became of each provider has its own problem. */
function listOwn({ outcomes, problems }: AccountRun): readonly Problem[] {
  return outcomes.length === 0 ? problems : [];
}

/** Returns why a provider that was named is not there. */
export function missingProvider(arn: string): Problem {
  return {
    code: 'ProviderNotFound',
    found: `There is no OIDC provider with the ARN ${arn}.`,
    expected: 'an existing provider in this account.',
    remedy: 'List them with aws-wif thumbprints list.',
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

function formatRefreshed(one: Refreshed, paint: Paint): string {
  const rows: readonly Row[] = [
    ...describeRows(one),
    ...('next' in one ? ([['New list', one.next.join(' ')]] as const) : []),
    ['Outcome'.padEnd(width), outcomes[one.kind]],
  ];
  return formatRows(rows, paint);
}

const width = 'Thumbprints'.length;

const outcomes: Readonly<Record<Refreshed['kind'], string>> = {
  unchanged: "unchanged: it has the issuer's current thumbprints",
  'would-change': 'would be changed (nothing was changed)',
  changed: 'changed',
  failed: 'not refreshed',
};

function describeRows(one: Examined | Refreshed): readonly Row[] {
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

function describe(one: Examined | Refreshed): Readonly<Record<string, unknown>> {
  const { arn, url, thumbprints, tags } = one.provider;
  return {
    arn,
    url,
    tags,
    thumbprints,
    current: one.hosts,
    outcome: one.kind === 'known' ? null : one.kind,
    next: 'next' in one && one.next !== undefined ? one.next : null,
    problem: one.kind === 'failed' ? one.problem : null,
  };
}

function findProblems(all: readonly (Examined | Refreshed)[]): readonly Problem[] {
  return all.flatMap(one => (one.kind === 'failed' ? [one.problem] : []));
}

function chooseExit(problems: readonly Problem[], finding: boolean): 0 | 1 | 3 {
  if (problems.some(({ code }) => unknowing.test(code))) return 3;
  return finding || problems.length > 0 ? 1 : 0;
}
