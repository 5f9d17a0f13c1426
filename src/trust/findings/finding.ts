import type { Identity } from '../../identity/audience.ts';
import type { Account } from '../oidc-provider.ts';
import type { PolicyDocument, StatementElement } from '../trust-policy.ts';

/** Every finding. The list is closed: documentation and tests go through it. */
export const findingCodes = [
  // anyone is allowed
  'PrincipalEveryone',
  'PrincipalWildcard',
  'ConditionMissing',
  'AudienceOnly',
  'SubjectMissing',
  // more are allowed than were meant
  'SubjectWildcard',
  'EntraSubjectPattern',
  'ForAllValuesOnAllow',
  'NegatedOperatorOnAllow',
  'IfExistsOnAllow',
  'ForAnyValueIfExists',
  'PipelineSubject',
  'NameSubject',
  'ActionTooWide',
  'AudienceMissing',
  // nobody is allowed, or not for long
  'PrincipalNotProvider',
  'ActionWrong',
  'OperatorUnknown',
  'ElementUnknown',
  'KeyNotInRequest',
  'NetworkCondition',
  'SubjectOfOtherIssuer',
  'SubjectAlmostRight',
  'WildcardInStringEquals',
  'AudienceHalf',
  'OriginalAudienceWrong',
  'ClaimNotExposed',
  'KeyPrefixMistaken',
  'KeyOfOtherProvider',
  'KeysOfSeveralProviders',
  'CopiedFromGithub',
  'ProviderUrlMistaken',
  'ProviderOfOtherAccount',
  'ProviderOfOtherPartition',
  'AllowOverruled',
  'RetiringIssuerOnly',
  // not about service connections
  'OtherWorkload',
] as const;

export type FindingCode = (typeof findingCodes)[number];

/**
 * `critical`: strangers are allowed. `high`: more are allowed than was meant. `medium`: somebody who should be allowed is
 * not, or soon will not be. `low`: it could be narrower or clearer, or it is somebody else's trust.
 */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/**
 * What a finding says of who may assume the role, and what the evaluator was asked for. `nobody`: the statement, or that
 * subject in it, allows none of the issuer's callers. `anyone`: whatever the subject is. `callers`: these subjects.
 */
export type Claim =
  | { readonly allows: 'nobody'; readonly issuer: string; readonly subject: string | undefined }
  | { readonly allows: 'anyone'; readonly issuer: string }
  | { readonly allows: 'callers'; readonly issuer: string; readonly subjects: readonly string[] };

/** Statements to write instead of others. It never allows anybody whom no Allow names or visibly means. */
export interface Correction {
  readonly before: readonly StatementElement[];
  readonly after: readonly StatementElement[];
  /** The subjects that are denied now and will be allowed; each is a service connection that an Allow names or means. */
  readonly allows: readonly string[];
  /** Who has to approve it; undefined if nobody new is allowed. */
  readonly approval: string | undefined;
}

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Which statement, undefined if it is about all of them. */
  readonly statement: { readonly index: number; readonly sid: string | undefined } | undefined;
  readonly means: string;
  readonly remedy: string;
  /** Undefined if it says nothing of who is allowed. */
  readonly claim: Claim | undefined;
  /** Undefined where words are all there is: each correction would allow or deny somebody whom it must not. */
  readonly correction: Correction | undefined;
  /** The whole policy with the correction, if there is one. */
  readonly corrected: PolicyDocument | undefined;
}

/** What is known besides the policy itself. */
export interface Known {
  /** The account of the role. */
  readonly account?: Account | undefined;
  /** The identities that should be allowed, on either issuer. One on each issuer counts as one connection's. */
  readonly identities?: readonly Identity[] | undefined;
  /** The service connections' `environment`; others than AzureCloud keep the Azure DevOps issuer. */
  readonly environment?: string | undefined;
}

/** What a correction can be built of: an account that is one, and identities that are service connections'. */
export type KnownParts = Known & { readonly identities: readonly Identity[] };
