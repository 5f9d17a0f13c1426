import type { Severity } from '../../trust/findings/finding.ts';
import { findWorst, listOpen, listRoles, severities, type Audited, type AuditedRole } from './audited.ts';

/** What an audit comes to. */
export interface Counts {
  readonly accounts: { readonly read: number; readonly failed: number };
  readonly files: { readonly read: number; readonly failed: number };
  readonly roles: {
    readonly seen: number;
    /** That callers from outside AWS can assume, or that mean them. */
    readonly federated: number;
    readonly unknown: number;
    /** With a finding that nobody accepted. */
    readonly weak: number;
    readonly administrators: number;
  };
  readonly findings: Readonly<Record<Severity, number>> & { readonly accepted: number };
  readonly outdated: number;
}

/** Returns what an audit comes to. */
export function countAudit(audited: Audited): Counts {
  const roles = listRoles(audited);
  const open = roles.flatMap(listOpen);
  const sources = [...audited.accounts, ...audited.files];
  const isFailed = ({ errors }: { readonly errors: readonly unknown[] }) => errors.length > 0;
  const split = (some: readonly { readonly errors: readonly unknown[] }[]) => {
    const failed = some.filter(isFailed).length;
    return { read: some.length - failed, failed };
  };
  const bySeverity = Object.fromEntries(
    severities.map(severity => [severity, open.filter(one => one.severity === severity).length]),
  ) as Record<Severity, number>;
  return {
    accounts: split(audited.accounts),
    files: split(audited.files),
    roles: {
      seen: sources.reduce((sum, { seen }) => sum + seen, 0),
      federated: roles.filter(({ state }) => state === 'judged').length,
      unknown: roles.filter(({ state }) => state === 'unknown').length,
      weak: roles.filter(one => findWorst(one) !== undefined).length,
      administrators: roles.filter(({ reach }) => reach?.administrator === true).length,
    },
    findings: { ...bySeverity, accepted: roles.flatMap(({ findings }) => findings).length - open.length },
    outdated: audited.outdated.length,
  };
}

/** Returns roles by what is weak in them, the worst first; those of which nobody can tell come after the worst. */
export function sortRoles(roles: readonly AuditedRole[]): readonly AuditedRole[] {
  const rank = (role: AuditedRole): number => {
    if (role.state === 'unknown') return 0.5;
    const worst = findWorst(role);
    return worst === undefined ? severities.length : severities.indexOf(worst);
  };
  return roles.toSorted((one, other) => rank(one) - rank(other));
}
