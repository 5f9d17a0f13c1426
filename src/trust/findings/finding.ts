import type { Identity } from '../../identity/audience.ts';
import type { Account } from '../oidc-provider.ts';
import type { PolicyDocument } from '../trust-policy.ts';

/** Every finding. The list is closed: documentation and tests go through it. */
export const findingCodes = [
  // anyone gets in
  'PrincipalEveryone',
  'PrincipalWildcard',
  'ConditionMissing',
  'AudienceOnly',
  'SubjectMissing',
  // more get in than were meant
  'SubjectWildcard',
  'EntraSubjectPattern',
  'ForAllValuesOnAllow',
  'NegatedOperatorOnAllow',
  'IfExistsOnAllow',
  'NameSubject',
  'ActionTooWide',
  'AudienceMissing',
  // nobody gets in, or not for long
  'ActionWrong',
  'SubjectOfOtherIssuer',
  'WildcardInStringEquals',
  'AudienceHalf',
  'ClaimNotExposed',
  'KeyPrefixMistaken',
  'KeyOfOtherProvider',
  'KeysOfSeveralProviders',
  'CopiedFromGithub',
  'ProviderUrlMistaken',
  'ProviderOfOtherAccount',
  'ProviderOfOtherPartition',
  'RetiringIssuerOnly',
] as const;

export type FindingCode = (typeof findingCodes)[number];

/**
 * `critical`: strangers get in. `high`: more get in than was meant. `medium`: somebody who should get in does not, or soon
 * will not. `low`: it could be narrower or clearer.
 */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Which statement, undefined where it is about all of them. */
  readonly statement: { readonly index: number; readonly sid: string | undefined } | undefined;
  readonly means: string;
  readonly remedy: string;
  /** The whole policy with this one thing corrected, where that is possible and IAM takes a policy of that size. */
  readonly corrected: PolicyDocument | undefined;
}

/** What is known besides the policy itself. */
export interface Known {
  /** The account of the role. */
  readonly account?: Account | undefined;
  /** The identities that should get in, on either issuer. */
  readonly identities?: readonly Identity[] | undefined;
  /** The service connections' `environment`; others than AzureCloud keep the Azure DevOps issuer. */
  readonly environment?: string | undefined;
}
