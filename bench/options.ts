import { parseArgs } from 'node:util';

/** What `npm run bench` can be told. */
export interface Options {
  /** Paired runs of each comparison. */
  readonly runs: number;
  /** The suites to run, all if it is empty. */
  readonly only: readonly string[];
  /** Few runs and small sizes: to see that it works, not how fast. */
  readonly quick: boolean;
  /** Exit code 1 where a target is missed. */
  readonly check: boolean;
}

/** Returns the options of a command line; throws with what is wrong with them. */
export function readOptions(args: readonly string[], suites: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const { runs = values.quick ? '3' : '20', only, quick, check } = values;
  if (!/^[1-9]\d{0,3}$/.test(runs)) throw new Error(`--runs is "${runs}"; expected a whole number from 1 to 9999.`);
  const unknown = only.filter(name => !suites.includes(name));
  if (unknown.length > 0) {
    throw new Error(`--only is "${unknown.join(', ')}"; expected one of ${suites.join(', ')}.`);
  }
  return { runs: Number(runs), only, quick, check };
}
