import { WifError, type Fault } from '../../../src/errors.ts';
import type { Goal, SessionTerms } from '../../../src/session/goal.ts';
import type { RoleArn } from '../../../src/session/match-role-arn.ts';
import { nameSession, type RunNames } from '../../../src/session/session-name.ts';
import { checkExternalId, checkRoleChain, checkSessionTags, checkTransitiveTagKeys } from './inputs/chain.ts';
import {
  checkConnectionType,
  chooseConnection,
  guessConnectionType,
  type CheckedConnection,
  type ServiceConnection,
} from './inputs/connection.ts';
import { faulty, type Faults } from './inputs/faults.ts';
import { checkAllowedAccounts, checkChainTerms, checkGoals } from './inputs/goals.ts';
import { checkProfiles } from './inputs/profiles.ts';
import { openKeeper, openReader, type Keep, type Read } from './inputs/reader.ts';
import { checkEndpoint, checkRegion, checkRole } from './inputs/role.ts';
import { checkSessionName, checkSessionPolicies } from './inputs/session.ts';
import type { TextRules } from './inputs/texts.ts';
import { checkBoolean, checkPrefix, checkProfileName, checkWholeNumber, checkWriteProfile } from './inputs/values.ts';

/** Every input of the task, by its main name. */
export const inputNames = [
  'connectionType',
  'serviceConnection',
  'azureDevOpsConnection',
  'roleArn',
  'region',
  'roleSessionName',
  'durationSeconds',
  'sessionPolicy',
  'sessionPolicyArns',
  'roleChain',
  'externalId',
  'sessionTags',
  'transitiveTagKeys',
  'profiles',
  'setVariables',
  'outputCredentials',
  'variablePrefix',
  'writeProfile',
  'profileName',
  'refreshCredentials',
  'allowedAccountIds',
  'maskAccountId',
  'stsEndpoint',
  'maxAttempts',
  'timeoutSeconds',
] as const;

export type InputName = (typeof inputNames)[number];
export type RawInputs = Readonly<Record<InputName, string>>;

/** What the job around the step says, as far as inputs refer to it. */
export interface JobFacts {
  readonly findConnection: (id: string) => ServiceConnection | undefined;
  /** AWS_REGION and AWS_DEFAULT_REGION, in the order in which they count. */
  readonly regionVariables: Readonly<Record<string, string | undefined>>;
  readonly run: RunNames;
  /** What the job's variables leave open, each a sentence: a fault where the input that decides it is empty. */
  readonly conflicts?: { readonly run: string | undefined; readonly region: string | undefined };
  /** Names of the environment variables that later steps will have. */
  readonly environment: readonly string[];
}

/** A step's inputs, checked. */
export interface CheckedInputs {
  readonly connection: CheckedConnection;
  /** The main role's first, if there is one. */
  readonly goals: readonly [Goal, ...Goal[]];
  readonly hasMainRole: boolean;
  readonly terms: SessionTerms;
  readonly stsEndpoint: URL | 'regional';
  readonly setVariables: boolean;
  readonly outputCredentials: boolean;
  readonly variablePrefix: string;
  readonly writeProfile: boolean;
  readonly refreshCredentials: boolean;
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
}

/**
 * Returns a step's inputs, checked, or throws one WifError with everything that is wrong. It makes no network call.
 * Empty numbers and booleans stand for their defaults, since the classic editor lets people clear them.
 */
export function checkInputs(raw: RawInputs, facts: JobFacts): CheckedInputs {
  const faults: Fault[] = [];
  const keep = openKeeper(faults);
  const read = openReader(raw, defaults, keep, specialRules);
  const roles = readRoles(read, facts);
  const handoff = readHandoff(read, facts);
  const numbers = readNumbers(read);
  read('maskAccountId', text => checkBoolean('maskAccountId', text));
  read('allowedAccountIds', text => checkAllowedAccounts(text, listRoles(roles)));
  const draft = {
    connection: readConnection(read, keep, facts),
    goals: keepGoals(keep, roles, handoff),
    hasMainRole: roles.role !== 'none',
    stsEndpoint: roles.stsEndpoint,
    terms: readTerms(read, keep, { roles, durationSeconds: numbers.durationSeconds, facts }),
    ...handoff,
    ...numbers,
  };
  return finish(draft, faults);
}

