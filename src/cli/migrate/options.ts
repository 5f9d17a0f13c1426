import type { Command } from 'commander';
import { isGuid } from '../../identity/issuer.ts';
import {
  addAccountOptions,
  addCredentialOptions,
  addAccountsFileOption,
  type AccountsFileOptions,
} from '../accounts/options.ts';
import { parseOrganizationUrl, collect, type Organization } from '../connections/options.ts';
import { readAll, wrongUsage } from '../terminal/failure.ts';

/** What every subcommand of migrate is told. */
export interface MigrateOptions extends AccountsFileOptions {
  readonly organizationUrl?: string;
  readonly tenantId?: string;
  readonly role?: readonly string[];
  readonly all?: boolean;
}

/** Adds the options that name the organization and one or many accounts. `organization` says what its URL is for. */
export function addFleetOptions(
  command: Command,
  organization = 'URL of the Azure DevOps organization (required)',
): Command {
  command
    .optionsGroup('Organization:')
    .option('--organization-url <url>', organization)
    .option('--tenant-id <guid>', "the organization's Entra tenant (Organization settings > Microsoft Entra)");
  const account = 'AWS account that the credentials must belong to (required); repeatable';
  return addAccountsFileOption(addCredentialOptions(addAccountOptions(command, account)))
    .optionsGroup('Output:')
    .option('--all', 'list everything, regardless of length');
}

/** Adds the option that names roles. */
export function addRoleOption(command: Command): Command {
  return command
    .optionsGroup('Roles:')
    .option('--role <name>', "a role's name; repeatable (default: all roles)", collect);
}

/** Returns the organization. Throws if it is not given. */
export function readOrganization({ organizationUrl, tenantId }: MigrateOptions): Organization {
  const [organization] = readAll(
    () => parseOrganizationUrl(organizationUrl ?? requireUrl()),
    () => {
      if (tenantId === undefined || isGuid(tenantId)) return;
      throw wrongUsage(`--tenant-id is "${tenantId}".`, 'a GUID, like 0ca3ddd9-f0b0-4635-a98c-5866526961b6.');
    },
  );
  return organization;
}

function requireUrl(): never {
  throw wrongUsage(
    '--organization-url is missing.',
    'the organization whose connections to read: https://dev.azure.com/<organization>.',
  );
}

/** Returns role names, refusing ARNs and paths. */
export function readRoleNames({ role: names }: Pick<MigrateOptions, 'role'>): readonly string[] | undefined {
  return names === undefined ? undefined : readAll(...names.map(name => () => readRoleName(name)));
}

function readRoleName(name: string): string {
  if (/^[\w+=,.@-]{1,64}$/.test(name)) return name;
  throw wrongUsage(`--role is "${name}".`, "a role's name, without its path; not an ARN.");
}

/** The actions that reading, writing, finishing and going back need of IAM and STS. */
export const neededActions = {
  read: ['sts:GetCallerIdentity', 'iam:ListRoles', 'iam:ListOpenIDConnectProviders', 'iam:GetOpenIDConnectProvider'],
  write: [
    'iam:GetRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:CreateOpenIDConnectProvider',
    'iam:TagOpenIDConnectProvider',
    'iam:AddClientIDToOpenIDConnectProvider',
  ],
  finish: ['iam:DeleteOpenIDConnectProvider (with --delete-provider)'],
  rollback: ['iam:RemoveClientIDFromOpenIDConnectProvider', 'iam:DeleteOpenIDConnectProvider'],
} as const;
