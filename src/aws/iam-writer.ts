import {
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
  type IAMClient,
  type Tag,
} from '@aws-sdk/client-iam';
import type { IamChange, IamWriter } from '../account/iam.ts';
import { call } from './iam-error.ts';

/**
 * Returns what carries changes out, with one API call each; it rejects with IamError. A call whose answer is lost is tried
 * again by the SDK, so that a create that went through may be refused as `EntityAlreadyExists`.
 */
export function createWriter(client: IAMClient): IamWriter {
  return {
    apply: async change => {
      await callProvider(client, change);
    },
  };
}

type Change<Kind extends IamChange['kind']> = Extract<IamChange, { readonly kind: Kind }>;

function callProvider(client: IAMClient, change: IamChange): Promise<unknown> {
  switch (change.kind) {
    case 'create-provider':
      return createProvider(client, change);
    case 'add-client-id': {
      const add = { OpenIDConnectProviderArn: change.arn, ClientID: change.clientId };
      return call('iam:AddClientIDToOpenIDConnectProvider', () =>
        client.send(new AddClientIDToOpenIDConnectProviderCommand(add)),
      );
    }
    case 'remove-client-id': {
      const remove = { OpenIDConnectProviderArn: change.arn, ClientID: change.clientId };
      return call('iam:RemoveClientIDFromOpenIDConnectProvider', () =>
        client.send(new RemoveClientIDFromOpenIDConnectProviderCommand(remove)),
      );
    }
    case 'tag-provider': {
      const tag = { OpenIDConnectProviderArn: change.arn, Tags: listTags(change.tags) };
      return call('iam:TagOpenIDConnectProvider', () => client.send(new TagOpenIDConnectProviderCommand(tag)));
    }
    case 'set-thumbprints': {
      const update = { OpenIDConnectProviderArn: change.arn, ThumbprintList: [...change.thumbprints] };
      return call('iam:UpdateOpenIDConnectProviderThumbprint', () =>
        client.send(new UpdateOpenIDConnectProviderThumbprintCommand(update)),
      );
    }
    case 'delete-provider': {
      const remove = { OpenIDConnectProviderArn: change.arn };
      return call('iam:DeleteOpenIDConnectProvider', () => client.send(new DeleteOpenIDConnectProviderCommand(remove)));
    }
    case 'create-role':
    case 'set-trust-policy':
    case 'set-session-length':
    case 'set-boundary':
    case 'attach-policy':
    case 'tag-role':
      return callRole(client, change);
  }
}

/** Without thumbprints: IAM finds one on its own, and for public CAs it does not look at it. */
function createProvider(
  client: IAMClient,
  { issuerUrl, clientIds, tags }: Change<'create-provider'>,
): Promise<unknown> {
  const create = { Url: issuerUrl, ClientIDList: [...clientIds], Tags: listTags(tags) };
  return call('iam:CreateOpenIDConnectProvider', () => client.send(new CreateOpenIDConnectProviderCommand(create)));
}

type RoleChange = Change<
  'create-role' | 'set-trust-policy' | 'set-session-length' | 'set-boundary' | 'attach-policy' | 'tag-role'
>;

function callRole(client: IAMClient, change: RoleChange): Promise<unknown> {
  switch (change.kind) {
    case 'create-role':
      return createRole(client, change);
    case 'set-trust-policy': {
      const update = { RoleName: change.roleName, PolicyDocument: change.trustPolicy };
      return call('iam:UpdateAssumeRolePolicy', () => client.send(new UpdateAssumeRolePolicyCommand(update)));
    }
    case 'set-session-length': {
      const update = { RoleName: change.roleName, MaxSessionDuration: change.maxSessionSeconds };
      return call('iam:UpdateRole', () => client.send(new UpdateRoleCommand(update)));
    }
    case 'set-boundary': {
      const put = { RoleName: change.roleName, PermissionsBoundary: change.boundaryArn };
      return call('iam:PutRolePermissionsBoundary', () => client.send(new PutRolePermissionsBoundaryCommand(put)));
    }
    case 'attach-policy': {
      const attach = { RoleName: change.roleName, PolicyArn: change.policyArn };
      return call('iam:AttachRolePolicy', () => client.send(new AttachRolePolicyCommand(attach)));
    }
    case 'tag-role': {
      const tag = { RoleName: change.roleName, Tags: listTags(change.tags) };
      return call('iam:TagRole', () => client.send(new TagRoleCommand(tag)));
    }
  }
}

function createRole(client: IAMClient, change: Change<'create-role'>): Promise<unknown> {
  const { name, path, trustPolicy, maxSessionSeconds, boundaryArn, description, tags } = change;
  const create = {
    RoleName: name,
    Path: path,
    AssumeRolePolicyDocument: trustPolicy,
    MaxSessionDuration: maxSessionSeconds,
    PermissionsBoundary: boundaryArn,
    Description: description,
    Tags: listTags(tags),
  };
  return call('iam:CreateRole', () => client.send(new CreateRoleCommand(create)));
}

function listTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
