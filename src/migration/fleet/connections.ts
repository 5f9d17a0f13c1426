import type { Identity } from '../../identity/audience.ts';
import type { ConnectionKind } from '../../identity/connection-kinds.ts';

/** A service connection as a project shows it; one that several projects share is shown by each of them. */
export interface SeenConnection {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly tenantId: string | undefined;
  readonly environment: string | undefined;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  /** Of what kind it is; Azure Resource Manager with workload identity federation if nothing is said. */
  readonly kind?: ConnectionKind;
  /** Its endpoint type. */
  readonly type?: string;
}

export interface OrganizationNames {
  readonly name: string;
  readonly id: string;
}

/**
 * Where a connection stands. `retiring`: on the Azure DevOps issuer, and to be converted. `converted`: on the Entra issuer.
 * `exempt`: of another cloud, which keeps the Azure DevOps issuer. `unclear`: what Azure DevOps shows of it is not what
 * follows from its names and ids, or it shows nothing, so that nothing is ever written for it. `unconvertible`: of a type
 * that Azure DevOps does not convert, whose tokens are of the Azure DevOps issuer.
 */
export type ConnectionStatus = 'retiring' | 'converted' | 'exempt' | 'unclear' | 'unconvertible';

/** Why nothing can be written for a connection. */
export type ConnectionGap =
  | 'ConnectionUnclear'
  | 'ConnectionUnconvertible'
  | 'NextIdentityUnknown'
  | 'TenantDiffers'
  | 'TenantConflict';

/** A service connection of the organization, each once. */
export interface FleetConnection {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly status: ConnectionStatus;
  /** Undefined if it was not read. */
  readonly kind: ConnectionKind | undefined;
  /** Whether the retirement is about it, or may be. */
  readonly inScope: boolean;
  /**
   * Its identities on the Azure DevOps issuer: the one that it has, or those that it may have had. Of one that is unclear the
   * one that Azure DevOps shows is among them: to find the roles that allow it, never to be written.
   */
  readonly old: readonly Identity[];
  /** Its identity on the Entra issuer: the one that it has, or will have. */
  readonly next: Identity | undefined;
  /** Whether the tenant of `next` is known to be the one that signs. */
  readonly confirmed: boolean;
  /** Why it is unclear, or has no next identity; undefined if nothing is in the way, and for other clouds. */
  readonly gap: ConnectionGap | undefined;
  /** The same in words. */
  readonly why: string | undefined;
}

/** The service connections of an organization that a token may see and that obtain ID tokens, or may. */
export interface Fleet {
  readonly organization: OrganizationNames;
  readonly tenant: Tenant;
  readonly connections: readonly FleetConnection[];
  /** How many Azure DevOps counts and does not show; there may be others that it does not count. */
  readonly hidden: number;
  /** The organization's name as subjects spell it, where that differs from the given one in letter case. */
  readonly spelling: string | undefined;
}

/** The tenant that signs for an organization: known, not known, or said to be several. */
export type Tenant =
  | { readonly kind: 'confirmed'; readonly id: string; readonly by: 'option' | 'converted-connection' }
  | { readonly kind: 'unconfirmed' }
  | { readonly kind: 'conflict'; readonly ids: readonly string[] };
