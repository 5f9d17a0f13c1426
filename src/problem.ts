import type { ErrorCode } from './errors.ts';

/**
 * Ways in which a command line run, or the function that refreshes thumbprints, is refused, stopped or fails. With
 * `errorCodes` (the task and the domain), `leftOutCodes` (what a migration leaves) and `findingCodes` (what is weak in a trust
 * policy) these are all. The list is closed: documentation and tests go through it.
 */
export const problemCodes = [
  // the command line and its files
  'UsageWrong',
  'FileUnreadable',
  'SavedFileRefused',
  'SaveFolderRefused',
  'OutFileRefused',
  'BaselineOutdated',
  // asking Azure DevOps
  'AzureDevOpsTokenMissing',
  'AzureDevOpsUnauthorized',
  'AzureDevOpsForbidden',
  'AzureDevOpsRejected',
  'AzureDevOpsUnavailable',
  'AzureDevOpsAnswerUnreadable',
  'OrganizationNotFound',
  'ProjectNotFound',
  'ConnectionNotFound',
  'ConnectionAmbiguous',
  'ConnectionSchemeUnsupported',
  'IdentityDiffers',
  'TenantUnconfirmed',
  // asking IAM and STS
  'AwsCredentialsMissing',
  'AwsCredentialsRefused',
  'AssumeRoleRefused',
  'IamForbidden',
  'IamRejected',
  'IamQuotaReached',
  'IamUnavailable',
  'RoleNotFound',
  'ProviderNotFound',
  'InventoryIncomplete',
  // whose account it is, and whether it may be changed at all
  'AccountDiffers',
  'NotConfirmed',
  // before anything is changed
  'RolesExposed',
  'RoleNotOurs',
  'RoleNameDiffers',
  'RolePathDiffers',
  'BoundaryDiffers',
  'PolicyNotFound',
  'PolicyNotAttachable',
  'TagDiffers',
  'ClientIdsFull',
  'ConnectionDenied',
  'StatementWithoutEffect',
  'NetworkUnclear',
  'NetworkNotBound',
  'TrustTooLarge',
  'TrustUnreadable',
  'TrustWouldBeLost',
  'TrustWouldGrow',
  // on the way
  'TrustPolicyQuota',
  'RoleRefused',
  'PlanFileRefused',
  'PlanOutdated',
  'ChangedMeanwhile',
  'NotSettled',
  'Interrupted',
  // an issuer, its keys and its certificate
  'ProviderUrlRefused',
  'KeysUrlRefused',
  'AddressRefused',
  'HostNotFound',
  'HostUnreachable',
  'HostTimeout',
  'TlsFailed',
  'DiscoveryRejected',
  'DiscoveryTooLarge',
  'DiscoveryUnreadable',
  'DiscoveryOfOtherIssuer',
  'ChainUnreadable',
  'ThumbprintsTooMany',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** What was found, what was expected, what to do: whole sentences, no secrets, with texts of others in them as they are. */
export interface Problem {
  readonly code: ProblemCode | ErrorCode;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}
