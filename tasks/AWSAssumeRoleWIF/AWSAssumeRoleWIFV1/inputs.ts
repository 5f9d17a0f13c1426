import { WifError, type Fault } from '../../../src/errors.ts';
import type { RoleArn } from '../../../src/session/role-arn.ts';
import { nameSession, type RunNames } from '../../../src/session/session-name.ts';
import { checkConnection, type ServiceConnection } from './inputs/connection.ts';
import { Faults, faulty, type Checked } from './inputs/faults.ts';
import { checkAllowedAccounts, checkEndpoint, checkRegion, checkRole } from './inputs/role.ts';
import { checkSessionName, checkSessionPolicies, type SessionPolicies } from './inputs/session.ts';
import { checkBoolean, checkPrefix, checkWholeNumber } from './inputs/values.ts';

/** Every input of the task, by its main name. */
export const inputNames = [
  'serviceConnection',
  'roleArn',
  'region',
  'roleSessionName',
  'durationSeconds',
  'sessionPolicy',
  'sessionPolicyArns',
  'setVariables',
  'outputCredentials',
  'variablePrefix',
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
}

/** A step's inputs, checked. */
export interface CheckedInputs {
  readonly connection: ServiceConnection;
  readonly role: RoleArn;
  readonly region: string;
  readonly roleSessionName: string;
  readonly durationSeconds: number;
  readonly sessionPolicies: SessionPolicies;
  readonly setVariables: boolean;
  readonly outputCredentials: boolean;
  readonly variablePrefix: string;
  readonly stsEndpoint: URL;
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
  const read = openReader(raw, keep);
  const role = read('roleArn', checkRole);
  const region = read('region', text => checkRegion(text, facts.regionVariables, role));
  read('allowedAccountIds', text => checkAllowedAccounts(text, role));
  read('maskAccountId', text => checkBoolean('maskAccountId', text));
  const draft = {
    connection: read('serviceConnection', text => checkConnection(text, facts.findConnection)),
    role,
    region,
    stsEndpoint: read('stsEndpoint', text => checkEndpoint(text, region)),
    roleSessionName: read('roleSessionName', text => checkSessionName(text, nameSession(facts.run))),
    sessionPolicies: readSessionPolicies(read, keep, role),
    variablePrefix: read('variablePrefix', checkPrefix),
    ...readNumbers(read),
    ...readSwitches(read),
  };
  return finish(draft, faults);
}

type Keep = <T>(checked: Checked<T>) => T | undefined;
type Read = <T>(name: InputName, check: (text: string) => Checked<T>) => T | undefined;

const defaults: Partial<RawInputs> = {
  durationSeconds: '3600',
  setVariables: 'true',
  outputCredentials: 'true',
  maskAccountId: 'false',
  maxAttempts: '5',
  timeoutSeconds: '60',
};

/** A variable that the agent did not know stays in the input as it was written. */
const unresolved = /\$\([^()\s]+\)/;

/** Keeps a check's value, or notes what is wrong and keeps nothing. */
function openKeeper(faults: Fault[]): Keep {
  return checked => {
    if (!(checked instanceof Faults)) return checked;
    faults.push(...checked.list);
    return undefined;
  };
}

function openReader(raw: RawInputs, keep: Keep): Read {
  return (name, check) => {
    const text = raw[name] === '' ? (defaults[name] ?? '') : raw[name];
    const variable = unresolved.exec(text)?.[0];
    return keep(variable === undefined ? check(text) : stillHolds(name, variable));
  };
}

function stillHolds(name: InputName, variable: string): Faults {
  return faulty(
    `Input ${name} still holds ${variable}.`,
    'a variable that is set when this step begins.',
    `Set ${variable.slice(2, -1)} before this step (check its spelling, its variable group and its scope), or write the value.`,
  );
}

function readSessionPolicies(read: Read, keep: Keep, role: RoleArn | undefined): SessionPolicies | undefined {
  const policy = read('sessionPolicy', text => text);
  const arns = read('sessionPolicyArns', text => text);
  return keep(checkSessionPolicies(policy ?? '', arns ?? '', role));
}

function readNumbers(read: Read): Partially<Pick<CheckedInputs, 'durationSeconds' | 'maxAttempts' | 'timeoutSeconds'>> {
  return {
    durationSeconds: read('durationSeconds', text => checkWholeNumber('durationSeconds', text, 900, 43_200)),
    maxAttempts: read('maxAttempts', text => checkWholeNumber('maxAttempts', text, 1, 10)),
    timeoutSeconds: read('timeoutSeconds', text => checkWholeNumber('timeoutSeconds', text, 5, 600)),
  };
}

function readSwitches(read: Read): Partially<Pick<CheckedInputs, 'setVariables' | 'outputCredentials'>> {
  return {
    setVariables: read('setVariables', text => checkBoolean('setVariables', text)),
    outputCredentials: read('outputCredentials', text => checkBoolean('outputCredentials', text)),
  };
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
