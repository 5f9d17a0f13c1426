import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the names of the profiles in the texts of AWS's config and credentials files, each once. Other sections of the
 * config file (`sso-session`, `services`) are none.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html#cli-configure-files-format
 */
export function parseProfileNames(config: string, credentials: string): readonly string[] {
  const sections = (text: string): readonly string[] =>
    [...text.matchAll(/^\[([^\]\r\n]+)\]/gm)].map(([, name = '']) => name.trim());
  const named = sections(config).flatMap(section => {
    if (section === 'default') return section;
    return /^profile\s/.test(section)
      ? section
          .slice('profile'.length)
          .trim()
          .replace(/^["']|["']$/g, '')
      : [];
  });
  return [...new Set([...named, ...sections(credentials)])];
}

/** Returns the profiles to choose from; none if the environment says already whose credentials are used. */
export function listProfiles(env: Environment): readonly string[] {
  if (['AWS_PROFILE', 'AWS_ACCESS_KEY_ID'].some(name => (env[name] ?? '') !== '')) return [];
  const folder = join(homedir(), '.aws');
  return parseProfileNames(
    readText(env['AWS_CONFIG_FILE'] ?? join(folder, 'config')),
    readText(env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(folder, 'credentials')),
  );
}

/** What cannot be read names no profiles; whether credentials are found is the SDK's to say. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
