import type { Fleet, FleetConnection } from './fleet/connections.ts';
import { findAlike } from './fleet/find-owners.ts';
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
  /** From 0; undefined where it is about the whole policy. */
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
    'Find the connection: it is deleted, has another name or organization, or is hidden from this token (it needs the role Reader on it). Only when it is known to be gone, remove the subject by hand.',
  SubjectPattern: 'Look at the connections that it matches; --expand names each of them on the Entra issuer.',
  ConnectionConverted:
    'See that it is the connection that the role is meant for (approvals and checks, who made it), then name its id by --include-converted.',
  ConnectionUnclear:
    'See aws-wif connection, and write --organization-url in the letter case of the organization. The role may be in use by what Azure DevOps shows: leave the subject there.',
  ConnectionUnconvertible:
    'Create a connection of type Azure Resource Manager or Azure DevOps with workload identity federation, let the role trust it (aws-wif setup --existing-role), move the pipelines to it and delete this one. Until then its trust stays.',
  NextIdentityUnknown: "Give the organization's tenant as --tenant-id (Organization settings > Microsoft Entra).",
  TenantDiffers:
    'Which of both tenants will sign for it is not documented: see it with a connection of that tenant that matters little, then write the statement by hand (aws-wif trust-policy --issuer entra --tenant-id).',
  TenantConflict:
    'Leave --tenant-id out or correct it (Organization settings > Microsoft Entra): converted connections show another tenant.',
  ShapeUnsupported: 'Write the statement for the Entra issuer by hand (aws-wif trust-policy --issuer entra).',
  ProviderRefuses: 'Correct the OIDC provider first, or remove the statement: nobody is allowed by it today.',
  DenyUndecided: 'Only AWS can tell whom the Deny refuses: write it so that it treats both issuers alike.',
  DenyRefuses: 'Let the Deny spare the Entra identity, then run this again.',
  PolicyTooLarge: 'Split the connections over several roles: IAM takes no more, whatever the quota.',
  NotSafe: 'Write the statement for the Entra issuer by hand (aws-wif trust-policy --issuer entra).',
  NotAllowedOnEntra: 'Run aws-wif migrate plan and apply first: the role does not allow it on the Entra issuer.',
  StillOnOldIssuer:
    'Convert the connection in Azure DevOps, then run this again; one of another cloud keeps the issuer, and its subject.',
  ConnectionsHidden:
    'Give the token the role Reader on all connections, or, when none of those is meant to be allowed by this statement, --accept-hidden-connections.',
  MixedPrincipals: 'Take the provider out of the statement by hand: it has other principals.',
  DenyRemains:
    'Take the provider and its condition keys out of the Deny by hand, once no Allow lets its tokens in; then run this again.',
  LastStatement: 'Delete the role, if nobody needs it: its trust policy would be empty.',
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
  const why = `no connection that this token sees is known to have the subject ${subject}`;
  const [alike] = findAlike(fleet, subject);
  if (alike === undefined) return { code: 'SubjectUnseen', why };
  const but = `but for letter case it is that of ${nameConnection(alike)}: write --organization-url as the subject has it`;
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
