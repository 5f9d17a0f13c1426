import { isPlain } from './pattern.ts';
import { faulty } from './policy-json.ts';

/** A line of a Condition element, as far as its cost goes. */
interface Line {
  readonly key: string;
  readonly values: readonly string[];
}

interface Lines {
  readonly principals: { readonly listed: readonly { readonly value: string }[] };
  readonly conditions: readonly Line[];
}

/** The most characters that IAM accepts of a trust policy, white space apart. */
const size = 4096;

/**
 * What a policy may ask of whoever judges it: patterns on one claim, each compared with a text for each of the others; pairs of
 * their characters, where a statement has several conditions on one claim; and subjects times audiences times tenants, each a
 * caller. None below the limits takes longer than seconds.
 *
 * No policy of IAM's size exceeds one: a pattern takes 4 characters of it, as a value does, and a tenant 70. Pairs are the most
 * where a policy is nothing but patterns of one character each, callers where each kind has a third of it.
 */
const limits = {
  patterns: size / 4,
  pairs: size ** 2 / 2,
  callers: Math.ceil((size / 3 / 4) ** 2 * (size / 3 / 70)),
} as const;

/** Throws `TrustPolicyUnreadable` for a policy that nobody could judge in seconds; IAM accepts none so large. */
export function refuseIntricate(statements: readonly Lines[]): void {
  const lines = statements.flatMap(({ conditions }) => conditions);
  const counts = {
    patterns: Math.max(countPatterns(lines, ['sub']), countPatterns(lines, ['aud', 'oaud'])),
    pairs: statements.reduce((sum, { conditions }) => sum + countPairs(conditions), 0),
    callers: countValues(lines, ['sub']) * countValues(lines, ['aud', 'oaud']) * countTenants(statements),
  };
  for (const [name, limit] of Object.entries(limits)) {
    const count = counts[name as keyof typeof limits];
    if (count > limit)
      throw faulty(
        '$',
        words[name as keyof typeof limits](count),
        `at most ${limit}, which no policy of ${size} characters exceeds: IAM accepts none that is longer`,
      );
  }
}

const words: Readonly<Record<keyof typeof limits, (count: number) => string>> = {
  patterns: count => `${count} patterns for one claim`,
  pairs: count => `conditions on one claim whose patterns have ${count} pairs of characters to compare`,
  callers: count => `${count} combinations of a subject, an audience and a Microsoft Entra tenant`,
};

function select(lines: readonly Line[], claims: readonly string[]): readonly string[] {
  return lines.filter(({ key }) => claims.includes(readName(key))).flatMap(({ values }) => values);
}

function readName(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1).toLowerCase();
}

/** The same value twice is one caller's. */
function countValues(lines: readonly Line[], claims: readonly string[]): number {
  return new Set(select(lines, claims)).size;
}

/** One at least. Each has an issuer of its own, which gives every subject with every audience. */
function countTenants(statements: readonly Lines[]): number {
  const texts = statements.flatMap(({ principals, conditions }) => [
    ...principals.listed.map(({ value }) => value),
    ...conditions.map(({ key }) => key),
    ...select(conditions, ['sub']),
  ]);
  const tenants = texts.flatMap(text => /(?:microsoftonline\.com|\/pub\/t)\/([\w-]{22,36})/i.exec(text)?.[1] ?? []);
  return Math.max(1, new Set(tenants).size);
}

function countPatterns(lines: readonly Line[], claims: readonly string[]): number {
  return select(lines, claims).filter(one => !isPlain(one)).length;
}

/** Of lines of the lengths a, b and c it is ab + ac + bc. */
function countPairs(lines: readonly Line[]): number {
  const sizes = lines
    .filter(({ key }) => readName(key) === 'sub')
    .map(({ values }) => values.filter(one => !isPlain(one)).reduce((sum, one) => sum + one.length, 0));
  const [all, squares] = sizes.reduce(([sum, own], size) => [sum + size, own + size * size], [0, 0]);
  return (all * all - squares) / 2;
}
