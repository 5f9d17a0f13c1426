import { findOtherAccount, openOwnAccount, type OpenAccount, type OpenedAccount } from '../../accounts/open.ts';
import { readNamedTargets } from '../../accounts/options.ts';
import { CliFailure } from '../../terminal/failure.ts';
import { askUntil, type Choice, type Questions } from '../../terminal/questions.ts';
import type { SetupOptions } from '../options.ts';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface AccountPorts {
  readonly questions: Questions;
  readonly openAccount: OpenAccount;
  /** The profiles to choose from; none if the environment names the credentials. */
  readonly listProfiles: () => readonly string[];
}

type Answers = Pick<SetupOptions, 'account' | 'profile'>;

/** Returns the account to set up, as the credentials say which one they are of, and their profile. */
export async function askAccount(options: SetupOptions, ports: AccountPorts): Promise<Answers> {
  const { questions, openAccount } = ports;
  const { partition, assumeRole } = options;
  // Whose the role is that is assumed there, only its name can say.
  if (assumeRole !== undefined) return askAssumed(options, assumeRole, questions);
  const { profile, opened } = await askUntil(questions, canChoose(options, ports) ? wrongCredentials : [], async () => {
    const [chosen] = await askProfile(options, ports);
    return { profile: chosen, opened: await openOwnAccount({ partition, profile: chosen }, openAccount) };
  });
  const account = await questions.askText({
    title: `AWS account to set up (your credentials: ${opened.caller.arn})`,
    suggestion: opened.caller.accountId,
    check: answer => {
      requireOwn({ ...options, account: [answer] }, opened);
    },
  });
  return { account: [account], ...(profile === undefined ? {} : { profile: [profile] }) };
}

const wrongCredentials = ['AwsCredentialsMissing', 'AwsCredentialsRefused', 'AssumeRoleRefused'];

async function askAssumed(options: SetupOptions, role: string, { askText }: Questions): Promise<Answers> {
  const account = await askText({
    title: 'AWS account to set up',
    suggestion: findRoleAccount(role),
    check: answer => {
      readNamedTargets({ ...options, account: [answer] });
    },
  });
  return { account: [account] };
}

/** Returns the account of a role's ARN; undefined without one, and where it is left open. */
export function findRoleAccount(arn = ''): string | undefined {
  return /^arn:[^:]+:iam::(\d{12}):/.exec(arn)?.[1];
}

function requireOwn(options: SetupOptions, { caller }: OpenedAccount): void {
  for (const target of readNamedTargets(options)) {
    const other = findOtherAccount(caller, target);
    if (other !== undefined) throw new CliFailure(1, [other]);
  }
}

function canChoose({ profile }: SetupOptions, { listProfiles }: AccountPorts): boolean {
  return profile === undefined && listProfiles().length > 1;
}

/** One profile is found by the SDK if it is the default one, and else somebody says so. */
async function askProfile(options: SetupOptions, ports: AccountPorts): Promise<readonly (string | undefined)[]> {
  if (!canChoose(options, ports)) return options.profile ?? [];
  const profiles = ports.listProfiles().map((name): Choice<string | undefined> => ({ value: name, title: name }));
  const none = { value: undefined, title: 'none of these', hint: 'credentials as the AWS SDK finds them' };
  return [await ports.questions.choose('AWS profile', [...profiles, none])];
}

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
