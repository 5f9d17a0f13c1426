import type { Command } from 'commander';
import { auditAccount, isFinding, type Audit, type AuditRow } from '../../migration/audit.ts';
import { needsDecision, type LeftOut } from '../../migration/left-out.ts';
import { judgeToken, type JudgedToken } from '../../migration/role-trust.ts';
import { neutralise } from '../../secret.ts';
import { holdResult } from '../terminal/failure.ts';
import { readInputFile } from '../terminal/input-file.ts';
import { listCaller, listRole } from '../accounts/run.ts';
import {
  countAudits,
  formatCounts,
  countLeftOut,
  formatLeftOut,
  listFailed,
  listLeftOut,
  type Counts,
} from './format.ts';
import {
  addFleetOptions,
  addRoleOption,
  neededActions,
  readInput,
  type MigrateOptions,
  type AccountInput,
  type MigrationInput,
} from './input.ts';
import { formatRows, listRow, summariseRows } from './rows.ts';
import { warnOfFleet } from './report.ts';
import { chooseText, joinParts, type Paint } from '../terminal/layout.ts';
import type { CommandShell } from '../shell.ts';
import { readTokenCaller } from '../connections/callers.ts';
import { neededScopes } from '../connections/ask-azure-devops.ts';
import type { Report } from '../terminal/report.ts';

interface VerifyOptions extends MigrateOptions {
  readonly tokenFile?: string;
}

/** Defines `migrate verify`. */
export function addVerify(command: Command, shell: CommandShell): void {
  command.description(
    'Reads the account and evaluates for each role and connection whether the identities on both issuers are allowed: ' +
      'provider, client IDs and trust policy. With a token it also shows which roles allow that token. It changes nothing.',
  );
  addRoleOption(addFleetOptions(command))
    .option('--token-file <file>', "file with a connection's ID token; it is decoded, not verified, and never printed")
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate verify --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate verify --organization-url https://dev.azure.com/contoso --account 111111111111 --role deploy \\
      --token-file token.jwt

AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${neededActions.read.join(', ')}.
Exit code 1: a role allows a connection on only one of the two issuers, or only AWS can decide; a role trusts a subject that belongs to none of the connections found; no role allows any connection; or no role allows the token.`,
    )
    .action((options: VerifyOptions) => shell.run(() => verify(options, shell)));
}

async function verify(options: VerifyOptions, shell: CommandShell): Promise<Report> {
  const readToken = await holdResult(readTokenFile(options));
  const input = await readInput(options, shell, readToken);
  const token = readToken();
  const { read, failed } = input;
  const verified = input.accounts.map(account => verifyAccount(account, input, token?.claims));
  const rows = verified.flatMap(({ audit }) => audit.rows);
  const left = verified.flatMap(one => one.left);
  const judged = token === undefined ? undefined : verified.flatMap(one => one.judged ?? []);
  const isAdmitted = judged?.some(({ decision }) => decision === 'allowed') ?? true;
  const isShown = rows.length > 0 && !rows.some(isFinding) && left.length === 0;
  const audits = verified.map(({ audit }) => audit);
  const counts = countAudits(audits, read.fleet.connections, failed.length);
  const nothing = { results: [], leftOut: [], token: null };
  return {
    status: failed.length > 0 ? 'partial' : 'ok',
    exit: failed.length > 0 ? 3 : isShown && isAdmitted ? 0 : 1,
    json: {
      counts,
      hiddenConnections: read.fleet.hidden,
      accounts: [...verified.map(listVerified), ...failed.map(one => ({ ...listFailed(one), ...nothing }))],
    },
    text: paint => formatVerified({ rows, left, judged, counts, paint, all: options.all }),
    errors: failed.flatMap(({ failure }) => failure.problems),
    warnings: [...warnOfFleet(read.fleet), ...(token?.warnings ?? [])],
  };
}

async function readTokenFile({ tokenFile }: VerifyOptions): Promise<ReturnType<typeof readTokenCaller> | undefined> {
  return tokenFile === undefined ? undefined : readTokenCaller(await readInputFile('--token-file', tokenFile));
}

interface Verified {
  readonly account: AccountInput;
  readonly audit: Audit;
  readonly left: readonly LeftOut[];
  readonly judged: readonly JudgedToken[] | undefined;
}

function verifyAccount(
  account: AccountInput,
  { read, roleNames }: MigrationInput,
  claims: Parameters<typeof judgeToken>[0] | undefined,
): Verified {
  const roles = account.state.roles.filter(({ name }) => roleNames?.includes(name) ?? true);
  const chosen = { ...account.state, roles };
  const audit = auditAccount(chosen, read.fleet);
  const left = audit.leftOut.filter(needsDecision);
  return { account, audit, left, judged: claims === undefined ? undefined : judgeToken(claims, chosen) };
}

function listVerified({ account, audit, left, judged }: Verified): Readonly<Record<string, unknown>> {
  return {
    ...account.state.account,
    caller: listCaller(account.caller),
    status: 'ok',
    errors: [],
    results: audit.rows.map(listRow),
    leftOut: listLeftOut(left),
    token: judged?.map(({ roleArn, decision, why }) => ({ role: listRole(roleArn), decision, why })) ?? null,
  };
}

interface Shown {
  readonly rows: readonly AuditRow[];
  readonly left: readonly LeftOut[];
  readonly judged: readonly JudgedToken[] | undefined;
  readonly counts: Counts;
  readonly paint: Paint;
  readonly all: boolean | undefined;
}

function formatVerified({ rows, left, judged, counts, paint, all }: Shown): string {
  const nothing = paint.red('Nothing to verify: no role in this account trusts any of the connections found.');
  const token = judged === undefined ? '' : formatToken(judged);
  const shown = rows.length === 0 ? nothing : formatRows(rows, paint, { identities: true });
  const whole = joinParts([formatCounts(counts, paint), shown, formatLeftOut(left, paint), token]);
  const brief = (): string =>
    joinParts([formatCounts(counts, paint), summariseRows(rows, paint), countLeftOut(left, paint), token]);
  return chooseText(whole, brief, all);
}

function formatToken(judged: readonly JudgedToken[]): string {
  if (judged.length === 0) return 'Token: no role in the account names its issuer.';
  return [
    'The token:',
    ...judged.map(
      one =>
        `  ${neutralise(`${one.roleArn}  ${one.decision}${one.why.length === 0 ? '' : ` (${one.why.join('; ')})`}`)}`,
    ),
  ].join('\n');
}
