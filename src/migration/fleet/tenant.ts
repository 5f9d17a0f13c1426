/** The tenant that signs for an organization: known, not known, or said to be several. */
export type Tenant =
  | { readonly kind: 'confirmed'; readonly id: string; readonly by: 'option' | 'converted-connection' }
  | { readonly kind: 'unconfirmed' }
  | { readonly kind: 'conflict'; readonly ids: readonly string[] };

/**
 * Returns the tenant of an organization, from what the user says and from the tenants in the issuers of connections that
 * were converted already. Where they disagree nobody is believed.
 */
export function confirmTenant(given: string | undefined, converted: readonly string[]): Tenant {
  const ids = [...new Set([...(given === undefined ? [] : [given]), ...converted].map(id => id.toLowerCase()))];
  const [id, ...others] = ids;
  if (id === undefined) return { kind: 'unconfirmed' };
  if (others.length > 0) return { kind: 'conflict', ids };
  return { kind: 'confirmed', id, by: given === undefined ? 'converted-connection' : 'option' };
}
