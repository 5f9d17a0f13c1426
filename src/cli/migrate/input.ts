import type { Command } from 'commander';
import { isGuid } from '../../identity/issuer.ts';
import {
  addAccountOptions,
  addCredentialOptions,
  addAccountsFileOption,
  type AccountsFileOptions,
  readAccountsFile,
  readManyTargets,
  type AccountTarget,
} from '../accounts/options.ts';
import { parseOrganizationUrl, type Organization, collect } from '../connections/options.ts';
import { readAll, wrongUsage, asFailure, CliFailure, holdResult } from '../terminal/failure.ts';
import { readAccount, type AccountState } from '../../account/state.ts';
import { nameActions } from '../accounts/iam-failure.ts';
import { askAccount, announceTarget, openTarget, type OpenAccount, type OpenedAccount } from '../accounts/open.ts';
import { concurrency, numberLines } from '../accounts/write.ts';
import { readFleet, type ReadFleet } from '../connections/ask-azure-devops.ts';
import type { CommandShell } from '../shell.ts';
import { nameCount } from '../terminal/layout.ts';
import type { MigrationPlan } from '../../migration/dual-trust/plan.ts';
import type { FinishPlanOfAccount } from '../../migration/finish/plan-finish.ts';
import type { Problem } from '../../problem.ts';
import { nothingPlanned, planRun, type AccountRun } from '../accounts/run.ts';
import pMap from 'p-map';

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
function readRoleNames({ role: names }: Pick<MigrateOptions, 'role'>): readonly string[] | undefined {
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

/** An account that was read: who acts, and what is there. */
export interface AccountInput extends OpenedAccount {
  readonly state: AccountState;
}

/** An account that could not be read as a whole, so that nothing is concluded about it. */
export interface FailedAccount {
  readonly target: AccountTarget;
  readonly failure: CliFailure;
}

/** All that plans are made of: what is there on both sides. */
export interface MigrationInput {
  readonly accounts: readonly AccountInput[];
  readonly failed: readonly FailedAccount[];
  readonly read: ReadFleet;
  readonly roleNames: readonly string[] | undefined;
  readonly organization: Organization;
  /** As it was said on the command line. */
  readonly given: MigrateOptions;
}

/**
 * Reads the accounts, several at once, and the organization, once. An account that cannot be read is kept apart from the
 * others. Throws if no account or not the whole organization can be read, and before that, with all mistakes of the
 * command line for which `check` throws.
 */
export async function readInput(
  options: MigrateOptions,
  { openAzureDevOps, openAccount }: Pick<CommandShell, 'openAzureDevOps' | 'openAccount'>,
  check: () => void = () => undefined,
): Promise<MigrationInput> {
  const readText = await holdResult(readAccountsFile(options));
  const [organization, targets, roleNames] = readAll(
    () => readOrganization(options),
    () => readManyTargets(options, readText),
    () => readRoleNames(options),
    check,
  );
  const { accounts, failed } = await readAccounts(targets, openAccount);
  requireRoles(roleNames, accounts);
  const read = await readFleet(organization, options.tenantId, openAzureDevOps);
  return { accounts, failed, read, roleNames, organization, given: options };
}

/**
 * Reads accounts, several at once; those that cannot be read are kept apart. Throws if none can be read. One account
 * says who acts; of several each has a line when it was read.
 */
export async function readAccounts(
  targets: readonly AccountTarget[],
  openAccount: OpenAccount,
): Promise<Pick<MigrationInput, 'accounts' | 'failed'>> {
  const sayNext = numberLines(targets.length);
  const read = async (target: AccountTarget): Promise<AccountInput | FailedAccount> => {
    try {
      const opened = await (targets.length === 1 ? announceTarget : openTarget)(target, openAccount);
      return { ...opened, state: await readState(opened) };
    } catch (thrown) {
      return { target, failure: asFailure(thrown) };
    }
  };
  const work = async (target: AccountTarget): Promise<AccountInput | FailedAccount> => {
    const one = await read(target);
    if (targets.length > 1) sayNext(describeRead(one));
    return one;
  };
  const all = await pMap(targets, work, { concurrency });
  const accounts = all.flatMap(one => ('state' in one ? one : []));
  const failed = all.flatMap(one => ('failure' in one ? one : []));
  if (accounts.length > 0) return { accounts, failed };
  throw joinFailures(failed);
}

function describeRead(one: AccountInput | FailedAccount): string {
  const { accountId } = one.target.account;
  if ('failure' in one) {
    return `account ${accountId}: could not be read (${one.failure.problems.map(({ code }) => code).join(', ')})`;
  }
  const { roles, providers } = one.state;
  return `account ${accountId} as ${one.caller.arn}: read, ${nameCount(roles.length, 'role')}, ${nameCount(providers.length, 'OIDC provider')}`;
}

function joinFailures(failed: readonly FailedAccount[]): CliFailure {
  const [first] = failed;
  if (first !== undefined && failed.length === 1) return first.failure;
  const problems = failed.flatMap(({ failure }) => failure.problems);
  const exits = failed.map(({ failure }) => failure.exit);
  return new CliFailure(exits.includes(3) ? 3 : 1, problems, first?.failure);
}

/** Reads an account's roles and providers. Throws if one cannot be read, naming all the actions that reading needs. */
export async function readState({ target: { account }, iam }: OpenedAccount): Promise<AccountState> {
  try {
    return await askAccount(account.accountId, () => readAccount(account, iam));
  } catch (thrown) {
    if (!(thrown instanceof CliFailure)) throw thrown;
    throw nameActions(thrown, neededActions.read);
  }
}

/** Of several accounts one has to have the role: an account without it has nothing to do. */
function requireRoles(names: readonly string[] | undefined, accounts: readonly AccountInput[]): void {
  const known = new Set(accounts.flatMap(({ state }) => state.roles.map(({ name }) => name)));
  const missing = names?.filter(name => !known.has(name)) ?? [];
  if (missing.length === 0) return;
  throw new CliFailure(3, [
    {
      code: 'RoleNotFound',
      found: `${accounts.length === 1 ? 'The account has' : 'The accounts have'} no role ${missing.join(', ')}.`,
      expected: 'names of roles in the account, in their exact letter case.',
      remedy: 'Correct --role.',
    },
  ]);
}

/** What a migration is to do in an account, and what came of it. */
export interface MigrateRun extends AccountRun {
  readonly plan: MigrationPlan | FinishPlanOfAccount;
  /** Undefined where the account could not be read. */
  readonly input: AccountInput | undefined;
}

/** Returns the run of an account's plan, before anything is written. */
export function planAccount(
  input: AccountInput,
  plan: MigrateRun['plan'],
  refusals: readonly Problem[] = [],
): MigrateRun {
  return { ...planRun(input, { ...plan, refusals }), plan, input };
}

/** Returns the run of an account that could not be read: nothing of it is planned. */
export function failAccount({ target, failure }: FailedAccount): MigrateRun {
  const exit = failure.exit === 3 ? 3 : 1;
  return {
    ...nothingPlanned,
    target,
    input: undefined,
    plan: { changes: [], roles: [], leftOut: [], warnings: [], providerStays: undefined },
    status: exit === 3 ? 'failed' : 'refused',
    exit,
    problems: failure.problems,
  };
}
