import type { ExemptionTag, Guardrail } from './control-policy.ts';
import { denyWebIdentity, formatClaimKey } from './statements.ts';
import { formatRetiringUrl } from './subjects.ts';

/**
 * Returns the guardrail that denies all tokens of the retiring issuer of these organizations: every connection that is not
 * converted yet. Attaching it is the switch on, detaching it the switch off. Throws `IdentityNotDerivable` if an id is not a
 * GUID.
 *
 * One statement for each organization: the keys of one operator hold together, and no request has two issuers'.
 */
export function guardRetired(organizationIds: readonly string[], exemption: ExemptionTag | undefined): Guardrail {
  const urls = [...new Set(organizationIds.map(formatRetiringUrl))];
  return {
    guardrail: 'retired',
    type: 'RESOURCE_CONTROL_POLICY',
    statements: urls.map((url, index) =>
      denyWebIdentity(
        `RetiredIssuer${index + 1}`,
        { Null: { [formatClaimKey({ url, claim: 'sub' })]: 'false' } },
        exemption,
      ),
    ),
    howToSplit: 'Name fewer organizations.',
  };
}
