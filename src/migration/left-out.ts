import type { Fleet, FleetConnection } from './fleet/connections.ts';
import { findAlike } from './safety.ts';
import { nameConnection } from './role-trust.ts';

/** Why something of a role is left as it is. The list is closed: tests and documentation go through it. */
export const leftOutCodes = [
  'PolicyUnreadable',
  'SubjectUnseen',
  'SubjectPattern',
  'ConnectionConverted',
  'ConnectionUnclear',
  'ConnectionUnconvertible',
  'NextIdentityUnknown',
  'TenantDiffers',
  'TenantConflict',
  'ShapeUnsupported',
  'ProviderRefuses',
  'DenyUndecided',
  'DenyRefuses',
  'PolicyTooLarge',
  'NotSafe',
  'NotAllowedOnEntra',
  'StillOnOldIssuer',
  'ConnectionsHidden',
  'MixedPrincipals',
  'DenyRemains',
  'LastStatement',
] as const;

export type LeftOutCode = (typeof leftOutCodes)[number];

/** One thing of a role's trust policy that a run does not change, and why. */
export interface LeftOut {
  readonly code: LeftOutCode;
  readonly roleArn: string;
  /** From 0; undefined if it is about the whole policy. */
  readonly statement: number | undefined;
  readonly why: string;
  /** The connections that it is about, as `project/name`. */
  readonly connections: readonly string[];
  readonly remedy: string;
}

/** What to do about each. */
export const remedies: Readonly<Record<LeftOutCode, string>> = {
  PolicyUnreadable: 'Correct the trust policy, then run this again.',
  SubjectUnseen:
    'Find the connection: it was deleted, has another name or organization, or is hidden from this token (whose owner needs the Reader role on it). Remove the subject yourself only if you know that the connection no longer exists.',
  SubjectPattern: 'Review the connections that it matches; --expand adds each of them on the Entra issuer.',
  ConnectionConverted:
    'Check that the role is meant for this connection (its approvals and checks, its creator), then give its ID with --include-converted.',
  ConnectionUnclear:
    'Compare with aws-wif connection, and write the organization in --organization-url in its own letter case. Keep the subject: the connection may use the role with what Azure DevOps shows.',
  ConnectionUnconvertible:
    'Create a connection of type Azure Resource Manager or Azure DevOps with workload identity federation, make the role trust it (aws-wif setup --existing-role), move the pipelines to it, and delete this one. Until then its trust stays.',
  NextIdentityUnknown: "Pass the organization's tenant as --tenant-id (Organization settings > Microsoft Entra).",
  TenantDiffers:
    'It is not documented which of the two tenants will issue its tokens. Convert an unimportant connection of that tenant to find out, then add the statement yourself (aws-wif trust-policy --issuer entra --tenant-id).',
  TenantConflict:
    'Omit --tenant-id, or correct it (Organization settings > Microsoft Entra): converted connections show another tenant.',
  ShapeUnsupported: 'Add the statement for the Entra issuer yourself (aws-wif trust-policy --issuer entra).',
  ProviderRefuses: 'Correct the OIDC provider first, or remove the statement: it allows nobody today.',
  DenyUndecided:
    'Only AWS can decide which identities the Deny statement denies. Rewrite it so that it treats both issuers the same.',
  DenyRefuses: 'Exclude the Entra identity from the Deny statement, then run this again.',
  PolicyTooLarge: 'Split the connections over several roles: IAM does not allow a longer policy, whatever the quota.',
  NotSafe: 'Add the statement for the Entra issuer yourself (aws-wif trust-policy --issuer entra).',
  NotAllowedOnEntra:
    'Run aws-wif migrate plan and apply first: the role does not allow the connection on the Entra issuer. Where they leave the role as it is, plan says why; a statement that allows nobody today gets no second one.',
  StillOnOldIssuer:
    'Convert the connection in Azure DevOps, then run this again. A connection to another cloud keeps the issuer and its subject.',
  ConnectionsHidden:
    "Give the token's owner the Reader role on all connections. If this statement is meant for none of the hidden ones, use --accept-hidden-connections.",
  MixedPrincipals:
    "Remove the issuer's provider from the statement yourself, if it names it, but keep the conditions: without them the other principals would be allowed. If none of these can meet the conditions, remove the whole statement.",
  DenyRemains:
    'Once no Allow names the provider anymore, remove the provider and its condition keys from the Deny yourself; then run this again.',
  LastStatement: 'Delete the role if nobody needs it: its trust policy would be empty.',
};

/** What may as well stay: nobody is allowed by it, or it is a matter of time. */
const harmless: readonly LeftOutCode[] = ['StillOnOldIssuer', 'ProviderRefuses'];

/** Returns whether somebody has to decide or to do something before the migration can come to its end. */
export function needsDecision({ code }: LeftOut): boolean {
  return !harmless.includes(code);
}

/** Why something stays, and the connections that it is about. */
export interface Reason {
  readonly code: LeftOutCode;
  readonly why: string;
  readonly connections?: readonly FleetConnection[];
}

/** Returns why a subject stays whose connection was not seen, and what may have kept it from being recognised. */
export function describeUnseen(subject: string, fleet: Fleet): Reason {
  const why = `no connection that this token can see has the subject ${subject}`;
  const [alike] = findAlike(fleet, subject);
  if (alike === undefined) return { code: 'SubjectUnseen', why };
  const but = `it differs from the subject of ${nameConnection(alike)} only in letter case: write --organization-url as in the subject`;
  return { code: 'SubjectUnseen', why: `${why}; ${but}` };
}

/** Returns what is left as it is, as reports show it. */
export function describeLeft(
  roleArn: string,
  statement: number | undefined,
  { code, why, connections = [] }: Reason,
): LeftOut {
  return { code, roleArn, statement, why, connections: connections.map(nameConnection), remedy: remedies[code] };
}
