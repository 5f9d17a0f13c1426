import type { Command } from 'commander';
import { auditAccount, isFinding, type Audit } from '../../migration/audit.ts';
import { needsDecision } from '../../migration/left-out.ts';
import { judgeToken, type JudgedToken } from '../../migration/judge-token.ts';
import { neutralise } from '../../outside-text.ts';
import { readInputFile } from '../terminal/input-file.ts';
import { listCaller, listRole } from '../accounts/report.ts';
import { formatLeftOut, listLeftOut } from './format.ts';
import { addMigrateOptions, addRoleOption, neededActions, type MigrateOptions } from './options.ts';
import { readInput } from './input.ts';
import { formatRows, listRow } from './rows.ts';
import { warnOfFleet } from './warnings.ts';
import type { Paint } from '../terminal/paint.ts';
import type { CommandShell } from '../shell.ts';
import { readTokenCaller } from '../connections/callers.ts';
import { neededScopes } from '../connections/read-fleet.ts';
import type { Report } from '../terminal/report.ts';

interface VerifyOptions extends MigrateOptions {
  readonly tokenFile?: string;
}

/** Adds `migrate verify`. */
export function addVerify(migrate: Command, shell: CommandShell): void {
  const command = migrate
    .command('verify')
    .summary('show that both issuers are admitted')
    .description(
      'Reads the account and judges for each role and connection whether the identities on both issuers are admitted: provider, ' +
        'client ids and trust policy. With a token it says which roles admit that one. It changes nothing.',
    );
  addRoleOption(addMigrateOptions(command))
    .option(
      '--token-file <file>',
      'file with an ID token of a connection; it is decoded, not verified, and never printed',
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate verify --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate verify --organization-url https://dev.azure.com/contoso --account 111111111111 --role deploy \\
      --token-file token.jwt

AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${neededActions.read.join(', ')}.
Exit code 1: a role that admits a connection on one issuer does not on the other, or only AWS can tell; a role trusts a
subject that no connection was seen to have; no role admits any connection; or no role admits the token.`,
    )
    .action((options: VerifyOptions) => shell.run(() => verify(options, shell)));
}

async function verify(options: VerifyOptions, shell: CommandShell): Promise<Report> {
  const token =
    options.tokenFile === undefined
      ? undefined
      : readTokenCaller(await readInputFile('--token-file', options.tokenFile));
  const { state, read, caller, roleNames } = await readInput(options, shell);
  const roles = state.roles.filter(({ name }) => roleNames?.includes(name) ?? true);
  const chosen = { ...state, roles };
  const audit = auditAccount(chosen, read.fleet);
  const left = audit.leftOut.filter(needsDecision);
  const judged = token === undefined ? undefined : judgeToken(token.claims, chosen);
  const isAdmitted = judged?.some(({ decision }) => decision === 'allowed') ?? true;
  const isShown = audit.rows.length > 0 && !audit.rows.some(isFinding) && left.length === 0;
  const account = {
    ...state.account,
    caller: listCaller(caller),
    results: audit.rows.map(listRow),
    leftOut: listLeftOut(left),
    token: judged?.map(({ roleArn, decision, why }) => ({ role: listRole(roleArn), decision, why })) ?? null,
  };
  return {
    status: 'ok',
    exit: isShown && isAdmitted ? 0 : 1,
    json: { hiddenConnections: read.fleet.hidden, accounts: [account] },
    text: paint => formatVerified({ ...audit, leftOut: left }, judged, paint),
    warnings: [...warnOfFleet(read.fleet), ...(token?.warnings ?? [])],
  };
}

function formatVerified({ rows, leftOut }: Audit, judged: readonly JudgedToken[] | undefined, paint: Paint): string {
  return [
    rows.length === 0
      ? paint.red('Nothing could be shown: no role of the account admits a connection that was seen.')
      : formatRows(rows, paint, { identities: true }),
    formatLeftOut(leftOut, paint),
    judged === undefined ? '' : formatToken(judged),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function formatToken(judged: readonly JudgedToken[]): string {
  if (judged.length === 0) return 'The token: no role of the account names its issuer.';
  return [
    'The token:',
    ...judged.map(
      one =>
        `  ${neutralise(`${one.roleArn}  ${one.decision}${one.why.length === 0 ? '' : ` (${one.why.join('; ')})`}`)}`,
    ),
  ].join('\n');
}
