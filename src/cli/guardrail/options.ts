import type { Command } from 'commander';
import { isGuid } from '../../identity/issuer.ts';
import type { ExemptionTag } from '../../trust/control-policies/control-policy.ts';
import { isProviderUrl } from '../../trust/control-policies/providers.ts';
import { stripScheme } from '../../trust/oidc-provider.ts';
import { readTags } from '../accounts/role-options.ts';
import { collect } from '../connections/options.ts';
import { readAll, refuseIf, wrongUsage } from '../terminal/failure.ts';

/** What every guardrail may be given: whom to exempt, and who may do that. */
export interface ExemptionOptions {
  readonly exemptTag?: string;
  readonly adminRole?: readonly string[];
}

const adminText =
  'ARN of a role or user that may change OIDC providers, trust policies and the exemption tag; * and ? are wildcards; repeatable';

/** Adds the options of an exemption, which comes only together with who may give it. */
export function addExemptionOptions(command: Command): Command {
  return command
    .optionsGroup('Exemption:')
    .option('--exempt-tag <key=value>', 'tag of roles that the policy does not affect; requires --admin-role')
    .option('--admin-role <arn>', `with --exempt-tag: ${adminText}`, collect);
}

/** Adds the option that names the administrators. */
export function addAdministratorOption(command: Command): Command {
  return command.option('--admin-role <arn>', `${adminText} (required)`, collect);
}

/** A tag that exempts roles, and who may set it. */
export interface Exemption {
  readonly tag: ExemptionTag;
  readonly administrators: readonly string[];
}

/** Returns the exemption that is asked for. Throws for one without anybody who may give it: everybody could. */
export function readExemption({ exemptTag, adminRole }: ExemptionOptions): Exemption | undefined {
  const [tag, administrators] = readAll(
    () => readExemptTag(exemptTag),
    () => readAdministrators(adminRole),
    refuseIf(
      exemptTag !== undefined && adminRole === undefined,
      '--exempt-tag is given without --admin-role.',
      '--admin-role with the roles that may set the tag, because anyone who can tag a role could exempt it. The service control policy that enforces this is printed as well.',
    ),
    refuseIf(
      exemptTag === undefined && adminRole !== undefined,
      '--admin-role is given without --exempt-tag.',
      'both or neither.',
    ),
  );
  return tag === undefined ? undefined : { tag, administrators };
}

/** Returns the tag; undefined if none is given. */
export function readExemptTag(text: string | undefined): ExemptionTag | undefined {
  if (text === undefined) return undefined;
  const [entry] = Object.entries(readTags([text], '--exempt-tag'));
  const [key, value] = entry ?? ['', ''];
  // In a condition key a space or another letter of the world's scripts is not documented; an empty value exempts by accident.
  if (/^[\w.:/=+@-]{1,128}$/.test(key) && /^[\w.:/=+@ -]{1,256}$/.test(value)) return { key, value };
  throw wrongUsage(
    `--exempt-tag is "${text}".`,
    'key=value of ASCII letters, digits and _.:/=+-@, with neither part empty.',
  );
}

const principalArn = /^arn:(?:aws|aws-cn|aws-us-gov|aws-eusc|\*):iam::(?:\d{12}|\*):(role|user)\/([\w+=,.@*?/-]+)$/;

/** Returns the patterns of the administrators' ARNs. Throws for one that covers everybody. */
export function readAdministrators(arns: readonly string[] = []): readonly string[] {
  return readAll(
    ...arns.map(arn => () => {
      const [, , name = ''] = principalArn.exec(arn) ?? [];
      if (/[^*?/]/.test(name)) return arn;
      throw wrongUsage(
        `--admin-role is "${arn}".`,
        'the ARN of a role or user, like arn:aws:iam::*:role/wif-admin. A pattern must not match all of them, and a root user is not accepted.',
      );
    }),
  );
}

/** Returns the patterns of the roles whose trust is guarded, `*` for all. Throws if neither roles nor all of them are named. */
export function readGuardedRoles({
  role: arns = [],
  allRoles,
}: {
  readonly role?: readonly string[];
  readonly allRoles?: boolean;
}): readonly string[] {
  const [roles] = readAll(
    () => readAll(...arns.map(arn => () => readRolePattern(arn))),
    refuseIf(
      arns.length === 0 && allRoles !== true,
      'Neither --role nor --all-roles is given.',
      '--role with the ARNs of the roles that federated identities may assume, like arn:aws:iam::*:role/pipelines/*; or --all-roles, so that only the administrators may create any role.',
    ),
  );
  return allRoles === true ? ['*'] : roles;
}

function readRolePattern(arn: string): string {
  if (principalArn.exec(arn)?.[1] === 'role') return arn;
  throw wrongUsage(
    `--role is "${arn}".`,
    'the ARN of a role, like arn:aws:iam::*:role/pipelines/*, with * and ? as wildcards.',
  );
}

/** Adds the option that names the organizations. */
export function addOrganizationIds(command: Command): Command {
  return command.option(
    '--organization-id <guid>',
    "the Azure DevOps organization's ID (aws-wif organization-id); repeatable (required)",
    collect,
  );
}

/** Returns the ids of organizations, each once and in lower case. Throws for what is not a GUID, and for none. */
export function readOrganizationIds(ids: readonly string[] = []): readonly string[] {
  if (ids.length === 0) {
    throw wrongUsage(
      '--organization-id is missing.',
      'the ID of the Azure DevOps organization.',
      'Add it; aws-wif organization-id URL prints it. Repeat --organization-id for several organizations.',
    );
  }
  return [...new Set(readAll(...ids.map(id => () => readGuid('--organization-id', id))))];
}

/** Returns a GUID in lower case. */
export function readGuid(option: string, text: string): string {
  if (isGuid(text)) return text.toLowerCase();
  throw wrongUsage(`${option} is "${text}".`, 'a GUID, like 0ca3ddd9-f0b0-4635-a98c-5866526961b6.');
}

/** Returns the URLs of providers as IAM writes them in ARNs, where a slash at the end counts. */
export function readProviderUrls(urls: readonly string[] = [], option = '--provider'): readonly string[] {
  return readAll(
    ...urls.map(text => () => {
      const url = stripScheme(text);
      if (isProviderUrl(url)) return url;
      throw wrongUsage(
        `${option} is "${text}".`,
        'the URL of an OIDC provider as in its ARN, like token.actions.githubusercontent.com, or cognito-identity.amazonaws.com.',
      );
    }),
  );
}
