import { guardChanges } from '../../trust/control-policies/changes.ts';
import type { Guardrail } from '../../trust/control-policies/control-policy.ts';
import type { Exemption } from './options.ts';

/** Returns a guardrail, and with an exemption the one that says who may give it: without that whoever may tag a role is free. */
export function withExemption(own: Guardrail, exemption: Exemption | undefined): readonly Guardrail[] {
  if (exemption === undefined) return [own];
  const { administrators, tag } = exemption;
  return [own, guardChanges({ administrators, roles: [], exemption: tag })];
}
