import { WifError } from '../errors.ts';

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

/** Where .NET's `Guid.ToByteArray` puts each byte of a GUID's text: its first three groups are little-endian. */
const byteOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/**
 * Returns the form that Entra subjects give a GUID: base64url, without padding, of the bytes of .NET's
 * `Guid.ToByteArray`. Undefined where the text is not a GUID.
 */
export function writeBase64UrlGuid(guid: string): string | undefined {
  if (!isGuid(guid)) return undefined;
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  return Buffer.from(byteOrder.map(place => bytes.readUInt8(place))).toString('base64url');
}

/** Returns a GUID in lower case. Throws `IdentityNotDerivable`, naming what it stands for, where it is none. */
export function requireGuid(what: string, text: string | undefined): string {
  if (text !== undefined && isGuid(text)) return text.toLowerCase();
  const name = what.charAt(0).toUpperCase() + what.slice(1);
  throw new WifError({
    code: 'IdentityNotDerivable',
    found: text === undefined || text === '' ? `${name} is missing.` : `${name} is "${text}".`,
    expected: 'a GUID, like 0ca3ddd9-f0b0-4635-a98c-5866526961b6.',
    remedy: 'Look it up (aws-wif organization-id, aws-wif connection) and enter it in full.',
  });
}
