import { isPlain, readPattern, type Pattern, type PatternRules } from './pattern.ts';

/** The values of a condition: the texts of those that stand for just one, and the others in their parts. */
export interface PatternList {
  readonly literals: ReadonlySet<string>;
  readonly others: readonly Pattern[];
  /** Returns all values in their parts. */
  readonly listAll: () => readonly Pattern[];
}

const known = new WeakMap<readonly string[], readonly (PatternRules & { readonly list: PatternList })[]>();

/** Returns a condition's values in their parts. The same list of values is parsed once. */
export function readPatterns(values: readonly string[], { wildcards, version }: PatternRules): PatternList {
  const lists = known.get(values) ?? [];
  const found = lists.find(one => one.wildcards === wildcards && one.version === version);
  if (found !== undefined) return found.list;
  const list = sortValues(values, { wildcards, version });
  known.set(values, [...lists, { wildcards, version, list }]);
  return list;
}

/** Most values are plain, and most conditions are exact: their parts are never asked for. */
function sortValues(values: readonly string[], rules: PatternRules): PatternList {
  const literals = new Set<string>();
  const others: Pattern[] = [];
  for (const value of values) {
    const pattern = isPlain(value) ? undefined : readPattern(value, rules);
    const text = pattern === undefined ? value : readText(pattern);
    if (text !== undefined) literals.add(text);
    else if (pattern !== undefined) others.push(pattern);
  }
  let all: readonly Pattern[] | undefined;
  return { literals, others, listAll: () => (all ??= values.map(value => readPattern(value, rules))) };
}

/** Returns the one text that a pattern stands for; undefined if it has a wildcard or a variable. */
export function readText({ isExact, prefix }: Pattern): string | undefined {
  return isExact ? prefix : undefined;
}
