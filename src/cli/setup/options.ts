import type { Command } from 'commander';
import type { Identity } from '../../identity/audience.ts';
import type { SetupRequest, WantedRole } from '../../setup/request.ts';
import { unbounded, type NetworkBounds } from '../../trust/network/bounds.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import { collect, type ConnectionOptions } from '../connections/options.ts';
import {
  addNetworkOptions,
  readNetwork,
  type NetworkOptions,
  readPolicyArn,
  readRoleName,
  readRolePath,
  readSessionSeconds,
  readTags,
} from '../accounts/role-options.ts';
import { fillAccount, type AccountOptions, type CredentialOptions, type WriteOptions } from '../accounts/options.ts';
import { readAll, wrongUsage } from '../terminal/failure.ts';

export interface SetupOptions
  extends ConnectionOptions, AccountOptions, CredentialOptions, WriteOptions, NetworkOptions {
  readonly anyNetwork?: boolean;
  readonly roleName?: string;
  readonly path?: string;
  readonly policyArn?: readonly string[];
  readonly maxSessionDuration?: string;
  readonly permissionsBoundary?: string;
  readonly tag?: readonly string[];
  readonly existingRole?: boolean;
  readonly acceptExposedRoles?: boolean;
  readonly raisedQuota?: boolean;
}

/** Adds the options that say what the role should be, and what its trust is bound to. */
export function addRoleOptions(command: Command): Command {
  addNetworkOptions(command).option(
    '--any-network',
    "do not restrict the new statements to a network, even if the role's other statements are",
  );
  return command
    .optionsGroup('Role:')
    .option('--role-name <name>', 'name of the role (required); created if it does not exist')
    .option('--path <path>', 'path of a new role, like /pipelines/ (default: /)')
    .option(
      '--policy-arn <arn>',
      'managed policy to attach; {account} is replaced with the account ID; repeatable',
      collect,
    )
    .option('--max-session-duration <seconds>', 'maximum session duration in seconds, 3600 to 43200')
    .option(
      '--permissions-boundary <arn>',
      'managed policy to set as boundary; {account} is replaced with the account ID',
    )
    .option('--tag <key=value>', 'extra tag for everything created; repeatable', collect)
    .option('--existing-role', 'allow changing a role that aws-wif did not create')
    .option('--accept-exposed-roles', 'proceed even if roles trust the provider without a condition on :sub')
    .option(
      '--raised-quota',
      'allow trust policies of 2049 to 4096 characters: the account\'s quota "Role trust policy length" was raised',
    );
}

/**
 * Returns what is asked for in an account, for identities that are known later. Throws for all that cannot be meant. Without an
 * account it only finds mistakes: ARNs are read with another account's ID.
 */
export function readRequest(
  options: SetupOptions,
  account: Account | undefined,
): (identities: readonly Identity[]) => SetupRequest {
  const { policyArn: policies = [], permissionsBoundary: boundary } = options;
  const fill = (option: string, arn: string): string =>
    account === undefined
      ? readPolicyArn(option, arn.replaceAll('{account}', '111111111111')).text
      : fillPolicyArn(option, arn, account);
  const [name, path, maxSessionSeconds, tags, policyArns, boundaryArn, network] = readAll(
    () => requireRoleName(options),
    () => readRolePath(options.path),
    () => readSessionSeconds(options.maxSessionDuration),
    () => readTags(options.tag),
    () => [...new Set(readAll(...policies.map(arn => () => fill('--policy-arn', arn))))],
    () => (boundary === undefined ? undefined : fill('--permissions-boundary', boundary)),
    () => readBounds(options),
  );
  const role: WantedRole = { name, path, policyArns, maxSessionSeconds, boundaryArn, tags };
  const flags = {
    existingRole: options.existingRole === true,
    acceptExposedRoles: options.acceptExposedRoles === true,
    raisedQuota: options.raisedQuota === true,
  };
  return identities => ({
    account: account ?? { accountId: '', partition: 'aws' },
    identities,
    role,
    network,
    ...flags,
  });
}

/** Undefined if nothing is said of networks. */
function readBounds(options: SetupOptions): NetworkBounds | undefined {
  const network = readNetwork(options, options.partition);
  return options.anyNetwork === true ? unbounded : network?.bounds;
}

function requireRoleName({ roleName }: SetupOptions): string {
  if (roleName !== undefined) return readRoleName(roleName);
  throw wrongUsage('--role-name is missing.', 'the name of the role that pipelines assume.');
}

/** Policies are of the role's account, or of AWS itself. */
function fillPolicyArn(option: string, template: string, account: Account): string {
  const { text, partition, owner } = readPolicyArn(option, fillAccount(template, account));
  if (partition === account.partition && (owner === 'aws' || owner === account.accountId)) return text;
  throw wrongUsage(
    `${option} is ${text}, but --account is ${account.accountId} in partition ${account.partition}.`,
    "a policy of AWS or of the role's account; {account} is replaced with its ID.",
  );
}

/** Returns whether an option is missing that `setup` needs and can ask for. */
export function needsAnswers(options: SetupOptions): boolean {
  return lacksAccount(options) || options.roleName === undefined || lacksConnection(options);
}

/** Several profiles are for several accounts, which are not asked for. */
export function lacksAccount({ account = [], profile = [] }: SetupOptions): boolean {
  return account.length === 0 && profile.length <= 1;
}

export function lacksConnection(options: SetupOptions): boolean {
  const { organizationUrl, project, connection } = options;
  return !namesIds(options) && [organizationUrl, project, connection].includes(undefined);
}

/** Somebody who names ids knows them all, or is told which ones are missing. */
export function namesIds({ organization, organizationId, connectionId }: SetupOptions): boolean {
  return [organization, organizationId, connectionId].some(one => one !== undefined);
}
