import type { Fault } from '../errors.ts';
import type { FailedRole } from './refused-call.ts';

/** Roles that failed in the same way, and the fault in words for all of them. */
export interface FailureGroup {
  readonly fault: Fault;
  readonly roles: readonly [FailedRole, ...FailedRole[]];
}

/**
 * Returns roles grouped by what happened to them, the largest group first: the same code, and the same words except for
 * ARNs, account ids and the number of attempts.
 */
export function groupFailures(failed: readonly FailedRole[]): readonly FailureGroup[] {
  const groups = new Map<string, [FailedRole, ...FailedRole[]]>();
  for (const role of failed) {
    const key = JSON.stringify([role.call?.caller !== undefined, generalise(role.fault)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [role]);
    else group.push(role);
  }
  return [...groups.values()]
    .map(roles => ({ fault: wordForAll(roles), roles }))
    .sort((one, other) => other.roles.length - one.roles.length);
}

function generalise({ code, found, expected, remedy }: Fault): readonly string[] {
  return [code, found, expected, remedy].map(text =>
    text
      .replace(/arn:[\w-]+:iam::[^\s"]+/g, 'arn')
      .replace(/\b\d{12}\b/g, 'account')
      .replace(/ \(\d+ attempts\)$/, ''),
  );
}

function wordForAll(roles: readonly [FailedRole, ...FailedRole[]]): Fault {
  const [{ fault, arn }, ...others] = roles;
  if (others.length === 0) return fault;
  const count = `${roles.length} roles`;
  const found = fault.found.includes(arn) ? fault.found.replace(arn, count) : `${count}: ${fault.found}`;
  if (new Set(roles.map(({ accountId }) => accountId)).size === 1) return { ...fault, found };
  const [expected = '', remedy = ''] = [fault.expected, fault.remedy].map(text =>
    text.replaceAll(arn, 'its ARN').replace(/\baccount \d{12}\b/g, 'its account'),
  );
  return { code: fault.code, found, expected, remedy };
}
