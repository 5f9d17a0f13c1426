import { finalRole, type Goal } from '../session/goal.ts';
import { isGuid } from '../identity/issuer.ts';
import { WifError } from '../errors.ts';
import type { ProfileVariables, VariableChoice } from './variables.ts';

/** The environment as the step found it: what earlier steps, the pipeline and the agent have set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the name of a job's folder below the temp directory. The same for every use in the job, and never taken from
 * what a variable says the files' place is.
 */
export function nameJobFolder(jobId: string | undefined): string {
  if (jobId !== undefined && isGuid(jobId)) return `aws-${jobId.toLowerCase()}`;
  throw new WifError({
    code: 'FilesRefused',
    found: `System.JobId is ${jobId === undefined ? 'not set' : `"${jobId}"`}, so the job's folder has no name.`,
    expected: "a job's GUID, which Azure Pipelines sets.",
    remedy: 'Look for a step or a log line that sets System.JobId, or set writeProfile: false.',
  });
}

/** Returns whether a name is one that `nameJobFolder` gives. */
export function isJobFolder(name: string): boolean {
  return name.startsWith('aws-') && isGuid(name.slice(4)) && name === name.toLowerCase();
}

/** Where the job's profile files are, and the profiles that are in them with the roles behind them. */
export interface ProfilePlace {
  readonly configFile: string;
  readonly credentialsFile: string;
  readonly standing: readonly { readonly name: string; readonly role: string }[];
}

/**
 * Returns the profile variables of a step. Its main role becomes the job's default profile, unless the step has a prefix
 * and the job has a default already.
 */
export function chooseProfileVariables(
  place: ProfilePlace,
  main: Goal | undefined,
  prefix: string,
  environment: Environment,
): ProfileVariables {
  const { configFile, credentialsFile } = place;
  const keepsDefault = prefix !== '' && hasOurDefault(place, environment);
  return { configFile, credentialsFile, defaultProfile: keepsDefault ? undefined : main?.profile };
}

/** Returns warnings about files and a profile that somebody else has set, and that this step is about to replace. */
export function warnOfForeignProfiles(
  variables: ProfileVariables,
  place: ProfilePlace,
  environment: Environment,
): readonly string[] {
  const replaced = {
    AWS_CONFIG_FILE: variables.configFile,
    AWS_SHARED_CREDENTIALS_FILE: variables.credentialsFile,
    // A profile of ours is replaced by another of ours without a word here: that is what several uses are for.
    AWS_PROFILE: hasOurDefault(place, environment) ? undefined : variables.defaultProfile,
  };
  return Object.entries(replaced).flatMap(([name, value]) => {
    const standing = environment[name];
    if (value === undefined || !isSet(standing) || standing === value) return [];
    const whose = isSamePlace(standing, value) ? 'written by this task in another target' : 'not by this task';
    return [`${name} is set to "${standing}", ${whose}; from this step on it is "${value}".`];
  });
}

/**
 * Returns warnings about AWS files in the home folder of the agent's user that later steps no longer see. A file that a
 * variable has hidden already, such as one of an earlier use, is not looked for.
 *
 * @param findOwn returns the path of that file if it has profiles
 */
export function warnOfHiddenProfiles(
  environment: Environment,
  findOwn: (file: 'config' | 'credentials') => string | undefined,
): readonly string[] {
  const variables = { config: 'AWS_CONFIG_FILE', credentials: 'AWS_SHARED_CREDENTIALS_FILE' } as const;
  return (['config', 'credentials'] as const).flatMap(file => {
    const path = isSet(environment[variables[file]]) ? undefined : findOwn(file);
    return path === undefined
      ? []
      : [`Later steps do not see the profiles in ${path}: ${variables[file]} names this job's own file.`];
  });
}

/**
 * Returns a warning where the job has a profile named default that is not its default: clients that do not read
 * AWS_PROFILE act as that one, all others as the job's default.
 */
export function warnOfDefaultName(
  goals: readonly Goal[],
  { defaultProfile }: Pick<ProfileVariables, 'defaultProfile'>,
  place: ProfilePlace,
  environment: Environment,
): readonly string[] {
  const name = defaultProfile ?? findOurDefault(place, environment)?.name;
  const goal = goals.find(({ profile }) => profile === 'default');
  const role = goal === undefined ? findStanding(place, 'default') : finalRole(goal).text;
  if (name === undefined || name === 'default' || role === undefined) return [];
  return [
    `The profile "default" uses ${role}, but AWS_PROFILE is "${name}". A client that does not read AWS_PROFILE uses "default"; rename one of them.`,
  ];
}

