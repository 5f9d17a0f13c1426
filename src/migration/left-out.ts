import type { FleetConnection } from './connections.ts';
import { nameConnection } from './role-trust.ts';

/** Why something of a role is left as it is. The list is closed: tests and documentation go through it. */
export const leftOutCodes = [
  'PolicyUnreadable',
  'SubjectUnseen',
  'SubjectPattern',
  'ConnectionConverted',
  'ConnectionUnclear',
  'NextIdentityUnknown',
  'TenantUnconfirmed',
  'ShapeUnsupported',
  'ProviderRefuses',
  'DenyUndecided',
  'DenyRefuses',
  'PolicyTooLarge',
  'NotSafe',
  'NotAdmittedOnEntra',
  'StillOnOldIssuer',
  'MixedPrincipals',
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
    'Check whether the connection was renamed or deleted, or is hidden from this token (it needs the role Reader on it); remove the subject by hand if nobody needs it.',
  SubjectPattern: 'Look at the connections that it matches; --expand names each of them on the Entra issuer.',
  ConnectionConverted:
    'See that it is the connection that the role is meant for (approvals and checks, who made it), then name its id by --include-converted.',
  ConnectionUnclear: 'See aws-wif connection; write --organization-url in the letter case of the organization.',
  NextIdentityUnknown: "Give the organization's tenant as --tenant-id (Organization settings > Microsoft Entra).",
  TenantUnconfirmed: "Give the organization's tenant as --tenant-id (Organization settings > Microsoft Entra).",
  ShapeUnsupported: 'Write the statement for the Entra issuer by hand (aws-wif trust-policy --issuer entra).',
  ProviderRefuses: 'Correct the OIDC provider first, or remove the statement: nobody gets in by it today.',
  DenyUndecided: 'Only AWS can tell whom the Deny refuses: write it so that it treats both issuers alike.',
  DenyRefuses: 'Let the Deny spare the Entra identity, then run this again.',
  PolicyTooLarge: 'Split the connections over several roles, or give patterns up.',
  NotSafe: 'Write the statement for the Entra issuer by hand (aws-wif trust-policy --issuer entra).',
  NotAdmittedOnEntra: 'Run aws-wif migrate plan and apply first: the role does not admit it on the Entra issuer.',
  StillOnOldIssuer: 'Convert the connection in Azure DevOps, then run this again.',
  MixedPrincipals: 'Take the provider out of the statement by hand: it has other principals.',
  LastStatement: 'Delete the role, if nobody needs it: its trust policy would be empty.',
};

/** What may as well stay: it is nobody's, or it is a matter of time. */
const harmless: readonly LeftOutCode[] = ['SubjectUnseen', 'StillOnOldIssuer', 'ProviderRefuses'];

/** Returns whether somebody has to decide or to do something before the migration can come to its end. */
export function needsDecision({ code }: LeftOut): boolean {
  return !harmless.includes(code);
}

/** Returns what is left as it is, as reports show it. */
export function describeLeft(
  roleArn: string,
  statement: number | undefined,
  {
    code,
    why,
    connections,
  }: { readonly code: LeftOutCode; readonly why: string; readonly connections: readonly FleetConnection[] },
): LeftOut {
  return { code, roleArn, statement, why, connections: connections.map(nameConnection), remedy: remedies[code] };
}
