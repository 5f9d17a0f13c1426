/** A script that is started from a shell, with options of its own. */
export interface Script<Options> {
  /** Stands before each error. */
  readonly name: string;
  readonly usage: string;
  /** Throws for what is no option. */
  readonly parse: (args: readonly string[]) => Options;
  /** Returns the exit code. */
  readonly act: (options: Options) => Promise<number>;
}

/** Runs a script with this process's arguments and returns its exit code: 2 for wrong usage, 3 where it threw. */
export async function runScript<Options>({ name, usage, parse, act }: Script<Options>): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    return 0;
  }
  try {
    const options = parse(process.argv.slice(2));
    return await act(options).catch((error: unknown) => fail(name, error, 3));
  } catch (error) {
    // A usage of several lines stands apart.
    return fail(name, error, 2, `${usage.includes('\n') ? '\n\n' : '\n'}${usage}`);
  }
}

/** Prints an error of a script and returns the exit code. */
export function fail(name: string, error: unknown, code: number, hint = ''): number {
  console.error(`${name}: ${error instanceof Error ? error.message : String(error)}${hint}`);
  return code;
}
