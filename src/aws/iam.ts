import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  ListOpenIDConnectProvidersCommand,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  paginateListRoles,
  type IAMClient,
  type IAMClientConfig,
  type Role,
  type Tag,
  paginateGetAccountAuthorizationDetails,
  type RoleDetail,
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  PutRolePermissionsBoundaryCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import type {
  IamReader,
  ListedRole,
  PolicyState,
  ProviderState,
  RolePolicies,
  RoleState,
  IamChange,
  IamWriter,
} from '../account/iam.ts';
import { stripScheme } from '../trust/oidc-provider.ts';
import { call, IamError } from './iam-error.ts';

/** What the SDK takes for its request handler: one of its own kind, or options for its default. */
export type Transport = NonNullable<IAMClientConfig['requestHandler']>;

/** Returns what reads an account's roles, policies and OIDC providers; every method rejects with IamError. */
export function createReader(client: IAMClient): IamReader {
  return {
    listRoles: () => call('iam:ListRoles', () => listRoles(client)),
    readRole: name => orUndefined(readRole(client, name)),
    listPolicies: name => listPolicies(client, name),
    readPolicy: arn => readPolicy(client, arn),
    listProviderArns: () => listProviderArns(client),
    readProvider: arn => orUndefined(readProvider(client, arn)),
  };
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof IamError && thrown.refusal === 'not-found') return undefined;
    throw thrown;
  }
}

async function listRoles(client: IAMClient): Promise<readonly ListedRole[]> {
  const roles = await readPages(paginateListRoles({ client, pageSize: 1000 }, {}), ({ Roles }) => Roles);
  return roles.map(describeListed);
}

interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

/** Returns what is listed on all pages. Throws if a marker comes again: IAM sends none twice, and the list would not end. */
async function readPages<One extends Page, Item>(
  pages: AsyncIterable<One>,
  pick: (page: One) => readonly Item[] | undefined,
): Promise<readonly Item[]> {
  const lists: (readonly Item[])[] = [];
  const markers = new Set<string>();
  for await (const page of pages) {
    lists.push(requireList(pick(page), page));
    const { Marker: marker = '' } = page;
    if (markers.has(marker)) throw new SyntaxError('a list whose marker for the rest comes again');
    if (marker !== '') markers.add(marker);
  }
  return lists.flat();
}

/**
 * Returns the list of an answer. Throws if there is none, or if the answer says that it goes on but not where: IAM always sends
 * one, so that something else answered. The SDK reads any XML or HTML, and an empty body, as an answer without a list.
 */
function requireList<T>(
  list: readonly T[] | undefined,
  { IsTruncated: isTruncated, Marker: marker }: Page = {},
): readonly T[] {
  if (list === undefined) throw new SyntaxError('an answer without the list that was asked for');
  if (isTruncated === true && (marker ?? '') === '')
    throw new SyntaxError('a part of a list, without a marker for the rest');
  return list;
}

/** Returns a role. Rejects with IamError, also if there is none. */
function readRole(client: IAMClient, name: string): Promise<RoleState> {
  return call('iam:GetRole', async () => {
    const { Role: role } = await client.send(new GetRoleCommand({ RoleName: name }));
    if (role === undefined) throw new SyntaxError('no role');
    return {
      ...describeListed(role),
      description: role.Description,
      maxSessionSeconds: role.MaxSessionDuration ?? 3600,
      boundaryArn: role.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: readTags(role.Tags),
    };
  });
}

/** Returns a role of a list. Throws if the answer lacks a part of it. */
function describeListed({
  Arn: arn,
  RoleName: name,
  Path: path,
  AssumeRolePolicyDocument: policy,
}: Pick<Role, 'AssumeRolePolicyDocument'> & Partial<Pick<Role, 'Arn' | 'RoleName' | 'Path'>>): ListedRole {
  if (arn === undefined || name === undefined || path === undefined || policy === undefined) {
    throw new SyntaxError('a role without ARN, name, path or trust policy');
  }
  return { arn, name, path, trustPolicy: decodeURIComponent(policy) };
}

async function listPolicies(client: IAMClient, name: string): Promise<RolePolicies> {
  const attachedArns = await call('iam:ListAttachedRolePolicies', async () => {
    const pages = paginateListAttachedRolePolicies({ client }, { RoleName: name });
    const attached = await readPages(pages, ({ AttachedPolicies }) => AttachedPolicies);
    return attached.flatMap(({ PolicyArn: arn }) => arn ?? []);
  });
  const inlineNames = await call('iam:ListRolePolicies', () =>
    readPages(paginateListRolePolicies({ client }, { RoleName: name }), ({ PolicyNames }) => PolicyNames),
  );
  return { attachedArns, inlineNames };
}

async function readPolicy(client: IAMClient, arn: string): Promise<PolicyState> {
  try {
    const { Policy: policy } = await call('iam:GetPolicy', () => client.send(new GetPolicyCommand({ PolicyArn: arn })));
    if (policy === undefined) throw new IamError('unreadable', 'iam:GetPolicy', 'no policy');
    return policy.IsAttachable === false ? 'not-attachable' : 'attachable';
  } catch (thrown) {
    if (!(thrown instanceof IamError)) throw thrown;
    if (thrown.refusal === 'not-found') return 'absent';
    if (thrown.refusal === 'forbidden') return 'unknown';
    throw thrown;
  }
}

