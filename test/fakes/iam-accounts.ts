import { matchWildcards } from './trust-conditions.ts';
import type { PolicyDocument } from './trust-policy.ts';
import { readTrustPolicy } from './trust-policy.ts';

export interface OidcProvider {
  /** Host and path, without https://, in the letter case of the issuer. */
  readonly url: string;
  readonly clientIds: readonly string[];
}

export interface Role {
  readonly arn: string;
  /** IAM JSON, as an object or as text. */
  readonly trustPolicy: PolicyDocument | string;
  /** 3600 by default. */
  readonly maxSessionDurationSeconds?: number;
  /** Patterns of role ARNs that the role's own policies let it assume and tag; `*` by default. */
  readonly mayAssume?: readonly string[];
}

export interface Account {
  readonly id: string;
  readonly oidcProviders?: readonly OidcProvider[];
  readonly roles?: readonly Role[];
  /** Regions in which STS is not activated. */
  readonly disabledRegions?: readonly string[];
}

export interface KnownRole {
  readonly arn: string;
  readonly trustPolicy: PolicyDocument;
  readonly maxSessionDurationSeconds: number;
  readonly mayAssume: readonly string[];
}

/** What IAM knows; everything in it may change while the stand-in runs. */
export interface Iam {
  findRole(arn: string): KnownRole | undefined;
  findProvider(accountId: string, url: string): OidcProvider | undefined;
  isRegionDisabled(accountId: string, region: string): boolean;
  readonly addRole: (role: Role) => void;
  readonly setTrustPolicy: (roleArn: string, policy: PolicyDocument | string) => void;
  /** Adds a provider, or replaces the one of the same URL. */
  readonly addProvider: (accountId: string, provider: OidcProvider) => void;
  readonly removeProvider: (accountId: string, url: string) => void;
}

export function createIam(accounts: readonly Account[]): Iam {
  const roles = new Map<string, KnownRole>();
  const providers = new Map<string, OidcProvider>();
  const iam: Iam = {
    findRole: arn => roles.get(arn),
    findProvider: (accountId, url) => providers.get(`${accountId} ${url}`),
    isRegionDisabled: (accountId, region) =>
      accounts.some(({ id, disabledRegions }) => id === accountId && disabledRegions?.includes(region)),
    addRole: role => roles.set(role.arn, readRole(role)),
    setTrustPolicy: (arn, policy) => {
      const role = roles.get(arn);
      if (!role) throw new Error(`the stand-in has no role ${arn}`);
      roles.set(arn, { ...role, trustPolicy: readTrustPolicy(policy) });
    },
    addProvider: (accountId, provider) => providers.set(`${accountId} ${provider.url}`, provider),
    removeProvider: (accountId, url) => providers.delete(`${accountId} ${url}`),
  };
  for (const account of accounts) addAccount(iam, account);
  return iam;
}

export interface RoleName {
  readonly partition: string;
  readonly accountId: string;
  /** Without its path. */
  readonly name: string;
}

/** The parts of a role's ARN, undefined if it is none. */
export function parseRoleArn(arn: string): RoleName | undefined {
  const { partition, accountId, name } =
    /^arn:(?<partition>aws[a-z-]*):iam::(?<accountId>\d{12}):role\/(?:[\u0021-\u007e]+\/)?(?<name>[\w+=,.@-]{1,64})$/.exec(
      arn,
    )?.groups ?? {};
  return partition && accountId && name ? { partition, accountId, name } : undefined;
}

/** Whether the caller's own policies let it act on the role; other accounts' roles need this besides the trust. */
export function mayAct(caller: KnownRole | undefined, roleArn: string): boolean {
  return caller?.mayAssume.some(pattern => matchWildcards(pattern, roleArn)) ?? false;
}

function addAccount(iam: Iam, account: Account): void {
  for (const provider of account.oidcProviders ?? []) iam.addProvider(account.id, provider);
  for (const role of account.roles ?? []) {
    if (parseRoleArn(role.arn)?.accountId !== account.id) throw new Error(`${role.arn} is no role of ${account.id}`);
    iam.addRole(role);
  }
}

function readRole(role: Role): KnownRole {
  return {
    arn: role.arn,
    trustPolicy: readTrustPolicy(role.trustPolicy),
    maxSessionDurationSeconds: role.maxSessionDurationSeconds ?? 3600,
    mayAssume: role.mayAssume ?? ['*'],
  };
}
