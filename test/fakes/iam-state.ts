/** An account as a test describes it; what is left out is empty. */
export interface IamAccount {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly partition?: string;
  readonly roles: readonly IamRole[];
  readonly providers: readonly IamProvider[];
  /** Customer managed policies that are there, by ARN; of those of AWS the ones below. */
  readonly policyArns?: readonly string[];
  /** Actions that the key may not do. */
  readonly denied?: readonly string[];
  /** Who the key is; a user by default. */
  readonly callerArn?: string;
  /** Codes and messages with which changes of the trust policies of roles are refused for good, by the roles' names. */
  readonly refusals?: Readonly<Record<string, readonly [code: string, message: string]>>;
  /** The quota "Role trust policy length"; 2048 by default. */
  readonly trustPolicyLength?: number;
}

export interface IamRole {
  readonly path?: string;
  readonly name: string;
  /** An object, or JSON text to keep as it is. */
  readonly trustPolicy: unknown;
  readonly description?: string;
  readonly maxSessionSeconds?: number;
  readonly boundaryArn?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly attachedArns?: readonly string[];
  readonly inlineNames?: readonly string[];
}

export interface IamProvider {
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** A role as it is kept; tests may read and change it at any time. */
export interface KeptRole {
  readonly path: string;
  readonly name: string;
  /** JSON text, as it was given. */
  trustPolicy: string;
  description: string | undefined;
  maxSessionSeconds: number;
  boundaryArn: string | undefined;
  tags: Record<string, string>;
  attachedArns: string[];
  inlineNames: string[];
}

export interface KeptProvider {
  /** Without https://. */
  readonly url: string;
  clientIds: string[];
  thumbprints: string[];
  tags: Record<string, string>;
}

/** Managed policies of AWS, without the beginning of their ARNs. Those of service-linked roles look attachable, too. */
export const awsPolicies = [
  'AdministratorAccess',
  'AmazonS3FullAccess',
  'PowerUserAccess',
  'ReadOnlyAccess',
  'aws-service-role/AmazonECSServiceRolePolicy',
] as const;

/** What IAM keeps of an account. */
export interface IamState {
  readonly accountId: string;
  readonly partition: string;
  readonly trustPolicyLength: number;
  readonly policyArns: readonly string[];
  refusals: Readonly<Record<string, readonly [code: string, message: string]>>;
  roles: KeptRole[];
  providers: KeptProvider[];
}

/** The thumbprint that this IAM finds on its own if none is given. */
export const foundThumbprint = '06b25927c42a721631c1efd9431e648fa62e1e39';

/** Returns what IAM keeps of an account in the beginning. */
export function keepAccount(account: IamAccount): IamState {
  const { accountId, partition = 'aws', policyArns = [], trustPolicyLength = 2048, refusals = {} } = account;
  return {
    accountId,
    partition,
    trustPolicyLength,
    policyArns,
    refusals,
    roles: account.roles.map(keepRole),
    providers: account.providers.map(keepProvider),
  };
}

export function keepRole(role: IamRole): KeptRole {
  return {
    path: role.path ?? '/',
    name: role.name,
    trustPolicy: typeof role.trustPolicy === 'string' ? role.trustPolicy : JSON.stringify(role.trustPolicy),
    description: role.description,
    maxSessionSeconds: role.maxSessionSeconds ?? 3600,
    boundaryArn: role.boundaryArn,
    tags: { ...role.tags },
    attachedArns: [...(role.attachedArns ?? [])],
    inlineNames: [...(role.inlineNames ?? [])],
  };
}

export function keepProvider({ url, clientIds, thumbprints, tags }: IamProvider): KeptProvider {
  return { url, clientIds: [...clientIds], thumbprints: [...(thumbprints ?? [foundThumbprint])], tags: { ...tags } };
}

export function formatRoleArn({ partition, accountId }: IamState, { path, name }: KeptRole): string {
  return `arn:${partition}:iam::${accountId}:role${path}${name}`;
}

export function formatProviderArn({ partition, accountId }: IamState, { url }: { readonly url: string }): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${url}`;
}
