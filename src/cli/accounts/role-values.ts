import { isRoleArn, parseRoleArn } from '../../session/role-arn.ts';
import { ownTag } from '../../account/iam.ts';
import { isPartition } from '../../session/region.ts';
import { wrongUsage } from '../terminal/failure.ts';

// What options say of a role, the same for every command that has them. IAM would refuse most of what is refused here, but
// only after some of the changes.

/** Returns the name of a role. Throws for one that IAM does not take. */
export function readRoleName(name: string): string {
  if (/^[\w+=,.@-]{1,64}$/.test(name)) return name;
  throw wrongUsage(
    `--role-name is "${name}".`,
    '1 to 64 letters, digits or any of +=,.@_- (the path goes into --path).',
  );
}

/** Returns the path of a role; undefined if none was given. */
export function readRolePath(path: string | undefined): string | undefined {
  if (path === undefined || isRoleArn(parseRoleArn(`arn:aws:iam::111111111111:role${path}x`))) return path;
  throw wrongUsage(`--path is "${path}".`, 'a path that starts and ends with a slash, like /pipelines/.');
}

/** Returns the length of a session in seconds; undefined if none was given. */
export function readSessionSeconds(
  text: string | undefined,
  option = '--max-session-duration',
  min = 3600,
): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{3,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= min && seconds <= 43_200) return seconds;
  throw wrongUsage(`${option} is "${text}".`, `a whole number of seconds from ${min} to 43200.`);
}

export interface PolicyArn {
  readonly text: string;
  readonly partition: string;
  /** An account's id, or `aws`. */
  readonly owner: string;
}

/** Returns the parts of a managed policy's ARN. Throws for a text that is none. */
export function readPolicyArn(option: string, text: string): PolicyArn {
  const pattern = /^arn:([^:]+):iam::(\d{12}|aws):policy\/(?:[\x21-\x2e\x30-\x7e]+\/)*[\w+=,.@-]{1,128}$/;
  const [, partition = '', owner = ''] = pattern.exec(text) ?? [];
  if (isPartition(partition) && !/[*?]|\$\{/.test(text)) return { text, partition, owner };
  throw wrongUsage(
    `${option} is "${text}".`,
    'the ARN of a managed policy, like arn:aws:iam::aws:policy/ReadOnlyAccess.',
  );
}

/** IAM accepts 50, and that of aws-wif is one of them. */
const maxTags = 49;

/**
 * Returns the tags of `key=value` texts. Throws for what IAM does not take, for a key that stands twice in any letter case,
 * since a role has it once, and for the key of aws-wif's own tag.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
 */
export function readTags(texts: readonly string[] = [], option = '--tag'): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const text of texts) {
    const [key, value] = readTag(text, option);
    const taken = [...tags.keys(), ownTag.key].find(one => one.toLowerCase() === key.toLowerCase());
    if (taken !== undefined) {
      throw wrongUsage(
        `${option} has the key "${key}" as well as ${taken}.`,
        `each key only once, regardless of letter case, and not ${ownTag.key}.`,
      );
    }
    tags.set(key, value);
  }
  if (tags.size <= maxTags) return Object.fromEntries(tags);
  throw wrongUsage(
    `${option} is given ${tags.size} times.`,
    `at most ${maxTags}: IAM allows 50 tags, and aws-wif adds its own.`,
  );
}

function readTag(text: string, option: string): readonly [key: string, value: string] {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const valid = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value);
  if (valid && !/^aws:/i.test(key)) return [key, value];
  throw wrongUsage(
    `${option} is "${text}".`,
    'key=value, with letters, digits, spaces and _.:/=+-@; the key must not start with aws:.',
  );
}
