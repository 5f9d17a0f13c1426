import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import pMap from 'p-map';
import { addAccountOptions, readAccounts } from './account-options.ts';
import type { OpenAzureDevOps } from './ask-azure-devops.ts';
import { confirm, openTerminal, requireConsent } from './confirm.ts';
import { addConnectionOptions, requireNamedConnections } from './connection-options.ts';
import { addCredentialOptions, readTargets } from './credential-options.ts';
import { formatPlans } from './format-difference.ts';
import { openAccount } from './open-account.ts';
import { neutralise } from '../outside-text.ts';
import { choosePaint } from './paint.ts';
import type { CommandShell } from './program.ts';
import type { Report } from './report.ts';
import { defaultSaveFolder, saveDocuments } from './save-documents.ts';
import { carryOut, planAccount, type AccountRun } from './setup-account.ts';
import { addRoleOptions, readRequest, type SetupOptions } from './setup-options.ts';
import { countChanges, describeRun, reportSetup } from './setup-report.ts';
import { readIdentities } from './trusted-identities.ts';

/** Adds `setup`. */
export function addSetup(program: Command, { openAzureDevOps, nowMs, run }: CommandShell): void {
  const command = program
    .command('setup')
    .summary('make the OIDC provider and the role that service connections assume')
    .description(
      'Plans what an AWS account lacks for service connections to assume a role: the OIDC provider with its client ids, the ' +
        'role, its trust and policies. Shows it as a difference, asks, carries it out and reads it back. Nothing of others is ' +
        'taken away, and a second run finds nothing to do.',
    );
  addRoleOptions(addConnectionOptions(command));
  addCredentialOptions(addAccountOptions(command, 'AWS account to set up; repeat it for several'))
    .option('--save-folder <folder>', 'where documents are saved before they are changed (default: ~/.aws-wif/saved)')
    .option('--dry-run', 'show the difference and change nothing')
    .option('--yes', 'change without asking')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((options: SetupOptions) => run(() => setUp(options, { openAzureDevOps, nowMs })));
}

const examples = `
Examples:
  $ aws-wif setup --account 111111111111 --role-name deploy --policy-arn arn:aws:iam::aws:policy/PowerUserAccess \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws --dry-run
  $ aws-wif setup --account 111111111111 --account 222222222222 --assume-role arn:aws:iam::{account}:role/admin --yes \\
      --role-name deploy --policy-arn arn:aws:iam::{account}:policy/deploy --issuer entra \\
      --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded \\
      --connection-id f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a
  $ aws-wif setup --account 111111111111 --profile one --account 222222222222 --profile two --role-name deploy ...

What is made has the tag managed-by=aws-wif. No policy is attached unless it is named, and no thumbprint is given: IAM
needs none for public authorities. What was there before is saved for aws-wif migrate rollback.
It needs sts:GetCallerIdentity; iam:GetRole, ListRoles, ListAttachedRolePolicies, ListRolePolicies,
GetOpenIDConnectProvider; and, for what is to be changed, iam:CreateOpenIDConnectProvider,
AddClientIDToOpenIDConnectProvider, TagOpenIDConnectProvider, CreateRole, UpdateAssumeRolePolicy, UpdateRole,
AttachRolePolicy, PutRolePermissionsBoundary, TagRole.
Looking up a connection takes a token in AZURE_DEVOPS_EXT_PAT.
Exit code 1: refused, or not confirmed; 3: not finished, and the next run goes on.`;

interface Outside {
  readonly openAzureDevOps: OpenAzureDevOps;
  readonly nowMs: () => number;
}

/** So many accounts are worked on at once, with one request each. */
const concurrency = 10;

async function setUp(options: SetupOptions, { openAzureDevOps, nowMs }: Outside): Promise<Report> {
  const terminal = openTerminal();
  requireConsent(options, terminal);
  const asked = readTargets(readAccounts(options), options).map(target => ({
    target,
    request: readRequest(options, target.account),
  }));
  const named = requireNamedConnections(options);
  const { identities, warnings } = await readIdentities(named, options.issuer, openAzureDevOps);
  const dryRun = options.dryRun === true;
  const plan = tell(asked.length, ({ target, request }: (typeof asked)[number]) =>
    planAccount(target, request(identities), openAccount),
  );
  const planned = await pMap(asked, plan, { concurrency });
  const changing = planned.filter(({ status }) => status === 'planned');
  if (dryRun || changing.length === 0) return reportSetup(planned, { dryRun, warnings });
  if (!(await agree(changing, options, terminal))) return reportSetup(planned.map(decline), { dryRun, warnings });
  const folder = options.saveFolder ?? defaultSaveFolder();
  const ports = {
    pause: (ms: number) => wait(ms),
    save: ({ account }: AccountRun['target'], documents: Parameters<typeof saveDocuments>[0]) =>
      saveDocuments(documents, { account, folder, nowMs: nowMs() }),
  };
  const ended = await pMap(
    planned,
    tell(changing.length, (one: AccountRun) => carryOut(one, ports)),
    { concurrency },
  );
  return reportSetup(ended, { dryRun, warnings });
}

/** Returns work that says on stderr how each account ended. */
function tell<T>(of: number, work: (one: T) => Promise<AccountRun>): (one: T) => Promise<AccountRun> {
  let count = 0;
  return async one => {
    const run = await work(one);
    // What was not to be changed was told before.
    if (run !== (one as unknown)) {
      count += 1;
      const who = run.caller === undefined ? '' : ` as ${run.caller.arn}`;
      say(`[${count}/${of}] account ${run.request.account.accountId}${who}: ${describeRun(run)}`);
    }
    return run;
  };
}

/** The difference is shown to those who said yes before, too. */
async function agree(
  changing: readonly AccountRun[],
  { yes }: SetupOptions,
  terminal: ReturnType<typeof openTerminal>,
): Promise<boolean> {
  const { env, stderr } = process;
  const paint = choosePaint({ isTerminal: stderr.isTTY, env });
  stderr.write(`\n${formatPlans(changing, paint)}\n\n`);
  const warnings = new Set(changing.flatMap(({ planned }) => planned?.plan.warnings ?? []));
  warnings.forEach(text => stderr.write(`${paint.yellow('Warning:')} ${neutralise(text)}\n`));
  if (yes === true) return true;
  const changes = changing.reduce((sum, { planned }) => sum + (planned?.plan.changes.length ?? 0), 0);
  const accounts = changing.length === 1 ? '1 account' : `${changing.length} accounts`;
  return confirm(`Make ${countChanges(changes)} in ${accounts}?`, terminal);
}

function decline(run: AccountRun): AccountRun {
  if (run.status !== 'planned') return run;
  const problem = {
    code: 'NotConfirmed',
    found: 'The changes were not agreed to.',
    expected: 'y or yes, or --yes.',
    remedy: 'Run the command again; nothing was changed.',
  };
  return { ...run, exit: 1, problems: [problem] };
}

function say(text: string): void {
  process.stderr.write(`${neutralise(text)}\n`);
}
