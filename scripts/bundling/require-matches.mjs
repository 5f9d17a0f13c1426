/**
 * Fails a build in which a rule of a plugin matched nothing: a package changed, and what the rule was for may be in the
 * bundle again.
 *
 * @param onEnd the build's own
 * @param rules each with a `filter`
 * @returns the set that the plugin adds each rule to that matched
 */
export function requireMatches(onEnd, rules) {
  const matched = new Set();
  // A build that failed has not looked at every import.
  onEnd(result => ({
    errors: (result.errors.length > 0 ? [] : rules)
      .filter(rule => !matched.has(rule))
      .map(({ filter }) => ({
        text: `${filter} matches nothing any more: correct it in scripts/bundling, or take it out.`,
      })),
  }));
  return matched;
}
