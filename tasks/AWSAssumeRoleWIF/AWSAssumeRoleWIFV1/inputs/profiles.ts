import type { Fault } from '../../../../src/errors.ts';
import { isProfileName } from '../../../../src/handoff/profile-text.ts';
import { isRegion, partitionOf } from '../../../../src/session/region.ts';
import { isRoleArn } from '../../../../src/session/role-arn.ts';
import type { RoleArn } from '../../../../src/session/match-role-arn.ts';
import { Faults, faulty, type Checked } from './faults.ts';
import { findHint, tellHint, type Hint } from './hints.ts';
import { findRegionHint } from './region-hints.ts';
import { copyArn, readRoleArn, regionRules } from './role.ts';
import { findNameHint, nameRules } from './values.ts';

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
  if (/^[[{]\s*["{]/.test(text)) return isJson();
  const isIni = lines.some(line => section.test(line.text));
  const parsed = lines
    .filter(line => !isIni || !setting.test(line.text))
    .map(line => ({ number: line.number, result: parseLine(line.text, line.number) }));
  const profiles = parsed.flatMap(({ result, number }) => (result instanceof Faults ? [] : [{ ...result, number }]));
  const faults = [
    ...parsed.flatMap(({ result }) => (result instanceof Faults ? result.list : [])),
    ...findDuplicates(profiles),
  ];
  return faults.length > 0 ? new Faults(faults) : profiles.map(({ name, hops, region }) => ({ name, hops, region }));
}

/** Sections and settings of the files that AWS tools read profiles from. */
const section = /^\[(?:profile\s)?[^\]=,"]*\]$/;
const setting = /^(?:role_arn|source_profile|credential_source|region|output|role_session_name|duration_seconds)\s*=/;

function isJson(): Faults {
  return faulty('Input profiles is JSON.', `lines of the form ${form}.`, 'Write one line per profile: name = arn.');
}

function parseLine(line: string, number: number): Checked<ProfileLine> {
  const { bare, faults: dashed } = strip(line, number);
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

type Ornament = readonly [pattern: RegExp, replacement: string, found: string, remedy: string];

/** What people write in a line besides; without it, the rest of the line is checked. */
const ornaments: readonly Ornament[] = [
  [/^-\s+/, '', 'with a list dash before it', 'Remove the dash; the input is text, not a YAML list.'],
  [/^(["'])([^"'=]*=[^"']*)\1$/, '$2', 'with quotes around it', 'Remove the quotes.'],
  [/\s(?:#|\/\/)[^]*/, '', 'with a comment after it', 'Write the comment in a line of its own, after #.'],
  [/^([^=]{1,70}?)(?:==|:=|=>)/, '$1=', 'with another sign than =', 'Write name = arn.'],
  [/(?<=\s)(?:[-=]>|>{2,})/g, '>', 'with another arrow than >', 'Write > between the roles of a chain.'],
  [/(?<=\s)region\s*[=:]\s*(?=\S)/i, '', 'with a name before the Region', 'Write the Region alone after the ARN.'],
];

function strip(line: string, number: number): { readonly bare: string; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  let bare = line;
  for (const [pattern, replacement, found, remedy] of ornaments) {
    const without = bare.replace(pattern, replacement);
    if (without !== bare) faults.push(...faultAt(number, `"${line}", ${found}`, `${form}.`, remedy).list);
    bare = without.trim();
  }
  return { bare, faults };
}

const lineForms: readonly (readonly [pattern: RegExp, hint: Hint])[] = [
  [/^["']?[\w.@+-]{1,64}["']?:\s/, { found: 'with a colon instead of the equals sign', remedy: 'Write name = arn.' }],
  [/^[\w.@+-]{1,64}\s*[-=]?>/, { found: 'with an arrow instead of the equals sign', remedy: 'Write name = arn.' }],
  [/^(?:;|\/\/)/, { found: 'a comment', remedy: 'Begin comments with #.' }],
  [section, { found: 'a section of a profile file', remedy: 'Write each profile in one line: name = arn.' }],
  [/=$/, { found: 'without an ARN', remedy: 'Write the ARN of the role after the equals sign.' }],
  [/^arn:\S+$/, { found: 'without a name', remedy: 'Write a name and an equals sign before the ARN.' }],
];

function noProfile(line: string, number: number): readonly Fault[] {
  const [, hint = findHint(line)] = lineForms.find(([pattern]) => pattern.test(line)) ?? [];
  const remedy = hint?.remedy ?? 'Write a name, an equals sign and a role ARN.';
  return faultAt(number, `"${line}"${tellHint(hint)}`, `${form}.`, remedy).list;
}

/** ARNs hold no blanks, so what follows the last one after a blank is the region. */
function splitRegion(right: string): readonly [string, string | undefined] {
  const start = right.lastIndexOf('>') + 1;
  const [, role = '', region] = /^(\S+)\s+(\S[^]*)$/.exec(right.slice(start).trim()) ?? [];
  return region === undefined || region.includes(':')
    ? [right, undefined]
    : [`${right.slice(0, start)}${role}`, region];
}

function checkName(name: string, number: number): readonly Fault[] {
  if (isProfileName(name)) return [];
  const { expected, remedy } = nameRules;
  if (name === '') return faultAt(number, 'no name before the equals sign', expected, 'Write a name.').list;
  const hint = findNameHint(name);
  return faultAt(number, `the profile name "${name}"${tellHint(hint)}`, expected, hint?.remedy ?? remedy).list;
}

function checkRoles(roles: readonly ReturnType<typeof readRoleArn>[], number: number): readonly Fault[] {
  const partition = roles.find(isRoleArn)?.partition;
  return roles.flatMap(role => {
    if (!isRoleArn(role) && role.found === '""') return noHop(number);
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

function noHop(number: number): readonly Fault[] {
  return faultAt(number, '> without a role on one of its sides', `${form}.`, 'Write the role, or remove >.').list;
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
