import type { Session } from '../session/credentials.ts';
import type { Goal } from '../session/goal.ts';
import {
  mergeProfiles,
  parseProfiles,
  renderProfiles,
  type ProfileFileKind,
  type ProfileSection,
  type ReplacedProfile,
} from './profile-text.ts';
import { encodeCache } from './session-cache.ts';

/** A goal and the session that was opened for it. */
export interface OpenedGoal {
  readonly goal: Goal;
  readonly session: Session;
}

/** How profiles refresh themselves: what each one's command line is, and the state they share. */
export interface RefreshChoice {
  readonly commandLine: (id: string) => string;
  readonly encodeState: (goals: Readonly<Record<string, Goal>>) => string;
}

export interface FileChoice {
  /** The generated id of this use of the task: sixteen hexadecimal digits. */
  readonly use: string;
  /** What is in a file of the job's folder; undefined if there is no such file. */
  readonly read: (name: string) => string | undefined;
  readonly refresh: RefreshChoice | undefined;
}

/** A file to write into the job's folder. */
export interface FileText {
  readonly name: string;
  readonly text: string;
}

export interface FilePlan {
  /** In the order in which they have to be written: what others refer to comes first. */
  readonly files: readonly FileText[];
  readonly replaced: readonly ReplacedProfile[];
}

/** Returns the name of the state file of a use's profiles. */
export function nameState(use: string): string {
  return `refresh-${use}`;
}

/** Returns the name of the file with the cached session of one profile. */
export function nameCache(id: string): string {
  return `cache-${id}`;
}

/** Returns the name of the lock under which one profile's session is renewed. */
export function nameLock(id: string): string {
  return `lock-${id}`;
}

/** Returns whether a file of the job's folder belongs to one use alone. */
export function belongsTo(name: string, use: string): boolean {
  return [nameState(use), nameCache(use), nameLock(use)].some(prefix => name.startsWith(prefix));
}

/** Returns the files that hand a use's profiles on, merged with those of earlier uses in the job. */
export function planFiles(opened: readonly OpenedGoal[], choice: FileChoice): FilePlan {
  const numbered = opened.map((item, index) => ({ ...item, id: `${choice.use}.${index + 1}` }));
  const profiles = numbered.flatMap(item => describeProfile(item, choice.refresh));
  const texts = describeProfiles(profiles, choice.use);
  const config = mergeFile('config', texts.config, choice);
  const credentials = mergeFile('credentials', texts.credentials, choice);
  return {
    files: [...planRefresh(numbered, choice), config.file, credentials.file],
    replaced: credentials.replaced,
  };
}

type NumberedGoal = OpenedGoal & { readonly id: string };

function describeProfile({ goal, session, id }: NumberedGoal, refresh: RefreshChoice | undefined): readonly Profile[] {
  if (goal.profile === undefined) return [];
  return [{ name: goal.profile, session, region: goal.region, credentialProcess: refresh?.commandLine(id) }];
}

function planRefresh(numbered: readonly NumberedGoal[], { use, refresh }: FileChoice): readonly FileText[] {
  if (refresh === undefined) return [];
  const goals = Object.fromEntries(numbered.map(({ id, goal }) => [id, goal]));
  const caches = numbered.map(({ id, session: { credentials, life, role } }) => ({
    name: nameCache(id),
    text: encodeCache({ keys: credentials, life, accountId: role.accountId }),
  }));
  return [{ name: nameState(use), text: refresh.encodeState(goals) }, ...caches];
}

function mergeFile(kind: ProfileFileKind, added: readonly ProfileSection[], { read }: FileChoice) {
  const standing = parseProfiles(read(kind) ?? '', kind);
  const { sections, replaced } = mergeProfiles(standing.sections, added);
  return { file: { name: kind, text: renderProfiles({ ...standing, sections }, kind) }, replaced };
}

/** A profile to write: its name, the session behind it, and its region. */
export interface Profile {
  readonly name: string;
  readonly session: Session;
  readonly region: string;
  /** The command that prints fresh credentials; undefined for a profile that holds keys. */
  readonly credentialProcess: string | undefined;
}

/**
 * Returns the sections of one use's profiles: keys or `credential_process` with the account for the credentials file,
 * the region for the config file.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function describeProfiles(
  profiles: readonly Profile[],
  use: string,
): Readonly<Record<ProfileFileKind, readonly ProfileSection[]>> {
  const section = (profile: Profile, settings: Readonly<Record<string, string>>): ProfileSection => ({
    name: profile.name,
    use,
    role: profile.session.role.text,
    settings,
  });
  return {
    credentials: profiles.map(profile => section(profile, describeSource(profile))),
    config: profiles.map(profile => section(profile, { region: profile.region })),
  };
}

/** The account lets clients use account endpoints, and SDKs read it from either file, beside keys or a command. */
function describeSource({ session, credentialProcess }: Profile): Readonly<Record<string, string>> {
  const account = { aws_account_id: session.role.accountId };
  if (credentialProcess !== undefined) return { credential_process: credentialProcess, ...account };
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  return {
    aws_access_key_id: accessKeyId.reveal(),
    aws_secret_access_key: secretAccessKey.reveal(),
    aws_session_token: sessionToken.reveal(),
    ...account,
  };
}
