import { WifError } from '../errors.ts';
import { findDuplicateName, findJsonFault } from '../json.ts';

export type PolicyVersion = '2008-10-17' | '2012-10-17';

/** IAM's policies have at most a few thousand characters: what is longer was not made for IAM. */
const maxPolicyCharacters = 1_000_000;

/**
 * Returns the value of a policy's JSON text. Throws `TrustPolicyUnreadable` for what is not JSON, and where an object
 * has a name twice: AWS does not say which of the two counts, so that nobody can tell what such a policy does.
 *
 * @see https://github.com/hashicorp/terraform-provider-aws/issues/33026
 */
export function parsePolicyText(text: string): unknown {
  if (text.length > maxPolicyCharacters) {
    throw faulty('$', `${text.length} characters`, `at most ${maxPolicyCharacters} characters of JSON`);
  }
  const value = parsePolicyJson(text);
  const duplicate = findDuplicateName(text);
  if (duplicate !== undefined) throw faulty(duplicate.path, 'this name a second time', 'each name once');
  return value;
}

function parsePolicyJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line = 1, column = 1, found = 'text that is not JSON' } = findJsonFault(text, { quotes: false }) ?? {};
    throw faulty(`line ${line}, column ${column}`, found, 'a policy document in JSON', cause);
  }
}

/** Returns a value as an object. Throws `TrustPolicyUnreadable` where it is none. */
export function readObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(path, value, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

/** Returns a list: IAM accepts one value wherever it takes a list. */
export function readArrayOrOne(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** Returns one text or a list of texts as a list. Throws `TrustPolicyUnreadable` for all else. */
export function readTexts(value: unknown, path: string): readonly string[] {
  return readArrayOrOne(value).map((item, index) => {
    if (typeof item === 'string') return item;
    throw unreadable(placeOf(value, path, index), item, 'a text');
  });
}

/** Returns condition values as texts: quotation marks are optional around numbers and booleans. */
export function readValues(value: unknown, path: string): readonly string[] {
  return readArrayOrOne(value).map((item, index) => {
    if (typeof item === 'string' || typeof item === 'boolean') return String(item);
    if (typeof item === 'number' && Number.isFinite(item)) return String(item);
    throw unreadable(placeOf(value, path, index), item, 'a string, a number or a boolean');
  });
}

/** Returns the error for a policy that cannot be read, with the place and the value there. */
export function unreadable(path: string, value: unknown, expected: string): WifError {
  return faulty(path, describe(value), expected);
}

/** The same with a phrase for what is wrong at the place. */
export function faulty(place: string, found: string, expected: string, cause?: unknown): WifError {
  return new WifError(
    {
      code: 'TrustPolicyUnreadable',
      found: `The trust policy cannot be read at ${place}: it has ${found}.`,
      expected: `${expected}.`,
      remedy:
        'Use the policy as IAM returns it (aws iam get-role --role-name NAME --query Role.AssumeRolePolicyDocument).',
    },
    { cause },
  );
}

function placeOf(value: unknown, path: string, index: number): string {
  return Array.isArray(value) ? `${path}[${index}]` : path;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${value.slice(0, 200)}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? String(value) : 'an object';
}

/** What was read of texts. */
export type Memory<T> = Map<string, { readonly value: T }>;

/** More is not kept: texts come from policies that anybody may have written. */
const maxTexts = 1000;

/**
 * Returns what `read` makes of a text; it is called once for each text that is kept. At most a thousand texts are kept; past
 * that all are forgotten.
 */
export function recall<T>(memory: Memory<T>, text: string, read: (text: string) => T): T {
  const found = memory.get(text);
  if (found !== undefined) return found.value;
  const value = read(text);
  if (memory.size >= maxTexts) memory.clear();
  memory.set(text, { value });
  return value;
}
