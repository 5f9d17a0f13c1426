import { isPlain } from './pattern.ts';
import { faulty } from './policy-json.ts';

/** A line of a Condition element, as far as its cost goes. */
interface Line {
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * What a policy may ask of whoever judges it: patterns on one claim, each compared with a text for each of the others; pairs of
 * their characters, where a statement has several conditions on one claim; and subjects times audiences, each a caller. No policy
 * of IAM's largest size, 4096 characters, reaches a limit, and none below them takes longer than seconds.
 */
const limits = { patterns: 1000, pairs: 6_000_000, callers: 250_000 } as const;

/** Throws `TrustPolicyUnreadable` for a policy that nobody could judge in seconds; IAM accepts none so large. */
export function refuseIntricate(statements: readonly { readonly conditions: readonly Line[] }[]): void {
  const lines = statements.flatMap(({ conditions }) => conditions);
  const counts = {
    patterns: Math.max(countPatterns(lines, ['sub']), countPatterns(lines, ['aud', 'oaud'])),
    pairs: statements.reduce((sum, { conditions }) => sum + countPairs(conditions), 0),
    callers: countValues(lines, ['sub']) * countValues(lines, ['aud', 'oaud']),
  };
  for (const [name, limit] of Object.entries(limits)) {
    const count = counts[name as keyof typeof limits];
    if (count > limit)
      throw faulty(
        '$',
        words[name as keyof typeof limits](count),
        `at most ${limit}, which no policy of 4096 characters exceeds: IAM accepts none that is longer`,
      );
  }
}

const words: Readonly<Record<keyof typeof limits, (count: number) => string>> = {
  patterns: count => `${count} patterns for one claim`,
  pairs: count => `conditions on one claim whose patterns have ${count} pairs of characters to compare`,
  callers: count => `${count} pairs of a subject and an audience`,
};

function select(lines: readonly Line[], claims: readonly string[]): readonly string[] {
  return lines.filter(({ key }) => claims.includes(readName(key))).flatMap(({ values }) => values);
}

function readName(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1).toLowerCase();
}

function countValues(lines: readonly Line[], claims: readonly string[]): number {
  return select(lines, claims).length;
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
