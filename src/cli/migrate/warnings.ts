import type { Fleet } from '../../migration/fleet/connections.ts';
import { neutralise } from '../../outside-text.ts';
import type { Histories } from '../connections/read-fleet.ts';

/** Returns what to know about what was seen of an organization, and what was not. */
export function warnOfFleet(fleet: Fleet, histories?: Histories): readonly string[] {
  const { connections } = fleet;
  const warnings = [warnOfHidden(fleet), ...warnOfSpelling(fleet), ...warnOfTenant(fleet)];
  if (connections.some(({ status }) => status === 'retiring')) {
    warnings.push(
      'Connections of multitenant applications keep the Azure DevOps issuer, but Azure DevOps does not show which these are. They are counted here as connections to convert.',
    );
  }
  const unread = connections.filter(({ id }) => histories?.has(id) === true && histories.get(id) === undefined);
  if (unread.length > 0) warnings.push(`The usage history of ${unread.length} connections could not be read.`);
  return warnings.map(neutralise);
}

/** Returns that there may be connections that were not seen, with the number of those that are known of. */
export function warnOfHidden({ hidden }: Fleet): string {
  const missing = 'Connections that this token cannot see are missing here';
  if (hidden === 0) return `${missing}: Azure DevOps silently hides them, and even whole projects.`;
  return `${missing}: Azure DevOps reports ${hidden} that it does not show, and there may be others. Give the token's owner the Reader role on them.`;
}

function warnOfSpelling({ organization, spelling }: Fleet): readonly string[] {
  if (spelling === undefined) return [];
  return [
    `Subjects spell the organization ${spelling}, but --organization-url has ${organization.name}. Write it as ${spelling}, because AWS compares letter case.`,
  ];
}

function warnOfTenant({ tenant }: Fleet): readonly string[] {
  switch (tenant.kind) {
    case 'confirmed':
      return [];
    case 'unconfirmed':
      return [
        "The organization's tenant is unconfirmed, because no connection is converted yet: the Entra identities shown use each connection's own tenant. Nothing is written without --tenant-id.",
      ];
    case 'conflict':
      return [`The organization's tenant is ambiguous: ${tenant.ids.join(' or ')}. Check --tenant-id.`];
  }
}
