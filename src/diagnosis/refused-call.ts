import type { ErrorCode, Fault } from '../errors.ts';
import type { Claims } from '../identity/claims.ts';
import type { Account } from '../trust/oidc-provider.ts';
import type { TrustPolicy } from '../trust/trust-policy.ts';
import type { RequestNetwork } from '../trust/web-identity.ts';

/** The role that somebody asked for and did not get. */
export interface RefusedRole extends Account {
  readonly arn: string;
}

/** An IAM OIDC provider as an account has it; the URL without `https://`. */
export interface RegisteredProvider {
  readonly url: string;
  readonly clientIds: readonly string[];
}

/** How a step's calls reach AWS STS. */
export interface Route {
  /** The host that was called. */
  readonly host: string;
  /** Whether the agent says that it is a Microsoft-hosted one. */
  readonly isMicrosoftHosted: boolean;
}

/** What is known of a call that AWS STS refused. */
export interface RefusedCall {
  /** The refusal's code. */
  readonly code: ErrorCode;
  readonly claims: Claims;
  readonly role: RefusedRole;
  /** The role whose session made the call; undefined if the ID token did. */
  readonly caller?: string | undefined;
  readonly durationSeconds?: number | undefined;
  /** What AWS said, if it was really asked. */
  readonly said?: string | undefined;
  readonly route?: Route | undefined;
  /** What the request said of the network that it came from, if it is known. */
  readonly network?: RequestNetwork | undefined;
  /** The role's trust policy, if it could be read. */
  readonly trustPolicy?: TrustPolicy | undefined;
  /** All OIDC providers of the role's account, if they could be read. */
  readonly providers?: readonly RegisteredProvider[] | undefined;
}

/**
 * Why a call was refused, ready to be shown: lines without control characters. Issuer and subject stand whole in
 * `statement` and `policy` alone, since the agent masks them in a log.
 */
export interface Diagnosis {
  readonly code: ErrorCode;
  /** What AWS got, except for issuer and subject, which a run's log has said by then. */
  readonly sent: string;
  /** What may have decided, the likeliest first. */
  readonly likely: readonly string[];
  readonly fix: readonly string[];
  /** The one statement to add to the role's trust policy, as JSON, where that could help. */
  readonly statement?: string | undefined;
  /** A whole trust policy with that statement alone, as JSON: never for a log. */
  readonly policy?: string | undefined;
}

/** One role of a step that was not obtained. */
export interface FailedRole extends RefusedRole {
  readonly profile: string | undefined;
  readonly fault: Fault;
  /** The call that STS refused; undefined if the failure is none of STS's refusals. */
  readonly call: RefusedCall | undefined;
}

/** One cause, and the roles of a step that have it; at least one. */
export interface SharedCause {
  /** The fault, in words that hold for all of its roles. */
  readonly fault: Fault;
  readonly roles: readonly FailedRole[];
  readonly diagnosis: Diagnosis | undefined;
  /** `aws-wif diagnose` with every option for the connection and the first role; none without a diagnosis. */
  readonly commands: readonly string[];
}
