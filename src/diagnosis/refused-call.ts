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

/** Returns the id of the VPC endpoint whose own host a step called; undefined for any other host. */
export function findEndpointId({ host }: Route): string | undefined {
  const [, id] = /^(vpce-[0-9a-f]{8,17})-[a-z0-9-]+\.sts\.[a-z0-9-]+\.vpce\./.exec(host) ?? [];
  return id;
}

/**
 * Returns which condition keys of the network a step's calls have, for a list of what may have decided. Behind the Region's
 * own host may stand a VPC endpoint with private DNS: only of a Microsoft-hosted agent it is certain that none does.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 */
export function describeRoute(route: Route | undefined): readonly string[] {
  if (route === undefined) return [];
  const id = findEndpointId(route);
  if (id !== undefined)
    return [`A condition on the network: this step called VPC endpoint ${id}, so the request has no aws:SourceIp.`];
  if (!/^sts(?:-fips)?\./.test(route.host)) return [];
  const lead = 'A condition on the network, such as aws:SourceVpce: ';
  return [
    route.isMicrosoftHosted
      ? `${lead}this Microsoft-hosted agent called the public endpoint ${route.host}, so the request has only aws:SourceIp.`
      : `${lead}this step called ${route.host}, which is the public endpoint unless a VPC endpoint's private DNS resolves it.`,
  ];
}
