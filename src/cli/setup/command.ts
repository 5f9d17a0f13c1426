import type { Command, Option } from 'commander';
import pMap from 'p-map';
import {
  addAccountOptions,
  addCredentialOptions,
  addWriteOptions,
  readNamedTargets,
  type AccountTarget,
} from '../accounts/options.ts';
import { refuseRun } from '../accounts/run.ts';
import { concurrency, tellEach, writeRuns } from '../accounts/write.ts';
import { listProfiles } from './dialogue/ask-account.ts';
import { hasToken, type OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import { warnOfTenant } from '../connections/describe.ts';
import { addConnectionOptions, requireNamedConnections, type NamedConnections } from '../connections/options.ts';
import {
  askOrganization,
  refuseTenant,
  settleConnections,
  type SettledConnections,
} from '../connections/identities.ts';
import type { CommandShell } from '../shell.ts';
import { openTerminal, requireConsent } from '../terminal/questions.ts';
import { readAll } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import type { Problem } from '../../problem.ts';
import { planAccount, verifyRun } from './account.ts';
import { readNetwork } from '../accounts/network-options.ts';
import { completeOptions, needsAnswers } from './dialogue/complete-options.ts';
import { formatEqualCommand, listWarnings, reportSetup, chooseRegion } from './report.ts';
import { addRoleOptions, readRequest, type SetupOptions } from './options.ts';

/** Defines `setup`. */
export function addSetup(command: Command, { run, ...outside }: CommandShell): void {
  command.description(
    'Plans what an AWS account needs so that service connections can assume a role: the OIDC provider with its client IDs, the ' +
      'role, its trust policy and attached policies. Shows the changes, asks for confirmation, makes them and checks the result. It never removes ' +
      'anything it did not create; running it again changes nothing. On a terminal it asks for missing options, and at the ' +
      'end it shows the step for your pipeline.',
  );
  addRoleOptions(addConnectionOptions(command));
  addWriteOptions(
    addCredentialOptions(addAccountOptions(command, 'AWS account to set up (required); repeat it for several')),
  )
    .addHelpText('after', examples)
    .action((options: SetupOptions, { options: known }: Command) =>
      run(async () => {
        const { options: all, isAsked } = await complete(options, outside);
        return setUp(all, outside, isAsked ? showCommand(all, known) : undefined);
      }),
    );
}

const examples = `
Examples:
  $ aws-wif setup
  $ aws-wif setup --account 111111111111 --role-name deploy --policy-arn arn:aws:iam::aws:policy/PowerUserAccess \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws --dry-run
  $ aws-wif setup --account 111111111111 --account 222222222222 --assume-role arn:aws:iam::{account}:role/admin --yes \\
      --role-name deploy --policy-arn arn:aws:iam::{account}:policy/deploy --issuer entra \\
      --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded \\
      --connection-id f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a
  $ aws-wif setup --account 111111111111 --profile one --account 222222222222 --profile two --role-name deploy ...

Everything it creates has the tag managed-by=aws-wif. It attaches only the policies that you name, and sets no thumbprint: IAM needs none for public certificate authorities. The previous state is saved for aws-wif migrate rollback.
It needs sts:GetCallerIdentity; iam:GetRole, ListRoles, ListAttachedRolePolicies, ListRolePolicies, GetPolicy, GetOpenIDConnectProvider; and, for the changes, iam:CreateOpenIDConnectProvider, AddClientIDToOpenIDConnectProvider, TagOpenIDConnectProvider, CreateRole, UpdateAssumeRolePolicy, UpdateRole, AttachRolePolicy, PutRolePermissionsBoundary, TagRole.
Looking up a connection needs a token in AZURE_DEVOPS_EXT_PAT.
Exit code 1: refused, not confirmed, or the role is open to others. 3: incomplete; run it again to continue.`;

/** Asks for what is missing if somebody can be asked; else its absence is wrong usage. */
async function complete(
  options: SetupOptions,
  { openQuestions, ...outside }: Outside,
): Promise<{ readonly options: SetupOptions; readonly isAsked: boolean }> {
  const questions = needsAnswers(options) ? await openQuestions(options) : undefined;
  if (questions === undefined) return { options, isAsked: false };
  const { env } = process;
  const ports = { ...outside, questions, hasToken: hasToken(env), listProfiles: () => listProfiles(env) };
  return { options: await completeOptions(options, ports), isAsked: true };
}

function showCommand(options: SetupOptions, known: readonly Option[]): string {
  const shell = process.platform === 'win32' ? 'powershell' : 'sh';
  const command = formatEqualCommand('aws-wif setup', { known, values: { ...options }, shell });
  return command ?? 'It cannot be shown: a name contains characters that would be unsafe to paste.';
}

async function setUp(
  options: SetupOptions,
  { openAzureDevOps, openAccount, nowMs }: Outside,
  command: string | undefined,
): Promise<Report> {
  const [asked, named] = readAll(
    () => readAsked(options),
    () => requireNamedConnections(options),
    () => {
      requireConsent(options, openTerminal());
    },
  );
  const { connections, warnings, refusals } = await settle(named, options, openAzureDevOps);
  const identities = connections.flatMap(one => one.identities);
  const tell = tellEach(asked.length);
  const planned = await pMap(
    asked,
    async ({ target, request }) =>
      tell(refuseRun(await planAccount(target, request(identities), openAccount), refusals)),
    { concurrency },
  );
  const cautions = [...(readNetwork(options, options.partition)?.warnings ?? []), ...listWarnings(planned)];
  const runs = await writeRuns(planned, { options, nowMs, cautions, verify: verifyRun });
  const dryRun = options.dryRun === true;
  // Whoever reads the text has seen the cautions before the changes; a program reads the document alone.
  return reportSetup(runs, {
    dryRun,
    warnings: dryRun || options.json === true ? [...warnings, ...cautions] : warnings,
    connections,
    region: chooseRegion(options.partition, process.env),
    command,
  });
}

interface Settled extends Pick<SettledConnections, 'connections' | 'warnings'> {
  /** Why nothing may be written in any account. */
  readonly refusals: readonly Problem[];
}

/** Returns the connections; a tenant that they do not confirm themselves, the organization may. */
async function settle(
  named: NamedConnections,
  { issuer }: SetupOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<Settled> {
  const { connections, warnings, unconfirmed } = await settleConnections(named, issuer, openAzureDevOps);
  const { doubtful, why } = await askOrganization(named, unconfirmed, openAzureDevOps);
  const confirmed = connections
    .flatMap(({ described }) => described.facts.connection ?? [])
    .filter(name => doubtful.every(({ connection }) => connection !== name))
    .map(warnOfTenant);
  const names = doubtful.map(({ project, connection }) => `${project}/${connection}`);
  return {
    connections,
    warnings: warnings.filter(text => !confirmed.includes(text)),
    refusals: refuseTenant(names, why),
  };
}

type Outside = Pick<CommandShell, 'openAzureDevOps' | 'openAccount' | 'openQuestions' | 'nowMs'>;

/**
 * What is asked of each account; the role's options are read if no account is named, too, for what is wrong with them.
 */
function readAsked(options: SetupOptions): readonly Asked[] {
  const [targets] = readAll(
    () => readNamedTargets(options),
    () => readRequest(options, undefined),
  );
  return targets.map(target => ({ target, request: readRequest(options, target.account) }));
}

interface Asked {
  readonly target: AccountTarget;
  readonly request: ReturnType<typeof readRequest>;
}
