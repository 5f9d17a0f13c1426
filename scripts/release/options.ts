import { parseArgs } from 'node:util';

/** What `npm run release` can be told. */
export type ReleaseOptions = {
  readonly version: string;
  readonly write: boolean;
  readonly publisher?: string | undefined;
  readonly public: boolean;
  /** The public address: for the links of the extension and its errors, and for npm's provenance. */
  readonly repository?: string | undefined;
};

export const usage = `usage: npm run release -- --version 1.2.3 [--write] [--publisher NAME] [--public] [--repository URL]

Checks, builds, packs and describes a release in dist/release. Changes no file without --write.`;

const patterns = {
  version: [/^1\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, '1.<minor>.<patch>, for the task is @1'],
  publisher: [/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'letters, digits, hyphens and underscores'],
  repository: [/^https:\/\/[\w.-]+(?:\/[\w.-]+)+$/, 'an https address without a query'],
} as const;

/** The options of a command line; throws with all that is wrong with their values. */
export function parseOptions(args: readonly string[]): ReleaseOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      version: { type: 'string' },
      write: { type: 'boolean', default: false },
      publisher: { type: 'string' },
      public: { type: 'boolean', default: false },
      repository: { type: 'string' },
    },
  });
  const { version } = values;
  if (version === undefined) throw new Error('--version is missing; expected --version 1.<minor>.<patch>.');
  const wrong = (['version', 'publisher', 'repository'] as const).flatMap(name => {
    const [pattern, expected] = patterns[name];
    const value = values[name];
    return value === undefined || pattern.test(value) ? [] : `--${name} is "${value}"; expected ${expected}.`;
  });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return { ...values, version };
}
