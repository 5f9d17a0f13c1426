import type { Fault } from '../../../../src/errors.ts';
import { maxChainedSeconds, type Goal } from '../../../../src/session/goal.ts';
import { partitionOf, regionalStsEndpoint } from '../../../../src/session/region.ts';
import type { RoleArn } from '../../../../src/session/match-role-arn.ts';
import { Faults, faulty, missing, type Checked } from './faults.ts';
import { findHint, tellHint, type Hint } from './hints.ts';
import { readItems } from './items.ts';
import type { ProfileLine } from './profiles.ts';

/** The inputs that say which roles are assumed, each right on its own; `none` if it is empty. */
export interface GoalInputs {
  readonly role: RoleArn | 'none';
  readonly roleChain: readonly RoleArn[];
  readonly lines: readonly ProfileLine[];
  readonly region: string;
  readonly stsEndpoint: URL | 'regional';
  /** The main role's profile; undefined without profile files. */
  readonly profileName: string | undefined;
}

/**
 * Returns the sessions to obtain: the main role's first, then the profiles in the order of their lines. All that does
 * not fit together is reported.
 */
export function checkGoals(inputs: GoalInputs): Checked<readonly [Goal, ...Goal[]]> {
  const faults = [
    ...checkMain(inputs),
    ...checkNames(inputs),
    ...inputs.lines.flatMap(line => checkPlace(line, inputs)),
  ];
  if (faults.length > 0) return new Faults(faults);
  const [first, ...rest] = [...planMain(inputs), ...inputs.lines.map(line => planLine(line, inputs))];
  return first === undefined ? new Faults([]) : [first, ...rest];
}

function checkMain({ role, roleChain, lines }: GoalInputs): readonly Fault[] {
  if (role !== 'none') return [];
  if (lines.length === 0) return missing('roleArn', 'the ARN of the IAM role to assume, or roles in profiles').list;
  if (roleChain.length === 0) return [];
  return faulty(
    'Input roleChain is set, but roleArn is empty.',
    'a role to start the chain.',
    'Set roleArn, or define the chain in profiles: name = arn > arn.',
  ).list;
}

function checkNames({ role, lines, profileName }: GoalInputs): readonly Fault[] {
  const faults: Fault[] = [];
  if (profileName === undefined && lines.length > 0) {
    faults.push(
      ...faulty(
        'Input profiles is set, but writeProfile is false.',
        'profile files for the roles in profiles; the task sets no variables for them.',
        'Set writeProfile: true, or use the task once per role with variablePrefix.',
      ).list,
    );
  }
  if (role !== 'none' && lines.some(({ name }) => name === profileName)) {
    faults.push(
      ...faulty(
        `Input profiles names the profile "${profileName ?? ''}", which is also the profile of roleArn.`,
        'one role per profile.',
        'Rename it in profiles, or set profileName.',
      ).list,
    );
  }
  return faults;
}

/** A line without a region takes the step's, which must fit its role. */
function checkPlace({ name, hops: [role], region }: ProfileLine, inputs: GoalInputs): readonly Fault[] {
  if (region !== undefined || inputs.region === 'none' || partitionOf(inputs.region) === role.partition) return [];
  return faulty(
    `Input profiles specifies no region for "${name}", and the step's region ${inputs.region} is not in partition ${role.partition}.`,
    "a region of the role's own partition.",
    'Add the region at the end of the line.',
  ).list;
}

function planMain(inputs: GoalInputs): readonly Goal[] {
  const { role, roleChain, region, profileName } = inputs;
  if (role === 'none') return [];
  return [{ profile: profileName, hops: [role, ...roleChain], region, endpoint: endpointIn(region, inputs) }];
}

function planLine({ name, hops, region }: ProfileLine, inputs: GoalInputs): Goal {
  const own = region ?? inputs.region;
  return { profile: name, hops, region: own, endpoint: endpointIn(own, inputs) };
}

function endpointIn(region: string, { stsEndpoint }: GoalInputs): URL {
  return stsEndpoint === 'regional' ? regionalStsEndpoint(region) : stsEndpoint;
}

