import type { Identity } from '../../identity/audience.ts';
import { buildForIdentities } from '../../trust/build.ts';
import { writeBounds } from '../../trust/network/bounds.ts';
import { describeProvider, type Account } from '../../trust/oidc-provider.ts';
import { ownTag } from '../../account/iam.ts';
import { defaultSessionSeconds, roleDescription, type TemplateRequest } from './role-request.ts';

/** A part of a command of the AWS CLI: a word as it is, or a document that it takes as JSON. */
export type CommandPart = string | { readonly json: unknown };

/** An option with its values, or a word that stands alone. */
export type CommandOption = readonly [name: string, ...values: readonly CommandPart[]];

/** One command of the AWS CLI, `aws iam ...`. */
export interface AwsCommand {
  readonly action: string;
  readonly options: readonly CommandOption[];
}

/** The commands, the account that they are for, and what to know before using them. */
export interface AwsCommands {
  readonly account: Account;
  readonly commands: readonly AwsCommand[];
  readonly warning: string | undefined;
}

/**
 * Returns the commands that make the providers and the role in an account that has neither, in the order in which they
 * work. Throws as `buildForIdentities` does. They change nothing that is there: AWS refuses what exists already.
 */
export function listAwsCommands(request: TemplateRequest, account: Account): AwsCommands {
  const identities = request.connections.flatMap(one => one.identities);
  const { document, warning } = buildForIdentities(identities, {
    ...account,
    network: request.network && writeBounds(request.network),
  });
  const commands = [
    ...listProviderCommands(identities, request, account),
    createRole(request, document),
    ...request.role.policyArns.map(arn => attachPolicy(request.role.name, arn)),
  ];
  return { account, commands, warning };
}

function listProviderCommands(
  identities: readonly Identity[],
  { existingProviders, role }: TemplateRequest,
  account: Account,
): readonly AwsCommand[] {
  const missing = identities.filter(({ issuer }) => !existingProviders.includes(issuer.kind));
  const providers = new Map(missing.map(one => [one.issuerUrl, describeProvider(one, account)]));
  return [...providers.values()].map(({ issuerUrl, clientIds }) => ({
    action: 'create-open-id-connect-provider',
    options: [['--url', issuerUrl], ['--client-id-list', ...clientIds], writeTags(role.tags)],
  }));
}

function createRole({ role }: TemplateRequest, trustPolicy: unknown): AwsCommand {
  const path: readonly CommandOption[] = ['/', undefined].includes(role.path) ? [] : [['--path', role.path ?? '/']];
  const boundary: readonly CommandOption[] =
    role.boundaryArn === undefined ? [] : [['--permissions-boundary', role.boundaryArn]];
  return {
    action: 'create-role',
    options: [
      ['--role-name', role.name],
      ...path,
      ['--description', roleDescription],
      ['--max-session-duration', String(role.maxSessionSeconds ?? defaultSessionSeconds)],
      ...boundary,
      writeTags(role.tags),
      ['--assume-role-policy-document', { json: trustPolicy }],
    ],
  };
}

function attachPolicy(roleName: string, policyArn: string): AwsCommand {
  return {
    action: 'attach-role-policy',
    options: [
      ['--role-name', roleName],
      ['--policy-arn', policyArn],
    ],
  };
}

/** With the tag of what aws-wif made: setup and migration then know it for theirs. */
function writeTags(tags: Readonly<Record<string, string>>): CommandOption {
  const all = { ...tags, [ownTag.key]: ownTag.value };
  return ['--tags', { json: Object.entries(all).map(([Key, Value]) => ({ Key, Value })) }];
}
