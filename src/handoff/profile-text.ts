import { WifError } from '../errors.ts';

/**
 * One profile's section in a credentials or config file of ours. `use` is the id of the step that wrote it, `role` the
 * ARN of the role behind it; both stand in a comment, so that each use can find what is its own.
 */
export interface ProfileSection {
  readonly name: string;
  readonly use: string;
  readonly role: string;
  /** Names and values as AWS spells them, in order. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Which of the two files: AWS puts the word `profile` before a name in the config file, but for `default`. */
export type ProfileFileKind = 'credentials' | 'config';

const banner = '# Written by AWSAssumeRoleWIF for this job and removed after it.';
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,63}$/;
const ownerPattern = /^# use ([0-9a-f]{16}) role (\S+)$/;
// A value may hold line separators that no reader of such files takes for a line's end.
const settingPattern = /^([a-z][a-z0-9_]*) = (.*)$/s;

/**
 * Returns whether the text may name a profile. Not `DEFAULT`: to Python, and so to botocore and the AWS CLI, what stands
 * there is part of every profile.
 */
export function isProfileName(text: string): boolean {
  return namePattern.test(text) && text !== 'DEFAULT';
}

/**
 * Returns the text of a profile file. Values are checked once more here: one that would begin a line, a section or a
 * comment of its own is refused with a TypeError, since no checked value looks like that.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function renderProfiles(sections: readonly ProfileSection[], kind: ProfileFileKind): string {
  return [banner, ...sections.flatMap(section => ['', ...renderSection(section, kind)]), ''].join('\n');
}

/**
 * Returns the sections of a profile file that was rendered here. Throws `ProfileFileUnreadable` for any line that was
 * not: such a file is refused, not repaired.
 */
export function parseProfiles(text: string, kind: ProfileFileKind): readonly ProfileSection[] {
  const [first, ...blocks] = text.split(/\n\n/);
  const sections = blocks.map(block => parseSection(block.replace(/\n$/, ''), kind));
  if (text !== '' && first?.trimEnd() !== banner) throw unreadable(kind);
  if (text !== '' && renderProfiles(sections, kind) !== text) throw unreadable(kind);
  return sections;
}

/** A profile that stood for another role before. */
export interface ReplacedProfile {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Returns the sections with the new ones in the place of those of the same name, and which changed their role. */
export function mergeProfiles(
  standing: readonly ProfileSection[],
  added: readonly ProfileSection[],
): { readonly sections: readonly ProfileSection[]; readonly replaced: readonly ReplacedProfile[] } {
  const names = new Set(added.map(({ name }) => name));
  const kept = standing.filter(({ name }) => !names.has(name));
  const replaced = standing.flatMap(before => {
    const after = added.find(({ name }) => name === before.name);
    return after === undefined || after.role === before.role
      ? []
      : [{ name: before.name, before: before.role, after: after.role }];
  });
  return { sections: [...kept, ...added], replaced };
}

/** Returns the sections that another use than the given one wrote. */
export function dropUse(sections: readonly ProfileSection[], use: string): readonly ProfileSection[] {
  return sections.filter(section => section.use !== use);
}

function renderSection({ name, use, role, settings }: ProfileSection, kind: ProfileFileKind): readonly string[] {
  if (!isProfileName(name)) throw new TypeError('a profile of that name cannot be written');
  const owner = `# use ${use} role ${role}`;
  if (!ownerPattern.test(owner)) throw new TypeError('a profile of that use and role cannot be written');
  const lines = Object.entries(settings).map(([key, value]) => renderSetting(key, value));
  return [`[${titleOf(name, kind)}]`, owner, ...lines];
}

/** A value on one line that begins no section or comment; some SDKs see a comment after a blank, too. */
function isValue(text: string): boolean {
  return text !== '' && !/\p{Cc}|^[[#;\s]|\s[#;]|\s$/u.test(text);
}

function renderSetting(key: string, value: string): string {
  // The message does not hold the value: it may be a key.
  if (!isValue(value)) throw new TypeError(`the value of ${key} cannot be written`);
  return `${key} = ${value}`;
}

function titleOf(name: string, kind: ProfileFileKind): string {
  return kind === 'config' && name !== 'default' ? `profile ${name}` : name;
}

function parseSection(block: string, kind: ProfileFileKind): ProfileSection {
  const [title = '', owner = '', ...lines] = block.split('\n');
  const name = /^\[(?:profile )?([^\]]+)\]$/.exec(title)?.[1] ?? '';
  const [, use, role] = ownerPattern.exec(owner) ?? [];
  if (!isProfileName(name) || use === undefined || role === undefined) throw unreadable(kind);
  const settings = lines.map(line => parseSetting(line, kind));
  return { name, use, role, settings: Object.fromEntries(settings) };
}

function parseSetting(line: string, kind: ProfileFileKind): readonly [string, string] {
  const [, key, value] = settingPattern.exec(line) ?? [];
  if (key === undefined || value === undefined || !isValue(value)) throw unreadable(kind);
  return [key, value];
}

function unreadable(kind: ProfileFileKind): WifError {
  return new WifError({
    code: 'ProfileFileUnreadable',
    found: `The job's AWS ${kind} file holds something that this task did not write. It was left as it is.`,
    expected: `a file that only this task writes (AWS_${kind === 'config' ? 'CONFIG' : 'SHARED_CREDENTIALS'}_FILE).`,
    remedy: 'Look for a step that writes to that file (aws configure, for one) and give it a file of its own.',
  });
}
