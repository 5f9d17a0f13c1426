import type { Command } from 'commander';
import { addAccountOptions, readAccounts } from '../accounts/account-options.ts';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import { addConnectionOptions, requireNamedConnections } from '../connections/options.ts';
import { addCredentialOptions, readTargets } from '../accounts/credential-options.ts';
import { openTerminal, requireConsent } from '../terminal/confirm.ts';
import type { CommandShell } from '../shell.ts';
import type { Report } from '../terminal/report.ts';
import { changeAccounts, planAccounts } from './accounts.ts';
import { addRoleOptions, readRequest, type SetupOptions } from './options.ts';
import { reportSetup } from './report.ts';
import { readIdentities } from '../connections/trusted-identities.ts';

/** Adds `setup`. */
export function addSetup(program: Command, { openAzureDevOps, nowMs, run }: CommandShell): void {
  const command = program
    .command('setup')
    .summary('create the OIDC provider and the role that service connections assume')
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
Exit code 1: refused, not confirmed, or a role that is open to others; 3: not finished, and the next run goes on.`;

interface Outside {
  readonly openAzureDevOps: OpenAzureDevOps;
  readonly nowMs: () => number;
}

async function setUp(options: SetupOptions, { openAzureDevOps, nowMs }: Outside): Promise<Report> {
  const terminal = openTerminal();
  requireConsent(options, terminal);
  const targets = readTargets(readAccounts(options), options);
  const asked = targets.map(target => ({ target, request: readRequest(options, target.account) }));
  const named = requireNamedConnections(options);
  const { identities, warnings } = await readIdentities(named, options.issuer, openAzureDevOps);
  const planned = await planAccounts(asked.map(({ target, request }) => ({ target, request: request(identities) })));
  if (options.dryRun === true) return reportSetup(planned, { dryRun: true, warnings, told: [] });
  const { runs, told } = await changeAccounts(planned, { options, terminal, nowMs });
  // A program reads the document alone.
  return reportSetup(runs, { dryRun: false, warnings, told: options.json === true ? [] : told });
}
