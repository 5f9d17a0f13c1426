/** Finds a variable's value by its name in any letter case. */
export type Lookup = (name: string) => string | undefined;

/**
 * Replaces `$(name)` once, from left to right: what a value brings in is not expanded again, and a name that is not
 * found stays as it is written. Agent: Util/VarUtil.cs, ExpandValues.
 */
export function expandMacros(text: string, lookup: Lookup): string {
  let expanded = text;
  let start = 0;
  for (;;) {
    const prefix = expanded.indexOf('$(', start);
    const suffix = prefix < 0 ? -1 : expanded.indexOf(')', prefix + 2);
    if (suffix < 0) return expanded;
    const name = expanded.slice(prefix + 2, suffix);
    const value = name === '' ? undefined : lookup(name);
    if (value === undefined) {
      start = prefix + 1;
      continue;
    }
    expanded = expanded.slice(0, prefix) + value + expanded.slice(suffix + 1);
    start = prefix + value.length;
  }
}

/**
 * Expands variables first, then, over that result, the agent's own environment: `$(HOME)` in an input is the agent's.
 * Agent: TaskRunner.cs, the two calls after "Expand the inputs".
 */
export function expandForStep(text: string, variables: Lookup, agentEnvironment: Readonly<Record<string, string>>) {
  return expandMacros(expandMacros(text, variables), environmentLookup(agentEnvironment));
}

/** The letter case of environment names counts, except on Windows. */
function environmentLookup(environment: Readonly<Record<string, string>>): Lookup {
  if (process.platform !== 'win32') return name => (Object.hasOwn(environment, name) ? environment[name] : undefined);
  const byUpperName = new Map(Object.entries(environment).map(([name, value]) => [name.toUpperCase(), value]));
  return name => byUpperName.get(name.toUpperCase());
}
