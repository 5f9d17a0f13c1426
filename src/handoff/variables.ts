import { alignBase64, listEscapes } from '../secret-forms.ts';
import { Secret } from '../secret.ts';
import { formatTime } from '../session/clock-skew.ts';
import type { Session } from '../session/credentials.ts';
import { endByHost } from '../session/life.ts';

/** One pipeline variable to set. A Secret value becomes a secret variable; `output` means the `$(step.NAME)` form. */
export interface Variable {
  readonly name: string;
  readonly value: string | Secret;
  readonly output: boolean;
}

/** Which variables a step is to set. */
export interface VariableChoice {
  /** Empty, or put before the name of every variable that is not about profile files. */
  readonly prefix: string;
  readonly setVariables: boolean;
  readonly outputCredentials: boolean;
  /** Whether the step has a reference name; without one the agent refuses output variables. */
  readonly hasReferenceName: boolean;
  /** The region of all the step's roles, undefined if they differ: a variable would beat the profiles' own. */
  readonly sharedRegion: string | undefined;
  readonly profiles: ProfileVariables | undefined;
  /** Switches of AWS clients, by name, as `chooseSwitches` returns them; none without profile files. */
  readonly switches: Readonly<Record<string, string>>;
}

/** Where the profile files are, and the profile that is the job's default from now on; undefined leaves it as it is. */
export interface ProfileVariables {
  readonly configFile: string;
  readonly credentialsFile: string;
  readonly defaultProfile: string | undefined;
}

/** The session of the step's main role and its region; a step with only `profiles` has none. */
export interface MainSession {
  readonly session: Session;
  readonly region: string;
}

/**
 * Returns the variables of a step in the order in which they are set. Plain and output form are two variables: the agent
 * hides the plain name of an output variable. With a prefix only prefixed names are set, so the job's defaults stay as
 * they are.
 */
export function planVariables(main: MainSession | undefined, choice: VariableChoice): readonly Variable[] {
  const keys = main !== undefined && choice.setVariables ? nameKeys(main.session, choice.prefix) : {};
  // The agent may refuse a variable that is read-only, and then nothing secret should stand yet.
  const plain = { ...nameRegion(choice), ...choice.switches, ...nameProfiles(choice.profiles), ...keys };
  if (main === undefined || !choice.hasReferenceName) return toVariables(plain, false);
  const outputs = { ...(choice.outputCredentials ? nameOutputKeys(keys) : {}), ...nameOutputs(main, choice) };
  return [...toVariables(plain, false), ...toVariables(outputs, true)];
}

/**
 * Returns the variables of a step that decide as whom later steps act, with their values as far as they are known before
 * there is a session. Of the keys the session token decides: AWS accepts nobody's keys with another's.
 */
export function nameDeciding(
  choice: VariableChoice,
  hasMainRole: boolean,
): Readonly<Record<string, string | undefined>> {
  const tokens = ['AWS_SESSION_TOKEN', 'AWS.SessionToken'].map(name => [name, undefined] as const);
  const setsKeys = hasMainRole && choice.setVariables && choice.prefix === '';
  return {
    ...choice.switches,
    ...nameProfiles(choice.profiles),
    ...(setsKeys ? Object.fromEntries(tokens) : {}),
  };
}

/** Returns log lines that say which variables were set and how later steps get at them; names only, no values. */
export function describeVariables(variables: readonly Variable[]): readonly string[] {
  const list = (fits: (variable: Variable) => boolean): string =>
    variables
      .filter(fits)
      .map(({ name }) => name)
      .join(', ');
  const secret = list(({ value, output }) => value instanceof Secret && !output);
  const plain = list(({ value, output }) => !(value instanceof Secret) && !output);
  const output = list(variable => variable.output);
  return [
    ...(secret === '' ? [] : [`Secret variables: ${secret}. To use them in a script, map them in its env: block.`]),
    ...(plain === '' ? [] : [`Variables, in every later step's environment: ${plain}.`]),
    ...(output === '' ? [] : [`Output variables of this step: ${output}.`]),
  ];
}

/** Returns the log line for a step that was to set output variables and cannot; undefined for every other. */
export function describeMissingOutputs({ outputCredentials, hasReferenceName }: VariableChoice): string | undefined {
  if (hasReferenceName || !outputCredentials) return undefined;
  return 'This step has no reference name, so no output variables were set.';
}

/**
 * Returns every value of a session that has to be registered as a secret. Secret key and session token come with their
 * escaped forms in JSON and URLs, and with their Base64 forms at each of the three alignments, since the agent adds
 * Base64 only for secrets that it knew from the start. Of a session at most 23 values.
 */
export function listSecrets(session: Session): readonly Secret[] {
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  const forms = [secretAccessKey, sessionToken].flatMap(secret => {
    const value = secret.reveal();
    return [...listEscapes(value), ...alignBase64(value)];
  });
  return [accessKeyId, secretAccessKey, sessionToken, ...forms.map(text => new Secret(text))];
}

type Named = Readonly<Record<string, string | Secret>>;

function nameKeys(session: Session, prefix: string): Named {
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  const keys = {
    [`${prefix}AWS_ACCESS_KEY_ID`]: accessKeyId,
    [`${prefix}AWS_SECRET_ACCESS_KEY`]: secretAccessKey,
    [`${prefix}AWS_SESSION_TOKEN`]: sessionToken,
  };
  if (prefix !== '') return keys;
  // The names that the tasks of the AWS Toolkit for Azure DevOps read on their own.
  return {
    ...keys,
    'AWS.AccessKeyID': accessKeyId,
    'AWS.SecretAccessKey': secretAccessKey,
    'AWS.SessionToken': sessionToken,
  };
}

function nameOutputKeys(keys: Named): Named {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !name.startsWith('AWS.')));
}

function nameRegion({ prefix, sharedRegion }: VariableChoice): Named {
  if (sharedRegion === undefined) return {};
  // Tools read the default region only under its own name, so a prefixed form would help nobody.
  if (prefix !== '') return { [`${prefix}AWS_REGION`]: sharedRegion };
  return { AWS_REGION: sharedRegion, AWS_DEFAULT_REGION: sharedRegion };
}

function nameProfiles(profiles: ProfileVariables | undefined): Readonly<Record<string, string>> {
  if (profiles === undefined) return {};
  const { configFile, credentialsFile, defaultProfile } = profiles;
  return {
    AWS_CONFIG_FILE: configFile,
    AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
    ...(defaultProfile === undefined ? {} : { AWS_PROFILE: defaultProfile }),
  };
}

function nameOutputs({ session, region }: MainSession, { prefix }: VariableChoice): Named {
  return {
    [`${prefix}AWS_ACCOUNT_ID`]: session.role.accountId,
    [`${prefix}AWS_ASSUMED_ROLE_ARN`]: session.assumedRoleArn,
    // Whoever compares it does so with the host's clock.
    [`${prefix}AWS_CREDENTIAL_EXPIRATION`]: formatTime(endByHost(session.life)),
    [`${prefix}AWS_REGION`]: region,
  };
}

function toVariables(named: Named, output: boolean): readonly Variable[] {
  return Object.entries(named).map(([name, value]) => ({ name, value, output }));
}
