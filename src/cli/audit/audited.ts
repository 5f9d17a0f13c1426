import type { Entrant } from '../../trust/inventory/entrants.ts';
import type { Severity } from '../../trust/findings/finding.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import type { Caller } from '../../account/iam.ts';
import type { Problem } from '../../problem.ts';

/** All that an audit found: plain values, which a report shows as they are. */
export interface Audited {
  readonly accounts: readonly AuditedAccount[];
  readonly files: readonly AuditedFile[];
  /** Accepted findings that no longer are what was accepted. */
  readonly outdated: readonly Problem[];
  readonly warnings: readonly string[];
}

export interface AuditedAccount {
  readonly account: Account;
  /** Null where the account could not be read: then nothing is known about it. */
  readonly caller: Caller | null;
  readonly errors: readonly Problem[];
  /** What could not be read besides, and how it was read instead. */
  readonly warnings: readonly string[];
  readonly providers: readonly string[];
  /** How many roles there are, whomever they are for. */
  readonly seen: number;
  readonly roles: readonly AuditedRole[];
}

export interface AuditedFile {
  readonly file: string;
  readonly errors: readonly Problem[];
  readonly seen: number;
  readonly roles: readonly AuditedRole[];
}

/** A role that callers from outside AWS can assume, that means them, or of which nobody can tell. */
export interface AuditedRole {
  readonly role: { readonly arn: string | null; readonly name: string };
  /** Where it is in a file. */
  readonly place: { readonly file: string; readonly line: number; readonly where: string } | null;
  readonly state: 'judged' | 'unknown';
  /** Why it is unknown. */
  readonly why: string | null;
  readonly callers: readonly AuditedCaller[];
  readonly findings: readonly AuditedFinding[];
  readonly reach: Reach | null;
}

export interface AuditedCaller extends Entrant {
  /** The service connection of that subject, where Azure DevOps was asked and shows it. */
  readonly connection: { readonly id: string; readonly project: string; readonly name: string } | null;
}

export interface AuditedFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly statement: { readonly index: number; readonly sid: string | null } | null;
  readonly means: string;
  readonly remedy: string;
  /** SHA-256 of the statement and the policy's Deny statements, or of the whole policy where it is about all of it. */
  readonly hash: string;
  readonly line: number | null;
  readonly accepted: { readonly reason: string; readonly date: string } | null;
}

/** How far a role's permissions go, by the names of its policies; what is in them is not read. */
export interface Reach {
  readonly policies: readonly string[];
  /** Whether one of them is AWS's own for administrators, or lets the role make itself one. */
  readonly administrator: boolean;
}

/** Returns all roles, those of accounts first. */
export function listRoles({ accounts, files }: Audited): readonly AuditedRole[] {
  return [...accounts, ...files].flatMap(({ roles }) => roles);
}

/** Returns why accounts and files could not be read. */
export function listErrors({ accounts, files }: Audited): readonly Problem[] {
  return [...accounts, ...files].flatMap(({ errors }) => errors);
}

export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** Returns the findings of a role that nobody accepted. */
export function listOpen({ findings }: AuditedRole): readonly AuditedFinding[] {
  return findings.filter(({ accepted }) => accepted === null);
}

/** Returns the worst severity of a role's findings that nobody accepted. */
export function findWorst(role: AuditedRole): Severity | undefined {
  const open = listOpen(role);
  return severities.find(severity => open.some(one => one.severity === severity));
}
