/** A GUID, whose last part may be twelve digits, an id or hash that is longer than an account's, or an account id. */
const ids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-z])[0-9a-f]{17,}(?![0-9a-z])|(?<!\d)\d{12}(?!\d)/gi;

/**
 * Returns what replaces AWS account ids in values of any shape, names of members included: each by a number of its own, of
 * twelve digits, so that ARNs stay ARNs and roles of one account stay together. It takes every twelve digits for an id,
 * letters beside them or not.
 */
export function openMask(): <Value>(value: Value) => Value {
  const known = new Map<string, string>();
  const mask = (id: string): string => {
    if (id.length > 12 || /^0{12}$/.test(id)) return id;
    const shown = known.get(id) ?? String(known.size + 1).padStart(12, '0');
    known.set(id, shown);
    return shown;
  };
  return value => maskAll(value, text => text.replace(ids, mask)) as typeof value;
}

/** Each text on its own: in JSON an escape of four digits may come before an id. */
function maskAll(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map(one => maskAll(one, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [mask(name), maskAll(one, mask)]));
}