type ReadInput = Read<InputName>;

function readConnection(read: ReadInput, keep: Keep, facts: JobFacts): CheckedConnection | undefined {
  const type = read('connectionType', checkConnectionType);
  const texts = {
    serviceConnection: read('serviceConnection', text => text),
    azureDevOpsConnection: read('azureDevOpsConnection', text => text),
  };
  const chosen = type ?? guessConnectionType(texts);
  const connection = chosen && keep(chooseConnection(chosen, texts, facts.findConnection));
  return type === undefined ? undefined : connection;
}

const defaults: Partial<RawInputs> = {
  connectionType: 'azureRM',
  durationSeconds: '3600',
  setVariables: 'true',
  outputCredentials: 'true',
  writeProfile: 'true',
  refreshCredentials: 'false',
  maskAccountId: 'false',
  maxAttempts: '5',
  timeoutSeconds: '60',
};

/** Agents on Windows pass 32,767 characters, those on Linux 131,071. */
const longText = { maxLength: 131_072 };

const longList = { ...longText, isList: true };

const specialRules: Partial<Readonly<Record<InputName, Partial<TextRules>>>> = {
  // A name may hold any letters; its check says what it holds.
  serviceConnection: { alphabet: undefined },
  azureDevOpsConnection: { alphabet: undefined },
  sessionPolicy: { ...longText, alphabet: 'latin-1', allowsShellNames: true },
  sessionPolicyArns: longList,
  roleChain: longList,
  externalId: { mayQuote: false },
  sessionTags: { ...longList, alphabet: 'letters' },
  transitiveTagKeys: { ...longList, alphabet: 'letters' },
  profiles: { ...longList, hasComments: true },
  allowedAccountIds: longList,
  stsEndpoint: { mayQuote: false },
};

function readRoles(read: ReadInput, facts: JobFacts) {
  const role = read('roleArn', checkRole);
  const lines = read('profiles', checkProfiles);
  const needsRegion = role !== 'none' || lines?.some(line => line.region === undefined) !== false;
  return {
    role,
    lines,
    roleChain: read('roleChain', text => checkRoleChain(text, role)),
    region: read('region', text => {
      const conflict = text === '' && needsRegion ? facts.conflicts?.region : undefined;
      if (conflict !== undefined) return unresolvedBy('region', conflict);
      return checkRegion(text, needsRegion ? facts.regionVariables : 'not needed', role);
    }),
    stsEndpoint: read('stsEndpoint', checkEndpoint),
  };
}

type Roles = ReturnType<typeof readRoles>;

function listRoles({ role, roleChain, lines }: Roles): readonly RoleArn[] {
  const main = role === undefined || role === 'none' ? [] : [role];
  return [...main, ...(roleChain ?? []), ...(lines ?? []).flatMap(({ hops }) => hops)];
}

/** The roles that sessions end at: session policies narrow those. */
function listLastRoles({ role, roleChain, lines }: Roles): readonly RoleArn[] {
  const main = role === undefined || role === 'none' ? undefined : (roleChain?.at(-1) ?? role);
  return [main, ...(lines ?? []).map(({ hops }) => hops.at(-1))].filter(last => last !== undefined);
}

function readHandoff(read: ReadInput, facts: JobFacts) {
  const variablePrefix = read('variablePrefix', checkPrefix);
  return {
    variablePrefix,
    setVariables: read('setVariables', text => checkBoolean('setVariables', text)),
    outputCredentials: read('outputCredentials', text => checkBoolean('outputCredentials', text)),
    writeProfile: read('writeProfile', text => checkWriteProfile(text, facts.environment)),
    profileName: read('profileName', text => checkProfileName(text, variablePrefix ?? '')),
    refreshCredentials: read('refreshCredentials', text => checkBoolean('refreshCredentials', text)),
  };
}

