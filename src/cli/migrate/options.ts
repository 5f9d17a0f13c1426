import type { Command } from 'commander';
import { isGuid } from '../../identity/guid.ts';
import {
  addAccountOptions,
  addCredentialOptions,
  readAccounts,
  addAccountsFileOption,
  readTargets,
  type AccountsFileOptions,
  type AccountTarget,
} from '../accounts/options.ts';
import { collect } from '../connections/options.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { parseOrganizationUrl, type Organization } from '../connections/organization-url.ts';

/** What every subcommand of migrate is told. */
export interface MigrateOptions extends AccountsFileOptions {
  readonly organizationUrl?: string;
  readonly tenantId?: string;
  readonly role?: readonly string[];
  readonly all?: boolean;
}

/** Adds the options that name the organization and several accounts. */
export function addFleetOptions(command: Command): Command {
  return addAccountsFileOption(addMigrateOptions(command)).option('--all', 'list everything, however long it is');
}

/** Adds the options that name the organization and the account. */
export function addMigrateOptions(command: Command): Command {
  command
    .option('--organization-url <url>', 'URL of the Azure DevOps organization')
    .option('--tenant-id <guid>', "the organization's Entra tenant (Organization settings > Microsoft Entra)");
  return addCredentialOptions(
    addAccountOptions(command, 'AWS account that the credentials must be of; repeat it for several'),
  );
}

/** Adds the option that names roles. */
export function addRoleOption(command: Command): Command {
  return command.option('--role <name>', 'name of a role; repeat it for several (default: all)', collect);
}

/** Returns the organization. Throws where it is not given. */
export function readOrganization({ organizationUrl, tenantId }: MigrateOptions): Organization {
  if (organizationUrl === undefined) {
    throw wrongUsage(
      '--organization-url is missing.',
      'the organization whose connections are looked at: https://dev.azure.com/<organization>.',
    );
  }
  if (tenantId !== undefined && !isGuid(tenantId)) {
    throw wrongUsage(`--tenant-id is "${tenantId}".`, 'a GUID, like 0ca3ddd9-f0b0-4635-a98c-5866526961b6.');
  }
  return parseOrganizationUrl(organizationUrl);
}

/** Returns the one account that a rollback is about. */
export function readTarget(options: MigrateOptions): AccountTarget {
  const [target, ...others] = readTargets(readAccounts(options), options);
  if (target !== undefined && others.length === 0) return target;
  throw wrongUsage('Several of --account are given.', 'one account at a time.');
}

/** Returns role names, refusing ARNs and paths. */
export function readRoleNames({ role: names }: Pick<MigrateOptions, 'role'>): readonly string[] | undefined {
  const wrong = names?.find(name => !/^[\w+=,.@-]{1,64}$/.test(name));
  if (wrong === undefined) return names;
  throw wrongUsage(`--role is "${wrong}".`, "a role's name, without path and ARN.");
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
