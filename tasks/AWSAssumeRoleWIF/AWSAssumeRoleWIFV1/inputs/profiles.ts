import type { Fault } from '../../../../src/errors.ts';
import { isProfileName } from '../../../../src/handoff/profile-text.ts';
import { isRegion, partitionOf } from '../../../../src/session/region.ts';
import { isRoleArn, type RoleArn } from '../../../../src/session/role-arn.ts';
import { Faults, faulty, type Checked } from './faults.ts';
import { findHint, findRegionHint, findWrapping, tellHint } from './hints.ts';
import { copyArn, readRoleArn, regionRules } from './role.ts';
import { nameRules } from './values.ts';

/** One line of the input `profiles`: a name, the roles on the way, and the region where the line names one. */
export interface ProfileLine {
  readonly name: string;
  readonly hops: readonly [RoleArn, ...RoleArn[]];
  readonly region: string | undefined;
}

/** Most lines of the input `profiles`. */
export const maxProfiles = 200;

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
  if (lines.length > maxProfiles) return tooMany(lines.length);
  const parsed = lines.map(line => ({ number: line.number, result: parseLine(line.text, line.number) }));
  const profiles = parsed.flatMap(({ result, number }) => (result instanceof Faults ? [] : [{ ...result, number }]));
  const faults = [
    ...parsed.flatMap(({ result }) => (result instanceof Faults ? result.list : [])),
    ...findDuplicates(profiles),
  ];
  return faults.length > 0 ? new Faults(faults) : profiles.map(({ name, hops, region }) => ({ name, hops, region }));
}

function parseLine(line: string, number: number): Checked<ProfileLine> {
  const bare = line.replace(/^-\s+/, '');
  const dashed = bare === line ? [] : listDash(line, number);
  const equals = bare.indexOf('=');
  const right = bare.slice(equals + 1).trim();
  if (equals < 0 || right === '') return new Faults([...dashed, ...noProfile(bare, number)]);
  const name = bare.slice(0, equals).trim();
  const [chain, region] = splitRegion(right);
  const roles = chain.split('>').map(arn => readRoleArn(arn.trim()));
  const [first, ...rest] = roles.filter(isRoleArn);
  const faults = [
    ...dashed,
    ...checkName(name, number),
    ...checkRoles(roles, number),
    ...checkLineRegion(region, first, number),
  ];
  if (faults.length > 0 || first === undefined) return new Faults(faults);
  return { name, hops: [first, ...rest], region };
}

function listDash(line: string, number: number): readonly Fault[] {
  const remedy = 'Remove the dash; the input is text, not a YAML list.';
  return faultAt(number, `"${line}", with a list dash before it`, `${form}.`, remedy).list;
}

const colonLine = /^["']?[\w.@+-]{1,64}["']?:\s/;

function noProfile(line: string, number: number): readonly Fault[] {
  const hint = colonLine.test(line) ? withColon : findHint(line);
  const remedy = hint?.remedy ?? 'Write a name, an equals sign and a role ARN.';
  return faultAt(number, `"${line}"${tellHint(hint)}`, `${form}.`, remedy).list;
}

const withColon = { found: 'with a colon instead of the equals sign', remedy: 'Write name = arn.' };

/** ARNs hold no blanks, so what follows the last one after a blank is the region. */
function splitRegion(right: string): readonly [string, string | undefined] {
  const last = right.split(/\s+/).at(-1) ?? '';
  const chain = right.slice(0, right.length - last.length).trimEnd();
  return chain === '' || chain.endsWith('>') || /[>:]/.test(last) ? [right, undefined] : [chain, last];
}

function checkName(name: string, number: number): readonly Fault[] {
  if (isProfileName(name)) return [];
  const hint = findWrapping(name);
  const { expected, remedy } = nameRules;
  return faultAt(number, `the profile name "${name}"${tellHint(hint)}`, expected, hint?.remedy ?? remedy).list;
}

function checkRoles(roles: readonly ReturnType<typeof readRoleArn>[], number: number): readonly Fault[] {
  const partition = roles.find(isRoleArn)?.partition;
  return roles.flatMap(role => {
    if (!isRoleArn(role)) return faultAt(number, role.found, role.expected, role.remedy ?? copyArn).list;
    if (role.partition === partition) return [];
    const found = `a role in partition ${role.partition} after one in ${partition ?? ''}`;
    return faultAt(
      number,
      found,
      'roles of a single partition; a chain cannot cross partitions.',
      'Use one profile per partition.',
    ).list;
  });
}

function checkLineRegion(region: string | undefined, role: RoleArn | undefined, number: number): readonly Fault[] {
  if (region === undefined) return [];
  if (!isRegion(region)) {
    const hint = findRegionHint(region);
    const { expected, remedy } = regionRules;
    return faultAt(number, `the region "${region}"${tellHint(hint)}`, expected, hint?.remedy ?? remedy).list;
  }
  if (role === undefined || partitionOf(region) === role.partition) return [];
  const found = `region ${region} of partition ${partitionOf(region)} with a role in ${role.partition}`;
  return faultAt(number, found, "a region of the role's own partition.", 'Correct the region or the role.').list;
}

function findDuplicates(profiles: readonly (ProfileLine & { readonly number: number })[]): readonly Fault[] {
  return profiles.flatMap(({ name, number }, index) => {
    const earlier = profiles.slice(0, index).find(other => other.name === name);
    if (earlier === undefined) return [];
    const found = `the profile "${name}" again, first used in line ${earlier.number}`;
    return faultAt(number, found, 'each name only once.', 'Rename or remove one of the two.').list;
  });
}

function tooMany(count: number): Faults {
  return faulty(
    `Input profiles contains ${count} profiles.`,
    `at most ${maxProfiles}.`,
    'Use the task several times in the job; each use keeps the profiles of the others.',
  );
}

function faultAt(number: number, found: string, expected: string, remedy: string): Faults {
  return new Faults([
    { code: 'InputInvalid', found: `Input profiles, line ${number}, contains ${found}.`, expected, remedy },
  ]);
}