/** What does not fit together is looked for once each part is right on its own. */
function keepGoals(
  keep: Keep,
  roles: Roles,
  handoff: ReturnType<typeof readHandoff>,
): CheckedInputs['goals'] | undefined {
  const { role, roleChain, lines, region, stsEndpoint } = roles;
  const { writeProfile, profileName, refreshCredentials } = handoff;
  if (role === undefined || roleChain === undefined || lines === undefined || region === undefined) return undefined;
  if (stsEndpoint === undefined || profileName === undefined || writeProfile === undefined) return undefined;
  if (refreshCredentials === true && !writeProfile) keep(refreshWithoutProfile());
  return keep(
    checkGoals({ role, roleChain, lines, region, stsEndpoint, profileName: writeProfile ? profileName : undefined }),
  );
}

interface TermFacts {
  readonly roles: Roles;
  readonly durationSeconds: number | undefined;
  readonly facts: JobFacts;
}

function readTerms(
  read: ReadInput,
  keep: Keep,
  { roles, durationSeconds, facts }: TermFacts,
): SessionTerms | undefined {
  const roleSessionName = read('roleSessionName', text => {
    const conflict = text === '' ? facts.conflicts?.run : undefined;
    return conflict === undefined
      ? checkSessionName(text, nameSession(facts.run))
      : unresolvedBy('roleSessionName', conflict);
  });
  const policy = read('sessionPolicy', text => text);
  const last = listLastRoles(roles);
  const checkArns = (rest: string) => checkSessionPolicies('', rest, last);
  const policyArns = read('sessionPolicyArns', text => text, checkArns);
  const policies = keep(checkSessionPolicies(policy ?? '', policyArns ?? '', last));
  const chained = readChained(read, keep, roles, durationSeconds);
  if (roleSessionName === undefined || durationSeconds === undefined || policies === undefined) return undefined;
  return chained === undefined ? undefined : { roleSessionName, durationSeconds, ...policies, ...chained };
}

function readChained(read: ReadInput, keep: Keep, { roleChain, lines }: Roles, durationSeconds: number | undefined) {
  const externalId = read('externalId', checkExternalId);
  const tags = read('sessionTags', checkSessionTags);
  const transitiveTagKeys = read('transitiveTagKeys', text => checkTransitiveTagKeys(text, tags));
  if (externalId === undefined || tags === undefined || transitiveTagKeys === undefined) return undefined;
  if (roleChain === undefined || lines === undefined || durationSeconds === undefined) return undefined;
  const set = {
    externalId: externalId !== '',
    sessionTags: Object.keys(tags).length > 0,
    transitiveTagKeys: transitiveTagKeys.length > 0,
  };
  const hasChain = roleChain.length > 0 || lines.some(({ hops }) => hops.length > 1);
  keep(checkChainTerms(hasChain, durationSeconds, set));
  return { externalId: externalId === '' ? undefined : externalId, tags, transitiveTagKeys };
}

function readNumbers(read: ReadInput) {
  return {
    durationSeconds: read('durationSeconds', text => checkWholeNumber('durationSeconds', text, 900, 43_200)),
    maxAttempts: read('maxAttempts', text => checkWholeNumber('maxAttempts', text, 1, 10)),
    timeoutSeconds: read('timeoutSeconds', text => checkWholeNumber('timeoutSeconds', text, 5, 600)),
  };
}

/** What an empty input would be taken from is two variables of the job, and nobody can say which one is meant. */
function unresolvedBy(input: InputName, conflict: string): Faults {
  return faulty(
    conflict,
    'a single variable of that name, or several with the same value.',
    `Set ${input} in the step, or remove the variable that Azure Pipelines does not set itself.`,
  );
}

function refreshWithoutProfile(): Faults {
  return faulty(
    'Input refreshCredentials is true, but writeProfile is false.',
    'a profile to refresh; variables cannot be refreshed.',
    'Set writeProfile: true, or refreshCredentials: false.',
  );
}

type Partially<T> = { readonly [Key in keyof T]: T[Key] | undefined };

function finish(draft: Partially<CheckedInputs>, faults: readonly Fault[]): CheckedInputs {
  const [first, ...rest] = faults;
  if (first !== undefined) throw new WifError([first, ...rest]);
  if (!isComplete(draft)) throw new TypeError('an input without a value was not noted as a fault');
  return draft;
}

function isComplete(draft: Partially<CheckedInputs>): draft is CheckedInputs {
  return Object.values(draft).every(value => value !== undefined);
}
