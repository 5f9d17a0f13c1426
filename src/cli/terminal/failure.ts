import { neutralise } from '../../outside-text.ts';

/**
 * Every way in which the command line itself fails; what the domain refuses keeps the domain's codes: errorCodes,
 * refusalCodes, leftOutCodes, issuerErrorCodes and refreshCodes; that of writing is in writeCodes.
 */
export const failureCodes = [
  'UsageWrong',
  'FileUnreadable',
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
  'AwsCredentialsMissing',
  'AwsCredentialsRefused',
  'IamForbidden',
  'IamUnavailable',
  'RoleNotFound',
  'RoleOfOtherAccount',
] as const;

export type FailureCode = (typeof failureCodes)[number];

/** What besides can befall commands that change an account. The list is closed. */
export const writeCodes = [
  'IamRejected',
  'IamQuotaReached',
  'SaveFolderRefused',
  'ProviderNotFound',
  'TrustWouldBeLost',
  'TenantUnconfirmed',
] as const;

export type WriteCode = (typeof writeCodes)[number];

/** 1: a finding or a refusal. 2: wrong usage. 3: could not finish, nothing concluded. */
export type FailureExit = 1 | 2 | 3;

/** What was found, what was expected, what to do: whole sentences, no secrets. */
export interface Problem {
  readonly code: string;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/** Why a command ends without what was asked for. Outside text in it is neutralised here. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exit: FailureExit;
  readonly problems: readonly Problem[];

  constructor(exit: FailureExit, problems: readonly Problem[], cause?: unknown) {
    const shown = problems.map(({ code, found, expected, remedy }) => ({
      code,
      found: neutralise(found),
      expected: neutralise(expected),
      remedy: neutralise(remedy),
    }));
    super(shown.map(formatProblem).join('\n'), { cause });
    this.exit = exit;
    this.problems = shown;
  }
}

/** Returns a problem as three lines. */
export function formatProblem({ code, found, expected, remedy }: Problem): string {
  return `${code}: ${found}\n  Expected: ${expected}\n  What to do: ${remedy}`;
}

/** Returns the failure of a command line that cannot be meant. */
export function wrongUsage(found: string, expected: string, remedy = 'Run the command with --help.'): CliFailure {
  return new CliFailure(2, [{ code: 'UsageWrong', found, expected, remedy }]);
}

/** Returns the failure of a command that could not finish. */
export function unfinished(problem: Problem & { readonly code: FailureCode | WriteCode }, cause?: unknown): CliFailure {
  return new CliFailure(3, [problem], cause);
}
