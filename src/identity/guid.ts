const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Returns whether the text is a GUID in its 8-4-4-4-12 form, in any letter case. */
export function isGuid(text: string): boolean {
  return pattern.test(text);
}

/**
 * Returns the GUID (lower case) behind the base64url form that Entra subjects use: the 16 little-endian bytes of
 * .NET's `Guid.ToByteArray`, without padding. Undefined where the text is not such a form.
 */
export function readBase64UrlGuid(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 16 || bytes.toString('base64url') !== text) return undefined;
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0'));
  const pick = (...places: readonly number[]): string => places.map(place => hex[place]).join('');
  return [pick(3, 2, 1, 0), pick(5, 4), pick(7, 6), pick(8, 9), pick(10, 11, 12, 13, 14, 15)].join('-');
}
