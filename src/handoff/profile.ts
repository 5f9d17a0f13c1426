import type { Session } from '../session/credentials.ts';
import type { ProfileSection } from './profile-text.ts';

/** A profile to write: its name, the session behind it, and its region. */
export interface Profile {
  readonly name: string;
  readonly session: Session;
  readonly region: string;
  /** The command that prints fresh credentials; undefined for a profile that holds keys. */
  readonly credentialProcess: string | undefined;
}

/** What the two profile files get from one use of the task. */
export interface ProfileTexts {
  readonly credentials: readonly ProfileSection[];
  readonly config: readonly ProfileSection[];
}

/**
 * Returns the sections of one use's profiles: keys or `credential_process` with the account for the credentials file,
 * the region for the config file.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function describeProfiles(profiles: readonly Profile[], use: string): ProfileTexts {
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