/** Returns the ARNs of an account's OIDC providers. Rejects with IamError. */
function listProviderArns(client: IAMClient): Promise<readonly string[]> {
  return call('iam:ListOpenIDConnectProviders', async () => {
    const { OpenIDConnectProviderList: list } = await client.send(new ListOpenIDConnectProvidersCommand({}));
    return requireList(list).flatMap(({ Arn: arn }) => arn ?? []);
  });
}

/** Returns an OIDC provider. Rejects with IamError, also if there is none. */
function readProvider(client: IAMClient, arn: string): Promise<ProviderState> {
  return call('iam:GetOpenIDConnectProvider', async () => {
    const found = await client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    if (found.Url === undefined) throw new SyntaxError('an OIDC provider without URL');
    return {
      arn,
      url: stripScheme(found.Url),
      clientIds: found.ClientIDList ?? [],
      thumbprints: found.ThumbprintList ?? [],
      tags: readTags(found.Tags),
    };
  });
}

function readTags(tags: readonly Tag[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key: key = '', Value: value = '' }) => [key, value]));
}

/** A role with the names of its policies. */
export interface RoleDetails {
  readonly role: ListedRole;
  /** Undefined if the answer does not list them. */
  readonly policies: RolePolicies | undefined;
}

/**
 * Returns all roles of an account with the names of their policies, in a few calls. IAM sends the inline policies, too; nothing
 * of their contents is kept. Rejects with IamError.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export function listRoleDetails(client: IAMClient): Promise<readonly RoleDetails[]> {
  return call('iam:GetAccountAuthorizationDetails', async () => {
    const pages = paginateGetAccountAuthorizationDetails({ client, pageSize: 1000 }, { Filter: ['Role'] });
    const roles = await readPages(pages, ({ RoleDetailList }) => RoleDetailList);
    return roles.map(describeDetail);
  });
}

function describeDetail(detail: RoleDetail): RoleDetails {
  const { AttachedManagedPolicies: attached, RolePolicyList: inline } = detail;
  const role = describeListed(detail);
  if (attached === undefined || inline === undefined) return { role, policies: undefined };
  const attachedArns = attached.flatMap(({ PolicyArn: arn }) => arn ?? []);
  return { role, policies: { attachedArns, inlineNames: inline.flatMap(({ PolicyName: name }) => name ?? []) } };
}

/**
 * Returns what carries changes out, with one API call each; it rejects with IamError. A call whose answer is lost is tried
 * again by the SDK, so that a create that went through may be refused as `EntityAlreadyExists`.
 */
export function createWriter(client: IAMClient): IamWriter {
  return {
    apply: async change => {
      const describe = calls[change.kind] as (one: IamChange) => WriteCall;
      const [action, command] = describe(change);
      await call(`iam:${action}`, () => client.send(command as Parameters<IAMClient['send']>[0]));
    },
  };
}

type WriteCall = readonly [action: string, command: unknown];

type WriteCalls = {
  readonly [Kind in IamChange['kind']]: (change: Extract<IamChange, { readonly kind: Kind }>) => WriteCall;
};

const calls: WriteCalls = {
  // Without thumbprints: IAM finds one on its own, and for public CAs it does not look at it.
  'create-provider': ({ issuerUrl: Url, clientIds, tags }) => [
    'CreateOpenIDConnectProvider',
    new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: [...clientIds], Tags: listTags(tags) }),
  ],
  'add-client-id': ({ arn: OpenIDConnectProviderArn, clientId: ClientID }) => [
    'AddClientIDToOpenIDConnectProvider',
    new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
  ],
  'remove-client-id': ({ arn: OpenIDConnectProviderArn, clientId: ClientID }) => [
    'RemoveClientIDFromOpenIDConnectProvider',
    new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
  ],
  'tag-provider': ({ arn: OpenIDConnectProviderArn, tags }) => [
    'TagOpenIDConnectProvider',
    new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: listTags(tags) }),
  ],
  'set-thumbprints': ({ arn: OpenIDConnectProviderArn, thumbprints }) => [
    'UpdateOpenIDConnectProviderThumbprint',
    new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList: [...thumbprints] }),
  ],
  'delete-provider': ({ arn: OpenIDConnectProviderArn }) => [
    'DeleteOpenIDConnectProvider',
    new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }),
  ],
  'create-role': change => [
    'CreateRole',
    new CreateRoleCommand({
      RoleName: change.name,
      Path: change.path,
      AssumeRolePolicyDocument: change.trustPolicy,
      MaxSessionDuration: change.maxSessionSeconds,
      PermissionsBoundary: change.boundaryArn,
      Description: change.description,
      Tags: listTags(change.tags),
    }),
  ],
  'set-trust-policy': ({ roleName: RoleName, trustPolicy: PolicyDocument }) => [
    'UpdateAssumeRolePolicy',
    new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }),
  ],
  'set-session-length': ({ roleName: RoleName, maxSessionSeconds: MaxSessionDuration }) => [
    'UpdateRole',
    new UpdateRoleCommand({ RoleName, MaxSessionDuration }),
  ],
  'set-boundary': ({ roleName: RoleName, boundaryArn: PermissionsBoundary }) => [
    'PutRolePermissionsBoundary',
    new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }),
  ],
  'attach-policy': ({ roleName: RoleName, policyArn: PolicyArn }) => [
    'AttachRolePolicy',
    new AttachRolePolicyCommand({ RoleName, PolicyArn }),
  ],
  'tag-role': ({ roleName: RoleName, tags }) => ['TagRole', new TagRoleCommand({ RoleName, Tags: listTags(tags) })],
};

function listTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