function findStanding({ standing }: ProfilePlace, profile: string): string | undefined {
  return standing.find(({ name }) => name === profile)?.role;
}

/** Host and container see the temp directory under different paths, and the job's folder under one name. */
function isSamePlace(standing: string, value: string): boolean {
  const tail = (path: string): string => path.split(/[\\/]/).slice(-2).join('/');
  return /[\\/]aws-/.test(value) && tail(standing) === tail(value);
}

function hasOurDefault(place: ProfilePlace, environment: Environment): boolean {
  return findOurDefault(place, environment) !== undefined;
}

function findOurDefault({ configFile, standing }: ProfilePlace, environment: Environment) {
  if (environment['AWS_CONFIG_FILE'] !== configFile) return undefined;
  return standing.find(({ name }) => name === environment['AWS_PROFILE']);
}

/**
 * Throws if a step that leaves the job's default alone, with a prefix or with profiles alone, would give the default
 * profile's name to another role: later steps would act as somebody else without a word.
 */
export function keepDefaultProfile(
  goals: readonly Goal[],
  movesDefault: boolean,
  place: ProfilePlace,
  environment: Environment,
): void {
  const ours = findOurDefault(place, environment);
  const taking = goals.find(goal => goal.profile === ours?.name && finalRole(goal).text !== ours?.role);
  if (movesDefault || ours === undefined || taking === undefined) return;
  throw new WifError({
    code: 'InputInvalid',
    found: `The profile "${ours.name}" is this job's default and uses ${ours.role}; this step would change it to ${finalRole(taking).text}.`,
    expected: 'a step with variablePrefix, or with only profiles, leaves the default unchanged.',
    remedy:
      'Give the profile another name (profileName, or its line in profiles), or remove variablePrefix to make it the default.',
  });
}

/**
 * Returns the region that a step sets for the job, undefined if it sets none: its roles are in several, or it has no
 * main role and the job has a region already, which belongs to the default that the step leaves alone.
 */
export function chooseJobRegion(
  { goals, hasMainRole }: { readonly goals: readonly Goal[]; readonly hasMainRole: boolean },
  environment: Environment,
): string | undefined {
  const hasRegion = isSet(environment['AWS_REGION']) || isSet(environment['AWS_DEFAULT_REGION']);
  return !hasMainRole && hasRegion ? undefined : shareRegion(goals);
}

/**
 * Returns a warning where the step leaves the job's region as it is and the job has one that is not its profiles': an SDK
 * takes the region of the environment before that of a profile.
 */
export function warnOfJobRegion(
  goals: readonly Goal[],
  variables: Pick<VariableChoice, 'prefix' | 'sharedRegion'>,
  environment: Environment,
): readonly string[] {
  if (variables.prefix === '' && variables.sharedRegion !== undefined) return [];
  const [name, region] =
    ['AWS_REGION', 'AWS_DEFAULT_REGION']
      .map(key => [key, environment[key]] as const)
      .find(([, value]) => isSet(value)) ?? [];
  const overridden = goals.filter(goal => goal.region !== region && goal.profile !== undefined);
  if (name === undefined || region === undefined || overridden.length === 0) return [];
  const list = overridden.map(goal => `${goal.profile ?? ''} (${goal.region})`).join(', ');
  return [
    `${name} is "${region}" in this job and overrides the region of the profiles ${list}; set the region in the tool, or remove the variable.`,
  ];
}

/**
 * Returns warnings where a step moves only half of the job's default: keys without the profile, or the profile without the
 * keys of an earlier use.
 *
 * @param secrets names of the environment variables that hold the job's secret variables
 */
export function warnOfSplitDefault(
  choice: { readonly setVariables: boolean; readonly writeProfile: boolean },
  environment: Environment,
  secrets: ReadonlySet<string>,
): readonly string[] {
  const profile = environment['AWS_PROFILE'];
  return [
    ...(choice.writeProfile || !isSet(profile)
      ? []
      : [`AWS_PROFILE stays "${profile}": tools in later steps use that profile, in the region of this step.`]),
    ...(choice.setVariables || !secrets.has('AWS_ACCESS_KEY_ID')
      ? []
      : [
          '$(AWS_ACCESS_KEY_ID) and the other keys remain those of an earlier step, as do those that the AWS Toolkit reads.',
        ]),
  ];
}

/** Returns the region of all goals, undefined if they differ. */
export function shareRegion(goals: readonly Goal[]): string | undefined {
  const regions = new Set(goals.map(({ region }) => region));
  return regions.size === 1 ? goals[0]?.region : undefined;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
