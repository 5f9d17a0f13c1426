import type { Fault } from '../../../../src/errors.ts';
import { isProfileName } from '../../../../src/handoff/profile-text.ts';
import { isRegion, partitionOf } from '../../../../src/session/region.ts';
import { isRoleArn, parseRoleArn, type RoleArn } from '../../../../src/session/role-arn.ts';
import { Faults, type Checked } from './faults.ts';

/** One line of the input `profiles`: a name, the roles on the way, and the region where the line names one. */
export interface ProfileLine {
  readonly name: string;
  readonly hops: readonly [RoleArn, ...RoleArn[]];
  readonly region: string | undefined;
}

/** Most lines of the input `profiles`. */
export const mostProfiles = 200;

const form = 'name = arn [> arn ...] [region]';

/**
 * Returns the profiles of the input, one per line: `name = arn [> arn ...] [region]`. Empty lines and lines that begin
 * with # are passed over. All mistakes are reported, each with its line's number.
 */
export function checkProfiles(text: string): Checked<readonly ProfileLine[]> {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.trim(), number: index + 1 }))
    .filter(line => line.text !== '' && !line.text.startsWith('#'));
  const parsed = lines.map(line => ({ number: line.number, result: parseLine(line.text, line.number) }));
  const profiles = parsed.flatMap(({ result, number }) => (result instanceof Faults ? [] : [{ ...result, number }]));
  const faults = [
    ...parsed.flatMap(({ result }) => (result instanceof Faults ? result.list : [])),
    ...findDuplicates(profiles),
    ...(lines.length > mostProfiles ? [tooMany(lines.length)] : []),
  ];
  return faults.length > 0 ? new Faults(faults) : profiles.map(({ name, hops, region }) => ({ name, hops, region }));
}

function parseLine(line: string, number: number): Checked<ProfileLine> {
  const [, name = '', right = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(line) ?? [];
  if (right === '') return faultAt(number, `"${line}"`, `${form}.`, 'Write a name, an equals sign and a role ARN.');
  const [chain, region] = splitRegion(right);
  const roles = chain.split('>').map(arn => parseRoleArn(arn.trim()));
  const [first, ...rest] = roles.filter(isRoleArn);
  const faults = [...checkName(name, number), ...checkRoles(roles, number), ...checkLineRegion(region, first, number)];
  if (faults.length > 0 || first === undefined) return new Faults(faults);
  return { name, hops: [first, ...rest], region };
}

/** ARNs hold no blanks, so what follows the last one after a blank is the region. */
function splitRegion(right: string): readonly [string, string | undefined] {
  const [, chain, region] = /^(.*\S)\s+([^\s>:]+)$/.exec(right) ?? [];
  return chain === undefined || chain.endsWith('>') ? [right, undefined] : [chain, region];
}

function checkName(name: string, number: number): readonly Fault[] {
  if (isProfileName(name)) return [];
  const expected = 'a name of up to 64 letters, digits or any of _ . @ + -, a letter or digit first; not DEFAULT.';
  return faultAt(number, `the profile name "${name}"`, expected, 'Choose another name.').list;
}

function checkRoles(roles: readonly ReturnType<typeof parseRoleArn>[], number: number): readonly Fault[] {
  const partition = roles.find(isRoleArn)?.partition;
  return roles.flatMap(role => {
    if (!isRoleArn(role))
      return faultAt(number, role.found, role.expected, 'Copy the ARN from the role in the IAM console.').list;
    if (role.partition === partition) return [];
    const found = `a role in partition ${role.partition} after one in ${partition ?? ''}`;
    return faultAt(
      number,
      found,
      'roles of one partition; a chain cannot leave it.',
      'Use a profile for each partition.',
    ).list;
  });
}

function checkLineRegion(region: string | undefined, role: RoleArn | undefined, number: number): readonly Fault[] {
  if (region === undefined) return [];
  if (!isRegion(region)) {
    return faultAt(
      number,
      `the region "${region}"`,
      'the code of an AWS region, such as eu-west-1 for Europe (Ireland).',
      'Correct the region.',
    ).list;
  }
  if (role === undefined || partitionOf(region) === role.partition) return [];
  const found = `region ${region} of partition ${partitionOf(region)} with a role in ${role.partition}`;
  return faultAt(number, found, "a region of the role's own partition.", 'Correct the region or the role.').list;
}

function findDuplicates(profiles: readonly (ProfileLine & { readonly number: number })[]): readonly Fault[] {
  return profiles.flatMap(({ name, number }, index) => {
    const earlier = profiles.slice(0, index).find(other => other.name === name);
    if (earlier === undefined) return [];
    const found = `the profile "${name}" again, first named in line ${earlier.number}`;
    return faultAt(number, found, 'each name once.', 'Rename or remove one of the two.').list;
  });
}

function tooMany(count: number): Fault {
  return {
    code: 'InputInvalid',
    found: `Input profiles holds ${count} profiles.`,
    expected: `at most ${mostProfiles}.`,
    remedy: "Use the task several times in the job; the uses keep each other's profiles.",
  };
}

function faultAt(number: number, found: string, expected: string, remedy: string): Faults {
  return new Faults([
    { code: 'InputInvalid', found: `Input profiles, line ${number}, holds ${found}.`, expected, remedy },
  ]);
}
