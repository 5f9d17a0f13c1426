import type { Command } from 'commander';
import type { Identity } from '../identity/audience.ts';
import { isRoleArn, parseRoleArn } from '../session/role-arn.ts';
import { ownTag } from '../setup/own-tag.ts';
import type { SetupRequest, WantedRole } from '../setup/request.ts';
import type { Account } from '../trust/oidc-provider.ts';
import type { AccountOptions } from './account-options.ts';
import { collect, type ConnectionOptions } from './connection-options.ts';
import { fillAccount, type CredentialOptions } from './credential-options.ts';
import { wrongUsage } from './failure.ts';

export interface SetupOptions extends ConnectionOptions, AccountOptions, CredentialOptions {
  readonly roleName?: string;
  readonly path?: string;
  readonly policyArn?: readonly string[];
  readonly maxSessionDuration?: string;
  readonly permissionsBoundary?: string;
  readonly tag?: readonly string[];
  readonly existingRole?: boolean;
  readonly acceptExposedRoles?: boolean;
  readonly saveFolder?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the options that say what the role should be. */
export function addRoleOptions(command: Command): Command {
  return command
    .option('--role-name <name>', 'name of the role; it is made where it is not there')
    .option('--path <path>', 'path of a new role, like /pipelines/ (default: /)')
    .option('--policy-arn <arn>', 'managed policy to attach; {account} stands for the account id', collect)
    .option('--max-session-duration <seconds>', 'longest session, 3600 to 43200')
    .option('--permissions-boundary <arn>', 'managed policy to set as boundary; {account} stands for the account id')
    .option('--tag <key=value>', 'tag of what is made, besides that of aws-wif', collect)
    .option('--existing-role', 'change a role that aws-wif did not make')
    .option('--accept-exposed-roles', 'change a provider although roles name it without a condition on :sub');
}

/**
 * Returns what is asked for in an account, for identities that are known later. Throws for all that cannot be meant: IAM
 * would refuse most of it, but only after some of the changes.
 */
export function readRequest(
  options: SetupOptions,
  account: Account,
): (identities: readonly Identity[]) => SetupRequest {
  const { policyArn: policies = [], permissionsBoundary: boundary, existingRole, acceptExposedRoles } = options;
  const role: WantedRole = {
    name: readRoleName(options.roleName, options.path, account),
    path: options.path,
    policyArns: [...new Set(policies.map(arn => readPolicyArn('--policy-arn', arn, account)))],
    maxSessionSeconds: readSeconds(options.maxSessionDuration),
    boundaryArn: boundary === undefined ? undefined : readPolicyArn('--permissions-boundary', boundary, account),
    tags: readTags(options.tag),
  };
  const flags = { existingRole: existingRole === true, acceptExposedRoles: acceptExposedRoles === true };
  return identities => ({ account, identities, role, ...flags });
}

function readRoleName(name: string | undefined, path = '/', { partition, accountId }: Account): string {
  if (name === undefined) throw wrongUsage('--role-name is missing.', 'the name of the role that pipelines assume.');
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
    throw wrongUsage(`--role-name is "${name}".`, '1 to 64 of letters, digits and +=,.@_-, without a path (--path).');
  }
  if (isRoleArn(parseRoleArn(`arn:${partition}:iam::${accountId}:role${path}${name}`))) return name;
  throw wrongUsage(`--path is "${path}".`, 'a path that begins and ends with a slash, like /pipelines/.');
}

/** Policies are of the role's account, or of AWS itself. */
function readPolicyArn(option: string, text: string, account: Account): string {
  const arn = fillAccount(text, account);
  const [, partition, owner] = /^arn:([^:]+):iam::(\d{12}|aws):policy\/[\x21-\x7e]*[\w+=,.@-]+$/.exec(arn) ?? [];
  if (owner === undefined) {
    throw wrongUsage(
      `${option} is "${arn}".`,
      'the ARN of a managed policy, like arn:aws:iam::aws:policy/ReadOnlyAccess.',
    );
  }
  if (partition === account.partition && (owner === 'aws' || owner === account.accountId)) return arn;
  throw wrongUsage(
    `${option} is ${arn}, but --account is ${account.accountId} in partition ${account.partition}.`,
    "a policy of AWS or of the role's account; {account} stands for its id.",
  );
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{4,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 3600 && seconds <= 43_200) return seconds;
  throw wrongUsage(`--max-session-duration is "${text}".`, 'a whole number of seconds from 3600 to 43200.');
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
function readTags(texts: readonly string[] = []): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const text of texts) {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const valid =
      /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value);
    if (!valid || /^aws:/i.test(key)) {
      throw wrongUsage(
        `--tag is "${text}".`,
        'key=value of letters, digits, spaces and _.:/=+-@; no key with aws: in front.',
      );
    }
    const taken = [...tags.keys(), ownTag.key].find(one => one.toLowerCase() === key.toLowerCase());
    if (taken !== undefined) {
      throw wrongUsage(
        `--tag names "${key}" besides ${taken}.`,
        `each key once in any letter case, and not ${ownTag.key}.`,
      );
    }
    tags.set(key, value);
  }
  if (tags.size > 49)
    throw wrongUsage(`There are ${tags.size} of --tag.`, 'at most 49: IAM takes 50, with that of aws-wif.');
  return Object.fromEntries(tags);
}
