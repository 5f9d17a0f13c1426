import type { ListedRole, PolicyState, ProviderState, RolePolicies, RoleState } from '../account/iam.ts';
import type { Identity } from '../identity/audience.ts';
import type { NetworkBounds } from '../trust/network/bounds.ts';
import type { Account } from '../trust/oidc-provider.ts';

/** What every role says of itself. */
export const roleDescription = 'Azure Pipelines, by workload identity federation.';

/** What IAM gives a role that says nothing else. */
export const defaultSessionSeconds = 3600;

/** What an account should have in the end: identities that are allowed, and the role that allows them. */
export interface SetupRequest {
  readonly account: Account;
  readonly identities: readonly Identity[];
  readonly role: WantedRole;
  /** What the trust is bound to; undefined keeps what the role's statements are bound to. */
  readonly network?: NetworkBounds | undefined;
  /** Whether a role that aws-wif did not make may be changed. */
  readonly existingRole: boolean;
  /** Whether something may be changed although roles name a provider without a condition on `:sub`. */
  readonly acceptExposedRoles: boolean;
  /** Whether the account takes trust policies of more characters than accounts do at first. */
  readonly raisedQuota: boolean;
}

/** What is undefined stays as it is, or is IAM's default. */
export interface WantedRole {
  readonly name: string;
  readonly path: string | undefined;
  readonly policyArns: readonly string[];
  readonly maxSessionSeconds: number | undefined;
  readonly boundaryArn: string | undefined;
  /** Besides the tag of aws-wif; a provider that is made gets them, too. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What an account has of what a setup is about. */
export interface Standing {
  /** Those that the identities need and that are there. */
  readonly providers: readonly ProviderState[];
  readonly role: RoleState | undefined;
  readonly policies: RolePolicies;
  /** What the role is to have and has not yet, by ARN. */
  readonly newPolicies: ReadonlyMap<string, PolicyState>;
  /** All roles of the account; read only where a provider is to be changed. */
  readonly roles: readonly ListedRole[];
}
