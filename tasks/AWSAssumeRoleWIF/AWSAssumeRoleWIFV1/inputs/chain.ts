import { isRoleArn, type RoleArn } from '../../../../src/session/role-arn.ts';
import { Faults, faulty, type Checked } from './faults.ts';
import { findHint, findWrapping, readItems, tellHint } from './hints.ts';
import { readRoleArn } from './role.ts';

/** Returns the further roles of the input `roleChain`, one per line, in order. */
export function checkRoleChain(text: string, first: RoleArn | 'none' | undefined): Checked<readonly RoleArn[]> {
  const { items, faults: around } = readItems('roleChain', text);
  const roles = items.map(readRoleArn);
  const wrong = roles.flatMap((role, index) => {
    if (!isRoleArn(role)) {
      const remedy = role.remedy ?? (items[index] === '>' ? withoutArrow : 'Correct the ARN; one per line.');
      return faulty(`Input roleChain contains ${role.found}.`, role.expected, remedy).list;
    }
    if (first === undefined || first === 'none' || role.partition === first.partition) return [];
    return faulty(
      `Input roleChain contains a role in partition ${role.partition} after one in ${first.partition}.`,
      'roles of a single partition; a chain cannot cross partitions.',
      'Use one profile per partition.',
    ).list;
  });
  const faults = [...around, ...wrong];
  return faults.length > 0 ? new Faults(faults) : roles.filter(isRoleArn);
}

const withoutArrow = 'Remove >; in roleChain, line breaks separate the roles. > is for profiles.';

/**
 * Returns the external id.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function checkExternalId(text: string): Checked<string> {
  if (text === '' || /^[\w+=,.@:/-]{2,1224}$/.test(text)) return text;
  return faulty(
    `Input externalId is ${text.length} characters long or contains a character that STS does not accept${tellHint(findWrapping(text))}.`,
    '2 to 1224 letters, digits or any of _ + = , . @ : / -',
    "Copy the external ID from the role's trust policy.",
  );
}

const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const maxTags = 50;

/**
 * Returns the session tags of `key=value` lines. Keys differ in more than letter case and do not begin with `aws:`.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
 */
export function checkSessionTags(text: string): Checked<Readonly<Record<string, string>>> {
  const lines = text.split(/\r?\n/).map(line => line.trim());
  const tags = lines.filter(line => line !== '').map(splitTag);
  if (tags.length > maxTags)
    return faulty(`Input sessionTags contains ${tags.length} tags.`, `at most ${maxTags}.`, 'Name fewer.');
  const faults = tags.flatMap(({ key, value, line }, index) => {
    const found = judgeTag(key, value, tags.slice(0, index));
    if (found === undefined) return [];
    const hint = findWrapping(line);
    return faulty(
      `Input sessionTags, "${line}": ${hint?.found ?? found}.`,
      tagRules,
      hint?.remedy ?? 'Correct the line.',
    ).list;
  });
  return faults.length > 0 ? new Faults(faults) : Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

const tagRules =
  'key=value lines; keys of 1 to 128 and values of up to 256 letters, digits, spaces or any of _ . : / = + - @; each key only once, regardless of letter case; no key starting with aws:.';

interface Tag {
  readonly key: string;
  readonly value: string;
  readonly line: string;
}

function splitTag(line: string): Tag {
  const place = line.indexOf('=');
  return place < 0
    ? { key: '', value: '', line }
    : { key: line.slice(0, place).trim(), value: line.slice(place + 1).trim(), line };
}

function judgeTag(key: string, value: string, earlier: readonly Tag[]): string | undefined {
  if (key === '') return 'there is no key before the equals sign';
  if (/^-\s/.test(key)) return 'a list dash before the key';
  if (key.length > 128 || value.length > 256) return 'the key or the value is too long';
  if (!tagText.test(key) || !tagText.test(value)) return nameWrongCharacter(`${key}${value}`);
  if (/^aws:/i.test(key)) return 'keys starting with aws: are reserved';
  return earlier.some(tag => tag.key.toLowerCase() === key.toLowerCase()) ? 'the key appears twice' : undefined;
}

function nameWrongCharacter(text: string): string {
  const [character = ''] = Array.from(text).filter(one => !tagText.test(one));
  return `a character that is not allowed in tags (${character})`;
}

/** Returns the keys of tags that travel on along the chain; each must be one of the session tags. */
export function checkTransitiveTagKeys(
  text: string,
  tags: Readonly<Record<string, string>> | undefined,
): Checked<readonly string[]> {
  const keys = text
    .split(/[\r\n,]+/)
    .map(key => key.trim())
    .filter(key => key !== '');
  const unknown = tags === undefined ? [] : keys.filter(key => !Object.hasOwn(tags, key));
  if (unknown.length === 0) return keys;
  const hint = findHint(text) ?? findHint(unknown[0] ?? '');
  return faulty(
    `Input transitiveTagKeys names ${unknown.map(key => `"${key}"`).join(', ')}${tellHint(hint)}.`,
    'keys of sessionTags, with the same spelling.',
    hint?.remedy ?? 'Add the tags to sessionTags or remove the keys.',
  );
}
