import { readPattern, type Pattern, type PatternRules } from './pattern.ts';

/** The values of a condition in their parts: those that stand for just one text by that text, and the others. */
export interface PatternList {
  readonly literals: ReadonlyMap<string, Pattern>;
  readonly others: readonly Pattern[];
}

const known = new WeakMap<readonly string[], readonly (PatternRules & { readonly list: PatternList })[]>();

/** Returns a condition's values in their parts. The same list of values is parsed once. */
export function readPatterns(values: readonly string[], { wildcards, version }: PatternRules): PatternList {
  const lists = known.get(values) ?? [];
  const found = lists.find(one => one.wildcards === wildcards && one.version === version);
  if (found !== undefined) return found.list;
  const list = sortPatterns(values.map(value => readPattern(value, { wildcards, version })));
  known.set(values, [...lists, { wildcards, version, list }]);
  return list;
}

function sortPatterns(patterns: readonly Pattern[]): PatternList {
  const literals = patterns.flatMap(pattern => {
    const text = readText(pattern);
    return text === undefined ? [] : [[text, pattern] as const];
  });
  return { literals: new Map(literals), others: patterns.filter(pattern => readText(pattern) === undefined) };
}

/** Returns the one text that a pattern stands for; undefined if it has a wildcard or a variable. */
export function readText({ parts, prefix }: Pattern): string | undefined {
  return parts.some(part => typeof part === 'string') ? undefined : prefix;
}