/** Returns the allowed accounts; those of all roles must be among them, if there are any. */
export function checkAllowedAccounts(text: string, roles: readonly RoleArn[]): Checked<readonly string[]> {
  const { items: accounts, faults } = readItems('allowedAccountIds', text);
  const wrong = accounts.filter(account => !/^\d{12}$/.test(account));
  const isNone = wrong.length > 0 || (text !== '' && accounts.length === 0);
  if (isNone || faults.length > 0) return new Faults([...faults, ...(isNone ? noAccountIds(wrong, text).list : [])]);
  const distinct = [...new Map(roles.map(role => [role.text, role])).values()];
  const outside = distinct.filter(({ accountId }) => accounts.length > 0 && !accounts.includes(accountId));
  if (outside.length === 0) return accounts;
  return new Faults(outside.flatMap(role => notAllowed(role, accounts).list));
}

function notAllowed(role: RoleArn, accounts: readonly string[]): Faults {
  return faulty(
    `The role ${role.text} is in account ${role.accountId}.`,
    `an account in allowedAccountIds: ${accounts.join(', ')}.`,
    'Correct the role or, if this is the intended account, add it to allowedAccountIds.',
    'AccountNotAllowed',
  );
}

function noAccountIds(wrong: readonly string[], text: string): Faults {
  const digits = joinDigits(text);
  const hint =
    digits === undefined
      ? findAccountHint(wrong)
      : { found: 'with separators between the digits', remedy: `Write ${digits}.` };
  // The parts of one ID are not shown one by one: only the whole of it is masked.
  return faulty(
    `Input allowedAccountIds contains ${(wrong.length > 0 && digits === undefined ? wrong : [text]).map(item => `"${item}"`).join(', ')}${tellHint(hint)}.`,
    '12-digit AWS account IDs, separated by commas or line breaks.',
    hint?.remedy ?? 'Correct the IDs; in YAML, quote them so that no leading zero is lost.',
  );
}

/** Digits that stand apart make one ID where there are twelve of them. */
function joinDigits(text: string): string | undefined {
  const digits = text.replaceAll(/[-._,\s]/g, '');
  return /^\d{12}$/.test(digits) ? digits : undefined;
}

function findAccountHint([first = '', ...others]: readonly string[]): Hint | undefined {
  if (first === '' || others.length > 0) return undefined;
  const [, account] = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(first) ?? [];
  if (account !== undefined) return { found: 'an ARN', remedy: `Write ${account}.` };
  const [, sign] = /^\d{12}([^\d\s])\d{12}(?!\d)/.exec(first) ?? [];
  if (sign !== undefined) return { found: `with "${sign}" between IDs`, remedy: 'Separate the IDs with commas.' };
  if (/^\d{9,11}$/.test(first))
    return {
      found: `which has ${first.length} digits`,
      remedy: `Write all 12 digits, in YAML with quotes: without them, leading zeros are lost (${first.padStart(12, '0')}).`,
    };
  return findHint(first);
}

/** Inputs that only chained hops can take, by name, with whether each is set. */
export type ChainOnly = Readonly<Record<'externalId' | 'sessionTags' | 'transitiveTagKeys', boolean>>;

/** Returns true if there is a chain, and checks what a chain allows and what only a chain can take. */
export function checkChainTerms(hasChain: boolean, durationSeconds: number, chainOnly: ChainOnly): Checked<boolean> {
  const set = Object.entries(chainOnly).flatMap(([name, isSet]) => (isSet ? [name] : []));
  const faults = [
    ...(hasChain && durationSeconds > maxChainedSeconds ? tooLong(durationSeconds).list : []),
    ...(hasChain ? [] : set.flatMap(name => withoutChain(name).list)),
  ];
  return faults.length > 0 ? new Faults(faults) : hasChain;
}

function tooLong(durationSeconds: number): Faults {
  return faulty(
    `Input durationSeconds is ${durationSeconds}, but roles are chained.`,
    `at most ${maxChainedSeconds} s; AWS limits chained sessions regardless of the roles' own maximum.`,
    'Lower durationSeconds, and set refreshCredentials: true for longer work.',
  );
}

function withoutChain(name: string): Faults {
  return faulty(
    `Input ${name} is set, but no role is chained.`,
    'a chained role (roleChain, or > in profiles); STS accepts this input only with AssumeRole, not with a web identity.',
    `Add the chain, or remove ${name}; to restrict a role to this pipeline, use the subject in its trust policy.`,
  );
}
