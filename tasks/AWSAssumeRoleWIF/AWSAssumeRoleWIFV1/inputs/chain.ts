import { isRoleArn } from '../../../../src/session/role-arn.ts';
import type { RoleArn } from '../../../../src/session/match-role-arn.ts';
import { Faults, faulty, type Checked } from './faults.ts';
import { nameCharacter } from '../../../../src/stray-characters.ts';
import { findHint, findWrapping, tellHint, type Hint } from './hints.ts';
import { readItems } from './items.ts';
import { readRoleArn } from './role.ts';

/** Returns the further roles of the input `roleChain`, one per line, in order. */
export function checkRoleChain(text: string, first: RoleArn | 'none' | undefined): Checked<readonly RoleArn[]> {
  const { items, faults: around } = readItems('roleChain', text);
  const roles = items.map(readRoleArn);
  const wrong = roles.flatMap(role => {
    if (!isRoleArn(role)) {
      const remedy = role.remedy ?? 'Correct the ARN; one per line.';
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

/**
 * Returns the external id.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function checkExternalId(text: string): Checked<string> {
  if (text === '' || /^[\w+=,.@:/-]{2,1224}$/.test(text)) return text;
  const hint = findWrapping(text);
  return faulty(
    `Input externalId is ${text.length} character${text.length === 1 ? '' : 's'} long${hint === undefined ? nameUnaccepted(text) : tellHint(hint)}.`,
    '2 to 1224 letters, digits or any of _ + = , . @ : / -',
    hint?.remedy ?? "Copy the external ID from the role's trust policy.",
  );
}

/** The value may be secret; one of its characters is not. */
function nameUnaccepted(text: string): string {
  const index = text.search(/[^\w+=,.@:/-]/);
  if (index < 0) return '';
  const character = text.charAt(index);
  const shown = /\s/.test(character) ? 'white space' : `"${character}"`;
  return `, and character ${index + 1} is ${shown}, which STS does not accept`;
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
  const faults = tags.flatMap((tag, index) => {
    const { line, value } = tag;
    const found = judgeTag(tag, tags.slice(0, index));
    if (found === undefined) return [];
    const hint = findTagHint(line, value);
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

/** What people write instead of a key, an equals sign and a value, in lines that are refused. */
const tagForms: readonly (readonly [pattern: RegExp, hint: Hint])[] = [
  [/^(?:#|\/\/)/, { found: 'a comment', remedy: 'Remove the line.' }],
  [/^[{[].*[\]}],?$|^[{}[\]],?$/, { found: 'JSON', remedy: 'Write one tag per line: key=value.' }],
  [/^key=[^,]*,\s*value=/i, { found: 'the syntax of the AWS CLI', remedy: 'Write one tag per line: key=value.' }],
  [/^[^=]{0,130}=.*[\s,;&][^\s=,;&]{1,128}=/, { found: 'more than one tag', remedy: 'Write one tag per line.' }],
  [/^[^=]{0,130}(?:=>|->)/, { found: 'an arrow instead of the equals sign', remedy: 'Write key=value.' }],
  [/^[^=]{0,130}:/, { found: 'a colon instead of the equals sign', remedy: 'Write key=value.' }],
  [/\\n/, { found: 'a literal \\n, which is not a line break', remedy: 'Write one tag per line.' }],
];

function findTagHint(line: string, value: string): Hint | undefined {
  const [, form] = tagForms.find(([pattern]) => pattern.test(line)) ?? [];
  return (/^aws:/i.test(line) ? undefined : form) ?? findWrapping(line) ?? findHint(value);
}

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

function judgeTag({ key, value, line }: Tag, earlier: readonly Tag[]): string | undefined {
  if (!line.includes('=') && !/[^\x20-\x7e]/.test(line)) return 'there is no equals sign';
  const wrong = Array.from(line).find(one => !tagText.test(one) && one > '~');
  if (wrong !== undefined) return `${nameCharacter(wrong)} is not allowed in tags`;
  if (key === '') return 'there is no key before the equals sign';
  if (/^(?:--?\w[\w-]*|export)\s/.test(key)) return 'a word of a command line before the key';
  if (/(?:^|\s)[\w.:/-]{1,128}=/.test(value) && /\s/.test(value)) return 'more than one tag';
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
  const hint = findKeyHint(unknown[0] ?? '', Object.keys(tags ?? {})) ?? findHint(text) ?? findHint(unknown[0] ?? '');
  return faulty(
    `Input transitiveTagKeys names ${unknown.map(key => `"${key}"`).join(', ')}${tellHint(hint)}.`,
    'keys of sessionTags, with the same spelling.',
    hint?.remedy ?? 'Add the tags to sessionTags or remove the keys.',
  );
}

function findKeyHint(key: string, known: readonly string[]): Hint | undefined {
  const other = known.find(one => one.toLowerCase() === key.toLowerCase());
  if (other !== undefined) return { found: 'in other letter case than in sessionTags', remedy: `Write ${other}.` };
  const [name = ''] = key.split('=');
  if (name !== key && known.includes(name.trim())) return { found: 'with a value', remedy: 'Write the key alone.' };
  const parts = key.split(/[;|\s]+/).filter(part => part !== '');
  const isSeveral = parts.length > 1 && parts.every(part => known.includes(part));
  return isSeveral ? { found: 'more than one key', remedy: 'Separate keys by commas or line breaks.' } : undefined;
}
